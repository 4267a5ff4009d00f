package intent

import (
	"errors"
	"math"
	"slices"
)

// model is a linear discriminant over vectors of length one: class means, one covariance for all classes (shrunk towards
// a sphere, the more the fewer examples there are), and a logistic that turns how clear the decision is into a
// probability.
type model struct {
	names    []string
	class    []int       // of each example, -1 is out of scope
	x        [][]float64 // examples, centred
	centre   []float64
	chol     [][]float64 // lower triangle of the covariance's root
	weight   [][]float64 // per class
	bias     []float64
	mean     [][]float64
	count    []int
	logistic [features + 1]float64
}

// features of a decision: nearness to the class relative to all others, nearest example, lead over the second class, and
// how much nearer an example of what is out of scope is.
const (
	features    = 4
	featForeign = 3
	foreignMax  = 0.3 // probability of an intent when such an example is nearer
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
		add(row, m.centre, -1)
	}
	m.means()
	if err := m.discriminate(); err != nil {
		return nil, err
	}
	m.calibrate()
	return m, nil
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

func (m *model) means() {
	d := len(m.centre)
	m.mean, m.count = make([][]float64, len(m.names)), make([]int, len(m.names))
	for c := range m.mean {
		m.mean[c] = make([]float64, d)
	}
	for i, c := range m.class {
		if c >= 0 {
			add(m.mean[c], m.x[i], 1)
			m.count[c]++
		}
	}
	for c, n := range m.count {
		for j := range m.mean[c] {
			m.mean[c][j] /= float64(n)
		}
	}
}

// discriminate computes the shared covariance within classes, its root, and the weights.
func (m *model) discriminate() error {
	d := len(m.centre)
	cov := make([][]float64, d)
	for i := range cov {
		cov[i] = make([]float64, d)
	}
	n := 0
	diff := make([]float64, d)
	for i, c := range m.class {
		if c < 0 {
			continue
		}
		n++
		copy(diff, m.x[i])
		add(diff, m.mean[c], -1)
		for a := range d {
			if diff[a] != 0 {
				add(cov[a][:a+1], diff[:a+1], diff[a])
			}
		}
	}
	trace := 0.0
	for a := range d {
		trace += cov[a][a]
	}
	if trace == 0 { // one example each
		trace = float64(n)
	}
	shrink := max(0.1, float64(d)/float64(d+n))
	for a := range d {
		for b := range a + 1 {
			cov[a][b] *= (1 - shrink) / float64(n)
		}
		cov[a][a] += shrink * trace / float64(n) / float64(d)
	}
	if !cholesky(cov) {
		return errors.New("the examples are too much alike")
	}
	m.chol = cov
	m.weight, m.bias = make([][]float64, len(m.names)), make([]float64, len(m.names))
	for c, mean := range m.mean {
		m.weight[c] = solve(m.chol, mean)
		m.bias[c] = -dot(m.weight[c], mean) / 2
	}
	return nil
}

// cholesky replaces the lower triangle of a by its root.
func cholesky(a [][]float64) bool {
	for i := range a {
		for j := range i + 1 {
			s := a[i][j] - dot(a[i][:j], a[j][:j])
			if i != j {
				a[i][j] = s / a[j][j]
				continue
			}
			if s <= 0 || math.IsNaN(s) {
				return false
			}
			a[i][i] = math.Sqrt(s)
		}
	}
	return true
}

// solve returns the solution of (l lᵀ) y = b.
func solve(l [][]float64, b []float64) []float64 {
	y := slices.Clone(b)
	for i := range l {
		y[i] = (y[i] - dot(l[i][:i], y[:i])) / l[i][i]
	}
	for i := len(l) - 1; i >= 0; i-- {
		y[i] /= l[i][i]
		for j := range i {
			y[j] -= l[i][j] * y[i]
		}
	}
	return y
}

// scores are the log odds of the classes, up to a constant.
func (m *model) scores(x []float64) []float64 {
	out := make([]float64, len(m.names))
	for c, w := range m.weight {
		out[c] = dot(w, x) + m.bias[c]
	}
	return out
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
	scale := math.Sqrt(float64(len(m.centre)))
	f[0] = (scores[best] - sum/float64(n)) / scale
	f[1] = near
	f[featForeign] = max(0, nearOOS-near)
	f[2] = math.Min(scores[best]-second, 3*scale) / scale
	return best, f
}

// classify returns the best class and the probability that it is right.
func (m *model) classify(vec []float32) (string, float64) {
	x := make([]float64, len(m.centre))
	for i := range x {
		if i < len(vec) {
			x[i] = float64(vec[i]) - m.centre[i]
		}
	}
	best, f := m.decision(x, m.scores(x), -1, -1)
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
