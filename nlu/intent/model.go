package intent

import (
	"errors"
	"math"
	"slices"

	"github.com/parley-voice/parley/nlu/softmax"
)

// model is a softmax regression over vectors of length one, and a logistic that turns how clear the decision is into a
// probability.
type model struct {
	names    []string
	class    []int       // of each example, -1 is out of scope
	x        [][]float64 // examples, centred and spread
	centre   []float64
	odds     *softmax.Layer
	logistic [features + 1]float64
}

// features of a decision: nearness to the class relative to all others, nearest example, lead over the second class, and
// how much nearer an example of what is out of scope is.
const (
	features    = 4
	featForeign = 3
	foreignMax  = 0.3 // probability of an intent when such an example is nearer
)

// What the regression is fitted with: chosen on public sets of 30 to 150 intents with 3 to 90 examples each, where one
// setting did for all.
const (
	spread = 4.0 // vectors of length one are multiplied by it
	decay  = 0.33
)

// trials is how many examples the logistic is fitted on.
const trials = 1500

func fit(vecs [][]float32, labels []string) (*model, error) {
	m := &model{}
	for _, l := range labels {
		if l != OutOfScope && !slices.Contains(m.names, l) {
			m.names = append(m.names, l)
		}
	}
	slices.Sort(m.names)
	if len(m.names) < 2 {
		return nil, errors.New("give examples of two intents at least")
	}
	index := map[string]int{OutOfScope: -1}
	for i, n := range m.names {
		index[n] = i
	}
	d := len(vecs[0])
	m.centre = make([]float64, d)
	for i, v := range vecs {
		if len(v) != d {
			return nil, errors.New("the vectors differ in length")
		}
		row := make([]float64, d)
		for j, f := range v {
			row[j] = float64(f)
		}
		m.x, m.class = append(m.x, row), append(m.class, index[labels[i]])
		add(m.centre, row, 1/float64(len(vecs)))
	}
	for _, row := range m.x {
		m.place(row)
	}
	m.odds = m.regress(m.class)
	m.calibrate()
	return m, nil
}

// place centres a vector and spreads it, in place.
func (m *model) place(x []float64) {
	for i := range x {
		x[i] = spread * (x[i] - m.centre[i])
	}
}

// regress learns from the examples that have a class.
func (m *model) regress(class []int) *softmax.Layer {
	return softmax.Fit(m.x, class, len(m.names), decay)
}

func add(to, from []float64, f float64) {
	for i, v := range from {
		to[i] += f * v
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// decision is the best class and how clear it is. skip is an example to leave out, without a class when it is -1.
func (m *model) decision(x, scores []float64, skipExample, skipClass int) (best int, f [features]float64) {
	best = -1
	second := math.Inf(-1)
	sum, n := 0.0, 0
	for c, s := range scores {
		if c == skipClass {
			continue
		}
		sum, n = sum+s, n+1
		switch {
		case best < 0 || s > scores[best]:
			if best >= 0 {
				second = scores[best]
			}
			best = c
		case s > second:
			second = s
		}
	}
	if n < 2 {
		second = scores[best]
	}
	near, nearOOS := -1.0, -1.0
	norm := math.Sqrt(dot(x, x)) + 1e-9
	for i, c := range m.class {
		if i == skipExample || c >= 0 && c != best {
			continue
		}
		cos := dot(x, m.x[i]) / norm / (math.Sqrt(dot(m.x[i], m.x[i])) + 1e-9)
		if c < 0 {
			nearOOS = max(nearOOS, cos)
		} else {
			near = max(near, cos)
		}
	}
	f[0] = scores[best] - sum/float64(n)
	f[1] = near
	f[featForeign] = max(0, nearOOS-near)
	f[2] = scores[best] - second
	return best, f
}

// classify returns the best class and the probability that it is right.
func (m *model) classify(vec []float32) (string, float64) {
	x := make([]float64, len(m.centre))
	for i := range min(len(x), len(vec)) {
		x[i] = float64(vec[i])
	}
	m.place(x)
	best, f := m.decision(x, m.odds.Scores(x), -1, -1)
	p := m.probability(f)
	if f[featForeign] > 0 { // an example of what is out of scope is nearer
		p = min(p, foreignMax)
	}
	return m.names[best], p
}

func (m *model) probability(f [features]float64) float64 {
	z := m.logistic[features]
	for i, v := range f {
		z += m.logistic[i] * v
	}
	return 1 / (1 + math.Exp(-z))
}
