package cards

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// counted is a knowledge of one entry that counts its searches.
type counted struct {
	mu   sync.Mutex
	n    map[string]int
	fail bool
}

func (c *counted) Search(_ context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[a.Text]++
	if c.fail {
		return nil, errors.New("down")
	}
	return []knowledge.Hit{{Entry: knowledge.Entry{ID: "e", Answer: "a"}, PRight: 0.9}}, nil
}

// TestAhead searches once for what was said: while it was said, and not again when it was over.
func TestAhead(t *testing.T) {
	t.Parallel()
	base := &counted{n: map[string]int{}}
	a := NewAhead(base)
	c := New(a, Options{})
	const said = "I have lost my bank card. How do I block the card now?"
	a.Prepare(t.Context(), said, "en", Options{})
	before := len(base.n)
	got, err := c.Feed(t.Context(), Turn{Who: call.Caller, Text: said, Lang: "en"})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if before < 2 || len(base.n) != before {
		t.Errorf("searched for %v; %d of them before the end", base.n, before)
	}
	for text, n := range base.n {
		if n != 1 {
			t.Errorf("%q was searched for %d times", text, n)
		}
	}
	// A failure is not remembered.
	base.fail = true
	a.Prepare(t.Context(), "what does it cost to send money abroad", "en", Options{})
	base.fail = false
	if hits, err := a.Search(t.Context(), knowledge.Ask{Text: "what does it cost to send money abroad", Lang: "en", Most: 5}); err != nil || len(hits) != 1 {
		t.Errorf("after a failure: %v, %v", hits, err)
	}
	for i := range 100 { // what is kept is bounded
		if _, err := a.Search(t.Context(), knowledge.Ask{Text: string(rune('a'+i%26)) + string(rune('a'+i/26)), Lang: "en", Most: 5}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.made) > remembered {
		t.Errorf("%d searches are kept", len(a.made))
	}
}
