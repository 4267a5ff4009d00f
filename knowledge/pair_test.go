package knowledge

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"
)

// spelt is an embedder whose vectors count pairs of letters, and whose pieces are words.
type spelt struct{ runs atomic.Int32 }

func (s *spelt) vector(text string) []float32 {
	v := make([]float32, 32)
	rs := []rune(strings.ToLower(" " + text + " "))
	for k := 1; k < len(rs); k++ {
		h := fnv.New32a()
		_, _ = h.Write([]byte(string(rs[k-1 : k+1]))) // a hash cannot fail
		v[h.Sum32()%32]++
	}
	var sum float64
	for _, x := range v {
		sum += float64(x * x)
	}
	for k := range v {
		v[k] /= float32(math.Sqrt(max(1, sum)))
	}
	return v
}

func (s *spelt) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = s.vector(t)
	}
	return out, nil
}

func (s *spelt) Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error) {
	s.runs.Add(1)
	for _, w := range strings.Fields(text) {
		rows, weights = append(rows, s.vector(w)...), append(weights, 1)
	}
	return s.vector(text), rows, weights, ctx.Err()
}

// faq is a base of questions and answers.
func faq(em *spelt) *Index { return baseOf(em, 0) }

// answersAlone is the same with the questions in the answers.
func answersAlone(em *spelt) *Index { return baseOf(em, 1) }

// baseOf is a base of questions and answers, or of passages where more is above 0: the two together, and more words with each further one.
func baseOf(em *spelt, more int) *Index {
	var items []Item
	for _, qa := range [][2]string{
		{"How do I return a parcel?", "Bring it to any shop within two weeks."},
		{"How do I pay by card?", "Hold it to the reader, or type the number."},
		{"When are you open?", "Monday to Friday from nine to five."},
		{"Can I change the address of delivery?", "Until it has left the warehouse, under Orders."},
		{"What does delivery cost?", "It is free from 40 euros."},
	} {
		it := Item{Entry: Entry{ID: qa[0], Question: qa[0], Answer: qa[1], Lang: "en"}, Question: em.vector(qa[0]), Answer: em.vector(qa[1])}
		if more > 0 {
			text := strings.Join(qa[:], " ") + strings.Repeat(" It is printed in the terms of business that hang beside every counter.", more)
			it = Item{Entry: Entry{ID: qa[0], Answer: text, Lang: "en"}, Answer: em.vector(text)}
		}
		items = append(items, it)
	}
	return NewIndex(items, "en")
}

func TestOpening(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200)
	for _, text := range []string{"", "short", long, strings.Repeat("字", 200), strings.Repeat("x", 500)} {
		got := opening(text)
		if !strings.HasPrefix(text, got) || len(got) > openingMost || !utf8.ValidString(got) || len(text) > openingMost && len(got) < openingMost/2 {
			t.Errorf("%.20q: %d bytes of %d, %q", text, len(got), len(text), got)
		}
	}
	if got := opening(long); strings.HasSuffix(got, "wor") || strings.HasSuffix(got, "wo") || strings.HasSuffix(got, "w") {
		t.Errorf("a word is cut: %q", got[len(got)-10:])
	}
}

func TestPaired(t *testing.T) {
	t.Parallel()
	em := &spelt{}
	if !faq(em).paired() {
		t.Error("a base of questions and answers is not compared as pairs")
	}
	v := em.vector("x")
	one := Entry{ID: "a", Question: "How do I pay?", Answer: "By card.", Lang: "en"}
	similar := one
	similar.Similar = []string{"paying", "payment"}
	for name, it := range map[string]Item{
		"similar questions": {Entry: similar, Question: v, Answer: v, Similar: [][]float32{v, v}},
		"no answers":        {Entry: one, Question: v},
		"no vectors":        {Entry: one},
	} {
		if NewIndex([]Item{it}, "en").paired() {
			t.Errorf("%s: compared as pairs", name)
		}
	}
}

