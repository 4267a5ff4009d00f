package evalknowledge

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

// bench is a corpus made ready for searching.
type bench struct {
	index    *knowledge.Index
	embedder knowledge.Embedder
	lang     string
}

// build embeds and indexes entries, which are all in one language.
func build(ctx context.Context, env *cli.Env, embedders knowledgecmd.Embedders, entries []knowledge.Entry) (*bench, error) {
	lang := entries[0].Lang
	b := &bench{embedder: embedders[lang], lang: lang}
	items := make([]knowledge.Item, len(entries))
	const group = 64
	for from := 0; from < len(entries); from += group {
		part := entries[from:min(len(entries), from+group)]
		var texts []string
		for _, e := range part {
			texts = append(texts, e.Question, e.Answer)
		}
		vecs, err := b.embedder.Embed(ctx, texts)
		if err != nil {
			return nil, err
		}
		for i, e := range part {
			items[from+i] = knowledge.Item{Entry: e}
			if e.Question != "" {
				items[from+i].Question = vecs[2*i]
			}
			if e.Answer != "" {
				items[from+i].Answer = vecs[2*i+1]
			}
		}
		env.Log.Debug("corpus embedded", "entries", from+len(part), "of", len(entries))
	}
	b.index = knowledge.NewIndex(items, lang)
	if deep, ok := b.embedder.(knowledge.PieceEmbedder); ok {
		if err := b.index.Deepen(ctx, deep); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// trial is what became of one query.
type trial struct {
	q      query
	place  map[knowledge.Way]int // of the first right entry, 0 for none
	ms     map[knowledge.Way]float64
	hits   []knowledge.Hit
	isTrue bool // the first hit is right
}

// depth is how far the rankings are looked through for the reciprocal rank.
const depth = 100

// ways are the rankings compared, in the order in which they are printed.
func ways() []knowledge.Way {
	return []knowledge.Way{knowledge.Lexical, knowledge.Dense, knowledge.Fused}
}

// try asks every query in each way. The time of one way includes cleaning the query and, but for the lexical way, making
// its vector, which is made anew for each query.
func (b *bench) try(ctx context.Context, queries []query) ([]trial, error) {
	out := make([]trial, len(queries))
	for i, q := range queries {
		t := trial{q: q, place: map[knowledge.Way]int{}, ms: map[knowledge.Way]float64{}}
		began := time.Now()
		clean := knowledge.Clean(q.Query, b.lang)
		cleaned := time.Since(began)
		search, err := knowledge.NewQuery(ctx, b.embedder, clean)
		if err != nil {
			return nil, err
		}
		embedded := time.Since(began)
		for _, w := range ways() {
			before, asked := embedded, search
			if w == knowledge.Lexical {
				before, asked.Vector = cleaned, nil
			}
			began := time.Now()
			hits := b.index.Rank(asked, w, depth)
			t.ms[w] = float64((before + time.Since(began)).Microseconds()) / 1000
			t.place[w] = 1 + slices.IndexFunc(hits, func(h knowledge.Hit) bool { return q.right(h.ID) })
		}
		t.hits = b.index.Search(search, 5)
		t.isTrue = len(t.hits) > 0 && q.right(t.hits[0].ID)
		out[i] = t
	}
	return out, nil
}

// figures sums trials up, of searches among so many entries.
func figures(trials []trial, entries int, bar float64) result {
	r := result{Entries: entries, Queries: len(trials)}
	for _, w := range ways() {
		r.Ways = append(r.Ways, wayOf(trials, w))
	}
	r.Gain = gainOf(trials)
	r.AtBar.point = at(trials, bar)
	r.AtBar.CalibrationError, r.AtBar.ByChance = calibrationError(trials)
	for i := range 21 {
		r.Curve = append(r.Curve, at(trials, math.Round(float64(i)*5)/100))
	}
	return r
}

func wayOf(trials []trial, w knowledge.Way) way {
	v := way{Name: string(w)}
	var n float64
	var ms []float64
	for _, t := range trials {
		ms = append(ms, t.ms[w])
		if len(t.q.Relevant) == 0 {
			continue
		}
		n++
		switch p := t.place[w]; {
		case p == 1:
			v.R1++
			fallthrough
		case p > 1 && p <= 5:
			v.R5++
			fallthrough
		case p > 5:
			v.MRR += 1 / float64(p)
		}
	}
	n = max(1, n)
	v.R1, v.R5, v.MRR = v.R1/n, v.R5/n, v.MRR/n
	slices.Sort(ms)
	v.P50, v.P99 = quantile(ms, 0.5), quantile(ms, 0.99)
	return v
}

// quantile of sorted values, the nearest one above.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(q*float64(len(sorted))))-1))]
}

// at tells what happens at one bar.
func at(trials []trial, bar float64) point {
	p := point{Bar: bar}
	var answerable float64
	for _, t := range trials {
		if len(t.q.Relevant) > 0 {
			answerable++
		}
		sure := len(t.hits) > 0 && t.hits[0].PRight >= bar
		switch {
		case sure && t.isTrue:
			p.Answered++
			p.Helped++
		case sure:
			p.Wrong++
		case slices.ContainsFunc(knowledge.Choices(t.hits), func(h knowledge.Hit) bool { return t.q.right(h.ID) }):
			p.Helped++
		}
	}
	answerable = max(1, answerable)
	p.Answered, p.Helped, p.Wrong = p.Answered/answerable, p.Helped/answerable, p.Wrong/max(1, float64(len(trials)))
	return p
}

// calibrationError is the mean difference between the probability told and the share that was right, over ten equal bins of
// probability weighted by how many queries fall into each. byChance is what would be expected of it were every probability
// exactly right.
func calibrationError(trials []trial) (found, byChance float64) {
	var bins [10]struct {
		told  []float64
		right float64
	}
	for _, t := range trials {
		var p float64
		if len(t.hits) > 0 {
			p = t.hits[0].PRight
		}
		b := &bins[min(9, int(p*10))]
		b.told = append(b.told, p)
		if t.isTrue {
			b.right++
		}
	}
	for _, b := range bins {
		told := 0.0
		for _, p := range b.told {
			told += p
		}
		found += math.Abs(told - b.right)
		for n, chance := range counts(b.told) {
			byChance += chance * math.Abs(told-float64(n))
		}
	}
	n := max(1, float64(len(trials)))
	return found / n, byChance / n
}

// counts is how likely it is that 0, 1, 2 and so on of what has the probabilities ps come true.
func counts(ps []float64) []float64 {
	out := make([]float64, 1, len(ps)+1)
	out[0] = 1
	for _, p := range ps {
		out = append(out, 0)
		for n := len(out) - 1; n > 0; n-- {
			out[n] = out[n]*(1-p) + out[n-1]*p
		}
		out[0] *= 1 - p
	}
	return out
}
