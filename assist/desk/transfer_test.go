package desk

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// settle lets what is due be done for d.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// part tells the desk what somebody did in the call c.
func (f *floor) part(action, id, role string) {
	f.Event("c", 0, call.KindParty, call.Part{Action: action, ID: id, Role: role})
}

// inCall opens a desk on which ann has the call c.
func inCall(t *testing.T, o Options) *floor {
	f := open(t, o)
	f.begin("c")
	f.ready("ann")
	takeCall(t, f, "ann")
	return f
}

func (f *floor) stateOf(agent string) State { return f.Board(agent).Me.State }

// TestOneColleagueAtATime asks for a second one while the first is rung: the first would ring for good.
func TestOneColleagueAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.ready("bob")
		f.ready("cat")
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		if b := f.Board("bob"); b.Offer == nil || b.Offer.Kind != "consult" {
			t.Errorf("bob is rung as %+v", b.Offer)
		}
		if v := f.Board("ann").Call; v.Asking != "bob" {
			t.Errorf("ann asks %q", v.Asking)
		}
		if err := f.Transfer("c", "ann", "cat", true); !errors.Is(err, ErrState) || f.stateOf("cat") != Ready {
			t.Errorf("a second one: %v, cat is %s", err, f.stateOf("cat"))
		}
		if err := f.Decline(f.Board("bob").Offer.ID, "bob", ""); err != nil || f.Board("ann").Call.Asking != "" {
			t.Fatal(err, f.Board("ann").Call.Asking)
		}
		if err := f.Transfer("c", "ann", "cat", true); err != nil || f.Board("cat").Offer == nil {
			t.Errorf("after the first declined: %v", err)
		}
	})
}

// TestAskedAndCalledOff takes a consultation back while the colleague is rung, and after they have said yes.
func TestAskedAndCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.ready("bob")
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		if err := f.Consult("c", "ann", "cancel"); err != nil || f.stateOf("bob") != Ready || f.wire.last() != (Command{Do: "hold"}) {
			t.Errorf("called off while it rings: %v, bob is %s, %+v", err, f.stateOf("bob"), f.wire.last())
		}
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		if id, err := f.Accept(f.Board("bob").Offer.ID, "bob"); err != nil || !f.Joins(id, "bob") {
			t.Fatal(err)
		}
		if err := f.Consult("c", "ann", "cancel"); err != nil {
			t.Fatal(err)
		}
		f.part("joined", "bob", "colleague")
		if f.wire.last() != (Command{Do: "leave", Person: "bob"}) {
			t.Errorf("who was called off and comes: %+v", f.wire.last())
		}
		f.part("left", "bob", "colleague")
		if f.stateOf("bob") != Ready {
			t.Errorf("bob is %s", f.stateOf("bob"))
		}
	})
}

// TestAskedAndAlone has the agent cut off while a colleague is rung: nobody waits for that any more.
func TestAskedAndAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.ready("bob")
		if err := f.Transfer("c", "ann", "bob", true); err != nil {
			t.Fatal(err)
		}
		f.part("lost", "ann", "agent")
		if b := f.Board("bob"); b.Offer != nil || b.Me.State != Ready {
			t.Errorf("bob is %s, rung for %+v", b.Me.State, b.Offer)
		}
		got := f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: "ann"}, func(string) {})
		settle(15 * time.Second)
		takeOffer(t, f, "bob", got)
		if b := f.Board("bob"); b.Call == nil || b.Call.Agent != "bob" {
			t.Errorf("bob has %+v", b.Call)
		}
	})
}

// TestSentToNobody keeps the caller with the agent where nobody could take them.
func TestSentToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := func(time.Time) bool { return false }
		f := inCall(t, Options{Queues: func() []Policy {
			return []Policy{{Name: "night", Open: closed}, {Name: "patient", Open: closed, Wait: true}}
		}})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.Open(Agent{ID: "dan", Name: "dan", Queues: []string{"cards"}}) // away
		n := len(f.wire.did())
		for _, to := range []string{"cards", "night", "dan"} {
			if err := f.Transfer("c", "ann", to, false); !errors.Is(err, ErrNobodyThere) {
				t.Errorf("to %s: %v", to, err)
			}
		}
		if len(f.wire.did()) != n {
			t.Errorf("sent all the same: %+v", f.wire.last())
		}
		if err := f.Transfer("c", "ann", "patient", false); err != nil || f.wire.last().Queue != "patient" {
			t.Errorf("to a queue that lets callers wait: %v, %+v", err, f.wire.last())
		}
		if err := f.Set("dan", Ready, ""); err != nil {
			t.Fatal(err)
		}
		if err := f.Transfer("c", "ann", "dan", false); err != nil || f.wire.last().Agent != "dan" {
			t.Errorf("to dan: %v, %+v", err, f.wire.last())
		}
	})
}

