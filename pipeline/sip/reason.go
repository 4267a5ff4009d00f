package sip

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
)

// endedBy begins the text that tells, in the Reason header of a BYE (RFC 3326), who of the far side ended the call. Cause
// 16 of Q.850 is a normal end of a call, which is what other telephones understand of it.
const endedBy = "ended by "

// Because notes who ends the call, for the BYE of a later Hangup; why is for people who read traces.
func (l *Leg) Because(by call.Party, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.because = endedBy + string(by) + ", " + why
}

// reason is the value of the Reason header of this side's BYE, "" for none.
func (l *Leg) reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.because == "" {
		return ""
	}
	return `Q.850;cause=16;text="` + phrased(l.because) + `"`
}

// failure reads the Reason of a BYE as that of a call that came to nothing: a status of SIP from 300 on, or a cause of Q.850 other
// than a normal end; nil when it is none.
func failure(bye *sip.Request) error {
	for _, v := range values(bye, "Reason") {
		protocol, params, _ := strings.Cut(v, ";")
		code := 0
		for p := range strings.SplitSeq(params, ";") {
			if k, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(k), "cause") {
				code, _ = strconv.Atoi(strings.TrimSpace(v)) // what is no number says nothing
			}
		}
		switch protocol = strings.TrimSpace(protocol); {
		case strings.EqualFold(protocol, "SIP") && code >= 300 && code < 700:
			return &StatusError{Code: code, Reason: phrase(code)}
		case strings.EqualFold(protocol, "Q.850") && code > 0 && code != 16 && code != 31:
			return fmt.Errorf("the far side hung up with cause %d of Q.850", code)
		}
	}
	return nil
}

// enderOf tells who of the far side ended the call with a BYE: the bot or an agent where this side placed the call and is
// told so; otherwise whoever is there. A caller is not believed to be anybody else.
func (l *Leg) enderOf(bye *sip.Request) call.Party {
	if !l.uac {
		return l.farParty()
	}
	for _, h := range bye.GetHeaders("Reason") {
		_, who, ok := strings.Cut(h.Value(), endedBy)
		if !ok {
			continue
		}
		for _, p := range []call.Party{call.Agent, call.Bot} {
			if strings.HasPrefix(who, string(p)) {
				return p
			}
		}
	}
	return l.farParty()
}
