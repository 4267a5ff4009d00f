package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
)

const officeNumber = "+442079460009"

// TestPhoneOfATransfer finds the telephone of the configuration that a transfer goes to, and no other.
func TestPhoneOfATransfer(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{Customers: config.Customers{Countries: []string{"GB"}}}
	cfg.Desk.Phones = []config.Phone{{Name: "office", Number: officeNumber}, {Name: "desk", Number: "2001"}}
	n := &Node{cfg: cfg}
	n.live.Store(cfg)
	for target, want := range map[string]string{
		"sip:" + officeNumber + "@trunk.example": "office", "tel:" + officeNumber: "office", "sip:02079460009@trunk.example;user=phone": "office",
		"sip:2001@pbx.example:5060": "desk", "sip:2002@pbx.example": "", "sip:person@pbx.example": "", "": "", "sip:": "", "office": "",
	} {
		if p, ok := n.phoneAt(target); p.Name != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", target, p.Name, want)
		}
	}
}

// TestNodeWaitsForTelephones: what rings at a telephone, or is refused, is among what a node that stops waits for.
func TestNodeWaitsForTelephones(t *testing.T) {
	t.Parallel()
	n := &Node{}
	n.live.Store(&config.Config{})
	why := ""
	n.dialPhone(t.Context(), "c", "nobody's", func(s string) { why = s })
	n.dialling.Wait()
	if why != "unknown" {
		t.Errorf("a telephone that is not there: %q", why)
	}
}

// TestTransferIsDialled has a caller press 0 on a line that sends callers to a telephone, over a network that transfers no calls: the
// telephone rings by the trunk, both hear each other, and the end at one side is the end at the other.
func TestTransferIsDialled(t *testing.T) {
	besideAnother(t)
	c := openCarrier(t)
	cfg := backSettings(c)
	cfg.Desk.Phones = []config.Phone{{Name: "office", Title: "Office", Number: officeNumber, Trunk: "carrier"}}
	for i := range cfg.Routes {
		cfg.Routes[i].Transfer = "sip:" + officeNumber + "@trunk.example"
	}
	r := start(t, cfg)
	c.say = r.line("This is the office.").PCM
	words := r.line("My card was stolen yesterday.").PCM
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = softphone.Serve(t.Context(), server, func(ctx context.Context) error {
		leg, err := server.Dial(ctx, "sip:english@"+r.SIP(), sip.DialOptions{From: callerNumber}) // it declines REFER
		if err != nil {
			return err
		}
		var mu sync.Mutex
		var heard []int16
		var talk sync.WaitGroup
		talk.Go(func() { // ends when the leg has ended
			speak(ctx, leg, words, 2*time.Second, func(in []int16) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, in...)
			})
		})
		defer talk.Wait()
		defer func() { _ = leg.Hangup(context.WithoutCancel(ctx)) }()
		if err := leg.SendDTMF(ctx, "0"); err != nil {
			return err
		}
		for deadline, answered := time.Now().Add(time.Minute), false; ; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("the caller and the office do not hear each other")
			}
			c.mu.Lock()
			n := len(c.heard)
			there := n > 0 && level(c.heard) > 0
			c.mu.Unlock()
			mu.Lock()
			if n > 0 && !answered {
				answered, heard = true, nil // what was said before was the bot
			}
			here := answered && level(heard) > 0
			mu.Unlock()
			if here && there {
				break
			}
		}
		_ = leg.Hangup(ctx)
		d := r.recorded(leg.ID())
		if d.EndedBy != call.Caller {
			t.Errorf("ended by %s, %s", d.EndedBy, d.Why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := c.calls(); !slices.Equal(n, []string{officeNumber}) {
		t.Errorf("dialled %v", n)
	}
}

// person is a phone that answers, for calls to be transferred to.
type person struct {
	addr  string
	calls chan string
}

func (person) Admit(sip.Invite) sip.Verdict { return sip.Verdict{Accept: true} }

func (p person) Call(_ context.Context, leg *sip.Leg) {
	p.calls <- leg.Invite().To
	<-leg.Ended()
}

// answering is a person whose phone rings until the end of the test.
func answering(t *testing.T) person {
	t.Helper()
	phone, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	p := person{phone.UDPAddr(), make(chan string, 4)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- phone.Serve(ctx, p) }() // ends with cancel
	t.Cleanup(func() { cancel(); <-done })
	return p
}

func transferred(t *testing.T, r *rig, p person) {
	for name, script := range map[string]softphone.Script{
		"asked for": {Linger: 3 * time.Second, Lines: []softphone.Line{r.with(t).line("I want to talk to a real person.")}},
		"by key":    {Linger: 3 * time.Second, Lines: []softphone.Line{{Keys: "0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			res, d := r.with(t).call("helped", script)
			if d.Why != "transferred" || res.Moved == "" {
				t.Errorf("ended: %s; moved to %q; %+v", d.Why, res.Moved, d.Turns)
			}
			select {
			case to := <-p.calls:
				if to != "agent" {
					t.Errorf("the person was called as %s", to)
				}
			case <-time.After(time.Minute):
				t.Error("the person's phone did not ring")
			}
		})
	}
}
