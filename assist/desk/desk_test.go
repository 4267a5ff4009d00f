package desk

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

func TestCallRingsIsTakenAndWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{WrapUp: func(_ context.Context, agent string, v View) (any, error) { return map[string]any{"call": v.Call}, nil }})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		f.Event("c", 0, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "my card was stolen", Lang: "en", Intent: "card_lost", Sentiment: -0.6})
		got := f.seek(t.Context(), Wish{Call: "c", Why: "asked", Lang: "en"}, func(string) {})
		b := f.Board("ann")
		if b.Offer == nil || b.Me.State != Busy || b.Offer.Reason != "my card was stolen" || len(b.Offer.Turns) != 1 || b.Offer.Summary[0].Turn != 1 {
			t.Fatalf("board while it rings: %+v", b)
		}
		id, err := f.Accept(b.Offer.ID, "ann")
		if err != nil || id != "c" {
			t.Fatal(id, err)
		}
		if err := f.Arrive("c", "ann", "leg"); err != nil {
			t.Fatal(err)
		}
		r := <-got
		if r.err != nil || r.taken.Leg != "leg" || r.taken.Agent.ID != "ann" {
			t.Fatalf("taken: %+v", r)
		}
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		if b := f.Board("ann"); b.Call == nil || b.Call.With != "agent" || b.Offer != nil {
			t.Fatalf("board in the call: %+v", b)
		}
		if err := f.Do("c", "ann", Command{Do: "hold", On: true}); err != nil || f.wire.last().Do != "hold" {
			t.Errorf("hold: %v, %+v", err, f.wire.last())
		}
		if err := f.Do("c", "bob", Command{Do: "end"}); !errors.Is(err, ErrUnknown) {
			t.Errorf("somebody else commands the call: %v", err)
		}
		f.End("c", call.Ended{By: call.Caller, Why: "bye", Duration: 30})
		synctest.Wait()
		if b := f.Board("ann"); b.Me.State != WrapUp || b.WrapUp == nil || b.Call != nil {
			t.Fatalf("board after the call: %+v", b)
		}
		if err := f.Wrapped("ann"); err != nil {
			t.Fatal(err)
		}
		if b := f.Board("ann"); b.Me.State != Ready || b.WrapUp != nil {
			t.Errorf("board at the end: %+v", b)
		}
	})
}

func TestNobodyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		r := <-f.seek(t.Context(), Wish{Call: "c", Lang: "zh"}, func(string) {})
		nobody := (*NobodyError)(nil)
		if !errors.As(r.err, &nobody) || nobody.Why != "nobody" || !strings.Contains(nobody.Text, "人工") {
			t.Fatalf("nobody at work: %v", r.err)
		}
		w := f.ready("ann")
		defer w.Close()
		if err := f.Set("ann", Away, "lunch"); err != nil {
			t.Fatal(err)
		}
		if r := <-f.seek(t.Context(), Wish{Call: "c"}, func(string) {}); !errors.As(r.err, &nobody) {
			t.Errorf("everybody away: %v", r.err)
		}
		if _, err := f.Seek(t.Context(), Wish{Call: "unknown"}, nil); !errors.Is(err, ErrUnknown) {
			t.Errorf("unknown call: %v", err)
		}
	})
}

func TestWaitingCallerIsToldAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(string) Policy { return Policy{Name: "q", Patience: 2 * time.Minute, Wait: true} },
			CallBack: func(context.Context, View) error { return nil }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		var mu sync.Mutex
		var told []string
		got := f.seek(t.Context(), Wish{Call: "c", Lang: "en"}, func(text string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, text)
		})
		time.Sleep(65 * time.Second)
		mu.Lock()
		if len(told) != 3 || !strings.Contains(told[0], "next") || !strings.Contains(told[0], "press 1") || strings.Contains(told[1], "press 1") {
			t.Errorf("told %q", told)
		}
		mu.Unlock()
		r := <-got
		nobody := (*NobodyError)(nil)
		if !errors.As(r.err, &nobody) || nobody.Why != "timeout" {
			t.Errorf("after two minutes: %v", r.err)
		}
		got = f.seek(t.Context(), Wish{Call: "c", Lang: "en"}, func(string) {})
		f.Key(t.Context(), "c", '1')
		if r = <-got; !errors.As(r.err, &nobody) || nobody.Why != "callback" || !nobody.Bye {
			t.Errorf("call me back: %v", r.err)
		}
	})
}

