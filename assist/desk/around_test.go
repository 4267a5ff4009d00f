package desk

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// newest is the last message of a kind that a window was told, nil for none.
func newest[T any](w *Window, event string) (out *T) {
	for {
		select {
		case m := <-w.C:
			if v, ok := m.Data.(T); ok && m.Event == event {
				out = &v
			}
		default:
			return out
		}
	}
}

// TestAgentsAreToldWhatGoesOnAround has an agent in a call, who does nothing: they are told who can be sent a call, and how many wait.
func TestAgentsAreToldWhatGoesOnAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(string) Policy { return Policy{Name: "bank", Wait: true} }, Queues: func() []Policy { return []Policy{{Name: "bank"}, {Name: "cards"}} }})
		defer f.close()
		ann := f.Open(Agent{ID: "ann", Name: "Ann"})
		defer ann.Close()
		wait := func() { time.Sleep(2 * time.Second); synctest.Wait() }
		wait()
		queues := []Place{{"bank", "bank", "queue"}, {"cards", "cards", "queue"}}
		if b := newest[Board](ann, "desk"); b == nil || !slices.Equal(b.Transfers, queues) {
			t.Fatalf("at first: %+v", b)
		}
		bob := f.ready("bob")
		defer bob.Close()
		wait()
		if a := newest[Around](ann, "around"); a == nil || len(a.Transfers) != 3 || a.Transfers[0] != (Place{"bob", "bob", "agent"}) {
			t.Errorf("somebody is ready: %+v", a)
		}
		if a := newest[Around](bob, "around"); a != nil {
			t.Errorf("somebody is told of what is as it was: %+v", a)
		}
		if err := f.Set("bob", Away, ""); err != nil {
			t.Fatal(err)
		}
		f.begin("c")
		defer f.End("c", call.Ended{})
		since := time.Now()
		got := f.seek(t.Context(), Wish{Call: "c"}, func(string) {})
		wait()
		if a := newest[Around](ann, "around"); a == nil || a.Waiting != 1 || !a.Since.Equal(since) || len(a.Transfers) != 2 {
			t.Errorf("somebody waits, and nobody is ready: %+v", a)
		}
		wait()
		if a := newest[Around](ann, "around"); a != nil {
			t.Errorf("told again: %+v", a)
		}
		if err := f.Set("ann", Ready, ""); err != nil {
			t.Fatal(err)
		}
		wait()
		o := f.Board("ann").Offer
		if o == nil {
			t.Fatal("it does not ring")
		}
		if _, err := f.Accept(o.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", nil); err != nil {
			t.Fatal(err)
		}
		<-got
	})
}

// TestFullWindowIsToldAround has a page that reads late: it is told then.
func TestFullWindowIsToldAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		ann := f.Open(Agent{ID: "ann", Name: "Ann"})
		defer ann.Close()
		time.Sleep(2 * time.Second)
		f.mu.Lock()
		for ann.send(Message{"turn", nil}) {
			continue
		}
		f.mu.Unlock()
		defer f.ready("bob").Close()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		newest[Around](ann, "around")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if a := newest[Around](ann, "around"); a == nil || len(a.Transfers) != 1 {
			t.Errorf("told %+v", a)
		}
	})
}

// TestWhoIsRungForIsNotToldToWait has one agent at work, at whom the call rings: the caller is told no minutes.
func TestWhoIsRungForIsNotToldToWait(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann"})
	enqueue(t, r, Want{Call: "c0", Since: at(0)})
	enqueue(t, r, Want{Call: "c1", Since: at(1)})
	if len(r.Match(at(2))) != 1 {
		t.Fatal("it does not ring")
	}
	for id, want := range map[call.ID]time.Duration{"c0": 0, "c1": r.handle} {
		if _, wait, _ := r.Place(id, at(3)); wait != want {
			t.Errorf("%s waits for %s, want %s", id, wait, want)
		}
	}
}

// TestWhyTheyCall tells what stands as the reason of a call: what they ask, not how they are polite.
func TestWhyTheyCall(t *testing.T) {
	t.Parallel()
	said := func(text, intent string) Spoken {
		return Spoken{Turn: call.Turn{Who: call.Caller, Text: text, Intent: intent}}
	}
	for _, c := range []struct {
		want, intent string
		turns        []Spoken
	}{
		{"I lost my card yesterday.", "lost_or_stolen", []Spoken{said("I lost my card yesterday.", "lost_or_stolen"), said("Thank you, that helps. Goodbye.", "goodbye")}},
		{"我的卡丢了", "lost_or_stolen", []Spoken{said("我的卡丢了", "lost_or_stolen"), said("转人工", "person")}},
		{"asked", "person", []Spoken{said("I want to speak to a person, please.", "person")}},
	} {
		v := View{Why: "asked"}
		for _, s := range c.turns {
			v.addTurn(s)
		}
		v.summarise()
		if got := reason(&v); got != c.want || v.Intent != c.intent || v.Summary[0].Text != c.turns[0].Text || len(v.Summary) > 2 {
			t.Errorf("%q, %s, %v, want %q, %s", got, v.Intent, v.Summary, c.want, c.intent)
		}
	}
}

// TestWhyTheyCallStays has an agent cut off: whoever is rung next reads what the caller wants, not what they said last, and what they said
// to the agent where nothing was known before.
func TestWhyTheyCallStays(t *testing.T) {
	for _, c := range []struct{ before, later, want string }{
		{"I lost my card yesterday.", "My birthday is in May, as I said.", "I lost my card yesterday."},
		{"", "I lost my card yesterday.", "I lost my card yesterday."},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := open(t, Options{Queue: func(string) Policy { return Policy{Name: "q", Wait: true, Patience: time.Minute} }})
			defer f.close()
			f.begin("c")
			defer f.End("c", call.Ended{})
			say := func(n int, text string) {
				if text != "" {
					f.Event("c", 0, call.KindTurn, call.Turn{N: n, Who: call.Caller, Text: text, Intent: "card"})
				}
			}
			say(1, c.before)
			for _, why := range []string{"asked", "agent_lost"} {
				ctx, stop := context.WithCancel(t.Context())
				got := f.seek(ctx, Wish{Call: "c", Why: why}, func(string) {})
				stop()
				<-got
				say(2, c.later)
			}
			if v, err := f.Call("c"); err != nil || v.Reason != c.want {
				t.Errorf("%+v: %q, %v", c, v.Reason, err)
			}
		})
	}
}

// TestChatIsToldItsPlaceOnce has somebody who types wait: what stands there already is not said again.
func TestChatIsToldItsPlaceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(string) Policy { return Policy{Name: "q", Patience: 3 * time.Minute, Wait: true} }})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{Route: "q", Langs: []string{"en"}, At: time.Now()}, "chat", f.wire)
		defer f.End("c", call.Ended{})
		var mu sync.Mutex
		told := 0
		got := f.seek(t.Context(), Wish{Call: "c", Lang: "en"}, func(string) {
			mu.Lock()
			defer mu.Unlock()
			told++
		})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		mu.Lock()
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		mu.Unlock()
		<-got
	})
}
