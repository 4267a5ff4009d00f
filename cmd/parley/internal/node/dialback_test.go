package node

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
)

const (
	callerNumber = "+442079460001"
)

// carrier is the telephone network behind the trunk, with the caller's telephone in it.
type carrier struct {
	addr string

	mu     sync.Mutex
	dialed []string
	status []int // what the next calls come to, 0: answered; answered when it is empty
	say    []int16
	heard  []int16
}

func openCarrier(t *testing.T) *carrier {
	t.Helper()
	s, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	c := &carrier{addr: s.UDPAddr()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, c) }() // ends with cancel
	t.Cleanup(func() { cancel(); <-done })
	return c
}

func (c *carrier) Admit(i sip.Invite) sip.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialed = append(c.dialed, i.To)
	if len(c.status) > 0 {
		st := c.status[0]
		c.status = c.status[1:]
		if st != 0 {
			return sip.Verdict{Status: st}
		}
	}
	return sip.Verdict{Accept: true}
}

// Call says what was given again and again, with pauses, and keeps what is heard.
func (c *carrier) Call(ctx context.Context, leg *sip.Leg) {
	speak(ctx, leg, c.say, 4*time.Second, func(in []int16) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.heard = append(c.heard, in...)
	})
}

func (c *carrier) calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.dialed...)
}

func backSettings(c *carrier) *config.Config {
	cfg := settings("")
	cfg.Trunks = []config.Trunk{{Name: "carrier", URI: "sip:{number}@" + c.addr, From: "+442079990000", Prefixes: []string{"+4420"}}}
	cfg.Desk.CallBack = config.CallBack{Trunk: "carrier", Tries: 3, Every: 2 * time.Second, Keep: time.Hour, AtOnce: 1, Key: "1"}
	cfg.Desk.Wait, cfg.TTS.Ahead = true, false
	return cfg
}

// wants phones, asks for a person, presses a key once when says so, and stays until the other side hangs up. It returns
// the record of that call.
func (r *rig) wants(from, key string, when func(desk.Floor) bool) record.Detail {
	r.t.Helper()
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		r.t.Fatal(err)
	}
	line := r.line("I want to speak to a person, please.").PCM
	var d record.Detail
	err = softphone.Serve(r.t.Context(), server, func(ctx context.Context) error {
		leg, err := server.Dial(ctx, "sip:english@"+r.SIP(), sip.DialOptions{From: from})
		if err != nil {
			return err
		}
		var talk sync.WaitGroup
		talk.Go(func() { speak(ctx, leg, line, 2*time.Second, nil) }) // ends when the other side hangs up
		defer talk.Wait()
		defer func() { _ = leg.Hangup(context.WithoutCancel(ctx)) }()
		for deadline := time.Now().Add(time.Minute); !when(r.desk.Floor(func(string) bool { return true })); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("the caller does not wait")
			}
		}
		if err := leg.SendDTMF(ctx, key); err != nil {
			return err
		}
		select {
		case <-leg.Ended():
		case <-time.After(time.Minute):
			r.t.Error("the call does not end")
		}
		_ = leg.Hangup(ctx)
		d = r.recorded(leg.ID())
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// speak says something once after a pause, again after each pause when it is told what was heard, until the leg has ended.
func speak(ctx context.Context, leg *sip.Leg, say []int16, pause time.Duration, heard func([]int16)) {
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	say = append(make([]int16, audio.Samples(pause)), say...)
	in, out := make([]int16, audio.FrameLen), make([]int16, audio.FrameLen)
	for at := 0; ; at += audio.FrameLen {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := leg.ReadFrame(in); errors.Is(err, io.EOF) {
			return
		}
		clear(out)
		if heard != nil {
			heard(in)
			at %= len(say)
		}
		copy(out, say[min(at, len(say)):])
		if _, err := leg.WriteFrame(out); err != nil {
			return
		}
	}
}

// queued reports whether somebody waits.
func queued(f desk.Floor) bool { return len(f.Queue) > 0 }

// wish waits until the wish of a number is as ok wants it.
func (r *rig) wish(number, what string, ok func(w callback.Wish, open bool) bool) callback.Wish {
	r.t.Helper()
	var last callback.Wish
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		open := false
		for _, w := range r.callbacks.Open() {
			if w.Number == number {
				last, open = w, true
			}
		}
		if ok(last, open) {
			return last
		}
	}
	r.t.Fatalf("waited for %s; the wish is %+v", what, last)
	return last
}

