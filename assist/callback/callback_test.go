package callback

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// drawer is a store in memory.
type drawer struct {
	mu   sync.Mutex
	all  map[string]Wish
	fail error
}

func (d *drawer) Put(_ context.Context, w Wish) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.all[w.ID] = w
	return nil
}

func (d *drawer) Open(context.Context) ([]Wish, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Wish
	for _, w := range d.all {
		if w.State == Waiting || w.State == Dialling || w.State == Talking {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b Wish) int { return a.Since.Compare(b.Since) })
	return out, nil
}

func (d *drawer) away(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *drawer) erase(ids ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		delete(d.all, id)
	}
}

func (d *drawer) get(id string) Wish {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all[id]
}

// office is a keeper at work, with calls that end as a test says.
type office struct {
	*Keeper

	t      *testing.T
	drawer *drawer
	stop   context.CancelFunc
	done   chan error

	mu     sync.Mutex
	free   bool
	result error
	reach  bool // they answer
	dialed []string
	atOnce int
	most   int
}

func open(t *testing.T, o Options, has ...Wish) *office {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	f := &office{t: t, drawer: &drawer{all: map[string]Wish{}}, stop: stop, done: make(chan error, 1), free: true}
	for _, w := range has {
		f.drawer.all[w.ID] = w
	}
	o.Store = f.drawer
	o.Free = func(Wish) bool { f.mu.Lock(); defer f.mu.Unlock(); return f.free }
	o.Dial = f.dial
	f.Keeper = New(o)
	go func() { f.done <- f.Run(ctx) }() // ends with stop
	return f
}

// pass lets time pass, and what happens in it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// dial talks for a minute.
func (f *office) dial(ctx context.Context, w Wish, reached func()) error {
	f.mu.Lock()
	f.dialed = append(f.dialed, w.Number)
	f.atOnce++
	f.most = max(f.most, f.atOnce)
	err, reach := f.result, f.reach
	f.mu.Unlock()
	if reach {
		reached()
	}
	select {
	case <-time.After(time.Minute):
	case <-ctx.Done():
		err = ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.atOnce--
	return err
}

// answers has whoever is called from now on answer.
func (f *office) answers() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reach = true
}

func (f *office) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.dialed)
}

func (f *office) set(free bool, result error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free, f.result = free, result
}

func (f *office) add(id, number string) {
	f.t.Helper()
	if err := f.Add(f.t.Context(), Wish{ID: id, Number: number, Queue: "bank"}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *office) close() {
	f.stop()
	if err := <-f.done; err != nil {
		f.t.Error(err)
	}
}

func TestCalledWhenSomebodyIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.set(false, nil)
		f.add("a", "+441")
		pass(time.Minute)
		if f.calls() != 0 {
			t.Fatal("called while nobody is free")
		}
		f.set(true, nil)
		pass(5 * time.Second)
		if got := f.Open(); f.calls() != 1 || len(got) != 1 || got[0].State != Dialling {
			t.Fatalf("%d calls, open %+v", f.calls(), got)
		}
		pass(5 * time.Minute)
		if w := f.drawer.get("a"); w.State != Done || w.Tries != 1 || len(f.Open()) != 0 || f.calls() != 1 {
			t.Errorf("%+v after %d calls", w, f.calls())
		}
	})
}

func TestTriesEndAndDoNotHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left []string
		away := errors.New("disk")
		f := open(t, Options{Tries: 2, Every: 10 * time.Minute, GaveUp: func(_ context.Context, w Wish) error {
			left = append(left, w.ID+" "+string(w.State))
			err := away
			away = nil
			return err
		}})
		defer f.close()
		f.set(true, errors.New("no answer"))
		f.add("a", "+441")
		pass(9 * time.Minute)
		if f.calls() != 1 {
			t.Errorf("%d calls within nine minutes", f.calls())
		}
		pass(time.Hour)
		if w := f.drawer.get("a"); w.State != Failed || w.Why != "no answer" || f.calls() != 2 {
			t.Errorf("%+v after %d calls", w, f.calls())
		}
		if want := []string{"a failed", "a failed"}; !slices.Equal(left, want) { // the first time it could not be noted
			t.Errorf("left to a person: %v", left)
		}
		f.set(true, ErrNotNow)
		f.add("b", "+442")
		pass(10 * time.Minute)
		if w := f.drawer.get("b"); w.State == Failed || w.Tries > 1 {
			t.Errorf("what is not possible now counts as tried: %+v", w)
		}
		f.set(true, ErrNever)
		pass(10 * time.Minute)
		if w := f.drawer.get("b"); w.State != Failed {
			t.Errorf("a number that is never dialled: %+v", w)
		}
	})
}

func TestRingingAgainCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.set(false, nil)
		f.add("a", "+441")
		f.add("b", "+442")
		f.add("c", "+441") // the same number again keeps its place
		if got := f.Open(); len(got) != 2 || got[0].ID != "a" {
			t.Fatalf("open %+v", got)
		}
		if err := f.Rang(t.Context(), "+441"); err != nil {
			t.Fatal(err)
		}
		if err := f.Cancel(t.Context(), "b", "eve"); err != nil {
			t.Fatal(err)
		}
		if err := f.Cancel(t.Context(), "b", "eve"); !errors.Is(err, ErrUnknown) {
			t.Errorf("taken back twice: %v", err)
		}
		f.set(true, nil)
		pass(time.Minute)
		if a, b := f.drawer.get("a"), f.drawer.get("b"); f.calls() != 0 || a.State != Cancelled || b.By != "eve" {
			t.Errorf("%d calls; %+v, %+v", f.calls(), a, b)
		}
	})
}

