package quality

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"reflect"
	"testing"
)

// bag is an Embedder that knows words by their letters: texts with the same words are near each other.
type bag struct {
	texts int             // embedded so far
	after func(texts int) // called after each, may be nil
	seen  map[string]int  // how often each was embedded
}

func (b *bag) Hash() string { return "0123456789abcdef" }

func (b *bag) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	var out [][]float32
	for _, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := make([]float32, 64)
		for w := range terms(fold(t)) {
			h := fnv.New32a()
			_, _ = h.Write([]byte(w)) // never fails
			v[h.Sum32()%64]++
		}
		size := 0.0
		for _, x := range v {
			size += float64(x * x)
		}
		for i := range v {
			v[i] /= float32(math.Sqrt(max(size, 1)))
		}
		out = append(out, v)
		if b.texts++; b.seen != nil {
			b.seen[t]++
		}
		if b.after != nil {
			b.after(b.texts)
		}
	}
	return out, nil
}

// meantForm asks three things that are looked for by what the hints mean.
const meantForm = `form: t
version: 1
languages: [en, zh]
questions:
  - {id: a, text_en: Did the agent tell what happens to the file?, text_zh: 客服是否说明材料怎么处理？, answer_by: meaning, hints: {en: [the file goes to the assessor], zh: [材料转给审核员]}}
  - {id: b, text_en: Did the agent ask for papers?, text_zh: 客服是否要了材料？, answer_by: meaning, hints: {en: [please send us the papers], zh: [请把材料发来]}}
  - {id: c, text_en: Did the agent end well?, text_zh: 结束是否得体？, answer_by: meaning, hints: {en: [have a nice day], zh: [祝您生活愉快]}}
`

// twoTongues is a Scorer whose models are one.
func twoTongues(e Embedder) *Scorer {
	return New(Options{Embedders: map[string]Embedder{"en": e, "zh": e}})
}

func TestKeptVectorsGiveTheSameAnswers(t *testing.T) {
	t.Parallel()
	set := readGolden(t, "casework")
	set.Form = mustParse(t, meantForm)
	for _, c := range set.Calls {
		fresh, err := twoTongues(&bag{}).Judge(t.Context(), set.Form, c)
		if err != nil {
			t.Fatal(err)
		}
		e := &bag{seen: map[string]int{}}
		s := twoTongues(e)
		kept := &Vectors{Model: s.Model(c)}
		if first, err := s.Begin(set.Form, c, kept).Finish(t.Context()); err != nil || !reflect.DeepEqual(first, fresh) {
			t.Fatalf("%s: with room for vectors the card is another one (%v)", c.ID, err)
		}
		if !kept.Fresh || kept.Len() == 0 || kept.Len() > mostEmbedded {
			t.Fatalf("%s: %d vectors kept", c.ID, kept.Len())
		}
		raw, err := kept.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		again := &Vectors{Model: kept.Model}
		if err := again.UnmarshalBinary(raw); err != nil || again.Len() != kept.Len() {
			t.Fatalf("%d of %d vectors came back (%v)", again.Len(), kept.Len(), err)
		}
		clear(e.seen)
		card, err := s.Begin(set.Form, c, again).Finish(t.Context())
		if err != nil || !reflect.DeepEqual(card, fresh) {
			t.Errorf("%s: kept vectors give another card (%v)", c.ID, err)
		}
		for _, turn := range split(0, Turn{Text: c.Turns[len(c.Turns)-1].Text}, true) {
			if e.seen[turn.text] > 0 {
				t.Errorf("%s: %q was embedded again", c.ID, turn.text)
			}
		}
		if again.Fresh {
			t.Errorf("%s: vectors were added", c.ID)
		}
		if card.Meaning != again.Model {
			t.Errorf("%s: meaning by %q", c.ID, card.Meaning)
		}
	}
}

