package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// sessionTimer is the state of RFC 4028 of one call; the zero value is off.
type sessionTimer struct {
	every    time.Duration
	self     bool // this side refreshes
	deadline time.Time
	refresh  time.Time
	running  bool // a refresh is under way
}

// set starts or restarts the timer at now.
func (t *sessionTimer) set(every time.Duration, self bool, now time.Time) {
	t.every, t.self = every, self
	t.touch(now)
}

// touch restarts the timer after a refresh.
func (t *sessionTimer) touch(now time.Time) {
	if t.every <= 0 {
		return
	}
	t.refresh = now.Add(t.every / 2)
	t.deadline = now.Add(t.every - min(32*time.Second, t.every/3))
	if t.self {
		t.deadline = now.Add(t.every)
	}
}

// parseSessionExpires reads a Session-Expires header; 0 when there is none.
func parseSessionExpires(msg sip.Message) (every time.Duration, refresher string) {
	value, params, _ := strings.Cut(first(msg, "Session-Expires", "x"), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0, ""
	}
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), "refresher") {
			refresher = strings.ToLower(strings.TrimSpace(v))
		}
	}
	return time.Duration(n) * time.Second, refresher
}

func sessionExpires(every time.Duration, refresher string) sip.Header {
	v := strconv.Itoa(int(every.Seconds()))
	if refresher != "" {
		v += ";refresher=" + refresher
	}
	return sip.NewHeader("Session-Expires", v)
}

func minSE(d time.Duration) sip.Header {
	return sip.NewHeader("Min-SE", strconv.Itoa(int(d.Seconds())))
}