// peak is how many calls there were at once.
func (f *office) peak() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Most: 3, AtOnce: 2, Keep: time.Hour})
		defer f.close()
		for _, id := range []string{"a", "b", "c"} {
			f.add(id, "+44"+id)
		}
		if err := f.Add(t.Context(), Wish{ID: "d", Number: "+44d"}); !errors.Is(err, ErrFull) {
			t.Errorf("a fourth: %v", err)
		}
		pass(10 * time.Minute)
		if most := f.peak(); most != 2 || f.calls() != 3 {
			t.Errorf("%d at once, %d calls", most, f.calls())
		}
		f.set(false, nil)
		f.add("e", "+44e")
		pass(2 * time.Hour)
		if w := f.drawer.get("e"); w.State != Failed || w.Why != "too old" {
			t.Errorf("an old wish: %+v", w)
		}
		f.drawer.fail = errors.New("disk")
		if err := f.Add(t.Context(), Wish{ID: "x", Number: "+44x"}); err == nil || len(f.Open()) != 0 {
			t.Errorf("a wish that is not stored is promised: %v, %v", err, f.Open())
		}
		f.drawer.fail = nil
	})
}

// TestAfterRestart does not dial again at once what was being dialled when the process ended.
func TestAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Every: 10 * time.Minute}, Wish{ID: "a", Number: "+441", State: Dialling, Tries: 1, Since: time.Now()})
		pass(5 * time.Minute)
		if f.calls() != 0 {
			t.Error("dialled at once")
		}
		pass(6 * time.Minute)
		if f.calls() != 1 {
			t.Errorf("%d calls after eleven minutes", f.calls())
		}
		f.close() // in the middle of a call, or after it
	})
}

// TestReachedIsNotCalledAgain counts somebody who was reached as talked to, however the call or the process ends.
func TestReachedIsNotCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{}, Wish{ID: "before", Number: "+440", State: Talking, Tries: 1, Since: time.Now()})
		f.reach = true
		f.set(true, errors.New("the node stopped"))
		f.add("a", "+441")
		pass(5 * time.Second)
		if w := f.drawer.get("a"); w.State != Talking {
			t.Errorf("while they talk: %+v", w)
		}
		if err := f.Rang(t.Context(), "+441"); err != nil { // a colleague behind the same number
			t.Fatal(err)
		}
		pass(time.Hour)
		for _, id := range []string{"a", "before"} {
			if w := f.drawer.get(id); w.State != Done {
				t.Errorf("%s: %+v", id, w)
			}
		}
		if f.calls() != 1 {
			t.Errorf("called %v", f.dialed)
		}
		f.close()
	})
}

// TestRingingWhileCalled ends the call that is being placed, and the wish with it.
func TestRingingWhileCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.set(true, errors.New("busy"))
		f.add("a", "+441")
		pass(5 * time.Second)
		if err := f.Rang(t.Context(), "+441"); err != nil {
			t.Fatal(err)
		}
		f.add("b", "+441") // and asks for it anew
		pass(2 * time.Second)
		if a, b := f.drawer.get("a"), f.drawer.get("b"); a.State != Cancelled || a.Why != "rang again" || b.State == Cancelled {
			t.Errorf("%+v, %+v", a, b)
		}
	})
}

// TestStoreAway lets the next one be called although what came of the last call could not be stored, and stores it later.
func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.answers()
		f.add("a", "+441632960001")
		pass(10 * time.Second) // they talk
		f.drawer.away(errors.New("the database is away"))
		pass(2 * time.Minute)
		if w := f.Open(); len(w) != 0 {
			t.Errorf("a call that is over goes on: %+v", w)
		}
		f.drawer.away(nil)
		f.add("b", "+441632960002")
		pass(10 * time.Second)
		if n := f.calls(); n != 2 {
			t.Errorf("%d were called, want both", n)
		}
		if w := f.drawer.get("a"); w.State != Done {
			t.Errorf("the first is %s in the store", w.State)
		}
	})
}

// TestLeavesAnothersCallsAlone has a call end at a keeper that leads no more: what the one that leads has stored stays as it is.
func TestLeavesAnothersCallsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leads atomic.Bool
		leads.Store(true)
		f := open(t, Options{Leads: leads.Load})
		defer f.close()
		f.answers()
		f.add("a", "+441632960001")
		pass(10 * time.Second) // they talk
		leads.Store(false)
		pass(10 * time.Second)
		if err := f.drawer.Put(t.Context(), Wish{ID: "b", Number: "+441632960002", State: Talking}); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if a, b := f.drawer.get("a"), f.drawer.get("b"); a.State != Done || b.State != Talking {
			t.Errorf("its own call is %s, that of another %s", a.State, b.State)
		}
	})
}

// TestErased calls nobody back who was erased meanwhile, and does not store them again.
func TestErased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{})
		defer f.close()
		f.answers()
		f.add("a", "+441632960001")
		pass(10 * time.Second) // they talk
		f.add("b", "+441632960002")
		f.drawer.erase("a", "b")
		pass(2 * time.Minute)
		if n := f.calls(); n != 1 || len(f.Open()) != 0 {
			t.Errorf("%d were called, %+v wait", n, f.Open())
		}
		if a, b := f.drawer.get("a"), f.drawer.get("b"); a.ID != "" || b.ID != "" {
			t.Errorf("stored again: %+v %+v", a, b)
		}
	})
}