// TestWishedForAndGone sends a caller to a colleague who goes home instead: anybody will do.
func TestWishedForAndGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		f.begin("d")
		defer f.End("d", call.Ended{})
		f.ready("bob")
		first := f.seek(t.Context(), Wish{Call: "d"}, func(string) {}) // bob is busy
		if _, err := f.Accept(f.Board("bob").Offer.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("d", "bob", 1); err != nil {
			t.Fatal(err)
		}
		<-first
		f.Event("d", 0, call.KindParty, call.Part{Action: "joined", ID: "bob", Role: "agent"})
		ctx, leave := context.WithCancel(t.Context())
		got := f.seek(ctx, Wish{Call: "c", Why: "transfer", Agent: "bob", Former: "ann"}, func(string) {})
		f.ready("cat")
		settle(5 * time.Second)
		if f.Board("cat").Offer != nil {
			t.Error("it rings at cat while bob is there")
		}
		f.End("d", call.Ended{})
		if err := f.Set("bob", Away, "home"); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		if f.Board("cat").Offer == nil {
			t.Error("bob has left, and nothing rings at cat")
		}
		leave()
		<-got
	})
}

// TestColleagueLeavesTheCallAlone lets a colleague end their part, not the caller's call.
func TestColleagueLeavesTheCallAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.part("joined", "bob", "colleague")
		if err := f.Do("c", "bob", Command{Do: "end"}); err != nil || f.wire.last() != (Command{Do: "leave", Person: "bob"}) {
			t.Errorf("a colleague's end: %v, %+v", err, f.wire.last())
		}
		n := len(f.wire.did())
		for _, do := range []string{"hold", "to_bot", "record"} {
			if err := f.Do("c", "bob", Command{Do: do}); !errors.Is(err, ErrState) {
				t.Errorf("a colleague's %s: %v", do, err)
			}
		}
		if err := f.Consult("c", "bob", "cancel"); !errors.Is(err, ErrState) || len(f.wire.did()) != n {
			t.Errorf("a colleague's cancel: %v, %+v", err, f.wire.last())
		}
		if err := f.Do("c", "ann", Command{Do: "end"}); err != nil || f.wire.last() != (Command{Do: "end", Person: "ann"}) {
			t.Errorf("the agent's end: %v, %+v", err, f.wire.last())
		}
	})
}

// TestMutedIsWhoHasTheCall tells of a mute whose it is.
func TestMutedIsWhoHasTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		f.ready("bob")
		f.part("joined", "bob", "colleague")
		f.part("mute", "bob", "colleague")
		if v := f.Board("ann").Call; v.Muted {
			t.Error("bob is muted, ann's page says it is her")
		}
		f.part("mute", "ann", "agent")
		if v := f.Board("ann").Call; !v.Muted {
			t.Error("ann is muted")
		}
		f.part("unmute", "bob", "colleague")
		f.part("replaced", "ann", "agent")
		f.part("role", "bob", "agent")
		if v := f.Board("bob").Call; v.Muted || v.Agent != "bob" {
			t.Errorf("bob has the call of %s, muted %v", v.Agent, v.Muted)
		}
	})
}

// TestPageClosedInACall: who talks without a page is off work once that is over, and not counted as somebody to wait for.
func TestPageClosedInACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		takeCall(t, f, "ann")
		w.Close()
		settle(time.Minute)
		if s := f.stateOf("ann"); s != Busy {
			t.Fatalf("ann, who talks, is %s", s)
		}
		f.End("c", call.Ended{})
		settle(time.Second)
		if s := f.stateOf("ann"); s != Offline {
			t.Errorf("ann is %s without a page or a call", s)
		}
		if fl := f.Floor(func(string) bool { return true }); len(fl.Agents) != 0 {
			t.Errorf("at work: %+v", fl.Agents)
		}
	})
}

// TestChatOfAClosedPage brings who types to somebody else when the agent's page stays closed.
func TestChatOfAClosedPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{Route: "bank", Langs: []string{"en"}, At: time.Now()}, "chat", f.wire)
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		takeCall(t, f, "ann")
		w.Close()
		settle(leaveAfter - time.Second)
		if slices.Contains(f.wire.did(), Command{Do: "leave", Person: "ann"}) {
			t.Fatal("taken from ann, who may be back")
		}
		settle(2 * time.Second)
		if f.wire.last() != (Command{Do: "leave", Person: "ann"}) {
			t.Fatalf("ann's page is closed: %+v", f.wire.last())
		}
		f.part("left", "ann", "agent")
		settle(time.Second)
		if s := f.stateOf("ann"); s != Offline {
			t.Errorf("ann is %s", s)
		}
	})
}

