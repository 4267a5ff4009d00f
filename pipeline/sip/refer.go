package sip

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
)

// referWait bounds how long a transfer may ring.
const referWait = 3 * time.Minute

// referStep is one report about a transfer.
type referStep struct {
	code   int
	reason string
	over   bool // the subscription ended
}

// moving is how a transfer stands, for what a BYE of the far side means.
type moving struct {
	taken    bool  // the far side has accepted it, or reports of it
	reported int   // status it told last, 0: none
	failed   error // why it ended the call, unless it has seen to the transfer
}

// Transfer asks the far side to call target (a SIP or tel URI, or a user of the far side's own domain) and waits until
// that call is answered or has failed (RFC 3515), or the far side has hung up after it accepted. On success this call is ended with
// reason "transferred". On failure
// the call goes on; the error is a *StatusError when the far side or the target gave a status, and has a method Untaken when the
// far side does not transfer calls.
func (l *Leg) Transfer(ctx context.Context, target string) error {
	uri, err := l.referTo(target)
	if err != nil {
		return err
	}
	steps := make(chan referStep, 8)
	l.mu.Lock()
	if l.refer != nil {
		l.mu.Unlock()
		return fmt.Errorf("transfer to %s: another transfer is under way", target)
	}
	l.refer, l.moving = steps, moving{}
	l.mu.Unlock()
	req := l.d.request(sip.REFER)
	req.AppendHeader(sip.NewHeader("Refer-To", "<"+uri+">"))
	req.AppendHeader(sip.NewHeader("Referred-By", "<"+l.d.contact.Address.String()+">"))
	err = l.referred(ctx, target, req, steps)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refer = nil
	if err != nil {
		if l.givenUp == nil {
			l.givenUp = map[uint32]bool{}
		}
		l.givenUp[req.CSeq().SeqNo] = true
	}
	return err
}

// untaken is why a far side transfers no calls: it refused the REFER, or did not answer it, so that nobody was called.
type untaken struct{ error }

func (e untaken) Unwrap() error { return e.error }

// Untaken tells that somebody else may try to reach the target.
func (untaken) Untaken() bool { return true }

// referred sends a REFER and waits for its outcome. req is left with the sequence number that was answered.
func (l *Leg) referred(ctx context.Context, target string, req *sip.Request, steps <-chan referStep) error {
	res, err := l.s.do(ctx, l.d, req)
	if err == nil {
		err = l.lost(res)
	}
	if err != nil {
		select {
		case <-l.ended: // nobody is there to be transferred
		default:
			err = untaken{err}
		}
		return fmt.Errorf("transfer to %s: %w", target, err)
	}
	l.mu.Lock()
	l.moving.taken = true
	l.mu.Unlock()
	return l.follow(ctx, target, steps)
}

// follow waits for the outcome of an accepted transfer.
func (l *Leg) follow(ctx context.Context, target string, steps <-chan referStep) error {
	limit := time.NewTimer(referWait)
	defer limit.Stop()
	last := referStep{code: 100}
	for {
		select {
		case s := <-steps:
			if s.code != 0 {
				last = s
			}
			switch {
			case last.code >= 200 && last.code < 300:
				l.end(call.Bot, "transferred", true)
				return nil
			case last.code >= 300:
				return fmt.Errorf("transfer to %s: %w", target, &StatusError{Code: last.code, Reason: last.reason})
			case s.over:
				return fmt.Errorf("transfer to %s: the far side stopped reporting after %d", target, last.code)
			}
		case <-l.ended:
			return l.ranOut(target, steps, last)
		case <-limit.C:
			return fmt.Errorf("transfer to %s: %w", target, &StatusError{Code: 408, Reason: "Request Timeout"})
		case <-ctx.Done():
			select {
			case <-l.ended: // which has ended ctx
				return l.ranOut(target, steps, last)
			default:
			}
			return fmt.Errorf("transfer to %s: %w", target, ctx.Err())
		}
	}
}

// ranOut is the outcome of an accepted transfer whose call has ended. Many far sides hang up as soon as the other call stands, or
// as soon as they have accepted: what they said before may still be to be read.
func (l *Leg) ranOut(target string, steps <-chan referStep, last referStep) error {
	for len(steps) > 0 {
		if s := <-steps; s.code != 0 {
			last = s
		}
	}
	l.mu.Lock()
	failed, why := l.moving.failed, l.why
	l.mu.Unlock()
	switch {
	case last.code >= 300:
		return fmt.Errorf("transfer to %s: %w", target, &StatusError{Code: last.code, Reason: last.reason})
	case failed != nil:
		return fmt.Errorf("transfer to %s: %w", target, failed)
	case last.code > 100, why == "transferred", why == "bye":
		return nil
	}
	return fmt.Errorf("transfer to %s: %w", target, io.EOF)
}

// goodbye tells who ends the call with a BYE and why. A far side that hangs up after it accepted a transfer has seen to it, though
// it may tell nothing of the other call: PBXs and SBCs that take a call over drop the reports that RFC 3515 wants (section 2.4.4),
// or end with 100. A transfer that failed is told by the last report or by the Reason of the BYE. A caller who gives up while the
// other telephone rings looks the same, and is gone as well.
func (l *Leg) goodbye(bye *sip.Request) (by call.Party, why string) {
	by, why = l.enderOf(bye), "bye"
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refer == nil {
		return by, why
	}
	if l.moving.failed = failure(bye); l.moving.failed == nil && l.moving.taken && l.moving.reported < 300 {
		by, why = call.Bot, "transferred"
	}
	return by, why
}

