package desk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// wire is a call that writes down what is done to it.
type wire struct {
	mu   sync.Mutex
	done []Command
	kind []call.Kind
}

func (w *wire) Do(c Command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, c)
}

func (w *wire) Emit(kind call.Kind, _ any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kind = append(w.kind, kind)
}

// did is all that was done so far.
func (w *wire) did() []Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.done)
}

func (w *wire) last() Command {
	if done := w.did(); len(done) > 0 {
		return done[len(done)-1]
	}
	return Command{}
}

// shelf is a knowledge of one entry.
type shelf struct{}

func (shelf) Search(context.Context, knowledge.Ask) ([]knowledge.Hit, error) {
	return []knowledge.Hit{{Entry: knowledge.Entry{ID: "e1", Base: "bank", Question: "How do I block my card?", Answer: "Call us."}, PRight: 0.8}}, nil
}

// floor is a desk at work.
type floor struct {
	*Desk

	t    *testing.T
	wire *wire
	stop context.CancelFunc
	done chan error
}

func open(t *testing.T, o Options) *floor {
	ctx, cancel := context.WithCancel(t.Context())
	f := &floor{Desk: New(o), t: t, wire: &wire{}, stop: cancel, done: make(chan error, 1)}
	// Ends with stop.
	go func() { f.done <- f.Run(ctx) }()
	return f
}

func (f *floor) close() {
	f.stop()
	if err := <-f.done; err != nil {
		f.t.Error(err)
	}
	synctest.Wait()
}

func (f *floor) begin(id call.ID) {
	f.Begin(f.t.Context(), id, call.Started{From: "+441632960000", Route: "bank", Base: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", f.wire)
}

// ready lets an agent sit down and be ready.
func (f *floor) ready(id string) *Window {
	w := f.Open(Agent{ID: id, Name: id})
	if err := f.Set(id, Ready, ""); err != nil {
		f.t.Fatal(err)
	}
	return w
}

type result struct {
	taken Taken
	err   error
}

func (f *floor) seek(ctx context.Context, w Wish, tell func(string)) chan result {
	out := make(chan result, 1)
	// Ends when the search does.
	go func() {
		t, err := f.Seek(ctx, w, tell)
		out <- result{t, err}
	}()
	synctest.Wait()
	time.Sleep(time.Second)
	synctest.Wait()
	return out
}

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

func TestAdviceAndRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Escalation()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }, Search: func(string, string) cards.Searcher { return shelf{} }})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		f.Event("c", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "how do I block my card, it is lost", Lang: "en"})
		synctest.Wait()
		v, err := f.Call("c")
		if err != nil || len(v.Cards) != 1 || v.Cards[0].Source.Entry != "e1" {
			t.Fatalf("cards: %+v, %v", v.Cards, err)
		}
		// What is asked for again is the same card, renewed; one that the agent has done something with stays as it is.
		before := v.Cards[0]
		f.Event("c", 2, call.KindTurn, call.Turn{N: 2, Who: call.Caller, Text: "sorry, how do I block my card again", Lang: "en", Start: 20e9, End: 22e9})
		synctest.Wait()
		if v, err = f.Call("c"); err != nil || len(v.Cards) != 1 || v.Cards[0].ID != before.ID || v.Cards[0].Turn != 2 || v.Cards[0].Expires <= before.Expires {
			t.Errorf("asked again: %+v, %v", v.Cards, err)
		}
		if err := f.Card("c", "ann", v.Cards[0].ID, "used"); err != nil {
			t.Error(err)
		}
		f.End("c", call.Ended{})

		f.begin("n") // with the bot, and nobody at work who could take it
		if err := f.Set("ann", Away, ""); err != nil {
			t.Fatal(err)
		}
		done := f.wire.last()
		f.Event("n", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "This is outrageous. I am going to my lawyer and I will sue you!", Lang: "en", Sentiment: -0.9})
		synctest.Wait()
		if got := f.wire.last(); got != done {
			t.Errorf("a threat to sue with nobody there did %+v", got)
		}
		f.End("n", call.Ended{})
		if err := f.Set("ann", Ready, ""); err != nil {
			t.Fatal(err)
		}

		f.begin("d") // with the bot
		f.Event("d", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "This is outrageous. I am going to my lawyer and I will sue you!", Lang: "en", Sentiment: -0.9})
		synctest.Wait()
		if got := f.wire.last(); got.Do != "hand_over" || !strings.HasPrefix(got.Why, "rule:") {
			t.Errorf("a threat to sue did %+v", got)
		}
		v, _ = f.Call("d")
		if len(v.Alerts) != 1 || v.Alerts[0].Severity != "critical" || len(v.Alerts[0].Why) == 0 { // one, though the rule alerts and wants a supervisor
			t.Errorf("alerts: %+v", v.Alerts)
		}
		f.End("d", call.Ended{})

		f.begin("p") // wants a person, as many do: nothing to be alarmed at
		f.Event("p", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "Can I talk to a person please?", Lang: "en"})
		synctest.Wait()
		if got := f.wire.last(); got.Do != "hand_over" || got.Why != "rule:asks-person" {
			t.Errorf("a caller who wants a person did %+v", got)
		}
		if v, _ = f.Call("p"); len(v.Alerts) != 0 {
			t.Errorf("alerts: %+v", v.Alerts)
		}
		f.End("p", call.Ended{})
	})
}

