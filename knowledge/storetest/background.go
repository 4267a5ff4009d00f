package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// many are n entries of base b.
func many(n int) []knowledge.Entry {
	out := make([]knowledge.Entry, n)
	for i := range out {
		out[i] = entry(fmt.Sprintf("How long does order number %d take to arrive?", i), fmt.Sprintf("Order %d takes %d days.", i, i%30))
	}
	return out
}

// testResumes: an import that breaks off changes nothing, and goes on from the vectors it has made.
func testResumes(t *testing.T, open Open) {
	ctx, entries := t.Context(), many(200)
	cut := &Letters{Name: "one", Most: 260}
	st := open(t, "a", cut)
	if _, err := st.Import(ctx, entries, knowledge.ImportOptions{}); !errors.Is(err, errMost) {
		t.Fatalf("an import without vectors: %v", err)
	}
	if all := must[[]knowledge.Entry](t)(st.Entries(ctx, "b")); len(all) != 0 {
		t.Errorf("%d entries of an import that broke off", len(all))
	}
	again := &Letters{Name: "one"}
	st = open(t, "a", again)
	var told []int
	ch := must[knowledge.Change](t)(st.Import(ctx, entries, knowledge.ImportOptions{Progress: func(done, total int) {
		if total == 2*len(entries) {
			told = append(told, done)
		}
	}}))
	if ch.New != len(entries) || again.Seen() > 300 {
		t.Errorf("%+v, %d texts were read again", ch, again.Seen())
	}
	if len(told) < 2 || told[0] < 128 || told[len(told)-1] != 2*len(entries) || !slices.IsSorted(told) {
		t.Errorf("progress %v", told)
	}
	seen := again.Seen()
	for i := range entries {
		entries[i].Category = "orders"
	}
	written := 0
	ch = must[knowledge.Change](t)(st.Import(ctx, entries, knowledge.ImportOptions{Writing: func(done, total int) {
		if done > total || done < written || total != len(entries) {
			t.Errorf("%d of %d written after %d", done, total, written)
		}
		written = done
	}}))
	if written != len(entries) {
		t.Errorf("told of %d entries written", written)
	}
	hits := must[[]knowledge.Hit](t)(st.Search(ctx, knowledge.Ask{Base: "b", Text: entries[17].Question, Lang: "en", Most: 1}))
	if ch.Changed != len(entries) || len(hits) != 1 || hits[0].Ranks.Dense == 0 || again.Seen() > seen+1 {
		t.Errorf("%+v; %+v; texts that had not changed were read again: %d", ch, hits, again.Seen()-seen-1)
	}
}

// renewer is a store that can make vectors in the background.
func renewer(t *testing.T, st knowledge.Store) interface{ RenewBehind(idly knowledge.Idly) } {
	t.Helper()
	r, ok := st.(interface{ RenewBehind(idly knowledge.Idly) })
	if !ok {
		t.Fatal("vectors cannot be made in the background")
	}
	return r
}

// testRenews: after the model has changed, searches go on by words while the vectors are made, and end up with them.
func testRenews(t *testing.T, open Open) {
	ctx := t.Context()
	must[knowledge.Change](t)(open(t, "a", &Letters{Name: "one"}).Import(ctx, many(250), knowledge.ImportOptions{}))
	slow := &Letters{Name: "two", Gate: make(chan struct{})}
	st := open(t, "a", slow)
	turns := 0
	renewer(t, st).RenewBehind(func(ctx context.Context, fn func(context.Context) error) error {
		if turns++; turns%2 == 1 { // somebody calls: it has to give way and is done again
			ended, cancel := context.WithCancel(ctx)
			cancel()
			_ = fn(ended)
		}
		return fn(ctx)
	})
	find := func() knowledge.Hit {
		t.Helper()
		hits := must[[]knowledge.Hit](t)(st.Search(ctx, knowledge.Ask{Base: "b", Text: "how long does order number 17 take", Lang: "en", Most: 1}))
		if len(hits) != 1 {
			t.Fatal(hits)
		}
		return hits[0]
	}
	if h := find(); h.Ranks.Dense != 0 || h.Ranks.Lexical == 0 {
		t.Errorf("meanwhile: %+v", h.Ranks)
	}
	close(slow.Gate)
	for find().Ranks.Dense == 0 {
		select {
		case <-ctx.Done():
			t.Fatal("the vectors never came")
		case <-time.After(20 * time.Millisecond):
		}
	}
	third := open(t, "a", &Letters{Name: "three", Gate: make(chan struct{})}) // closed in the middle
	renewer(t, third).RenewBehind(func(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) })
	must[[]knowledge.Hit](t)(third.Search(ctx, knowledge.Ask{Base: "b", Text: "order number 17", Lang: "en", Most: 1}))
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

// testTrial: a change is tried without being stored.
func testTrial(t *testing.T, open Open) {
	st, ctx := open(t, "a", &Letters{Name: "one"}), t.Context()
	fill(t, st)
	tries, ok := st.(knowledge.Trier)
	if !ok {
		t.Fatal("changes cannot be tried")
	}
	first := func(e knowledge.Entry, query string) knowledge.Hit {
		t.Helper()
		trial := must[*knowledge.Trial](t)(tries.With(ctx, e))
		hits := must[[]knowledge.Hit](t)(trial.Search(ctx, knowledge.Ask{Base: "b", Text: query, Most: 1}))
		if len(hits) == 0 {
			return knowledge.Hit{}
		}
		return hits[0]
	}
	changed := three[0]
	changed.Answer = "Send it back by post."
	if h := first(changed, changed.Question); h.ID != changed.ID || h.Answer != changed.Answer || h.Ranks.Dense != 1 {
		t.Errorf("changed: %+v", h)
	}
	added := entry("Do you sell kites?", "Yes.")
	if h := first(added, added.Question); h.ID != added.ID || h.Ranks.Lexical != 1 || h.Ranks.Dense != 1 {
		t.Errorf("added: %+v", h)
	}
	gone := three[0]
	gone.State = knowledge.Draft
	if h := first(gone, gone.Question); h.ID == gone.ID {
		t.Errorf("taken back: %+v", h)
	}
	empty := three[0]
	empty.Answer = ""
	if _, err := tries.With(ctx, empty); !errors.Is(err, knowledge.ErrInvalid) {
		t.Errorf("half an entry: %v", err)
	}
	hits := must[[]knowledge.Hit](t)(st.Search(ctx, knowledge.Ask{Base: "b", Text: three[0].Question, Most: 1}))
	if len(hits) != 1 || hits[0].Answer != three[0].Answer {
		t.Errorf("a trial was stored: %+v", hits)
	}
	trial := must[*knowledge.Trial](t)(tries.With(ctx, added))
	if _, err := trial.Search(ctx, knowledge.Ask{Base: "nowhere", Text: "x", Lang: "en", Most: 1}); err == nil {
		t.Error("another base is not searched as it is")
	}
}
