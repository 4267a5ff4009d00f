package knowledge

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// drawer is a Shelf of one base in memory, without vectors.
type drawer struct {
	entries      []Entry
	generation   int64
	away         bool
	asked, loads int
	big          bool // too many entries for memory
}

func (d *drawer) Bases(context.Context) ([]Base, error) { return []Base{{Name: "b"}}, nil }

func (d *drawer) Generation(_ context.Context, base string) (int64, bool, error) {
	if d.asked++; d.away {
		return 0, false, ErrAway
	}
	return d.generation, base == "b", nil
}

func (d *drawer) Aims(context.Context, string) (a Aims, _ error) {
	for _, e := range d.entries {
		a.Add(e.Audience, "")
	}
	return a, nil
}

func (d *drawer) Load(_ context.Context, w Shown, _, _ string) (map[string]*Index, time.Time, error) {
	d.loads++
	var shown []Entry
	for _, e := range d.entries {
		if w.View.Shows(e, time.Now()) {
			shown = append(shown, e)
		}
	}
	until := time.Now().Add(time.Hour)
	if d.big {
		until = time.Time{}
	}
	return NewIndexes(shown, func(int) map[int][]float32 { return nil }), until, nil
}

func (d *drawer) Vectors(context.Context, []int64) (map[int64]map[int][]float32, error) {
	return map[int64]map[int][]float32{}, nil
}

func (d *drawer) Keep(context.Context, []Entry, []int64, map[string][]PartVector) error { return nil }

func (d *drawer) Renew(ctx context.Context, _ []string, f func(context.Context) error) error {
	return f(ctx)
}

// TestViews holds what is in memory: made once for all who see the same, anew when the base has changed or an hour has gone by, and
// enough while the store is away.
func TestViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entry := func(id, question string, a Audience) Entry {
			return Entry{ID: id, Base: "b", Question: question, Answer: "Yes.", Lang: "en", Status: Status{State: Published, Audience: a}}
		}
		d := &drawer{entries: []Entry{entry("1", "Is the shop open?", ForBot)}, generation: 1}
		v := NewViews(t.Context(), d, Seeker{Log: slog.New(slog.DiscardHandler)}, nil)
		defer v.Close()
		find := func(what string, as View, text string, loads int, want string) {
			t.Helper()
			hits, err := v.Search(t.Context(), Ask{View: as, Text: text, Lang: "en", Most: 1})
			got := ""
			if len(hits) > 0 {
				got = hits[0].ID
			}
			if err != nil || got != want || d.loads != loads {
				t.Errorf("%s: %q, %v, loaded %d times, want %q and %d", what, got, err, d.loads, want, loads)
			}
		}
		bot, desk := View{}, View{Desk: true, Queue: "sales"}
		find("first", bot, "shop open", 1, "1")
		find("again", bot, "shop open", 1, "1")
		find("a desk that sees the same", desk, "shop open", 1, "1")
		d.entries, d.generation = append(d.entries, entry("2", "May I repay a customer?", ForAgent)), 2
		find("the bot after a change", bot, "repay customer", 2, "")
		find("the desk after a change", desk, "repay customer", 3, "2")
		time.Sleep(time.Hour)
		find("an hour later", bot, "shop open", 4, "1")

		d.away, d.asked = true, 0
		find("while the store is away", bot, "shop open", 4, "1")
		find("and again", bot, "shop open", 4, "1")
		if d.asked != 1 {
			t.Errorf("a store that is away was asked %d times", d.asked)
		}
		if _, err := v.Search(t.Context(), Ask{View: desk, Base: "b", Text: "repay customer", Most: 1}); !errors.Is(err, ErrAway) {
			t.Errorf("what is not in memory, of a store that is away: %v", err)
		}
		time.Sleep(2 * awayTime)
		d.away = false
		if _, err := v.Search(t.Context(), Ask{Base: "c", Text: "x", Most: 1}); err == nil || !strings.Contains(err.Error(), `"c" does not exist: b`) {
			t.Errorf("another base: %v", err)
		}
		d.big, d.generation = true, 3
		find("a big base", bot, "shop open", 5, "1")
		find("a big base again", bot, "shop open", 6, "1")
	})
}

// slow is a Shelf of two bases, of which "a" takes until it is let go to load.
type slow struct {
	drawer
	begun, let chan struct{}
}

func (s *slow) Generation(context.Context, string) (int64, bool, error) { return 1, true, nil }

func (s *slow) Load(ctx context.Context, w Shown, clean, lang string) (map[string]*Index, time.Time, error) {
	if w.Base == "a" {
		close(s.begun)
		<-s.let
	}
	return s.drawer.Load(ctx, w, clean, lang)
}

// TestViewsBuiltApart has a call find its answer in one base while the index of another is built, which takes seconds for a large one.
func TestViewsBuiltApart(t *testing.T) {
	t.Parallel()
	s := &slow{begun: make(chan struct{}), let: make(chan struct{})}
	s.entries = []Entry{{ID: "1", Question: "Is the shop open?", Answer: "Yes.", Lang: "en", Status: Status{State: Published, Audience: ForBot}}}
	v := NewViews(t.Context(), s, Seeker{Log: slog.New(slog.DiscardHandler)}, nil)
	defer v.Close()
	find := func(base string) error {
		hits, err := v.Search(t.Context(), Ask{Base: base, Text: "shop open", Lang: "en", Most: 1})
		if err == nil && len(hits) == 0 {
			err = errors.New("found nothing")
		}
		return err
	}
	first := make(chan error, 1)
	go func() { first <- find("a") }() // ends when it is let go
	<-s.begun
	if err := find("b"); err != nil {
		t.Errorf("beside a base that is built: %v", err)
	}
	close(s.let)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
