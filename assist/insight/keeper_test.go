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

// shelf has calls, the newest first, some of which cannot be read.
type shelf struct {
	due, broken, counted []call.ID
}

var errTorn = errors.New("torn")

func (s *shelf) Due(_ context.Context, _, limit int) ([]call.ID, error) {
	return slices.Clone(s.due[:min(len(s.due), limit)]), nil
}

func (s *shelf) Source(_ context.Context, id call.ID) (Source, error) {
	src := Source{}
	src.Call.ID = id
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
	s.broken, now = nil, now.Add(again)
	for range 2 {
		if _, err := k.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.counted) != 3*batch {
		t.Errorf("%d counted in the end, want all %d", len(s.counted), 3*batch)
	}
}
