package quality

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// How trees are grown: so many for each answer, each with so many leaves of answers enough to go by, from a part of the signs, and
// of what a tree says a part is believed.
const (
	rounds   = 30
	leaves   = 8
	steps    = 16  // of a sign, at which it may split
	ofSigns  = 0.5 // that a tree may look at
	believed = 0.1
	steady   = 5.0 // how much has to speak for what a leaf adds
	fewest   = 2.0 // what is unsure in a leaf, at least
)

// grower grows trees.
type grower struct {
	names  []string
	edges  [][]float64 // by sign: the values at which it may split
	step   [][]uint8   // by sign and example: how many edges are below it
	labels []int
	costs  []float64
	odds   []logOdds
	g, h   []float64 // by example: slope and bend of what being wrong costs
}

// leafOf are examples with the split that is best for them.
type leafOf struct {
	at   []int
	gain float64
	sign int
	edge uint8
}

// growTrees grows trees on top of w.
func growTrees(list []example, w weights) (out []tree) {
	y := newGrower(list, w)
	rng := rand.New(rand.NewPCG(1, 1)) // the same signs each time
	for range rounds {
		was := slices.Clone(y.odds)
		for answer := range weighed {
			y.slopes(was, answer)
			out = append(out, y.grow(answer, rng.Perm(len(y.names))[:int(ofSigns*float64(len(y.names)))]))
		}
	}
	return out
}

func newGrower(list []example, w weights) *grower {
	y := &grower{g: make([]float64, len(list)), h: make([]float64, len(list))}
	all := map[string]bool{}
	for _, x := range list {
		z := w.odds(x.signs)
		for i := range z {
			z[i] *= surely
		}
		y.labels, y.costs, y.odds = append(y.labels, x.label), append(y.costs, x.cost), append(y.odds, z)
		for name := range x.signs {
			all[name] = true
		}
	}
	y.names = slices.Sorted(maps.Keys(all))
	for _, name := range y.names {
		values := make([]float64, len(list))
		for i, x := range list {
			values[i] = x.signs[name]
		}
		edges := edgesOf(values)
		step := make([]uint8, len(list))
		for i, v := range values {
			step[i] = uint8(sort.SearchFloat64s(edges, v)) // edges below v
		}
		y.edges, y.step = append(y.edges, edges), append(y.step, step)
	}
	return y
}

// edgesOf are values between which lie parts of values alike in number, rounded as they are stored.
func edgesOf(values []float64) (out []float64) {
	sorted := slices.Sorted(slices.Values(values))
	if one := slices.Compact(slices.Clone(sorted)); len(one) <= steps {
		for i := range one[1:] {
			out = append(out, rounded((one[i]+one[i+1])/2))
		}
		return slices.Compact(out)
	}
	for i := 1; i < steps; i++ {
		out = append(out, rounded(sorted[i*len(sorted)/steps]))
	}
	return slices.Compact(out)
}

// slopes fills in how what being wrong costs changes with the log odds of an answer.
func (y *grower) slopes(odds []logOdds, answer int) {
	for i, z := range odds {
		p, is := z.shares()[answer], 0.0
		if y.labels[i] == answer {
			is = 1
		}
		y.g[i], y.h[i] = y.costs[i]*(p-is), y.costs[i]*p*(1-p)
	}
}

// grow grows a tree for an answer, and adds what it says to the odds.
func (y *grower) grow(answer int, from []int) tree {
	t := tree{Answer: answer}
	all := make([]int, len(y.labels))
	for i := range all {
		all[i] = i
	}
	grown := []leafOf{y.best(all, from)}
	for len(grown) < leaves {
		in := 0
		for i := range grown {
			if grown[i].gain > grown[in].gain {
				in = i
			}
		}
		l := grown[in]
		if l.gain <= 0 {
			break
		}
		t.Forks = append(t.Forks, fork{in, y.names[l.sign], y.edges[l.sign][l.edge]})
		var below, above []int
		for _, i := range l.at {
			if y.step[l.sign][i] > l.edge {
				above = append(above, i)
			} else {
				below = append(below, i)
			}
		}
		grown[in] = y.best(below, from)
		grown = append(grown, y.best(above, from))
	}
	for _, l := range grown {
		g, h := y.sums(l.at)
		adds := rounded(-believed * g / (h + steady))
		t.Adds = append(t.Adds, adds)
		for _, i := range l.at {
			y.odds[i][answer] += adds
		}
	}
	return t
}

func (y *grower) sums(at []int) (g, h float64) {
	for _, i := range at {
		g, h = g+y.g[i], h+y.h[i]
	}
	return g, h
}

// best is at with its best split, of no gain where there is none.
func (y *grower) best(at, from []int) leafOf {
	out := leafOf{at: at}
	worth := func(g, h float64) float64 { return g * g / (h + steady) }
	g, h := y.sums(at)
	for _, sign := range from {
		var gs, hs [steps + 1]float64
		for _, i := range at {
			k := y.step[sign][i]
			gs[k] += y.g[i]
			hs[k] += y.h[i]
		}
		below, bend := 0.0, 0.0
		for edge := range y.edges[sign] {
			below, bend = below+gs[edge], bend+hs[edge]
			if bend < fewest || h-bend < fewest {
				continue
			}
			if gain := worth(below, bend) + worth(g-below, h-bend) - worth(g, h); gain > out.gain {
				out.gain, out.sign, out.edge = gain, sign, uint8(edge)
			}
		}
	}
	return out
}

// A tree finds what only two signs together say.
func TestTrees(t *testing.T) {
	t.Parallel()
	var list []example
	for i := range 400 {
		a, b := float64(i%3/2), float64(i%5/3)
		x := example{signs: signs{"always": 1}, cost: 1, label: 1}
		for _, again := range []string{"", "'", "''"} { // a tree looks at a part of the signs
			x.signs.add("a"+again, a)
			x.signs.add("b"+again, b)
		}
		if a != b {
			x.label = 0
		}
		list = append(list, x)
	}
	alone := weights{"always": {0, 0, -3}}
	both := answering{alone, growTrees(list, alone)}
	for _, x := range list[:15] {
		if p := both.chances(x.signs); greatest(p, -1) != x.label || p[x.label] < 0.8 {
			t.Errorf("%v: %v, want %d", x.signs, p, x.label)
		}
	}
}