// leastOf reads a Min-SE header; 0 when there is none.
func leastOf(msg sip.Message) time.Duration {
	value, _, _ := strings.Cut(first(msg, "Min-SE"), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// longestLeast bounds the least interval that is taken from a far side.
const longestLeast = 24 * time.Hour

// raise takes the least interval from a 422 to a request that asked for one, and returns what to ask for now.
func (l *Leg) raise(res *sip.Response, every time.Duration) time.Duration {
	d := leastOf(res)
	if res.StatusCode != 422 || d <= every || d >= longestLeast {
		return every
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.least = max(l.least, d)
	return d
}

// interval are the headers of a request that refreshes the session: the far side's proxies are told of the least interval that
// some of them named before (RFC 4028, section 7.4). Lock held.
func (l *Leg) interval(refresher string) []sip.Header {
	if l.timer.every <= 0 {
		return nil
	}
	hs := []sip.Header{sessionExpires(max(l.timer.every, l.least), refresher)}
	if l.least > 0 {
		hs = append(hs, minSE(l.least))
	}
	return hs
}

// first returns the value of the first header of a name or its compact form.
func first(msg sip.Message, names ...string) string {
	for _, n := range names {
		if hs := msg.GetHeaders(n); len(hs) > 0 {
			return hs[0].Value()
		}
	}
	return ""
}

// values are the values of the headers of a name, also where one header has several (RFC 3261, section 7.3.1).
func values(msg sip.Message, names ...string) (out []string) {
	for _, n := range names {
		for _, h := range msg.GetHeaders(n) {
			out = append(out, listed(h.Value())...)
		}
	}
	return out
}

// listed splits a list at its commas, not at those between quotes or angle brackets.
func listed(s string) (out []string) {
	quoted, within, from := false, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !within:
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			within = c == '<'
		case c == ',' && !within:
			out, from = append(out, strings.TrimSpace(s[from:i])), i+1
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// lists tells whether a comma-separated header has a token.
func lists(msg sip.Message, name, compact, token string) bool {
	for _, n := range []string{name, compact} {
		if n == "" {
			continue
		}
		for _, h := range msg.GetHeaders(n) {
			for t := range strings.SplitSeq(h.Value(), ",") {
				if strings.EqualFold(strings.TrimSpace(t), token) {
					return true
				}
			}
		}
	}
	return false
}

// agreeTimer decides as the answering side what the session timer is, sets it, and returns the headers of the 2xx.
func (l *Leg) agreeTimer(req *sip.Request, now time.Time) []sip.Header {
	every, refresher := parseSessionExpires(req)
	least := leastOf(req)
	supports := lists(req, "Supported", "k", "timer") || lists(req, "Require", "", "timer")
	l.mu.Lock()
	defer l.mu.Unlock()
	if least <= longestLeast {
		l.least = max(l.least, least)
	}
	// What is asked for may be lowered, but not below what the request says is the least (RFC 4028, section 9).
	if own := max(l.s.cfg.SessionExpires, least); l.s.cfg.SessionExpires > 0 && (every == 0 || every > own) {
		every = own
	}
	if every == 0 {
		l.timer = sessionTimer{}
		return nil
	}
	if refresher == "" {
		refresher = "uas"
		if supports {
			refresher = "uac"
		}
	}
	if !supports {
		refresher = "uas"
	}
	l.timer.set(every, refresher == "uas", now)
	hs := []sip.Header{sessionExpires(every, refresher)}
	if supports && refresher == "uac" {
		hs = append(hs, sip.NewHeader("Require", "timer"))
	}
	return hs
}

// takeTimer sets the session timer as the asking side from a 2xx.
func (l *Leg) takeTimer(res *sip.Response, now time.Time) {
	every, refresher := parseSessionExpires(res)
	l.mu.Lock()
	defer l.mu.Unlock()
	if every == 0 {
		// The far side does not know session timers: this side refreshes alone.
		if l.s.cfg.SessionExpires > 0 {
			l.timer.set(l.s.cfg.SessionExpires, true, now)
		}
		return
	}
	l.timer.set(every, refresher != "uas", now)
}

// tooShort answers 422 when a request asks for a shorter interval than is accepted.
func (s *Server) tooShort(req *sip.Request) *sip.Response {
	every, _ := parseSessionExpires(req)
	if every == 0 || every >= s.cfg.MinSE {
		return nil
	}
	res := sip.NewResponseFromRequest(req, 422, "Session Interval Too Small", nil)
	res.AppendHeader(minSE(s.cfg.MinSE))
	return res
}

// checkSession refreshes the session, or ends it when the far side did not.
func (l *Leg) checkSession(now time.Time) {
	l.mu.Lock()
	t := l.timer
	start := t.every > 0 && t.self && !t.running && now.After(t.refresh)
	if start {
		l.timer.running = true
	}
	over := t.every > 0 && now.After(t.deadline)
	l.mu.Unlock()
	if over {
		l.end("", "session-expired", true)
		return
	}
	if !start {
		return
	}
	l.wg.Add(1)
	// Ends when the refresh is answered, or with the leg's context.
	go func() {
		defer l.wg.Done()
		err := l.refresh(l.ctx)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.timer.running = false
		var refused *StatusError
		if err == nil || errors.Is(err, errNoChallenge) || errors.As(err, &refused) && refused.Code != 491 { // whoever refuses is there; one who has no call is gone already
			l.timer.touch(time.Now())
		} else {
			l.timer.refresh = time.Now().Add(max(l.timer.every/8, time.Second))
		}
	}()
}

// refresh tells the far side that the call goes on, by UPDATE where it can, else by re-INVITE.
func (l *Leg) refresh(ctx context.Context) error {
	l.mu.Lock()
	update := l.allows["UPDATE"]
	l.mu.Unlock()
	if !update {
		return l.reinvite(ctx)
	}
	l.inviting.Lock()
	defer l.inviting.Unlock()
	for try := 0; ; try++ {
		req := l.d.request(sip.UPDATE)
		req.AppendHeader(sip.NewHeader("Supported", "timer"))
		l.mu.Lock()
		hs := l.interval("uac")
		l.mu.Unlock()
		for _, h := range hs {
			req.AppendHeader(h)
		}
		res, err := l.s.do(ctx, l.d, req)
		if err != nil {
			return fmt.Errorf("refresh session: %w", err)
		}
		if try < maxRaised && l.raised(req, res) {
			continue
		}
		if err := l.lost(res); err != nil {
			return err
		}
		if every, _ := parseSessionExpires(res); every > 0 { // it may be shorter now, and the far side's to refresh
			l.takeTimer(res, time.Now())
		}
		l.retarget(res.Contact(), "")
		return nil
	}
}

// maxRaised bounds how often a refresh is sent again with a longer interval.
const maxRaised = 2

// raised tells that a refresh was refused because its interval is too short, and that it can be longer.
func (l *Leg) raised(req *sip.Request, res *sip.Response) bool {
	every, _ := parseSessionExpires(req)
	return every > 0 && l.raise(res, every) > every
}

// lost turns a response to a request inside the call into an error, and ends the call when the far side has none.
func (l *Leg) lost(res *sip.Response) error {
	switch {
	case res.IsSuccess():
		return nil
	case res.StatusCode == 481 || res.StatusCode == 408:
		l.end("", "error", res.StatusCode == 408)
	}
	return &StatusError{Code: res.StatusCode, Reason: res.Reason}
}
