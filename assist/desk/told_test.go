package desk

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// newsOf takes what a window was told since it was looked at last.
func newsOf(w *Window) []Message {
	synctest.Wait()
	var out []Message
	for len(w.C) > 0 {
		out = append(out, <-w.C)
	}
	return out
}

// leftBy is what the last banner says of who took a call, false without one.
func leftBy(all []Message) (by string, told bool) {
	for _, m := range all {
		if b, ok := m.Data.(map[string]string); ok && m.Event == "banner" && b["part"] == "left" {
			by, told = b["text"], true
		}
	}
	return by, told
}

// TestKnownWhileItRings shows who calls to the agent who is rung already, as soon as it is found out. Who is called back
// does not wait meanwhile, neither for supervisors nor for other agents.
func TestKnownWhileItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Customers: book{Who{ID: "k1", Name: "Mei Lin", Tier: "gold"}}}) // which takes 300 ms
		defer f.close()
		w := f.ready("ann")
		defer w.Close()
		f.Begin(t.Context(), "c", call.Started{From: "+441632960000", Route: "bank", Langs: []string{"en"}, At: time.Now(), Back: "before"}, "sip", f.wire)
		defer f.End("c", call.Ended{})
		defer f.Open(Agent{ID: "bob"}).Close()
		f.seek(t.Context(), Wish{Call: "c", Why: Called}, func(string) {})
		if b := f.Board("bob"); b.Waiting != 0 {
			t.Errorf("%d wait as bob's page has it", b.Waiting)
		}
		var last Board
		for _, m := range newsOf(w) {
			if b, ok := m.Data.(Board); ok {
				last = b
			}
		}
		floor := f.Floor(func(string) bool { return true })
		for _, x := range floor.Figures {
			if x.ID == "waiting" && x.Value != 0 || len(floor.Queue) != 0 {
				t.Errorf("who is called back waits: %s %v, %+v", x.ID, x.Value, floor.Queue)
			}
		}
		if last.Offer == nil || last.Offer.View.Caller.Name != "Mei Lin" || last.Offer.Continues != "before" {
			t.Errorf("what rings at ann: %+v", last.Offer)
		}
	})
}

// TestTurnsAreToldOnce tells what is known anew after a turn, without all the turns and cards of before.
func TestTurnsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		w := f.Open(Agent{ID: "ann"})
		defer w.Close()
		turn := func(n int) {
			f.Event("c", 0, call.KindTurn, call.Turn{N: n, Who: call.Caller, Text: "My order is AB12345, sent on the fifth of May.", Lang: "en"})
		}
		turn(1)
		newsOf(w)
		turn(2)
		f.Event("c", 0, call.KindTurn, call.Turn{N: 3, Who: call.Caller, Text: "No, my order is CD67890.", Lang: "en"})
		told := 0
		for _, m := range newsOf(w) {
			if v, ok := m.Data.(View); ok {
				told++
				if len(v.Turns) > 0 || len(v.Cards) > 0 || len(v.Slots) == 0 {
					t.Errorf("told %d turns, %d cards and %+v", len(v.Turns), len(v.Cards), v.Slots)
				}
			}
		}
		if b := f.Board("ann"); told == 0 || len(b.Call.Turns) != 3 {
			t.Errorf("told %d times; %d turns on the whole desk", told, len(b.Call.Turns))
		}
	})
}

// TestNotToldWhileListening keeps a call that a supervisor only listens to off their own desk.
func TestNotToldWhileListening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		sue := f.Open(Agent{ID: "sue"})
		defer sue.Close()
		says := func(n int) (told []string) {
			newsOf(sue)
			f.Event("c", 0, call.KindTurn, call.Turn{N: n, Who: call.Caller, Text: "My order is AB12345.", Lang: "en"})
			for _, m := range newsOf(sue) {
				told = append(told, m.Event)
			}
			return told
		}
		f.part("joined", "sue", "supervisor")
		if told := says(1); len(told) != 0 {
			t.Errorf("told %v of a call they listen to", told)
		}
		f.part("role", "sue", "agent") // they have taken it over
		if told := says(2); !slices.Contains(told, "turn") {
			t.Errorf("told %v of their call", told)
		}
	})
}

// TestReasonAfterReload keeps why a caller came when the agent's own page was only loaded again.
func TestReasonAfterReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		defer f.ready("ann").Close()
		takeOffer(t, f, "ann", f.seek(t.Context(), Wish{Call: "c", Why: "asked"}, func(string) {}))
		cutOff := func(agent string) chan result {
			f.part("lost", agent, "agent")
			return f.seek(t.Context(), Wish{Call: "c", Why: "agent_lost", Former: agent}, func(string) {})
		}
		for range 2 {
			got := cutOff("ann")
			if err := f.Return("c", "ann"); err != nil {
				t.Fatal(err)
			}
			if err := f.Arrive("c", "ann", 2); err != nil {
				t.Fatal(err)
			}
			<-got
			f.part("joined", "ann", "agent")
			if v := f.Board("ann").Call; v == nil || v.Why != "asked" || v.Reason != "asked" {
				t.Fatalf("back at ann: %+v", v)
			}
		}
		for _, x := range []struct {
			from, to string
			returns  bool
		}{{"ann", "bob", true}, {"bob", "cat", false}} { // whose page is there again, but whose sound never is
			got := cutOff(x.from)
			if x.returns {
				if err := f.Return("c", x.from); err != nil {
					t.Fatal(err)
				}
			}
			defer f.ready(x.to).Close()
			time.Sleep(15 * time.Second)
			synctest.Wait()
			if o := f.Board(x.to).Offer; o == nil || o.Why != "agent_lost" || o.Reason != "agent_lost" {
				t.Errorf("at somebody else: %+v", o)
			}
			takeOffer(t, f, x.to, got)
		}
	})
}

// TestToldWhyACallIsGone tells an agent that a supervisor took their call over, and one whose page was closed for long that the chat
// was brought to somebody else.
func TestToldWhyACallIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		defer f.End("c", call.Ended{})
		w := f.Open(Agent{ID: "ann"})
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "sue", Name: "Sue", Role: "supervisor"})
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "tom", Name: "Tom", Role: "supervisor"}) // who goes on listening
		newsOf(w)
		f.part("replaced", "ann", "agent")
		f.Event("c", 0, call.KindParty, call.Part{Action: "role", ID: "sue", Name: "Sue", Role: "agent"})
		if by, told := leftBy(newsOf(w)); by != "Sue" || !told {
			t.Errorf("ann is told that %q took the call: %v", by, told)
		}
		w.Close()
		bob, sue := f.ready("bob"), f.Open(Agent{ID: "sue"})
		defer bob.Close()
		f.part("joined", "bob", "colleague") // is asked in, and gets the call
		newsOf(sue)
		f.part("replaced", "sue", "agent")
		f.part("role", "bob", "agent")
		if by, told := leftBy(newsOf(sue)); told {
			t.Errorf("sue, who has handed over, is told that %q took the call", by)
		}
		sue.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{Route: "q", Langs: []string{"en"}, At: time.Now()}, "chat", f.wire)
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		takeCall(t, f, "ann")
		w.Close()
		time.Sleep(leaveAfter + 2*time.Second)
		synctest.Wait()
		f.part("left", "ann", "agent")
		w = f.Open(Agent{ID: "ann"})
		if by, told := leftBy(newsOf(w)); by != "" || !told {
			t.Errorf("ann is back and told %q: %v", by, told)
		}
		w.Close()
		w = f.Open(Agent{ID: "ann"})
		if _, told := leftBy(newsOf(w)); told {
			t.Error("told again")
		}
		w.Close()
	})
}
