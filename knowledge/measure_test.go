package knowledge

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

type asked struct {
	text     string
	relevant []string // none: no entry answers it
	plain    bool     // one of the plainly worded questions of a hard set
}

// remembering is the model of a language, opened once for all tests, which embeds a text once however many sets have it.
type remembering struct {
	*embed.Embedder

	mu     sync.Mutex
	pieces map[string]*Pieces
	told   map[string]map[string]float32 // see Fits
	mute   bool                          // Fits tells nothing
}

// remembered is the number of texts whose pieces are kept, some 20 kB each.
const remembered = 3000

// Pieces is as the Embedder has it.
func (r *remembering) Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.pieces[text]; ok {
		return p.Whole, p.Rows, p.Weights, nil
	}
	whole, rows, weights, err = r.Embedder.Pieces(ctx, text)
	if err == nil && len(r.pieces) < remembered {
		r.pieces[text] = &Pieces{whole, rows, weights}
	}
	return whole, rows, weights, err
}

// Fits is as the Embedder has it, or as the file of the set has it in $PARLEY_FITS_TOLD, where all was told at once by what was
// learnt without the set: {question: {entry: fit}}.
func (r *remembering) Fits(ctx context.Context, question string, entries []string) ([]float32, error) {
	if r.mute {
		return nil, nil
	}
	told, ok := r.told[question]
	if !ok {
		return r.Embedder.Fits(ctx, question, entries)
	}
	least := float32(math.Inf(1))
	for _, v := range told {
		least = min(least, v)
	}
	out := make([]float32, len(entries))
	for i, e := range entries {
		if v, ok := told[e]; ok {
			out[i] = v
		} else {
			out[i] = least
		}
	}
	return out, nil
}

// embedders are the models opened so far, which stay open as long as the process.
var embedders struct {
	mu sync.Mutex
	by map[string]*remembering
}

