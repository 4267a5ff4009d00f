package insight

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"

	"github.com/parley-voice/parley/knowledge/vector"
)

// Point is a text to be grouped by what it means.
type Point struct {
	Text   string    // texts that are the same count as one place of several points
	Vector []float32 // of length one
}

const (
	// alike is the mean similarity, after the mean of all texts is taken out, from which texts are one group. docs/insights.md
	// has what it comes to on labelled questions.
	alike = 0.38
	// near is the similarity to the middle of a group from which a text belongs to it. It is more than alike, since the middle
	// is nearer to every member than the members are to each other.
	near = 0.5
	// sampled is how many different texts groups are found from; the others join the nearest group. It bounds the time, which
	// grows with its square.
	sampled = 2500
	least   = 3 // points of a group
)

// Space is what is taken out of vectors of a language before they are compared: the mean of the texts it was made of.
// What all texts share says nothing about what sets them apart.
type Space struct{ Mean []float32 }

// In returns v as the space sees it: without the mean, of length one. It is nil for a vector of another length.
func (s Space) In(v []float32) []float32 {
	if len(v) != len(s.Mean) || len(v) == 0 {
		return nil
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = x - s.Mean[i]
	}
	unit(out)
	return out
}

// unit scales v to length one in place; zeros stay.
func unit(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	f := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= f
	}
}

// place is one text with how often it was said.
type place struct {
	text   string
	v      []float32
	weight int
	order  uint64
}

// Clusters are groups of points.
type Clusters struct {
	Space   Space
	Of      []int       // group of each point, -1 for none
	Centres [][]float32 // of each group in the space, of length one
	Middle  []int       // of each group: the point nearest to its centre
}

// Group finds groups among points of one language, the largest first: average linkage over a sample, then every point to
// the nearest centre. The same points in any order give the same groups. Points whose vectors differ in length from most
// are in none. It takes about a second for 10,000 points.
func Group(points []Point) Clusters { return groupAt(points, alike, near) }

// groupAt is Group with bars of its own, for measuring.
func groupAt(points []Point, alike, near float32) Clusters {
	dim := length(points)
	places, at := places(points, dim)
	c := Clusters{Of: make([]int, len(points))}
	for i := range c.Of {
		c.Of[i] = -1
	}
	if len(places) == 0 {
		return c
	}
	c.Space = mean(places, dim)
	for i := range places {
		places[i].v = c.Space.In(places[i].v)
	}
	of := make([]int, len(places))
	centres := seed(places, alike)
	for range 2 { // the second time with centres that know all places
		assign(places, centres, of, near)
		centres = recentre(places, of, len(centres), dim)
	}
	centres = c.keep(places, of, centres)
	for i, p := range at {
		if p >= 0 {
			c.Of[i] = of[p]
		}
	}
	c.Centres = centres
	c.middles(points, at, places)
	return c
}

// length is the length most vectors have.
func length(points []Point) int {
	n := map[int]int{}
	best := 0
	for _, p := range points {
		if l := len(p.Vector); l > 0 {
			n[l]++
			if n[l] > n[best] || n[l] == n[best] && l > best {
				best = l
			}
		}
	}
	return best
}

// places are the different texts in the order of their hashes, which is as good as chance but always the same. at leads
// from points to places, -1 for none.
func places(points []Point, dim int) (out []place, at []int) {
	index := map[string]int{}
	at = make([]int, len(points))
	for i, p := range points {
		if len(p.Vector) != dim || dim == 0 {
			at[i] = -1
			continue
		}
		j, ok := index[p.Text]
		if !ok {
			h := fnv.New64a()
			_, _ = h.Write([]byte(p.Text))
			j = len(out)
			index[p.Text] = j
			out = append(out, place{text: p.Text, v: p.Vector, order: h.Sum64()})
		}
		out[j].weight++
		at[i] = j
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(out[a].order, out[b].order), cmp.Compare(out[a].text, out[b].text))
	})
	sorted, to := make([]place, len(out)), make([]int, len(out))
	for i, j := range order {
		sorted[i], to[j] = out[j], i
	}
	for i, j := range at {
		if j >= 0 {
			at[i] = to[j]
		}
	}
	return sorted, at
}

func mean(places []place, dim int) Space {
	sum := make([]float64, dim)
	for _, p := range places {
		for i, x := range p.v {
			sum[i] += float64(x)
		}
	}
	out := Space{make([]float32, dim)}
	for i, x := range sum {
		out.Mean[i] = float32(x / float64(len(places)))
	}
	return out
}

// seed finds groups in a sample by average linkage and returns their centres.
func seed(places []place, alike float32) [][]float32 {
	some := places[:min(sampled, len(places))]
	group := linkage(some, alike)
	sums := map[int][]float32{}
	weight := map[int]int{}
	var order []int
	for i, g := range group {
		if sums[g] == nil {
			sums[g] = make([]float32, len(some[i].v))
			order = append(order, g)
		}
		for d, x := range some[i].v {
			sums[g][d] += x * float32(some[i].weight)
		}
		weight[g] += some[i].weight
	}
	var out [][]float32
	// In a sample of a part a group shows by fewer points.
	enough := max(2, int(math.Round(least*float64(len(some))/float64(len(places)))))
	for _, g := range order {
		if weight[g] >= enough {
			unit(sums[g])
			out = append(out, sums[g])
		}
	}
	return out
}