func TestPairIsSurer(t *testing.T) {
	t.Parallel()
	em := &spelt{}
	ix := faq(em)
	search := func(text string) []Hit {
		q, err := NewQuery(t.Context(), em, text)
		if err != nil {
			t.Fatal(err)
		}
		return ix.Search(q, 5)
	}
	right, other := search("return my parcel"), search("the weather tomorrow")
	if right[0].ID != "How do I return a parcel?" || right[0].PRight <= other[0].PRight {
		t.Errorf("%q %.3f, what nothing answers %.3f", right[0].ID, right[0].PRight, other[0].PRight)
	}
	for i, h := range right {
		if h.PRight < 0 || h.PRight > 1 || i > 0 && h.Score > right[i-1].Score {
			t.Errorf("place %d: %+v", i+1, h)
		}
	}
	// Without pieces the base is searched all the same.
	q := Query{Text: "return my parcel", Vector: em.vector("return my parcel")}
	if hits := faq(em).Search(q, 5); len(hits) == 0 || hits[0].ID != right[0].ID {
		t.Errorf("without pieces: %+v", hits)
	}
	passing := faq(em)
	passing.Once()
	before := em.runs.Load()
	q, err := NewQuery(t.Context(), em, "return my parcel")
	if err != nil {
		t.Fatal(err)
	}
	passing.Search(q, 5)
	if n := em.runs.Load() - before; n != 1 {
		t.Errorf("an index for one search read %d texts", n)
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	em := &spelt{}
	ix := faq(em)
	of := func(text string) evidence {
		q, err := NewQuery(t.Context(), em, text)
		if err != nil {
			t.Fatal(err)
		}
		s := ix.scores(q)
		ix.fuse(s)
		return s.pair.ev
	}
	same, near, far := of("How do I return a parcel?"), of("How do I return a xylophone?"), of("vvv zzz")
	for i := range evidences {
		for _, ev := range []evidence{same, near, far} {
			if math.IsNaN(ev[i]) || math.IsInf(ev[i], 0) {
				t.Fatalf("evidence %d is %v", i, ev[i])
			}
		}
	}
	for _, i := range []int{evAsked, evBoth, evForward, evForwardAsked, evBack, evLeast, evLeastTwo, evBackLeast, evCovered, evRarest, evShare} {
		if same[i] < near[i] || near[i] < far[i] && i != evShare {
			t.Errorf("evidence %d: the same words %.3f, all but one %.3f, none %.3f", i, same[i], near[i], far[i])
		}
	}
	if same[evForwardAsked] < 0.99 || same[evUneven] > near[evUneven] || near[evUnknown] == 0 {
		t.Errorf("the same words %v, all but one %v", same, near)
	}
}

// TestTold: what only the answer of an entry tells is found, and makes it surer.
func TestTold(t *testing.T) {
	t.Parallel()
	words := newLexicon([][]string{{"park", "where"}, {"pay"}}, [][]string{{"yard", "free", "park"}, {"card", "free"}})
	for _, c := range []struct {
		asked []string
		want  float32
	}{
		{[]string{"park"}, 0}, {[]string{"yard"}, 1}, {[]string{"card"}, 0}, {[]string{"bus"}, 0}, {nil, 0},
	} {
		if got := words.told(words.query(c.asked), 0); got != c.want {
			t.Errorf("of %v the answer alone tells %v, want %v", c.asked, got, c.want)
		}
	}
	if some := words.told(words.query([]string{"park", "yard", "bus"}), 0); some <= 0 || some >= 1 {
		t.Errorf("of a detail among others it tells %v", some)
	}
	forks := forest{forks: []fork{{}}}
	var without, with evidence
	with[evTold] = 0.5
	for name, s := range map[string]sureness{"said": sureSaid, "read": sureRead} {
		if p, q := s.probability(forks, &without), s.probability(forks, &with); q <= p {
			t.Errorf("%s: %.3f, and with a detail that the answer tells %.3f", name, p, q)
		}
	}
}

func TestMoreThanPieces(t *testing.T) {
	t.Parallel()
	some := telling([]float32{0.1, 0.5, 0.9}, []float32{0.02, 1, 0.5})
	if !slices.Equal(some, []float32{0.5, 0.9}) {
		t.Errorf("telling pieces %v", some)
	}
	if all := telling([]float32{0.1}, []float32{0.02}); len(all) != 1 {
		t.Errorf("of words of form %v", all)
	}
	if m := weighed([]float32{1, 0}, []float32{3, 1}); math.Abs(m-0.75) > 1e-6 {
		t.Errorf("mean %v", m)
	}
}

func TestWarm(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]func(*spelt) *Index{"questions": faq, "passages": func(em *spelt) *Index { return baseOf(em, 2) }} {
		t.Run(name, func(t *testing.T) { testWarm(t, base) })
	}
}

