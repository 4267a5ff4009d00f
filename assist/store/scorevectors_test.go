package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// vowels is an Embedder to which texts mean how many of each vowel they have.
type vowels struct{ texts *int }

func (vowels) Hash() string { return "vowels" }

func (c vowels) Embed(_ context.Context, texts []string) ([][]float32, error) {
	var out [][]float32
	for _, t := range texts {
		if c.texts != nil {
			*c.texts++
		}
		v := make([]float32, 5)
		for _, r := range t {
			for i, x := range "aeiou" {
				if r == x {
					v[i] += 1 / float32(len(t))
				}
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func byMeaning(texts *int) *quality.Scorer {
	return quality.New(quality.Options{Embedders: map[string]quality.Embedder{"en": vowels{texts}, "zh": vowels{texts}}})
}

const meantForm = `form: m
version: 1
languages: [en, zh]
questions:
  - {id: bees, text_en: "Did the agent talk about the bees in the garden?", text_zh: 客服是否谈到花园里的蜜蜂？, answer_by: meaning, hints: {en: [there are bees in the garden], zh: [花园里有蜜蜂]}}
`

// meaningOf are the vectors of a call in which the bot says text.
func meaningOf(t *testing.T, text string) *quality.Vectors {
	t.Helper()
	f, err := quality.Parse([]byte(meantForm))
	if err != nil {
		t.Fatal(err)
	}
	c := quality.Call{ID: "x", Lang: "en", Turns: []quality.Turn{{Who: "bot", Text: text, EndS: 2}}}
	s := byMeaning(nil)
	v := &quality.Vectors{Model: s.Model(c)}
	if _, err := s.Begin(f, c, v).Finish(t.Context()); err != nil || v.Len() == 0 {
		t.Fatal(v.Len(), err)
	}
	return v
}

func TestVectors(t *testing.T) { onBoth(t, testVectors) }

func testVectors(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx := s.Scores(), t.Context()
	id, gone := call.NewID(), call.NewID()
	mustRecord(t, s, script(id, "alice", "en", "I lost my card", false))
	v := meaningOf(t, "Good morning, this is the bank.")
	for range 2 {
		if err := sc.SaveVectors(ctx, id, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.SaveVectors(ctx, gone, v); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id    call.ID
		model string
		want  int
	}{{id, v.Model, v.Len()}, {id, "another", 0}, {gone, v.Model, 0}} {
		got := &quality.Vectors{Model: c.model}
		if err := sc.Vectors(ctx, c.id, got); err != nil || got.Len() != c.want || got.Fresh {
			t.Errorf("%s, %s: %d vectors, want %d (%v)", c.id, c.model, got.Len(), c.want, err)
		}
	}
	if _, err := s.Keeping(nil).Erase(ctx, retain.Traces{Calls: []call.ID{id}}); err != nil {
		t.Fatal(err)
	}
	left := &quality.Vectors{Model: v.Model}
	if err := sc.Vectors(ctx, id, left); err != nil || left.Len() != 0 {
		t.Errorf("%d vectors are left of an erased call (%v)", left.Len(), err)
	}
}

// TestReplayByMeaning scores calls, and again by a changed form: what was said is not embedded twice, old calls are read for
// as long as that may take, and the rest are judged by wording.
func TestReplayByMeaning(t *testing.T) {
	t.Parallel()
	s := openAt(t, place(func(_ *testing.T, home string) store.Options { return store.Options{Home: home} })(t, t.TempDir()))
	sc, ctx := s.Scores(), t.Context()
	if _, err := sc.SaveForm(ctx, "m", meantForm, "eve", 0); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		mustRecord(t, s, script(call.NewID(), "alice", "en", "I lost my card", false))
	}
	before := &scoring.Keeper{Calls: s, Store: sc, Scorer: quality.New(quality.Options{})}
	if n, err := before.Pass(ctx); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	texts := 0
	k := &scoring.Keeper{Calls: s, Store: sc, Vectors: sc, Scorer: byMeaning(&texts), Patience: time.Nanosecond}
	replay := func() scoring.Report {
		t.Helper()
		old, err := sc.Scored(ctx, "m", time.Time{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		f, err := k.Read(ctx, meantForm)
		if err != nil {
			t.Fatal(err)
		}
		r, err := k.Replay(ctx, scoring.Trial{Form: f, Old: old})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := replay(); r.Calls != 3 || r.Wording != 2 || r.Anew != 1 {
		t.Errorf("out of time after the first: %+v", r)
	}
	k.Patience = time.Hour
	if r := replay(); r.Wording != 0 || r.Anew != 3 {
		t.Errorf("with time: %+v", r)
	}
	forms := texts // those of the form are embedded again, in a real model kept for a while
	k.Patience = time.Nanosecond
	texts = 0
	if r := replay(); r.Wording != 0 || texts >= forms {
		t.Errorf("kept: %+v, %d texts embedded after %d", r, texts, forms)
	}
	mustRecord(t, s, script(call.NewID(), "bob", "en", "I found my card", false))
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if r := replay(); r.Calls != 4 || r.Wording != 0 || r.Anew != 3 {
		t.Errorf("of a call scored by meaning and three that were not: %+v", r)
	}
}
