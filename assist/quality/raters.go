package quality

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Range is a 95 % interval.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson is the 95 % score interval of k out of n, 0 to 1 for n = 0.
func Wilson[N int | float64](k, n N) Range {
	if n <= 0 {
		return Range{0, 1}
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	mid, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Range{max(0, (mid-half)/(1+z*z/m)), min(1, (mid+half)/(1+z*z/m))}
}

// Rating is how one rater answered about one item.
type Rating struct {
	Item  string
	Rater string
	Value Value
}

// Concord is how far raters agree.
type Concord struct {
	Items   int     `json:"items"`   // answered by two raters or more
	Ratings int     `json:"ratings"` // of these items
	Percent float64 `json:"percent"` // of pairs of raters that say the same about an item, 0..100
	// PercentRange and KappaRange are nil for less than two items.
	PercentRange *Range `json:"percent_range"`
	// Kappa is agreement beyond chance: Cohen's for two fixed raters, Fleiss' for several; nil where it has no meaning, since
	// there are no items or everybody gave one and the same answer to all of them.
	Kappa      *float64 `json:"kappa"`
	KappaRange *Range   `json:"kappa_range"`
}

// row counts the answers to one item.
type row map[Value]int

func (r row) total() int {
	n := 0
	for _, k := range r {
		n += k
	}
	return n
}

// Among is the agreement among people, each item answered by any two or more of them: Fleiss' kappa in the form for
// different numbers of raters. A second answer of a rater about the same item replaces the first.
func Among(ratings []Rating) Concord {
	last := map[[2]string]Value{}
	for _, r := range ratings {
		last[[2]string{r.Item, r.Rater}] = r.Value
	}
	by := map[string]row{}
	for k, v := range last {
		if by[k[0]] == nil {
			by[k[0]] = row{}
		}
		by[k[0]][v]++
	}
	var names []string
	for item, r := range by {
		if r.total() >= 2 {
			names = append(names, item)
		}
	}
	slices.Sort(names) // so that the interval is the same each time
	rows := make([]row, 0, len(names))
	c := Concord{}
	for _, n := range names {
		rows = append(rows, by[n])
		c.Ratings += by[n].total()
	}
	c.fill(len(rows), func(i []int) (float64, float64, bool) {
		picked := make([]row, len(i))
		for k, at := range i {
			picked[k] = rows[at]
		}
		return fleiss(picked)
	})
	return c
}

// fleiss is the share of equal pairs and kappa, if it has a meaning.
func fleiss(rows []row) (share, kappa float64, ok bool) {
	counts, all := row{}, 0
	for _, r := range rows {
		n, same := r.total(), 0
		for v, k := range r {
			same += k * (k - 1)
			counts[v] += k
		}
		all += n
		share += float64(same) / float64(n*(n-1))
	}
	if len(rows) == 0 {
		return 0, 0, false
	}
	share /= float64(len(rows))
	chance := 0.0
	for _, k := range counts {
		p := float64(k) / float64(all)
		chance += p * p
	}
	if chance > 1-1e-9 {
		return share, 0, false
	}
	return share, (share - chance) / (1 - chance), true
}

// Pair is what two raters said about one item.
type Pair struct{ First, Second Value }

// Between is the agreement of two raters, such as a person and the machine: Cohen's kappa.
func Between(pairs []Pair) Concord {
	pairs = slices.SortedFunc(slices.Values(pairs), func(a, b Pair) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second)) })
	c := Concord{Ratings: 2 * len(pairs)}
	c.fill(len(pairs), func(i []int) (float64, float64, bool) {
		var a Agreement
		seen := row{}
		for _, at := range i {
			a.Add(pairs[at].First, pairs[at].Second)
			seen[pairs[at].First]++
			seen[pairs[at].Second]++
		}
		return a.Share(), a.Kappa(), len(seen) > 1
	})
	return c
}

// Resampling for the intervals.
const (
	resamples = 1000
	seed      = 20260101
)

// fill computes the figures over n items and, by drawing items again and again with replacement, their intervals.
func (c *Concord) fill(n int, of func(items []int) (share, kappa float64, ok bool)) {
	c.Items = n
	if n == 0 {
		return
	}
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	share, kappa, ok := of(items)
	c.Percent = 100 * share
	if ok {
		c.Kappa = &kappa
	}
	if n < 2 {
		return
	}
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	var shares, kappas []float64
	for range resamples {
		for i := range items {
			items[i] = r.IntN(n)
		}
		s, k, ok := of(items)
		shares = append(shares, 100*s)
		if ok {
			kappas = append(kappas, k)
		}
	}
	c.PercentRange = middle(shares)
	if c.Kappa != nil {
		c.KappaRange = middle(kappas)
	}
}

// middle is where 95 % of v lie, nil for too few.
func middle(v []float64) *Range {
	if len(v) < resamples/2 {
		return nil
	}
	slices.Sort(v)
	return &Range{v[len(v)*25/1000], v[min(len(v)-1, len(v)*975/1000)]}
}
