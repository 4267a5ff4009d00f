package cards

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/parley-voice/parley/knowledge"
)

// found is an entry with what speaks for it.
type found struct {
	hit    knowledge.Hit // its PRight is the best that a query gave
	query  string        // that gave it
	voices [forms]voice
	p      float64 // probability that it is what is needed now
}

// voice is what the queries of one form say of an entry.
type voice struct {
	p   float64 // probability; 0 when it was not found
	gap float64 // how far it is behind the best, 0 or less
}

// unfound is how far what was not found is behind the last that was.
const unfound = 0.02

// find asks every query and weighs what they find, the likeliest first.
func (c *Chooser) find(ctx context.Context, a asked, lang string) ([]found, error) {
	var out []found
	var asks [forms]bool
	var floor [forms]float64
	for _, q := range a.queries {
		hits, err := c.search.Search(ctx, q.text, lang, depth)
		if err != nil {
			return nil, fmt.Errorf("search knowledge: %w", err)
		}
		if len(hits) == 0 {
			continue
		}
		low := hits[len(hits)-1].Score - unfound - hits[0].Score
		if !asks[q.form] || low > floor[q.form] {
			floor[q.form] = low
		}
		seen := asks[q.form] // by another query of the form
		asks[q.form] = true
		for _, h := range hits {
			i := slices.IndexFunc(out, func(f found) bool { return f.hit.ID == h.ID })
			if i < 0 {
				i = len(out)
				out = append(out, found{hit: h, query: q.text})
			}
			if h.PRight > out[i].hit.PRight {
				out[i].hit, out[i].query = h, q.text
			}
			v := &out[i].voices[q.form]
			gap := h.Score - hits[0].Score
			if seen && v.p > 0 {
				gap = max(gap, v.gap)
			}
			*v = voice{max(v.p, h.PRight), gap}
		}
	}
	c.weigh(out, a, asks, floor)
	return out, nil
}

// weights say how much the parts of the evidence count. fit.py fits them to written dialogues as a choice between the
// entries and none of them, so that p is calibrated.
var weights = struct {
	p, gap       [forms]float64
	pLeans       [forms]float64 // added where a turn says little by itself
	earlier      float64        // what was asked before is not asked again
	earlierLeans float64        // but a turn that leans may be about it
	none         float64        // for none of the entries
	noneShort    float64        // where there are two terms at most
	nonePRight   float64        // times the best probability of the turn
	noneBest     float64        // times the best of all queries
	noneLong     float64        // times the terms, 20 at most, as a share of 20
}{
	p:       [forms]float64{ofTurn: 0.741, ofSentence: 0.798, ofBefore: -0.148, ofBefore2: 1.284, ofExchange: 1.372},
	gap:     [forms]float64{ofTurn: 1.574, ofSentence: -0.303, ofBefore: 0.803, ofExchange: 0.659},
	pLeans:  [forms]float64{ofTurn: -1.401, ofExchange: 0.813},
	earlier: -1.966, earlierLeans: 1.598,
	none: 2.792, noneShort: 1.77, nonePRight: -0.292, noneBest: -0.782, noneLong: -1.791,
}

// What brings the evidence into a range of about 0 to 1.4, and the widest gap.
const (
	leastP    = 1e-3
	widestGap = 0.25
	gapScale  = 5
	fadeAsked = 0.6 // what is left of what was asked at the next turn
	manyTerms = 20
)

func evidence(p float64) float64 { return math.Log(max(p, leastP))/5 + 1.4 }

// weigh gives the entries their probabilities, sorts them and remembers what was asked.
func (c *Chooser) weigh(fs []found, a asked, asks [forms]bool, floor [forms]float64) {
	turnBest, best := 0.0, 0.0
	sum := 0.0
	for i := range fs {
		f := &fs[i]
		f.fill(asks, floor)
		turnBest = max(turnBest, f.voices[ofTurn].p)
		best = max(best, f.hit.PRight)
		z := 0.0
		for k := range forms {
			e := evidence(f.voices[k].p)
			z += weights.p[k]*e + weights.gap[k]*gapScale*max(-widestGap, f.voices[k].gap)
			if a.leans {
				z += weights.pLeans[k] * e
			}
		}
		was := c.asked[f.hit.ID]
		z += weights.earlier * was
		if a.leans {
			z += weights.earlierLeans * was
		}
		f.p = math.Exp(z)
		sum += f.p
	}
	none := weights.none + weights.nonePRight*turnBest + weights.noneBest*best + weights.noneLong*min(1, float64(a.terms)/manyTerms)
	if a.terms <= 2 {
		none += weights.noneShort
	}
	sum += math.Exp(none)
	for id := range c.asked {
		c.asked[id] *= fadeAsked
	}
	for i := range fs {
		fs[i].p /= sum
		c.asked[fs[i].hit.ID] += max(fs[i].voices[ofTurn].p, fs[i].voices[ofSentence].p)
	}
	slices.SortStableFunc(fs, func(x, y found) int { return cmp.Compare(y.p, x.p) })
}

// fill makes up for the forms that were not asked, or did not find f.
func (f *found) fill(asks [forms]bool, floor [forms]float64) {
	for k := range forms {
		if asks[k] && f.voices[k].p == 0 {
			f.voices[k].gap = floor[k]
		}
	}
	if !asks[ofTurn] {
		f.voices[ofTurn].gap = -widestGap
	}
	for _, k := range []form{ofSentence, ofBefore, ofExchange} {
		if !asks[k] {
			f.voices[k] = f.voices[ofTurn]
		}
	}
	if !asks[ofBefore2] {
		f.voices[ofBefore2] = f.voices[ofBefore]
	}
}
