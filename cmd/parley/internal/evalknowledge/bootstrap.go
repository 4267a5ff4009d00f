package evalknowledge

import (
	"math/rand/v2"
	"slices"

	"github.com/parley-voice/parley/knowledge"
)

// gain is how much oftener the fused ranking has a right entry first than the better of the others, in shares of the
// answerable queries, with the interval that holds 95 % of what other draws of as many queries would give.
type gain struct {
	Over string  `json:"over"` // the better of lexical and dense
	R1   float64 `json:"r1"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// draws is how often the queries are drawn anew.
const draws = 2000

// gainOf compares query by query, drawing pairs, so that what is hard for both ways does not widen the interval.
func gainOf(trials []trial) gain {
	first := func(w knowledge.Way) []float64 {
		var out []float64
		for _, t := range trials {
			if len(t.q.Relevant) == 0 {
				continue
			}
			v := 0.0
			if t.place[w] == 1 {
				v = 1
			}
			out = append(out, v)
		}
		return out
	}
	fused, other, g := first(knowledge.Fused), first(knowledge.Dense), gain{Over: string(knowledge.Dense)}
	if words := first(knowledge.Lexical); sum(words) > sum(other) {
		other, g.Over = words, string(knowledge.Lexical)
	}
	n := len(fused)
	if n == 0 {
		return g
	}
	g.R1 = (sum(fused) - sum(other)) / float64(n)
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	means := make([]float64, draws)
	for d := range means {
		for range n {
			i := rnd.IntN(n)
			means[d] += fused[i] - other[i]
		}
		means[d] /= float64(n)
	}
	slices.Sort(means)
	g.Low, g.High = quantile(means, 0.025), quantile(means, 0.975)
	return g
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}