// openEmbedder opens the embedding model of lang, or skips.
func openEmbedder(t testing.TB, lang string) *remembering {
	t.Helper()
	if os.Getenv("PARLEY_MODELS") == "" {
		t.Skip("PARLEY_MODELS is not set: the weights are needed")
	}
	onnxtest.Start(t)
	embedders.mu.Lock()
	defer embedders.mu.Unlock()
	if e := embedders.by[lang]; e != nil {
		return e
	}
	learnt := func(name string) []byte { // without the sets that it is judged on, see tune.py and fits.py
		path := os.Getenv(name)
		if path == "" || !strings.Contains(filepath.Base(path), "."+lang+".") {
			return nil
		}
		part, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
	e, err := embed.OpenWith(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-"+lang), learnt("PARLEY_MEANT"), learnt("PARLEY_FITS"))
	if err != nil {
		t.Skipf("weights are missing: %v", err)
	}
	if embedders.by == nil {
		embedders.by = map[string]*remembering{}
	}
	embedders.by[lang] = &remembering{Embedder: e, pieces: map[string]*Pieces{}}
	return embedders.by[lang]
}

// build embeds a set and indexes it. Vectors are kept in the folder $PARLEY_VECTORS when it is set.
func build(t testing.TB, set labelled) (*Index, []Query) {
	t.Helper()
	v := newVectorCache(t, set.lang)
	var texts []string
	for _, e := range set.entries {
		texts = append(append(texts, e.Question, e.Answer), e.Similar...)
	}
	v.make(texts)
	items := make([]Item, len(set.entries))
	for i, e := range set.entries {
		items[i] = Item{Entry: e, Question: v.of(e.Question), Answer: v.of(e.Answer)}
		for _, s := range e.Similar {
			items[i].Similar = append(items[i].Similar, v.of(s))
		}
	}
	queries := make([]Query, len(set.queries))
	for i, q := range set.queries {
		clean := Clean(q.text, set.lang)
		queries[i] = v.query(clean)
	}
	v.save()
	ix := NewIndex(items, set.lang)
	if err := ix.Deepen(t.Context(), v.e); err != nil {
		t.Fatal(err)
	}
	return ix, queries
}

// place is the rank of the first right entry, 0 when it is not among hits.
func place(hits []Hit, relevant []string) int {
	for i, h := range hits {
		if slices.Contains(relevant, h.ID) {
			return i + 1
		}
	}
	return 0
}

// TestMeasureRanking prints how often each way of ranking finds the right entry, and holds that the fused way is not
// below the better of the two others by more than chance.
func TestMeasureRanking(t *testing.T) {
	dir := measuringData(t)
	for _, set := range visibleSets(t, dir) {
		t.Run(set.name, func(t *testing.T) { measureRanking(t, set) })
	}
}

func measureRanking(t *testing.T, set labelled) {
	ix, queries := build(t, set)
	r1, answerable := map[Way]float64{}, 0.0
	for _, way := range []Way{Lexical, Dense, Fused} {
		var one, five, mrr, n float64
		for i, q := range queries {
			if len(set.queries[i].relevant) == 0 {
				continue
			}
			n++
			p := place(ix.Rank(q, way, 20), set.queries[i].relevant)
			if p == 1 {
				one++
			}
			if p > 0 && p <= 5 {
				five++
			}
			if p > 0 {
				mrr += 1 / float64(p)
			}
		}
		r1[way], answerable = one/n, n
		t.Logf("%-9s %-7s entries %d queries %.0f R@1 %.3f R@5 %.3f MRR %.3f", set.name, way, ix.Len(), n, one/n, five/n, mrr/n)
	}
	if r1[Fused] < max(r1[Lexical], r1[Dense])-max(0.01, 1.5/answerable) { // one question of a small set is chance
		t.Errorf("%s: fused %.3f is below the better of lexical %.3f and dense %.3f", set.name, r1[Fused], r1[Lexical], r1[Dense])
	}
}

// TestMeasureCalibration prints what happens at the default bar, with the sets as they are and with the right entries
// taken out.
func TestMeasureCalibration(t *testing.T) {
	dir := measuringData(t)
	for _, set := range visibleSets(t, dir) {
		t.Run(set.name, func(t *testing.T) { measureCalibration(t, set) })
	}
}

func measureCalibration(t *testing.T, set labelled) {
	ix, queries := build(t, set)
	var answerable, right, helped, wrong, takenOut, fooled float64
	var bins [10]struct{ n, p, right float64 }
	for n, q := range queries {
		relevant := set.queries[n].relevant
		hits := ix.Search(q, 5)
		if len(relevant) > 0 {
			answerable++
		}
		if len(hits) == 0 {
			continue
		}
		ok, sure := slices.Contains(relevant, hits[0].ID), hits[0].PRight >= AnswerBar
		b := &bins[min(9, int(hits[0].PRight*10))]
		b.n, b.p = b.n+1, b.p+hits[0].PRight
		if ok {
			b.right++
		}
		switch {
		case sure && ok:
			right, helped = right+1, helped+1
		case sure:
			wrong++
		case place(Choices(hits), relevant) > 0:
			helped++
		}
		if len(relevant) > 0 {
			takenOut++
			if h := searchWithout(ix, q, relevant); len(h) > 0 && h[0].PRight >= AnswerBar {
				fooled++
			}
		}
	}
	all := float64(len(queries))
	var off float64
	for _, b := range bins {
		if b.n > 0 {
			off += b.n / all * abs(b.p/b.n-b.right/b.n)
		}
	}
	t.Logf("%-9s answered %.3f helped %.3f wrong %.3f (taken out: %.3f) calibration error %.3f",
		set.name, right/answerable, helped/answerable, wrong/all, fooled/takenOut, off)
}

func abs(x float64) float64 { return max(x, -x) }

// searchWithout searches as if the entries without were not in the base.
func searchWithout(ix *Index, q Query, without []string) []Hit {
	s := ix.scoresWithout(q, without)
	order := best(s.fused, 5)
	hits := make([]Hit, len(order))
	for n, i := range order {
		hits[n] = Hit{Entry: ix.entries[i], Score: float64(s.fused[i])}
	}
	ix.calibrate(s, order, hits)
	return hits
}

// scoresWithout are the fused scores as if the entries without were not in the base.
func (ix *Index) scoresWithout(q Query, without []string) *scores {
	s := ix.scores(q)
	for i, e := range ix.entries {
		if slices.Contains(without, e.ID) {
			s.lexical[i], s.dense[i], s.question[i], s.answer[i] = 0, 0, 0, 0
			if s.pinyin != nil {
				s.pinyin[i] = 0
			}
		}
	}
	ix.fuse(s)
	return s
}
