// Package gaps finds out from calls what the knowledge lacks: questions that were not answered, or answered badly, put
// together by meaning and ranked, with the calls behind each and what agents said there; and what became of the entries
// that were used. It computes from what it is given and keeps nothing.
package gaps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Question is something a caller asked that brought no good answer.
type Question struct {
	Call call.ID
	Turn int // of the caller, 0 when it is not known
	Text string
	Lang string
	Base string
	At   time.Time
	// Rated says that the bot did answer, with Entry, and that the answer was taken badly.
	Rated bool
	Entry string
}

// Embedder makes vectors of length one of texts in a language. Without one for the language it returns nil vectors.
type Embedder interface {
	EmbedIn(ctx context.Context, lang string, texts []string) ([][]float32, error)
}

// Gap is what several callers asked, in whatever words.
type Gap struct {
	ID       string
	Base     string
	Lang     string
	Question string     // the one nearest to all of them
	Asked    []Question // newest first
	Texts    []string   // the different wordings, the most asked first
	Rated    int        // of Asked, those that were answered badly
	Last     time.Time
}

// near is the cosine from which on two questions ask the same, and a question the same as those of a group on average. Models differ in how
// far apart they keep what has nothing in common, so it is set by language.
func near(lang string) float32 {
	if lang == "zh" {
		return 0.66
	}
	return 0.74
}

// Find puts questions together and returns the gaps, the most asked first. The same questions give the same gaps in the
// same order, however they are ordered. It blocks while vectors are made and ends with ctx.
func Find(ctx context.Context, em Embedder, asked []Question) ([]Gap, error) {
	type place struct{ base, lang string }
	groups := map[place][]Question{}
	for _, q := range asked {
		if knowledge.QuestionKey(q.Text) != "" {
			p := place{q.Base, q.Lang}
			groups[p] = append(groups[p], q)
		}
	}
	var out []Gap
	for p, qs := range groups {
		found, err := cluster(ctx, em, p.base, p.lang, qs)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.SortFunc(out, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(len(b.Asked), len(a.Asked)), b.Last.Compare(a.Last), cmp.Compare(a.Base, b.Base), cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Question, b.Question))
	})
	return out, nil
}

// wording is one way to ask, with everybody who asked so.
type wording struct {
	key   string
	text  string
	asked []Question
	vec   []float32
}

// cluster groups the questions of one base and language. The wordings are taken in a fixed order, the most asked first;
// each joins the group it is nearest to, or begins one. Then each is given once more to the nearest group.
func cluster(ctx context.Context, em Embedder, base, lang string, qs []Question) ([]Gap, error) {
	all := wordings(qs)
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = knowledge.Clean(w.text, lang)
	}
	vecs, err := em.EmbedIn(ctx, lang, texts)
	if err != nil {
		return nil, fmt.Errorf("compare questions: %w", err)
	}
	for i := range all {
		if i < len(vecs) {
			all[i].vec = vecs[i]
		}
	}
	var groups []group
	for _, w := range all {
		if at := nearest(groups, w.vec, near(lang)); at >= 0 {
			groups[at].add(w)
			continue
		}
		groups = append(groups, group{})
		groups[len(groups)-1].add(w)
	}
	again := make([]group, len(groups))
	for _, w := range all {
		at := nearest(groups, w.vec, near(lang))
		if at < 0 { // its group has drifted away from it
			at = slices.IndexFunc(groups, func(g group) bool {
				return slices.ContainsFunc(g.of, func(o wording) bool { return o.key == w.key })
			})
		}
		again[at].add(w)
	}
	var out []Gap
	for _, g := range again {
		if len(g.of) > 0 {
			out = append(out, g.gap(base, lang))
		}
	}
	return out, nil
}

// wordings puts together what was asked in the same words.
func wordings(qs []Question) []wording {
	qs = slices.Clone(qs)
	slices.SortFunc(qs, func(a, b Question) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Call, b.Call), cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Text, b.Text))
	})
	at := map[string]int{}
	var out []wording
	for _, q := range qs {
		key := knowledge.QuestionKey(q.Text)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, wording{key: key, text: q.Text})
		}
		out[i].asked = append(out[i].asked, q)
	}
	slices.SortFunc(out, func(a, b wording) int {
		return cmp.Or(cmp.Compare(len(b.asked), len(a.asked)), cmp.Compare(a.key, b.key))
	})
	return out
}

// group is a set of wordings with their sum, weighted by how often each was asked.
type group struct {
	of  []wording
	sum []float32
	n   float32 // of those who asked
}

func (g *group) add(w wording) {
	g.of = append(g.of, w)
	g.n += float32(len(w.asked))
	if g.sum == nil {
		g.sum = make([]float32, len(w.vec))
	}
	for i, x := range w.vec {
		g.sum[i] += x * float32(len(w.asked))
	}
}

// mean is the cosine of v and what a group holds, on average. The cosine of v and the middle grows with the group, so that a group of a trade
// would take in all of it.
func (g *group) mean(v []float32) float32 {
	var dot float32
	for i := range min(len(g.sum), len(v)) {
		dot += g.sum[i] * v[i]
	}
	return dot / max(1, g.n)
}

// nearest is the group that is nearest to v on average and at least as near as least, -1 for none.
func nearest(groups []group, v []float32, least float32) int {
	best, at := least, -1
	for i := range groups {
		if c := groups[i].mean(v); c >= best && (at < 0 || c > best) {
			best, at = c, i
		}
	}
	return at
}

// cosine is 0 when either has no length.
func cosine(a, b []float32) float32 {
	var dot, na, nb float64
	for i := range min(len(a), len(b)) {
		dot += float64(a[i]) * float64(b[i])
		na += float64(a[i]) * float64(a[i])
		nb += float64(b[i]) * float64(b[i])
	}
	if na == 0 || nb == 0 {
		return 0
	}
	return float32(dot / math.Sqrt(na*nb))
}

// gap makes the group a gap; the wording nearest to its middle speaks for it.
func (g *group) gap(base, lang string) Gap {
	best := 0
	for i := range g.of {
		if cosine(g.sum, g.of[i].vec) > cosine(g.sum, g.of[best].vec) {
			best = i
		}
	}
	out := Gap{ID: ID(base, lang, g.of[best].key), Base: base, Lang: lang, Question: g.of[best].text}
	for _, w := range g.of {
		out.Texts = append(out.Texts, w.text)
		out.Asked = append(out.Asked, w.asked...)
	}
	slices.SortStableFunc(out.Asked, func(a, b Question) int { return b.At.Compare(a.At) })
	for _, q := range out.Asked {
		if q.Rated {
			out.Rated++
		}
	}
	out.Last = out.Asked[0].At
	return out
}

// ID names a gap by the question that speaks for it.
func ID(base, lang, question string) string {
	sum := sha256.Sum256([]byte(base + "\x00" + lang + "\x00" + knowledge.QuestionKey(question)))
	return hex.EncodeToString(sum[:8])
}