// TestNewestAlertFirst orders the alerts of all calls by when they came, not by how long their calls had lasted.
func TestNewestAlertFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Escalation()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }})
		defer f.close()
		alarm := func(id call.ID, at call.Offset) {
			f.Event(id, at, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I am going to my lawyer and I will sue you!", Lang: "en", Start: at - 3e9, End: at, Sentiment: -0.9})
			synctest.Wait()
		}
		f.begin("long")
		time.Sleep(10 * time.Minute)
		alarm("long", call.Offset(10*time.Minute))
		time.Sleep(time.Minute)
		f.begin("new")
		time.Sleep(5 * time.Second)
		alarm("new", 5e9)
		got := f.Floor(func(string) bool { return true }).Alerts
		if len(got) != 2 || got[0].Call != "new" || got[1].Call != "long" {
			t.Fatalf("%+v", got)
		}
		if s := got[0].Said; len(s) != 1 || s[0].Turn != 1 || s[0].Who != call.Caller || !strings.Contains(s[0].Text, "my lawyer") || s[0].At != 2e9 {
			t.Errorf("what was said: %+v", s)
		}
		if err := f.Seen("new", got[0].ID); err != nil {
			t.Fatal(err)
		}
		if s := f.Floor(func(string) bool { return true }).Alerts[0].Said; len(s) != 0 {
			t.Errorf("said with an alert that is put away: %+v", s)
		}
		if hidden := f.Floor(func(string) bool { return false }).Alerts; len(hidden) != 0 {
			t.Errorf("alerts of another queue: %+v", hidden)
		}
		f.End("long", call.Ended{})
		f.End("new", call.Ended{})
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

// TestAnAlertQuotesWhatItRestsOn shows the turns of the reasons that count, and the one at which the alert came.
func TestAnAlertQuotesWhatItRestsOn(t *testing.T) {
	v := View{}
	for n := range 9 {
		v.Turns = append(v.Turns, Spoken{Turn: call.Turn{N: n + 1, Who: call.Agent, Name: "Ann", Text: strconv.Itoa(n + 1)}})
	}
	numbers := func(f Finding, more ...Finding) (out []int) {
		for _, q := range v.alarm(Alert{Finding: f, More: more}).Said {
			out = append(out, q.Turn)
		}
		return out
	}
	if got := numbers(Finding{Turn: 7, Why: []Why{{Turn: 3, Share: 1}, {Turn: 5}, {Turn: 3, Share: 0.5}}}); !slices.Equal(got, []int{3, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{Turn: 7, Why: []Why{{Turn: 1, Share: 1}, {Turn: 2, Share: 1}, {Turn: 3, Share: 1}}}); !slices.Equal(got, []int{2, 3, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{Turn: 7}, Finding{Turn: 2}); !slices.Equal(got, []int{2, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{}); len(got) != 0 {
		t.Error(got)
	}
	if q := v.alarm(Alert{Finding: Finding{Turn: 2}}).Said[0]; q.Name != "Ann" || q.Text != "2" {
		t.Errorf("%+v", q)
	}
}
