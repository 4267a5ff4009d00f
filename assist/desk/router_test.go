package desk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// staffed returns a router with agents who became ready one second after another.
func staffed(t *testing.T, agents ...Agent) *Router {
	t.Helper()
	r := NewRouter(Times{})
	for i, a := range agents {
		r.Sit(a, noon)
		if err := r.Set(a.ID, Ready, "", noon.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func at(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

func enqueue(t *testing.T, r *Router, ws ...Want) {
	t.Helper()
	for _, w := range ws {
		if err := r.Enqueue(w); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoGetsTheCall(t *testing.T) {
	t.Parallel()
	ann := Agent{ID: "ann", Langs: []string{"en"}}
	bob := Agent{ID: "bob", Langs: []string{"en", "zh"}}
	cat := Agent{ID: "cat", Langs: []string{"en"}, Skills: []string{Soothing}}
	dan := Agent{ID: "dan", Langs: []string{"en"}, Queues: []string{"loans"}}
	eve := Agent{ID: "eve", Skills: []string{"mortgage"}}
	for name, c := range map[string]struct {
		agents []Agent
		want   Want
		after  int // seconds waited
		agent  string
	}{
		"longest idle":              {[]Agent{ann, {ID: "ann2", Langs: []string{"en"}}}, Want{Lang: "en"}, 10, "ann"},
		"language":                  {[]Agent{ann, bob}, Want{Lang: "zh"}, 10, "bob"},
		"one language first":        {[]Agent{bob, ann}, Want{Lang: "en"}, 10, "ann"},
		"nobody speaks it":          {[]Agent{ann}, Want{Lang: "zh"}, 10, ""},
		"soothing for the upset":    {[]Agent{ann, cat}, Want{Lang: "en", Anger: 0.7}, 10, "cat"},
		"soothing kept free":        {[]Agent{cat, ann}, Want{Lang: "en"}, 10, "ann"},
		"soothing better than none": {[]Agent{cat}, Want{Lang: "en"}, 10, "cat"},
		"queue":                     {[]Agent{dan, ann}, Want{Queue: "cards", Lang: "en"}, 10, "ann"},
		"skill":                     {[]Agent{ann, eve}, Want{Lang: "en", Skills: []string{"mortgage"}}, 10, "eve"},
		"skill waited for":          {[]Agent{ann}, Want{Lang: "en", Skills: []string{"mortgage"}}, 10, ""},
		"skill given up":            {[]Agent{ann}, Want{Lang: "en", Skills: []string{"mortgage"}}, 40, "ann"},
		"this one only":             {[]Agent{ann, bob}, Want{Lang: "en", Agent: "bob"}, 10, "bob"},
		"in the other's language":   {[]Agent{ann}, Want{Lang: "zh", Agent: "ann"}, 10, "ann"},
		"the former one comes back": {[]Agent{ann, bob}, Want{Lang: "en", Former: "bob"}, 5, "bob"},
		"grace for the former one":  {[]Agent{ann}, Want{Lang: "en", Former: "bob"}, 5, ""},
		"grace is over":             {[]Agent{ann}, Want{Lang: "en", Former: "bob"}, 20, "ann"},
	} {
		r := staffed(t, c.agents...)
		c.want.Call, c.want.Since = "c", at(100)
		enqueue(t, r, c.want)
		got := ""
		for _, o := range r.Match(at(100 + c.after)) {
			got = o.Agent
			if len(o.WhyYou) == 0 {
				t.Errorf("%s: no reason given", name)
			}
		}
		if got != c.agent {
			t.Errorf("%s: offered to %q, want %q", name, got, c.agent)
		}
	}
}

func TestWhoIsServedFirst(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann"})
	enqueue(t, r, Want{Call: "first", Since: at(0)}, Want{Call: "gold", Since: at(20), Value: 1}, Want{Call: "late", Since: at(30)}, Want{Call: "cut", Since: at(35), Front: true})
	var got []call.ID
	now := at(40)
	for range 4 {
		for _, o := range r.Match(now) {
			got = append(got, o.Call)
			if _, err := r.Accept(o.ID, "ann", now); err != nil {
				t.Fatal(err)
			}
			r.Release("ann", 0, now)
		}
	}
	if want := []call.ID{"cut", "gold", "first", "late"}; !slices.Equal(got, want) {
		t.Errorf("served %v, want %v", got, want)
	}
	enqueue(t, r, Want{Call: "patient", Since: at(0)}, Want{Call: "gold2", Since: at(70), Value: 1, Anger: 0})
	if n, _, _ := r.Place("patient", at(80)); n != 1 {
		t.Errorf("a minute of waiting does not outweigh value: place %d", n)
	}
}

func TestStaffed(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann", Langs: []string{"en"}, Queues: []string{"cards"}})
	for name, c := range map[string]struct {
		want Want
		ok   bool
	}{
		"her queue":         {Want{Queue: "cards", Lang: "en"}, true},
		"another queue":     {Want{Queue: "loans", Lang: "en"}, false},
		"another language":  {Want{Queue: "cards", Lang: "zh"}, false},
		"asked for by name": {Want{Queue: "loans", Lang: "zh", Agent: "ann"}, true},
		"somebody else":     {Want{Queue: "cards", Agent: "bob"}, false},
	} {
		if got := r.Staffed(c.want); got != c.ok {
			t.Errorf("%s: staffed %v, want %v", name, got, c.ok)
		}
	}
}

func TestOffersEnd(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann"}, Agent{ID: "bob"})
	enqueue(t, r, Want{Call: "c", Since: at(0)})
	o := r.Match(at(10))[0]
	if o.Agent != "ann" {
		t.Fatalf("offered to %s", o.Agent)
	}
	if _, err := r.Accept(o.ID, "bob", at(11)); !errors.Is(err, ErrGone) {
		t.Errorf("somebody else accepted: %v", err)
	}
	if len(r.Match(at(12))) != 0 {
		t.Error("a call that rings was offered twice")
	}
	if err := r.Decline(o.ID, "ann", at(13)); err != nil {
		t.Fatal(err)
	}
	o = r.Match(at(14))[0]
	if o.Agent != "bob" {
		t.Errorf("a declined call came back to %s", o.Agent)
	}
	if gone := r.Expire(at(40)); len(gone) != 1 || gone[0].ID != o.ID {
		t.Fatalf("expired %v", gone)
	}
	if r.seats["bob"].state != Away {
		t.Errorf("bob did not answer and is %s", r.seats["bob"].state)
	}
	if _, err := r.Accept(o.ID, "bob", at(41)); !errors.Is(err, ErrGone) {
		t.Errorf("an expired offer was accepted: %v", err)
	}
	if got := r.Match(at(41)); len(got) != 0 {
		t.Errorf("offered again at once to who declined: %v", got)
	}
	o = r.Match(at(80))[0] // ann again, after a minute
	if dropped := r.Drop("c", at(81)); dropped == nil || dropped.ID != o.ID || r.seats["ann"].state != Ready {
		t.Errorf("the caller left: offer %v, ann is %s", dropped, r.seats["ann"].state)
	}
	if _, err := r.Accept(o.ID, "ann", at(82)); !errors.Is(err, ErrGone) {
		t.Errorf("the call of a caller who left was accepted: %v", err)
	}
}

func TestStatesOfAnAgent(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann"})
	if err := r.Set("ann", WrapUp, "", at(0)); !errors.Is(err, ErrState) {
		t.Errorf("wrap-up can be wished for: %v", err)
	}
	if err := r.Set("nobody", Ready, "", at(0)); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown agent: %v", err)
	}
	enqueue(t, r, Want{Call: "c", Since: at(0)})
	o := r.Match(at(1))[0]
	if _, err := r.Accept(o.ID, "ann", at(2)); err != nil {
		t.Fatal(err)
	}
	if err := r.Set("ann", Ready, "", at(3)); !errors.Is(err, ErrState) {
		t.Errorf("somebody who talks can be ready: %v", err)
	}
	if err := r.Set("ann", Offline, "", at(3)); err != nil || r.seats["ann"].state != Busy {
		t.Errorf("a closed browser ended the call: %v, %s", err, r.seats["ann"].state)
	}
	r.Release("ann", Endless, at(100))
	if s := r.seats["ann"]; s.state != WrapUp || s.call != "c" {
		t.Errorf("after the call: %+v", s)
	}
	r.Sit(Agent{ID: "ann", Name: "Ann"}, at(101)) // a second window changes nothing
	if s := r.seats["ann"]; s.state != WrapUp || s.Name != "Ann" {
		t.Errorf("after a second window: %+v", s)
	}
}

// TestPlaceCountsThoseWhoServe tells places and waits by the people who may take the caller, and by who waits for them.
func TestPlaceCountsThoseWhoServe(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "en1", Langs: []string{"en"}}, Agent{ID: "en2", Langs: []string{"en"}, Skills: []string{"cards"}}, Agent{ID: "zh", Langs: []string{"zh"}}, Agent{ID: "other", Queues: []string{"shop"}})
	for i, w := range []Want{
		{Call: "e0", Lang: "en", Queue: "bank"}, {Call: "e1", Lang: "en", Queue: "bank"}, {Call: "e2", Lang: "en", Queue: "bank"}, {Call: "e3", Lang: "en", Queue: "bank"},
		{Call: "z0", Lang: "zh", Queue: "bank"}, {Call: "z1", Lang: "zh", Queue: "bank"}, {Call: "k", Lang: "en", Queue: "bank", Skills: []string{"cards"}}, {Call: "f", Lang: "fr", Queue: "bank"},
	} {
		w.Since = at(i)
		enqueue(t, r, w)
	}
	for _, x := range []struct {
		call call.ID
		n    int
		wait time.Duration
	}{
		{"e0", 1, 0}, {"e1", 2, 0}, {"e2", 3, r.handle / 2}, {"z0", 1, 0}, {"z1", 2, r.handle},
		{"k", 5, 4 * r.handle}, // waits for the one with the skill, as the four before may get them
		{"f", 8, 0},            // nobody speaks it
	} {
		if n, wait, ok := r.Place(x.call, at(10)); n != x.n || wait != x.wait || !ok {
			t.Errorf("%s: place %d, %s, want %d, %s", x.call, n, wait, x.n, x.wait)
		}
	}
	if r.Staffed(Want{Lang: "fr", Queue: "bank"}) || !r.Staffed(Want{Lang: "fr", Queue: "shop"}) || !r.Staffed(Want{Lang: "en", Queue: "bank", Skills: []string{"loans"}}) {
		t.Error("who is at work for a caller is counted wrongly")
	}
	for lang, want := range map[string]bool{"en": false, "fr": false} {
		if r.Free(Want{Lang: lang, Queue: "bank"}) != want {
			t.Errorf("somebody is free for %s while others wait", lang)
		}
	}
	if !r.Free(Want{Lang: "fr", Queue: "shop"}) {
		t.Error("nobody is free for the shop")
	}
}

func TestPlaceAndEstimate(t *testing.T) {
	t.Parallel()
	r := staffed(t, Agent{ID: "ann"}, Agent{ID: "bob"})
	for i := range 5 {
		enqueue(t, r, Want{Call: call.ID(fmt.Sprint("c", i)), Since: at(i)})
	}
	if n, e, ok := r.Place("c0", at(10)); n != 1 || e != 0 || !ok {
		t.Errorf("with two ready: %d, %s, %v", n, e, ok)
	}
	r.Match(at(10))
	if n, e, ok := r.Place("c4", at(10)); n != 5 || e <= 0 || !ok {
		t.Errorf("the last one: %d, %s, %v", n, e, ok)
	}
	if _, _, ok := r.Place("nobody", at(10)); ok {
		t.Error("somebody who does not wait has a place")
	}
}

// TestRouterKeepsItsWord does at random what agents and callers do, and checks what must hold whatever they do.
func TestRouterKeepsItsWord(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	r := NewRouter(Times{})
	agents := []string{"a", "b", "c", "d"}
	now, calls := noon, 0
	var live []call.ID
	talking := map[string]call.ID{}
	for range 20000 {
		now = now.Add(time.Duration(rnd.IntN(3000)) * time.Millisecond)
		a := agents[rnd.IntN(len(agents))]
		switch rnd.IntN(8) {
		case 0:
			r.Sit(Agent{ID: a, Langs: []string{"en", "zh"}[:1+rnd.IntN(2)]}, now)
		case 1:
			_ = r.Set(a, []State{Ready, Away, Offline}[rnd.IntN(3)], "", now)
		case 2:
			calls++
			id := call.ID(fmt.Sprint("c", calls))
			live = append(live, id)
			enqueue(t, r, Want{Call: id, Lang: []string{"en", "zh"}[rnd.IntN(2)], Since: now, Anger: rnd.Float64(), Value: rnd.Float64()})
		case 3:
			if len(live) > 0 {
				i := rnd.IntN(len(live))
				r.Drop(live[i], now)
				live = slices.Delete(live, i, i+1)
			}
		case 4:
			for id, o := range r.offers {
				if w, err := r.Accept(id, o.Agent, now); err == nil {
					talking[o.Agent] = w.Call
					live = slices.DeleteFunc(live, func(c call.ID) bool { return c == w.Call })
				}
				break
			}
		case 5:
			for id, o := range r.offers {
				_ = r.Decline(id, o.Agent, now)
				break
			}
		case 6:
			r.Release(a, []time.Duration{0, time.Minute, Endless}[rnd.IntN(3)], now)
			if s := r.seats[a]; s != nil && s.offer == "" {
				delete(talking, a)
			}
		default:
			r.Expire(now)
			r.Match(now)
		}
		checkRouter(t, r, live, talking)
		if t.Failed() {
			return
		}
	}
}

func checkRouter(t *testing.T, r *Router, live []call.ID, talking map[string]call.ID) {
	t.Helper()
	if len(r.waiting) != len(live) {
		t.Errorf("%d wait, want %d: a caller was lost", len(r.waiting), len(live))
	}
	rings := map[call.ID]string{}
	for id, o := range r.offers {
		if other := rings[o.Call]; other != "" {
			t.Errorf("call %s rings twice", o.Call)
		}
		rings[o.Call] = o.Agent
		if s := r.seats[o.Agent]; s.offer != id || s.state != Busy {
			t.Errorf("offer %s rings at %s, who is %s", id, o.Agent, s.state)
		}
		if talking[o.Agent] != "" {
			t.Errorf("%s talks and rings", o.Agent)
		}
	}
}
