package desk

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// takeCall lets who take the call c as it rings.
func takeCall(t *testing.T, f *floor, who string) {
	t.Helper()
	takeOffer(t, f, who, f.seek(t.Context(), Wish{Call: "c"}, func(string) {}))
}

// takeOffer lets who take the call c, which rings at them.
func takeOffer(t *testing.T, f *floor, who string, got chan result) {
	t.Helper()
	if _, err := f.Accept(f.Board(who).Offer.ID, who); err != nil {
		t.Fatal(err)
	}
	if err := f.Arrive("c", who, 1); err != nil {
		t.Fatal(err)
	}
	<-got
	f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: who, Role: "agent"})
}

func TestLostAgentIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		f.Event("c", 0, call.KindParty, call.Part{Action: "lost", ID: "ann", Role: "agent"})
		defer f.ready("bob").Close()
		got := f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: "ann"}, func(string) {})
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if f.Board("ann").Offer != nil {
			t.Error("the call rings at ann again, whose leg is gone")
		}
		o := f.Board("bob").Offer
		if o == nil {
			t.Fatal("no offer to bob")
		}
		if _, err := f.Accept(o.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "bob", 3); err != nil {
			t.Fatal(err)
		}
		<-got
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "bob", Role: "agent"})
		f.End("c", call.Ended{})
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := f.Board("ann").Me.State; s == Busy {
			t.Errorf("ann is %s a minute after the call; Set ready: %v; wrapped: %v", s, f.Set("ann", Ready, ""), f.Wrapped("ann"))
		}
	})
}

func TestConsultCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.ready("ann").Close()
		takeCall(t, f, "ann")
		defer f.ready("bob").Close()
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		f.mu.Lock()
		id := f.router.seats["bob"].offer
		f.mu.Unlock()
		f.End("c", call.Ended{})
		if _, err := f.Accept(id, "bob"); !errors.Is(err, ErrGone) {
			t.Errorf("bob accepted a call that is over: %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := f.Board("bob").Me.State; s == Busy {
			t.Errorf("bob is %s with no call; Set ready: %v", s, f.Set("bob", Ready, ""))
		}
	})
}

func TestConsultDeclined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		defer f.ready("bob").Close()
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for len(w.C) > 0 {
			<-w.C
		}
		n := len(f.wire.did())
		if err := f.Decline(f.Board("bob").Offer.ID, "bob", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(w.C) == 0 && len(f.wire.did()) == n {
			t.Error("consult declined: ann is told nothing, the caller stays on hold")
		}
		if len(f.consults) != 0 {
			t.Errorf("consults kept: %v", f.consults)
		}
	})
}

func TestConsultNeverArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.ready("ann").Close()
		takeCall(t, f, "ann")
		defer f.ready("bob").Close()
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		id, err := f.Accept(f.Board("bob").Offer.ID, "bob")
		if err != nil || !f.Joins(id, "bob") {
			t.Fatal(err)
		}
		// the leg fails before it joins
		time.Sleep(time.Minute)
		synctest.Wait()
		f.End("c", call.Ended{})
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := f.Board("bob").Me.State; s == Busy {
			t.Errorf("bob is %s for good; Set ready: %v", s, f.Set("bob", Ready, ""))
		}
	})
}

func TestAimedTransferDeclined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		defer f.ready("bob").Close()
		defer f.ready("cat").Close()
		got := f.seek(t.Context(), Wish{Call: "c", Why: "transfer", Agent: "bob", Former: "ann"}, func(string) {})
		if err := f.Decline(f.Board("bob").Offer.ID, "bob", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if f.Board("cat").Offer == nil {
			t.Error("bob declined; 5 s later nothing rings at cat, who is ready")
		}
		f.End("c", call.Ended{})
		select {
		case <-got:
		default:
			time.Sleep(10 * time.Minute)
			<-got
		}
	})
}

func TestFigures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		defer f.ready("ann").Close()
		takeCall(t, f, "ann")
		f.Event("c", 0, call.KindParty, call.Part{Action: "lost", ID: "ann", Role: "agent"})
		got := f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: "ann"}, func(string) {})
		if err := f.Return("c", "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", 2); err != nil {
			t.Fatal(err)
		}
		<-got
		for _, x := range f.Floor(func(string) bool { return true }).Figures {
			if x.ID == "containment" || x.ID == "service_level" {
				if x.Value < 0 || x.Value > 1 {
					t.Errorf("%s = %v for one call", x.ID, x.Value)
				}
			}
		}
	})
}

func TestDismissedAgentGetsNoMoreCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		defer f.ready("bob").Close()
		if err := f.Set("bob", Away, ""); err != nil {
			t.Fatal(err)
		}
		got := f.seek(t.Context(), Wish{Call: "c"}, func(string) {})
		offer := f.Board("ann").Offer
		if offer == nil {
			t.Fatal("no offer to ann")
		}
		f.Dismiss("ann")
		if err := f.Set("bob", Ready, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Accept(offer.ID, "ann"); !errors.Is(err, ErrGone) {
			t.Errorf("ann took the call: %v", err)
		}
		for range w.C { // ends: the window is closed
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if o := f.Board("bob").Offer; o == nil {
			t.Fatal("it does not ring at bob")
		}
		if s := f.Board("ann").Me.State; s != Offline {
			t.Errorf("ann is %s", s)
		}
		if _, err := f.Accept(f.Board("bob").Offer.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		f.Dismiss("bob") // has accepted, and cannot come any more
		time.Sleep(time.Second)
		synctest.Wait()
		if err := f.Arrive("c", "bob", 1); !errors.Is(err, ErrGone) {
			t.Errorf("bob came: %v", err)
		}
		defer f.ready("cem").Close()
		time.Sleep(time.Second)
		takeOffer(t, f, "cem", got)
		f.Dismiss("cem")
		if c := f.wire.last(); c.Do != "leave" || c.Person != "cem" {
			t.Errorf("the caller is left with cem: %+v", c)
		}
		f.Event("c", 0, call.KindParty, call.Part{Action: "left", ID: "cem", Role: "agent"})
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := f.Board("cem").Me.State; s != Offline {
			t.Errorf("cem is %s", s)
		}
		f.End("c", call.Ended{})
	})
}

// TestComesAsTheCallerLeaves returns whoever has arrived, so that their leg is not forgotten.
func TestComesAsTheCallerLeaves(t *testing.T) {
	for range 50 { // to meet both orders
		synctest.Test(t, func(t *testing.T) {
			f := open(t, Options{})
			defer f.close()
			f.begin("c")
			defer f.End("c", call.Ended{})
			defer f.ready("ann").Close()
			ctx, leave := context.WithCancel(t.Context())
			got := f.seek(ctx, Wish{Call: "c"}, func(string) {})
			if _, err := f.Accept(f.Board("ann").Offer.ID, "ann"); err != nil {
				t.Fatal(err)
			}
			leave()
			arrived := f.Arrive("c", "ann", "leg")
			if r := <-got; (arrived == nil) != (r.err == nil) {
				t.Fatalf("the leg came: %v; the search: %v", arrived, r.err)
			}
		})
	}
}

// TestOneComesToASearch has a second one come as the first is taken: the first gets the caller, and the second is told so.
func TestOneComesToASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: silentPost{}})
		b.Begin(t.Context(), "c", call.Started{Route: "bank"}, "sip", &wire{})
		defer b.End("c", call.Ended{})
		q := &inquiry{got: make(chan Taken, 1)}
		b.mu.Lock()
		b.calls["c"].seek = q
		b.mu.Unlock()
		if err := b.Arrive("c", Agent{ID: "ann"}, "hers"); err != nil {
			t.Fatal(err)
		}
		<-q.got // as the search does, which is about to end
		if err := b.Arrive("c", Agent{ID: "bob"}, "his"); !errors.Is(err, ErrGone) {
			t.Errorf("the second: %v", err)
		}
	})
}

// TestFirstWhoCame keeps whoever the search has found already.
func TestFirstWhoCame(t *testing.T) {
	t.Parallel()
	came := make(chan Taken, 1)
	came <- Taken{Agent: Agent{ID: "bob"}}
	if x, err := orCame(Taken{Agent: Agent{ID: "ann"}, Leg: "hers"}, nil, came); err != nil || x.Agent.ID != "ann" {
		t.Errorf("%+v, %v", x, err)
	}
}

// silentPost is a leader that is never reached.
type silentPost struct{}

func (silentPost) Report(context.Context, []byte) ([]byte, error) { return nil, ErrGone }
func (silentPost) Partial([]byte)                                 {}

// TestComesAsTheCallerLeavesABranch is the same at a node that does not lead.
func TestComesAsTheCallerLeavesABranch(t *testing.T) {
	for range 50 { // to meet both orders
		synctest.Test(t, func(t *testing.T) {
			b := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: silentPost{}})
			b.Begin(t.Context(), "c", call.Started{Route: "bank"}, "sip", &wire{})
			defer b.End("c", call.Ended{})
			ctx, leave := context.WithCancel(t.Context())
			got := make(chan result, 1)
			go func() { // ends with the search
				x, err := b.Seek(ctx, Wish{Call: "c"}, func(string) {})
				got <- result{x, err}
			}()
			synctest.Wait()
			leave()
			arrived := b.Arrive("c", Agent{ID: "ann"}, "leg")
			if r := <-got; (arrived == nil) != (r.err == nil) {
				t.Fatalf("the leg came: %v; the search: %v", arrived, r.err)
			}
		})
	}
}
