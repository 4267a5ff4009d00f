package insight

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// shelf has calls, the newest first, some of which cannot be read, and those that could not be and wait.
type shelf struct {
	due, broken, counted []call.ID

	waits map[call.ID]time.Time
	tries map[call.ID]int
	read  []call.ID // in order
}

var errTorn = errors.New("torn")

func (s *shelf) Due(_ context.Context, _ int, at time.Time, limit int) (ids []call.ID, again bool, err error) {
	var failed []call.ID
	for _, id := range s.due {
		if next, ok := s.waits[id]; !ok {
			ids = append(ids, id)
		} else if !next.After(at) {
			failed = append(failed, id)
		}
	}
	if again = len(ids) == 0; again {
		ids = failed
	}
	return ids[:min(len(ids), limit)], again, nil
}

func (s *shelf) Failed(_ context.Context, id call.ID, at time.Time) error {
	if s.waits == nil {
		s.waits, s.tries = map[call.ID]time.Time{}, map[call.ID]int{}
	}
	s.tries[id]++
	s.waits[id] = at.Add(RetryIn(s.tries[id]))
	return nil
}

func (s *shelf) Source(_ context.Context, id call.ID) (Source, error) {
	src := Source{}
	src.Call.ID = id
	s.read = append(s.read, id)
	if slices.Contains(s.broken, id) {
		return src, errTorn
	}
	return src, nil
}

func (s *shelf) SaveDrawn(_ context.Context, _ int, _ time.Time, all []Drawn) error {
	for _, d := range all {
		s.counted = append(s.counted, d.Fact.Call)
		s.due = slices.DeleteFunc(s.due, func(id call.ID) bool { return id == d.Fact.Call })
	}
	return nil
}

func (*shelf) Topics(context.Context) ([]Topic, error) { return nil, nil }

func (*shelf) Spaces(context.Context) (map[string]Space, error) { return nil, nil }

func (*shelf) Reasons(context.Context, string, time.Time, int) ([]Reason, error) { return nil, nil }

func (*shelf) SaveRun(context.Context, Run, time.Time) error { return nil }

// TestTornCallsWait: more calls than are looked at together cannot be read; those behind them are counted all the same, and the
// torn ones are tried again later.
func TestTornCallsWait(t *testing.T) {
	t.Parallel()
	s, now := &shelf{}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 3 * batch {
		id := call.ID("c" + strconv.Itoa(i))
		if s.due = append(s.due, id); i < 2*batch {
			s.broken = append(s.broken, id)
		}
	}
	k := &Keeper{Calls: s, Groups: s, Now: func() time.Time { return now }}
	for range 3 {
		if _, err := k.Pass(t.Context()); err != nil && !errors.Is(err, errTorn) {
			t.Fatal(err)
		}
	}
	if len(s.counted) != batch {
		t.Errorf("%d calls counted behind those that cannot be, want %d", len(s.counted), batch)
	}
	if n, err := k.Pass(t.Context()); n != 0 || err != nil {
		t.Error("tried again at once:", n, err)
	}
	s.broken, now = nil, now.Add(firstWait)
	for range 2 {
		if _, err := k.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.counted) != 3*batch {
		t.Errorf("%d counted in the end, want all %d", len(s.counted), 3*batch)
	}
}

// TestTornCallsAreLast: calls that could not be counted are tried after new ones, and one at a time while they go on failing, also
// by a keeper that is started anew.
func TestTornCallsAreLast(t *testing.T) {
	t.Parallel()
	s, now := &shelf{}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range batch {
		s.due = append(s.due, call.ID("torn"+strconv.Itoa(i)))
	}
	s.broken = slices.Clone(s.due)
	keeper := func() *Keeper { return &Keeper{Calls: s, Groups: s, Now: func() time.Time { return now }} }
	pass := func(k *Keeper) []call.ID {
		s.read = nil
		if _, err := k.Pass(t.Context()); err != nil && !errors.Is(err, errTorn) {
			t.Fatal(err)
		}
		return s.read
	}
	if got := pass(keeper()); len(got) != batch {
		t.Errorf("%d tried, want %d", len(got), batch)
	}
	if got := pass(keeper()); len(got) != 0 {
		t.Errorf("after a restart %v are tried at once", got)
	}
	now = now.Add(firstWait)
	s.due = append(s.due, "new")
	k := keeper()
	if got := pass(k); !slices.Equal(got, []call.ID{"new"}) {
		t.Errorf("tried %v, want the new call alone", got)
	}
	if got := pass(k); len(got) != 1 {
		t.Errorf("tried %v, want one: a new call would wait behind the others", got)
	}
	if got := pass(k); len(got) != 1 {
		t.Errorf("tried %v, want the next one", got)
	}
}
