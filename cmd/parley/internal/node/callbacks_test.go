package node

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
)

// home is a telephone that answers and listens.
type home struct {
	rang chan *sip.Leg
	done chan struct{}
}

func (h home) Admit(sip.Invite) sip.Verdict { return sip.Verdict{Accept: true} }

func (h home) Call(ctx context.Context, leg *sip.Leg) {
	h.rang <- leg
	frame := make([]int16, audio.FrameLen)
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-leg.Ended():
			return
		case <-h.done:
			return
		case <-tick.C:
		}
		clear(frame)
		_, _ = leg.ReadFrame(frame)
		clear(frame)
		_, _ = leg.WriteFrame(frame)
	}
}

// TestCallBack lets a waiting caller press 1, and calls them on the number of their call once an agent is ready.
func TestCallBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := home{rang: make(chan *sip.Leg, 1), done: make(chan struct{})}
	far, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- far.Serve(ctx, h) }() // ends with cancel
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	cfg := settings("")
	cfg.Trunks = []config.Trunk{{Name: "main", URI: "sip:{number}@" + far.UDPAddr(), Prefixes: []string{"+44"}}}
	cfg.Desk.Wait, cfg.Desk.CallBack.Trunk = true, "main"
	r := start(t, cfg)
	const number = "+441632960000"
	script := softphone.Script{Lines: []softphone.Line{r.line("I want to speak to a person, please. Call me on plus four four seven seven, nine hundred."), {Keys: "1"}}, Patience: time.Minute}
	script.Dial.From = number
	if res := r.phone.Call(t.Context(), "sip:english@"+r.SIP(), script); res.Err != nil || res.EndedBy != "bot" {
		t.Fatalf("the first call: ended by %s, %v", res.EndedBy, res.Err)
	}
	open := r.callbacks.Open()
	if len(open) != 1 || open[0].Number != number || open[0].State != callback.Waiting {
		t.Fatalf("who is to be called back: %+v", open)
	}
	a := r.agent()
	var leg *sip.Leg
	select {
	case leg = <-h.rang:
	case <-time.After(30 * time.Second):
		t.Fatal("nobody was called back")
	}
	if leg.Invite().To != number {
		t.Errorf("dialled %q", leg.Invite().To)
	}
	b := a.await("the call back to ring", func(b desk.Board) bool { return b.Offer != nil })
	if b.Offer.Why != "callback" || !strings.Contains(b.Offer.Reason, "person") {
		t.Errorf("offer: why %q, reason %q", b.Offer.Why, b.Offer.Reason)
	}
	a.accept(b.Offer.ID)
	a.await("the call", func(b desk.Board) bool { return b.Call != nil && b.Call.With == "agent" })
	close(h.done) // puts the telephone down
	for deadline := time.Now().Add(20 * time.Second); len(r.callbacks.Open()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still open: %+v", r.callbacks.Open())
		}
	}
	a.await("the writing", func(b desk.Board) bool { return b.Me.State == desk.WrapUp })
	page, err := r.store.List(t.Context(), record.Query{})
	if err != nil || len(page.Calls) != 2 || page.Calls[0].From != number || page.Calls[0].EndedBy != call.Caller {
		t.Errorf("records %+v, %v", page.Calls, err)
	}
}

// TestCallBackNumbers takes the number of the network, brings it to its international form, and nothing that was said.
func TestCallBackNumbers(t *testing.T) {
	t.Parallel()
	n := &Node{cfg: &config.Config{Customers: config.Customers{Countries: []string{"CN", "GB"}}}}
	for from, want := range map[string]string{
		"13800138000": "+8613800138000", "020 7183 8750": "+442071838750", "+44 20 7183 8750": "+442071838750", "anonymous": "", "": "", "web": "",
		"2001": "2001", "bob": "", "sip:13800138000@trunk.example": "+8613800138000",
	} {
		if got := n.networkNumber(from); got != want {
			t.Errorf("networkNumber(%q) = %q, want %q", from, got, want)
		}
	}
}