// TestFinishGoesOn interrupts a judgement again and again.
func TestFinishGoesOn(t *testing.T) {
	t.Parallel()
	set := readGolden(t, "bank")
	set.Form = mustParse(t, meantForm)
	c := set.Calls[0]
	whole := &bag{}
	want, err := twoTongues(whole).Judge(t.Context(), set.Form, c)
	if err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc
	e := &bag{after: func(n int) {
		if n%7 == 0 {
			cancel()
		}
	}}
	g := twoTongues(e).Begin(set.Form, c, nil)
	tries := 0
	for {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		card, err := g.Finish(ctx)
		cancel()
		if tries++; errors.Is(err, context.Canceled) && tries < 100 {
			continue
		}
		if err != nil || !reflect.DeepEqual(card, want) {
			t.Fatalf("after %d tries the card is another one (%v)", tries, err)
		}
		break
	}
	if tries < 3 || e.texts != whole.texts {
		t.Errorf("%d tries embedded %d texts, at once it is %d", tries, e.texts, whole.texts)
	}
}

func TestWithoutModelsTheCardSaysSo(t *testing.T) {
	t.Parallel()
	f := mustParse(t, oneQuestion("Did the agent give a reference number?", ""))
	c := dialogue("C: I want to complain.", "A: Noted, we will see to that.")
	c.Lang = "en"
	by := twoTongues(&bag{})
	with, err := by.Judge(t.Context(), f, c)
	if err != nil {
		t.Fatal(err)
	}
	without, err := by.ByWording().Judge(t.Context(), f, c)
	if err != nil {
		t.Fatal(err)
	}
	if with.Meaning != "en-0123456789ab" || without.Meaning != "" || with.Answers[0].Value != No || without.Answers[0].Value != No {
		t.Errorf("with %+v, without %+v", with, without)
	}
	if a, b := with.Answers[0].Confidence, without.Answers[0].Confidence; b >= a {
		t.Errorf("as sure without models (%v) as with them (%v)", b, a)
	}
	if kept := without.Again(f, without.Answers).Meaning + with.Again(f, with.Answers).Meaning; kept != with.Meaning {
		t.Errorf("added up again: %q", kept)
	}
}

func TestVectorsOfOthers(t *testing.T) {
	t.Parallel()
	v := &Vectors{Model: "other"}
	v.put("x", roughly([]float32{1, 0}))
	v.put("y", roughly([]float32{1}))
	if _, err := v.MarshalBinary(); err == nil {
		t.Error("vectors of several lengths were written")
	}
	e := &bag{}
	c := dialogue("A: The garden gnomes are in aisle nine today.", "C: Thank you.")
	f := mustParse(t, "form: t\nversion: 1\nlanguages: [en]\nquestions:\n  - {id: q, text_en: Did the agent tell where the gnomes are?, answer_by: meaning, hints: {en: [the gnomes stand in aisle nine]}}\n")
	if _, err := twoTongues(e).Begin(f, c, v).Finish(t.Context()); err != nil || v.Len() != 2 {
		t.Errorf("vectors of another model were used or added to: %d, %v", v.Len(), err)
	}
	for _, x := range [][]float32{{0, 0}, {float32(math.NaN())}, {float32(math.Inf(1))}, nil} {
		for _, y := range roughly(x).vector() {
			if y != 0 {
				t.Errorf("%v became %v", x, y)
			}
		}
	}
}

func FuzzVectors(f *testing.F) {
	v := &Vectors{}
	v.put("a", roughly([]float32{0.6, -0.8}))
	raw, err := v.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add([]byte("PVS1\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := &Vectors{}
		if v.UnmarshalBinary(raw) != nil {
			if v.Len() > 0 {
				t.Error("an error and vectors")
			}
			return
		}
		back, err := v.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if w := (&Vectors{}); w.UnmarshalBinary(back) != nil || w.Len() != v.Len() {
			t.Errorf("%d vectors became %d", v.Len(), w.Len())
		}
	})
}
