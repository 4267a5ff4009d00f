package intent

import (
	"math"
	"slices"
)

// trial is one decision of which it is known whether it was right.
type trial struct {
	f      [features]float64
	right  bool
	weight float64
}

// foreign is the share of utterances that is expected to be out of scope.
const foreign = 0.2

// calibrate fits the logistic. Every example is classified by what was learnt without it and others; and once more as if
// its whole class had not been there, which is what an utterance out of scope looks like.
func (m *model) calibrate() {
	step := max(1, len(m.x)/trials)
	folds := min(8, max(2, 4000/len(m.x)))
	var in, out []trial
	for fold := range folds {
		without := slices.Clone(m.class)
		for i := range without {
			if i/step%folds == fold {
				without[i] = -1
			}
		}
		odds := m.regress(without)
		for i := fold * step; i < len(m.x); i += folds * step {
			scores := odds.Scores(m.x[i])
			c := m.class[i]
			best, f := m.decision(m.x[i], scores, i, -1)
			if c < 0 {
				out = append(out, trial{f: f})
				continue
			}
			if slices.Contains(without, c) {
				in = append(in, trial{f: f, right: best == c})
			}
			if len(m.names) > 2 {
				_, f := m.decision(m.x[i], scores, i, c)
				out = append(out, trial{f: f})
			}
		}
	}
	if len(in) == 0 || len(out) == 0 {
		m.logistic = [features + 1]float64{1: 8, features: -3} // by the nearest example alone
		return
	}
	for i := range in {
		in[i].weight = (1 - foreign) / float64(len(in))
	}
	for i := range out {
		out[i].weight = foreign / float64(len(out))
	}
	m.logistic = logistic(append(in, out...))
}

// logistic fits the weights by gradient descent with a little weight decay; the features are scaled inside.
func logistic(ts []trial) (w [features + 1]float64) {
	var mean, dev [features]float64
	for _, t := range ts {
		for k, v := range t.f {
			mean[k] += v * t.weight
		}
	}
	for _, t := range ts {
		for k, v := range t.f {
			dev[k] += (v - mean[k]) * (v - mean[k]) * t.weight
		}
	}
	for k := range dev {
		dev[k] = math.Sqrt(dev[k]) + 1e-9
	}
	for range 2000 {
		var g [features + 1]float64
		for _, t := range ts {
			z := w[features]
			for k, v := range t.f {
				z += w[k] * (v - mean[k]) / dev[k]
			}
			e := 1 / (1 + math.Exp(-z))
			if t.right {
				e--
			}
			e *= t.weight
			for k, v := range t.f {
				g[k] += e * (v - mean[k]) / dev[k]
			}
			g[features] += e
		}
		for k := range g {
			w[k] -= 0.7 * (g[k] + 1e-4*w[k])
		}
	}
	for k := range features {
		w[k] /= dev[k]
		w[features] -= w[k] * mean[k]
	}
	return w
}
