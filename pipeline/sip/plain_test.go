package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
)

// injected tells whether a message has a line of its own, however lines are told apart, that begins with what was smuggled in.
func injected(msg string) bool {
	for _, l := range strings.FieldsFunc(msg, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }) {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(l)), "x-evil") {
			return true
		}
	}
	return false
}

// breakouts are ways to begin a new header inside of one. CR LF alone is not among them for what comes in: there it is one.
var breakouts = []string{"\n", "\r", "\x00", "\r\r\n\n", "\n\n"}

// TestHeaderInjectionIn sends headers that break out of themselves: none reaches the handler, and no answer carries one on.
func TestHeaderInjectionIn(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{admit: func(i Invite) Verdict {
		t.Errorf("the handler was asked: %+v", i)
		return Verdict{Status: 486}
	}, call: echo})
	for _, header := range []string{
		`From: "Ada%" <sip:ada@127.0.0.1>;tag=ft`, "From: <sip:ada%@127.0.0.1>;tag=ft", "From: <sip:ada@127.0.0.1>;tag=ft%", `To: "Bank%" <sip:bank@127.0.0.1>`,
		"Contact: <sip:ada%@127.0.0.1>", "User-Agent: phone%", "Call-ID: one%", "Accept-Language: en%", "P-Asserted-Identity: <sip:+1%@127.0.0.1>",
		"Diversion: <sip:1%@127.0.0.1>", "X-Note: a%", "Subject: a%", "Max-Forwards: 70%",
	} {
		for _, with := range breakouts {
			p := newPhone(t, s)
			p.send(p.message("INVITE", []string{strings.Replace(header, "%", with+"X-Evil: 1", 1)}, p.sdp("")))
			p.send(p.message("OPTIONS", nil, "")) // messages are judged in their order: nothing comes after the answer to this one
			for m := ""; branchOf(m) != p.via; {
				if m = p.read(10 * time.Second); branchOf(m) != p.via && !strings.HasPrefix(m, "SIP/2.0 400") || injected(m) {
					t.Fatalf("%s with %q: %q", header, with, m)
				}
			}
		}
	}
}

// TestHeaderInjectionOut has texts that break out of headers in all that is said to the far side of a call: nothing of them
// goes out.
func TestHeaderInjectionOut(t *testing.T) {
	t.Parallel()
	const evil = "\r\nX-Evil: 1"
	names, transfers := make(chan string, 1), make(chan error, 8)
	s := serve(t, Config{}, answerer{admit: func(i Invite) Verdict {
		if i.UserAgent == "refuse" {
			return Verdict{Status: 480, Reason: "Later" + evil}
		}
		names <- i.FromName
		return Verdict{Accept: true}
	}, call: func(ctx context.Context, l *Leg) {
		for _, to := range []string{"sip:a@b" + evil, "a\nX-Evil: 1", "a\x00", "sip:a@b>\r\n", "tel:+1\rX-Evil: 1", "a\tb"} {
			transfers <- l.Transfer(ctx, to)
		}
		l.Because(call.Agent, "done"+evil)
	}})
	p := newPhone(t, s)
	p.send(p.message("INVITE", []string{"User-Agent: refuse"}, p.sdp("")))
	if status, m := p.final(10 * time.Second); status != 480 || injected(m) {
		t.Errorf("refused: %q", m)
	}
	p = newPhone(t, s)
	p.send(p.message("INVITE", []string{"From: \"a\\\x00b\\\x07\" <sip:phone@" + p.conn.LocalAddr().String() + ">;tag=ft"}, p.sdp(""))) // RFC 4475, 3.1.1.2
	status, m := p.final(10 * time.Second)
	if status != 200 || injected(m) {
		t.Fatalf("%d\n%q", status, m)
	}
	p.learn(m)
	p.ack()
	if n := <-names; breaks(n) || strings.Contains(n, "\a") {
		t.Errorf("the name that is shown: %q", n)
	}
	for range 6 {
		if err := <-transfers; err == nil || !strings.Contains(err.Error(), "not a SIP address") {
			t.Errorf("transfer: %v", err)
		}
	}
	bye := ""
	for !strings.HasPrefix(bye, "BYE ") {
		if bye = p.read(10 * time.Second); bye == "" {
			t.Fatal("no BYE came")
		}
	}
	if injected(bye) || strings.ContainsRune(bye, 0) || !strings.Contains(bye, "Reason: ") {
		t.Errorf("%q", bye)
	}
	p.send(strings.Replace(bye[strings.Index(bye, "\r\n"):], "\r\n", "SIP/2.0 200 OK\r\n", 1))
}

// TestDialRefusesInjection calls with texts that break out of headers, and builds requests with them: none is sent.
func TestDialRefusesInjection(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{call: echo})
	for _, with := range append(breakouts, "\r\n", "\"", "\x7f") {
		text := "a" + with + "X-Evil: 1"
		for name, opt := range map[string]DialOptions{"sip:bank@" + s.UDPAddr(): {From: text}, "sip:shop@" + s.UDPAddr(): {FromName: text}, "sip:" + text + "@" + s.UDPAddr(): {}, "sip:bank@" + s.UDPAddr() + ";x=" + text: {}} {
			if l, err := s.Dial(ctxFor(t, 5*time.Second), name, opt); err == nil {
				t.Errorf("called %q with %+v", name, opt)
				_ = l.Hangup(ctxFor(t, 5*time.Second))
			}
		}
	}
	for _, with := range append(breakouts, "\r\n") {
		text := "a" + with + "X-Evil: 1"
		for _, h := range []sip.Header{
			sip.NewHeader("Refer-To", text), sip.NewHeader("Authorization", text), sip.NewHeader("User-Agent", text),
			&sip.FromHeader{DisplayName: text, Params: sip.NewParams()}, &sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: text, Host: "b"}},
		} {
			req := sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: "127.0.0.1"})
			req.AppendHeader(h)
			if err := built(nil, req); !errors.Is(err, errBreak) {
				t.Errorf("%q: %v", h.String(), err)
			}
		}
		if err := built(nil, sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", User: text, Host: "b"})); !errors.Is(err, errBreak) {
			t.Errorf("request to %q: %v", text, err)
		}
	}
	if err := built(nil, sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", User: "a", Host: "b"})); err != nil {
		t.Error(err)
	}
}
