package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/web"
	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// openWebCalls readies calls from the page /call and returns the pages with it.
func (n *Node) openWebCalls() (http.Handler, error) {
	live, err := web.Handler(web.Config{SIP: n.SIP()})
	if err != nil || n.cfg.WebCalls.Off {
		return live, err
	}
	c := n.cfg.WebCalls
	wc := webrtc.Config{
		UDPMux: c.UDP, Advertise: c.Advertise, Origins: c.Origins, MaxCalls: c.Calls, Log: n.env.Log,
	}
	page := callpage.Options{Origins: c.Origins, Chat: "/api/chat", Contact: !c.NoContact}
	wc.ICEServers = n.ownICE()
	if len(c.ICE) > 0 {
		page.Relays = n.pageICE
	}
	if config.Loopback(n.cfg.HTTP.Listen) { // only this machine can ask, so only it need be reached
		wc.Addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		if c.UDP == "" {
			wc.UDPMux = "127.0.0.1:0"
		}
	}
	for _, r := range n.cfg.Routes {
		page.Lines = append(page.Lines, callpage.Line{ID: r.Name})
		page.Recorded = page.Recorded || *r.Record
	}
	if n.webcalls, err = webrtc.New(wc); err != nil {
		return nil, fmt.Errorf("%w (web_calls.udp %q)", err, c.UDP)
	}
	n.onClose(n.webcalls.Close)
	pages, err := callpage.Handler(page)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/whip/", n.webcalls.Handler())
	mux.Handle("/call", pages)
	mux.Handle("/call/", pages)
	mux.Handle("/embed.js", pages)
	mux.Handle("/", live)
	return mux, nil
}

// browser answers calls from the page.
type browser struct{ n *Node }

// Admit decides at once whether a call is taken.
func (b browser) Admit(i webrtc.Invite) webrtc.Verdict {
	switch wait, err := b.n.admit(i.Line); {
	case errors.Is(err, errNoLine):
		return webrtc.Verdict{Status: http.StatusNotFound}
	case err != nil:
		return webrtc.Verdict{Status: http.StatusServiceUnavailable, RetryAfter: wait}
	}
	return webrtc.Verdict{Accept: true, Gone: b.n.gate.leave}
}

// Call runs one call; its return hangs up.
func (b browser) Call(ctx context.Context, leg *webrtc.Leg) {
	i := leg.Invite()
	started := call.Started{From: "web", To: i.Line, Codec: leg.Codec(), Remote: net.JoinHostPort(i.Remote.String(), "0"), SIPCall: i.ID}
	b.n.vouch(&started, i.Customer, i.Name, i.Contact)
	started.Continues = b.n.wroteBefore(i.Chat)
	b.n.answer(ctx, leg, started, func(m callpage.Message) { _ = leg.Send(ctx, m.JSON()) }, i.Lang) // a caption that comes late is worth nothing
}

// captioned is a log that shows the caller what is said.
type captioned struct {
	pipeline.Log

	show func(callpage.Message)
	lost *bool // the caller's person was cut off, and nobody has come since
}

// Emit passes the event on.
func (c captioned) Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error {
	switch b := body.(type) {
	case asr.Transcript:
		if kind == call.KindPartial {
			c.show(callpage.Message{Type: "caption", Who: string(b.Party), Text: b.Text, Lang: b.Lang, At: b.Start})
		}
	case answer.Decision:
		if b.Text != "" {
			c.show(callpage.Message{Type: "caption", Who: "bot", Text: b.Text, Lang: b.Lang, At: at})
		}
	case call.Part:
		if m := with(b); m.Who != "" {
			*c.lost = false
			c.show(m)
		} else if b.Role == string(pipeline.RoleAgent) && b.Action == "lost" { // who is brought back to them: nobody else has the call yet
			*c.lost = true
		}
	case call.Transfer:
		if *c.lost && (b.State == "failed" || b.State == "unavailable") { // nobody comes
			*c.lost = false
			c.show(callpage.Message{Type: "with", Who: string(call.Bot)})
		}
	case call.Turn:
		if b.Written { // the page shows what it has sent
			break
		}
		c.show(callpage.Message{Type: "caption", Who: string(b.Who), Text: b.Text, Lang: b.Lang, Final: true, At: b.Start})
	}
	return c.Log.Emit(ctx, at, kind, body, durable)
}

// with tells the caller whom they talk to after what a person did, nobody in particular when that did not change. Who only
// listens is not told.
func with(p call.Part) callpage.Message {
	m := callpage.Message{Type: "with"}
	if p.Role != string(pipeline.RoleAgent) {
		return m
	}
	switch p.Action {
	case "joined":
		m.Who = string(call.Agent)
	case "left":
		m.Who = string(call.Bot)
	}
	return m
}
