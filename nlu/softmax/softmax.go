// Package softmax is softmax regression: a linear layer that tells how likely each of some classes is, fitted to examples.
// Intents and sentiment are told with it.
package softmax

import (
	"math"
	"math/rand/v2"
)

// How Fit goes down: chosen on public sets of 30 to 150 intents with 3 to 90 examples each, where one setting did for all.
const (
	rate     = 0.3 // of the first steps; it falls to nothing
	momentum = 0.9
	batch    = 16
	faint    = 1e-4 // errors of a class that are not worth a step
)

// Layer tells classes apart. It is safe for concurrent use once fitted.
type Layer struct {
	weight [][]float64 // per class, the bias last
}

// Fit fits a layer to the examples x, rows of one length whose norm is about 4 or less, of which class has a number from 0 on
// each; those with a negative one are left out. decay is the weight of the squared weights against the sum of the losses of
// all examples: the more, the less the layer trusts single examples. It is stochastic gradient descent with momentum in an
// order that is always the same, so the same examples give the same layer. There must be one example at least.
func Fit(x [][]float64, class []int, classes int, decay float64) *Layer {
	var order []int
	for i, c := range class {
		if c >= 0 {
			order = append(order, i)
		}
	}
	d := len(x[0]) + 1
	l := &Layer{weight: grid(classes, d)}
	f := &descent{layer: l, speed: grid(classes, d), slope: grid(classes, d), errs: make([]float64, classes), touched: make([]bool, classes), shrink: decay / float64(len(order))}
	rnd := rand.New(rand.NewPCG(1, uint64(len(order))))
	passes := min(40, max(12, 60_000/len(order)))
	steps := passes * ((len(order) + batch - 1) / batch)
	for step, at := 0, len(order); step < steps; step++ {
		if at >= len(order) {
			rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			at = 0
		}
		some := order[at:min(at+batch, len(order))]
		at += batch
		for _, i := range some {
			f.see(x[i], class[i], 1/float64(len(some)))
		}
		f.step(rate * (1 + math.Cos(math.Pi*float64(step)/float64(steps))) / 2)
	}
	return l
}

// descent is a fit in progress.
type descent struct {
	layer        *Layer
	speed, slope [][]float64
	errs         []float64
	touched      []bool // classes whose slope is not nothing
	shrink       float64
}

// see adds what the layer has wrong about one example to the slope.
func (f *descent) see(x []float64, class int, weight float64) {
	f.layer.into(x, f.errs)
	Normalize(f.errs)
	f.errs[class]--
	for c, e := range f.errs {
		if math.Abs(e) <= faint {
			continue
		}
		f.touched[c] = true
		slope := f.slope[c]
		for j, v := range x {
			slope[j] += weight * e * v
		}
		slope[len(x)] += weight * e
	}
}

// step goes down the slope and forgets it.
func (f *descent) step(rate float64) {
	for c, w := range f.layer.weight {
		speed, slope := f.speed[c], f.slope[c]
		for j := range w {
			speed[j] = momentum*speed[j] - rate*(slope[j]+f.shrink*w[j])
			w[j] += speed[j]
		}
		if f.touched[c] {
			clear(slope)
			f.touched[c] = false
		}
	}
}

// Scores are the log odds of the classes for x, which has the length of the examples, up to a constant.
func (l *Layer) Scores(x []float64) []float64 {
	out := make([]float64, len(l.weight))
	l.into(x, out)
	return out
}

func (l *Layer) into(x, out []float64) {
	for c, w := range l.weight {
		s := w[len(x)]
		for j, v := range x {
			s += w[j] * v
		}
		out[c] = s
	}
}

// Weights are those of each class, the bias last. They are the layer's own.
func (l *Layer) Weights() [][]float64 { return l.weight }

// Normalize turns log odds into probabilities that sum to one, in place.
func Normalize(z []float64) {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, v)
	}
	sum := 0.0
	for c, v := range z {
		z[c] = math.Exp(v - top)
		sum += z[c]
	}
	for c := range z {
		z[c] /= sum
	}
}

func grid(rows, columns int) [][]float64 {
	out := make([][]float64, rows)
	all := make([]float64, rows*columns)
	for i := range out {
		out[i] = all[i*columns : (i+1)*columns]
	}
	return out
}