func TestWhoAcceptsAndDoesNotComeLosesTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		defer f.ready("ann").Close()
		got := f.seek(t.Context(), Wish{Call: "c"}, func(string) {})
		b := f.Board("ann")
		if _, err := f.Accept(b.Offer.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		defer f.ready("bob").Close()
		time.Sleep(arriveWithin + time.Second)
		synctest.Wait()
		if b := f.Board("ann"); b.Me.State != Away {
			t.Errorf("ann is %s", b.Me.State)
		}
		b = f.Board("bob")
		if b.Offer == nil {
			t.Fatal("the call does not ring at bob")
		}
		if _, err := f.Accept(b.Offer.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", "late"); !errors.Is(err, ErrGone) {
			t.Errorf("a late leg: %v", err)
		}
		if err := f.Arrive("c", "bob", "leg"); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r.taken.Agent.ID != "bob" {
			t.Errorf("taken: %+v", r)
		}
	})
}

func TestClosedBrowserReturnsOrIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		got := f.seek(t.Context(), Wish{Call: "c"}, func(string) {})
		id := f.Board("ann").Offer.ID
		if _, err := f.Accept(id, "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", 1); err != nil {
			t.Fatal(err)
		}
		<-got
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		w.Close()
		f.Event("c", 0, call.KindParty, call.Part{Action: "lost", ID: "ann", Role: "agent"})
		got = f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: "ann"}, func(string) {})
		w = f.Open(Agent{ID: "ann"})
		if err := f.Return("c", "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", 2); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r.taken.Leg != 2 {
			t.Fatalf("back: %+v", r)
		}
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		w.Close()
		f.Event("c", 0, call.KindParty, call.Part{Action: "lost", ID: "ann", Role: "agent"})
		defer f.ready("bob").Close()
		got = f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: "ann"}, func(string) {})
		if f.Board("bob").Offer != nil {
			t.Error("no grace for ann")
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		o := f.Board("bob").Offer
		if o == nil {
			t.Fatal("the call does not ring at bob after the grace")
		}
		if _, err := f.Accept(o.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "bob", 3); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r.taken.Agent.ID != "bob" {
			t.Errorf("taken over: %+v", r)
		}
	})
}

func TestWarmTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.ready("ann").Close()
		takeCall(t, f, "ann")
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		defer f.ready("bob").Close()
		if err := f.Transfer("c", "ann", "nobody", true); !errors.Is(err, ErrState) {
			t.Errorf("consult with nobody: %v", err)
		}
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		o := f.Board("bob").Offer
		if o == nil || f.wire.last() != (Command{Do: "hold", On: true}) {
			t.Fatalf("consult: %+v, %+v", o, f.wire.last())
		}
		id, err := f.Accept(o.ID, "bob")
		if err != nil || !f.Joins(id, "bob") || f.Joins(id, "bob") {
			t.Fatal("bob does not join", err)
		}
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "bob", Role: "colleague"})
		if err := f.Consult("c", "ann", "complete"); err != nil || f.wire.last() != (Command{Do: "hold"}) {
			t.Errorf("complete: %v, %+v", err, f.wire.last())
		}
		f.Event("c", 0, call.KindParty, call.Part{Action: "replaced", ID: "ann", Role: "agent"})
		f.Event("c", 0, call.KindParty, call.Part{Action: "role", ID: "bob", Role: "agent"})
		if b := f.Board("ann"); b.Me.State != WrapUp {
			t.Errorf("ann is %s", b.Me.State)
		}
		if b := f.Board("bob"); b.Call == nil || b.Call.Agent != "bob" {
			t.Errorf("bob has %+v", b.Call)
		}
		f.End("c", call.Ended{})
	})
}

func TestSlowWindowIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		for i := range 2 * windowDepth {
			f.Event("c", 0, call.KindTurn, call.Turn{N: i, Who: call.Agent, Text: "x"})
		}
		n := 0
		for range w.C {
			n++
		}
		if n != windowDepth {
			t.Errorf("read %d messages before the window was closed, want %d", n, windowDepth)
		}
		w.Close()
		f.End("c", call.Ended{})
	})
}