// TestAcceptedInTheLastMoment has an agent on their way when the caller has waited as long as they may.
func TestAcceptedInTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(r string) Policy { return Policy{Name: r, Patience: 10 * time.Second, Wait: true} }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		got := f.seek(t.Context(), Wish{Call: "c"}, func(string) {})
		settle(6 * time.Second)
		f.ready("ann")
		settle(2 * time.Second)
		if _, err := f.Accept(f.Board("ann").Offer.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		settle(3 * time.Second) // the patience is over, the leg is not there yet
		if err := f.Arrive("c", "ann", 1); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r.err != nil || r.taken.Agent.ID != "ann" {
			t.Errorf("%+v", r)
		}
	})
}

// TestAcceptedAndNotNeeded frees an agent whose caller has gone somewhere else meanwhile.
func TestAcceptedAndNotNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		f.ready("ann")
		ctx, taken := context.WithCancel(t.Context())
		got := f.seek(ctx, Wish{Call: "c"}, func(string) {})
		if _, err := f.Accept(f.Board("ann").Offer.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		taken() // by a supervisor
		<-got
		settle(time.Second)
		if s := f.stateOf("ann"); s != Ready {
			t.Errorf("ann is %s", s)
		}
	})
}

// TestWaitingForMe counts the callers whom an agent may take, not those of other queues.
func TestWaitingForMe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(r string) Policy { return Policy{Name: r, Wait: true} }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		f.Open(Agent{ID: "ann", Name: "ann", Queues: []string{"bank"}})
		f.Open(Agent{ID: "bob", Name: "bob", Queues: []string{"cards"}})
		ctx, leave := context.WithCancel(t.Context())
		got := f.seek(ctx, Wish{Call: "c"}, func(string) {})
		if a, b := f.Board("ann"), f.Board("bob"); a.Waiting != 1 || a.Longest < 1 || b.Waiting != 0 || b.Longest != 0 {
			t.Errorf("for ann %d, %v s; for bob %d, %v s", a.Waiting, a.Longest, b.Waiting, b.Longest)
		}
		leave()
		<-got
	})
}

// TestCalledOffAndSentOn has the agent call off a colleague who has accepted and send the caller to them, or to somebody else: the colleague is
// free at once, and the caller goes where they were sent.
func TestCalledOffAndSentOn(t *testing.T) {
	for to, other := range map[string]string{"bob": "cat", "cat": "bob"} {
		synctest.Test(t, func(t *testing.T) {
			f := inCall(t, Options{})
			defer f.close()
			defer f.End("c", call.Ended{})
			f.ready("bob")
			f.ready("cat")
			if err := f.Transfer("c", "ann", "bob", true); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Accept(f.Board("bob").Offer.ID, "bob"); err != nil {
				t.Fatal(err)
			}
			if err := f.Transfer("c", "ann", to, false); err != nil || f.wire.last().Agent != to {
				t.Fatal(err, f.wire.last())
			}
			if f.stateOf("bob") != Ready || f.Joins("c", "bob") {
				t.Errorf("bob, who is not needed, is %s", f.stateOf("bob"))
			}
			f.part("transferred", "ann", "agent")
			ctx, leave := context.WithCancel(t.Context())
			got := f.seek(ctx, Wish{Call: "c", Why: "transfer", Agent: to, Former: "ann"}, func(string) {})
			settle(arriveWithin / 2)
			if f.Board(to).Offer == nil || f.Board(other).Offer != nil {
				t.Fatalf("it rings at %s: %v, at %s: %v", to, f.Board(to).Offer != nil, other, f.Board(other).Offer != nil)
			}
			if _, err := f.Accept(f.Board(to).Offer.ID, to); err != nil {
				t.Fatal(err)
			}
			settle(arriveWithin * 2 / 3) // the wait for the first leg would be over
			if s := f.stateOf(to); s != Busy {
				t.Errorf("%s, who has accepted, is %s", to, s)
			}
			f.part("joined", to, "agent")
			if c := f.wire.last(); c.Do == "leave" {
				t.Errorf("%s, whom the caller was sent to, is sent away: %+v", to, c)
			}
			leave()
			<-got
		})
	}
}