// linkage joins the two most similar groups again and again while their members are alike on average, and returns the
// group of each place. It follows chains of nearest neighbours, which finds the same groups in n² steps.
func linkage(places []place, bar float32) []int {
	n := len(places)
	sim := similarities(places)
	size := make([]int, n)
	root := make([]int, n) // of the groups joined above the bar
	for i := range n {
		size[i], root[i] = places[i].weight, i
	}
	gone := make([]bool, n)
	var chain []int
	for start := 0; ; {
		if len(chain) == 0 {
			for start < n && gone[start] {
				start++
			}
			if start == n {
				break
			}
			chain = append(chain, start)
		}
		a := chain[len(chain)-1]
		best, most := -1, float32(-2)
		if len(chain) > 1 { // the one before wins ties, so that chains end
			best = chain[len(chain)-2]
			most = sim[a*n+best]
		}
		for b := range n {
			if b != a && !gone[b] && sim[a*n+b] > most {
				best, most = b, sim[a*n+b]
			}
		}
		switch {
		case best < 0 || most < bar: // nothing is as near as the bar: this group, and by the order of chains all of this chain, is done
			gone[a] = true
			chain = chain[:len(chain)-1]
		case len(chain) > 1 && best == chain[len(chain)-2]:
			chain = chain[:len(chain)-2]
			join(sim, size, gone, n, best, a)
			root[a] = best
		default:
			chain = append(chain, best)
		}
	}
	for i := range root {
		for root[root[i]] != root[i] {
			root[i] = root[root[i]]
		}
		root[i] = root[root[i]]
	}
	return root
}

// join makes one group of a and b under the name a.
func join(sim []float32, size []int, gone []bool, n, a, b int) {
	wa, wb := float32(size[a]), float32(size[b])
	for c := range n {
		if c == a || c == b || gone[c] {
			continue
		}
		s := (wa*sim[a*n+c] + wb*sim[b*n+c]) / (wa + wb)
		sim[a*n+c], sim[c*n+a] = s, s
	}
	size[a] += size[b]
	gone[b] = true
}

// similarities are those of all places with each other.
func similarities(places []place) []float32 {
	n, dim := len(places), len(places[0].v)
	flat := make([]float32, 0, n*dim)
	for _, p := range places {
		flat = append(flat, p.v...)
	}
	scan := vector.New(flat, dim)
	out := make([]float32, n*n)
	for i, p := range places {
		scan.Dots(p.v, out[i*n:(i+1)*n])
	}
	for i := range n { // rounding differs between the two ways to look at a pair
		for j := range i {
			s := (out[i*n+j] + out[j*n+i]) / 2
			out[i*n+j], out[j*n+i] = s, s
		}
	}
	return out
}

// assign gives every place the nearest centre that is near enough, -1 for none.
func assign(places []place, centres [][]float32, of []int, near float32) {
	for i, p := range places {
		of[i] = nearest(p.v, centres, near)
	}
}

// nearest is the centre with the largest similarity, the first of several; -1 when none is near enough.
func nearest(v []float32, centres [][]float32, near float32) int {
	best, most := -1, near
	for c, centre := range centres {
		if s := vector.Dot(v, centre); s > most || best < 0 && s >= near {
			best, most = c, s
		}
	}
	return best
}

func recentre(places []place, of []int, n, dim int) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, dim)
	}
	for i, g := range of {
		if g < 0 {
			continue
		}
		for d, x := range places[i].v {
			out[g][d] += x * float32(places[i].weight)
		}
	}
	for _, c := range out {
		unit(c)
	}
	return out
}

// keep leaves out groups of too few points and numbers the others by size.
func (c *Clusters) keep(places []place, of []int, centres [][]float32) [][]float32 {
	size := make([]int, len(centres))
	first := make([]int, len(centres))
	for i, g := range slices.Backward(of) {
		if g >= 0 {
			size[g] += places[i].weight
			first[g] = i
		}
	}
	var order []int
	for g, n := range size {
		if n >= least {
			order = append(order, g)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(size[b], size[a]), cmp.Compare(first[a], first[b])) })
	to := make([]int, len(centres))
	for i := range to {
		to[i] = -1
	}
	kept := make([][]float32, len(order))
	for i, g := range order {
		to[g], kept[i] = i, centres[g]
	}
	for i, g := range of {
		if g >= 0 {
			of[i] = to[g]
		}
	}
	return kept
}

// middles finds the point that stands for each group.
func (c *Clusters) middles(points []Point, at []int, places []place) {
	c.Middle = make([]int, len(c.Centres))
	most := make([]float32, len(c.Centres))
	for i := range c.Middle {
		c.Middle[i], most[i] = -1, -2
	}
	for i, g := range c.Of {
		if g < 0 {
			continue
		}
		s := vector.Dot(places[at[i]].v, c.Centres[g])
		if m := c.Middle[g]; s > most[g] || s == most[g] && m >= 0 && points[i].Text < points[m].Text {
			c.Middle[g], most[g] = i, s
		}
	}
}