// TestCallBack takes a caller who would rather be called back than wait, restarts the node, and calls them back: busy at
// first, then they talk with the agent who accepted the call.
func TestCallBack(t *testing.T) {
	besideAnother(t)
	c := openCarrier(t)
	env := environment(t)
	r := startIn(t, env, backSettings(c))
	c.say = r.line("Yes, my card was stolen yesterday.").PCM
	asked := r.wants(callerNumber, "1", queued)
	if last := asked.Turns[len(asked.Turns)-1]; last.Who != call.Bot || !strings.Contains(last.Text, "called back") || asked.EndedBy != call.Bot {
		t.Fatalf("the wish was not confirmed: ended by %s, %s; %+v", asked.EndedBy, asked.Why, asked.Turns)
	}
	w := r.wish(callerNumber, "the wish", func(_ callback.Wish, open bool) bool { return open })
	if w.ID != string(asked.ID) || w.State != callback.Waiting {
		t.Errorf("wish: %+v", w)
	}
	r.stop() // and begins again: what was promised is kept
	r = startIn(t, env, backSettings(c))
	a := r.agent()
	c.mu.Lock()
	c.status = []int{486}
	c.mu.Unlock()
	b := a.await("the call back", func(b desk.Board) bool { return b.Offer != nil })
	if b.Offer.Kind != desk.Called || b.Offer.Caller.Number != callerNumber {
		t.Errorf("offer: %+v", b.Offer)
	}
	if n := c.calls(); len(n) != 0 {
		t.Fatalf("dialled %v before anybody had accepted", n)
	}
	a.accept(b.Offer.ID)
	r.wish(callerNumber, "busy", func(w callback.Wish, _ bool) bool { return w.State == callback.Waiting && w.Tries == 1 })
	b = a.await("the second try", func(b desk.Board) bool { return b.Offer != nil })
	a.headset = newHeadset(t) // the other one was hung up
	id := a.accept(b.Offer.ID)
	a.await("the caller", func(b desk.Board) bool { return b.Call != nil && b.Call.Parties[0].State == "talking" })
	r.wish(callerNumber, "talking", func(w callback.Wish, _ bool) bool { return w.State == callback.Talking })
	a.headset.Say(r.line("Hello, this is Ann. How can I help you today?").PCM)
	a.await("the agent's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Agent, "help") })
	a.await("the caller's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Caller, "stolen") })
	c.mu.Lock()
	if level(c.heard) == 0 || level(a.headset.Heard()) == 0 {
		t.Error("they do not hear each other")
	}
	c.mu.Unlock()
	a.do("POST", "/api/desk/calls/"+string(id)+"/end", map[string]any{}, nil)
	r.wish(callerNumber, "the end", func(_ callback.Wish, open bool) bool { return !open })
	r.linked(asked.ID, id)
	time.Sleep(5 * time.Second) // longer than between two tries
	if n := c.calls(); len(n) != 2 || n[0] != callerNumber || n[1] != callerNumber {
		t.Errorf("dialled %v", n)
	}
}

// TestCallBackWhenClosed offers it out of hours; for a number that the trunk does not allow a ticket is opened and nothing
// is ever dialled.
func TestCallBackWhenClosed(t *testing.T) {
	besideAnother(t)
	c := openCarrier(t)
	cfg := backSettings(c)
	cfg.Desk.CallBack.Key = "7"
	tomorrow := time.Now().UTC().Add(24 * time.Hour).Format("Mon")
	cfg.Desk.Queues = []config.Queue{{Name: "english", Nobody: "call_back", Hours: config.Hours{Zone: "UTC", Open: []string{tomorrow + " 09:00-17:00"}}}}
	r := start(t, cfg)
	d := r.wants("+33199000000", "7", func(f desk.Floor) bool {
		return len(f.Calls) > 0 && f.Calls[0].Last != nil && strings.Contains(f.Calls[0].Last.Text, "press 7")
	})
	if last := d.Turns[len(d.Turns)-1]; !strings.Contains(last.Text, "called back") || d.EndedBy != call.Bot {
		t.Errorf("the wish was not confirmed: ended by %s; %+v", d.EndedBy, d.Turns)
	}
	if open, dialed := r.callbacks.Open(), c.calls(); len(open) != 0 || len(dialed) != 0 {
		t.Errorf("open %+v, dialled %v", open, dialed)
	}
	page, err := r.store.Tickets().Tickets(t.Context(), ticket.Query{})
	if err != nil || len(page) != 1 || page[0].Call != d.ID {
		t.Errorf("%v: tickets %+v", err, page)
	}
}

// linked looks at the records of a call in which somebody asked to be called back and of the call back.
func (r *rig) linked(asked, back call.ID) {
	r.t.Helper()
	var d record.Detail
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if d, err = r.store.Get(r.t.Context(), back); err == nil && d.State != record.Running {
			break
		}
	}
	first, ferr := r.store.Get(r.t.Context(), asked)
	if err != nil || ferr != nil || d.Back != asked || first.CalledBack != back || d.From != callerNumber {
		r.t.Errorf("%v, %v: the call back %+v, asked for in %+v", err, ferr, d.Call, first.Call)
	}
}