func testWarm(t *testing.T, base func(*spelt) *Index) {
	em := &spelt{}
	ix := base(em)
	if err := ix.Warm(t.Context(), em); err != nil {
		t.Fatal(err)
	}
	runs := em.runs.Load()
	q, err := NewQuery(t.Context(), em, "paying")
	if err != nil {
		t.Fatal(err)
	}
	ix.Search(q, 3)
	if n := em.runs.Load() - runs; n != 1 {
		t.Errorf("a search in a warm base read %d texts", n)
	}
	if err := ix.Warm(t.Context(), em); err != nil || em.runs.Load() != runs+1 {
		t.Errorf("warmed twice: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	if err := base(em).Warm(ended, em); !errors.Is(err, context.Canceled) || time.Since(began) > time.Minute {
		t.Errorf("after the end: %v", err)
	}
}

// fitting is a spelt that also tells which entry fits, whatever is asked, until it breaks.
type fitting struct {
	spelt
	of     string
	broken error
}

func (f *fitting) Fits(_ context.Context, _ string, entries []string) ([]float32, error) {
	out := make([]float32, len(entries))
	for i, e := range entries {
		if out[i] = -5; strings.HasPrefix(e, f.of) {
			out[i] = 5
		}
	}
	return out, f.broken
}

// TestFitsLead: the entry that fits moves up and is surer; when nobody can tell, the search goes on without.
func TestFitsLead(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]func(*spelt) *Index{"questions": faq, "passages": answersAlone} {
		t.Run(name, func(t *testing.T) { testFitsLead(t, base) })
	}
}

func testFitsLead(t *testing.T, base func(*spelt) *Index) {
	const asked, fit = "return the parcel from Monday", "What does delivery cost?" // with a word more than the entry, which would be sure without being read
	search := func(em Embedder, vectors *spelt) (place int, p float64, top string) {
		q, err := NewQuery(t.Context(), em, asked)
		if err != nil {
			t.Fatal(err)
		}
		hits := base(vectors).Search(q, 5)
		for i, h := range hits {
			if h.ID == fit {
				place = i + 1
			}
			if h.PRight < 0 || h.PRight > 1 || i > 0 && h.Score > hits[i-1].Score {
				t.Errorf("place %d: %+v", i+1, h)
			}
		}
		return place, hits[0].PRight, hits[0].ID
	}
	plain := &spelt{}
	without, pWithout, first := search(plain, plain)
	em := &fitting{of: fit}
	if with, _, _ := search(em, &em.spelt); with >= without || with == 0 {
		t.Errorf("in place %d, and when it fits in place %d", without, with)
	}
	em = &fitting{of: first}
	_, sure, top := search(em, &em.spelt)
	em = &fitting{of: fit}
	if _, unsure, _ := search(em, &em.spelt); top != first || sure <= unsure {
		t.Errorf("%q with what fits first %.3f, with another that fits %.3f", top, sure, unsure)
	}
	em.broken = errors.New("no memory")
	if place, p, _ := search(em, &em.spelt); place != without || p != pWithout {
		t.Errorf("broken: place %d (%.3f), without %d (%.3f)", place, p, without, pWithout)
	}
}

// TestLongPassagesAreNotRead: a model would see their beginnings alone. Neither is a base that is searched once.
func TestLongPassagesAreNotRead(t *testing.T) {
	t.Parallel()
	const asked, fit = "return the parcel from Monday", "What does delivery cost?"
	once := func(em *spelt) *Index {
		ix := answersAlone(em)
		ix.Once()
		return ix
	}
	for name, base := range map[string]func(*spelt) *Index{"long": func(em *spelt) *Index { return baseOf(em, 8) }, "once": once} {
		em := &fitting{of: fit}
		q, err := NewQuery(t.Context(), em, asked)
		if err != nil {
			t.Fatal(err)
		}
		q.Fits = func([]string) ([]float32, error) {
			t.Errorf("%s: read", name)
			return nil, nil
		}
		if hits := base(&em.spelt).Search(q, 5); len(hits) == 0 {
			t.Errorf("%s: nothing found", name)
		}
	}
}

// meaning is a spelt that takes every question for one about what it names.
type meaning struct {
	spelt
	of string
}

func (m *meaning) MeantPieces(ctx context.Context, text string) (meant, whole, rows, weights []float32, err error) {
	whole, rows, weights, err = m.Pieces(ctx, text)
	return m.vector(m.of), whole, rows, weights, err
}

// TestMeantLeads: what is meant by a question moves the entry that it is about.
func TestMeantLeads(t *testing.T) {
	t.Parallel()
	const asked = "parcel of cards"
	place := func(of string) (place int) {
		em := &meaning{of: of}
		q, err := NewQuery(t.Context(), em, asked)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range faq(&em.spelt).Search(q, 5) {
			if h.ID == "When are you open?" {
				place = i + 1
			}
		}
		return place
	}
	if without, with := place(asked), place("When are you open?"); with >= without || with == 0 {
		t.Errorf("in place %d, and when it is meant in place %d", without, with)
	}
}