// referTo completes a target to a URI.
func (l *Leg) referTo(target string) (string, error) {
	target = strings.TrimSpace(target)
	if strings.ContainsAny(target, "<>\" ") || strings.ContainsFunc(target, unicode.IsControl) || target == "" {
		return "", fmt.Errorf("transfer: target %q is not a SIP address", target)
	}
	if strings.HasPrefix(target, "sip:") || strings.HasPrefix(target, "sips:") || strings.HasPrefix(target, "tel:") {
		return target, nil
	}
	if strings.Contains(target, "@") {
		return "sip:" + target, nil
	}
	home := l.home()
	u := sip.Uri{Scheme: "sip", User: target, Host: home.Host, Port: home.Port}
	return u.String(), nil
}

// home is where the users of the far side are: the domain that this side registered with for the call, the one it called, or
// that of the caller. A Contact is only the way to one machine, as a gateway or a telephone behind a PBX, which knows nobody else; it
// stands in where the caller names none.
func (l *Leg) home() sip.Uri {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	switch {
	case l.d.called != nil:
		return *l.d.called
	case l.d.domain.Host != "":
		return l.d.domain
	}
	return l.d.target
}

// domainOf is where the users of whoever sends an INVITE are, without a host when that is not known.
func (s *Server) domainOf(req *sip.Request) sip.Uri {
	if g := s.registrarOf(req.Recipient.User, sourceIP(req.Source())); g != nil {
		return g.home()
	}
	if from := req.From().Address; !strings.HasSuffix(strings.ToLower(from.Host), ".invalid") { // RFC 3323, section 4.1.1.3
		return from
	}
	return sip.Uri{}
}

// onNotify takes a report about a transfer.
func (l *Leg) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	event, params, _ := strings.Cut(first(req, "Event", "o"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		l.s.respond(req, tx, 489, "Bad Event")
		return
	}
	l.s.respond(req, tx, 200, "OK")
	step := referStep{}
	step.code, step.reason = parseFrag(req.Body())
	if h := req.GetHeader("Subscription-State"); h != nil {
		step.over = strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Value())), "terminated")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refer == nil || !l.about(params) {
		return
	}
	l.moving.taken = true // whose 202 may still be on its way
	if step.code != 0 {
		l.moving.reported = step.code
	}
	select {
	case l.refer <- step:
	default:
	}
}

// about tells whether the parameters of an Event header may name the transfer under way: not one that this side has given up, of
// which the far side may report still (RFC 3515, section 2.4.6). The lock is held.
func (l *Leg) about(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(k), "id") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
		return err != nil || !l.givenUp[uint32(n)]
	}
	return true
}

// parseFrag reads the status line of a message/sipfrag body; 0 when there is none.
func parseFrag(body []byte) (code int, reason string) {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	parts := strings.SplitN(strings.TrimSpace(string(line)), " ", 3)
	if len(parts) < 2 || !strings.HasPrefix(parts[0], "SIP/") {
		return 0, ""
	}
	code, err := strconv.Atoi(parts[1])
	if err != nil || code < 100 || code > 699 {
		return 0, ""
	}
	if len(parts) == 3 {
		reason = parts[2]
	}
	return code, reason
}

// onRefer handles a request of the far side to call somebody else. Only a leg placed with DialOptions.OnRefer reacts as
// that says; all others decline.
func (l *Leg) onRefer(req *sip.Request, tx sip.ServerTransaction) {
	h := req.ReferTo()
	if h == nil {
		l.s.respond(req, tx, 400, "Refer-To Header Missing")
		return
	}
	if l.onReferTo == nil {
		l.s.respond(req, tx, 603, "Decline")
		return
	}
	if !l.d.accept(req) {
		l.s.respond(req, tx, 500, "CSeq Out Of Order")
		return
	}
	next, stop := iter.Pull(l.onReferTo(h.Address.String()))
	code, ok := next()
	if !ok {
		code = 603
	}
	if code >= 300 {
		stop()
		l.s.respond(req, tx, code, phrase(code))
		return
	}
	l.s.respond(req, tx, 202, "Accepted")
	if !l.s.begin() {
		stop()
		return
	}
	// Ends when the reports are answered, or with the leg's context.
	go func() {
		defer l.s.wg.Done()
		defer stop()
		l.s.protect("transfer", func() { l.report(req.CSeq().SeqNo, next) })
	}()
}

// report tells the far side how the call it asked for goes.
func (l *Leg) report(seq uint32, next func() (int, bool)) {
	for code, ok := next(); ok; code, ok = next() {
		state := "active;expires=60"
		if code >= 200 {
			state = "terminated;reason=noresource"
		}
		req := l.d.request(sip.NOTIFY)
		req.AppendHeader(sip.NewHeader("Event", "refer;id="+strconv.Itoa(int(seq))))
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		req.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag"))
		req.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", code, phrase(code)))
		if _, err := l.s.do(l.ctx, l.d, req); err != nil {
			return
		}
	}
}
