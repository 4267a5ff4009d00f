package insight

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/parley-voice/parley/knowledge/vector"
	"github.com/parley-voice/parley/pipeline/call"
)

// Topic is a group of calls with like reasons. It lives on from one run to the next, and so does the name a person gave it.
type Topic struct {
	ID     string
	Lang   string
	Name   string // given by a person, "" = named after its phrases
	By     string // who gave it
	Centre []float32
	Size   int       // calls, at the last run
	First  time.Time // start of its first call, as far back as the run looked
	Quiet  time.Time // no alert before this
}

// Reason is why a call was, with the topic it had.
type Reason struct {
	Question
	At    time.Time
	Topic string
}

// Run is what a run over a language's calls gives.
type Run struct {
	Lang   string
	Space  Space
	Topics []Topic          // those with calls now, and the older ones
	Of     map[call.ID]bool // calls that were looked at
	Moved  map[call.ID]string
}

// Regroup finds the topics of a language's calls anew and gives those that were there before their old IDs: a group is an
// old topic when it has most of its calls, or its middle is nearly the same. Old topics without calls stay, so that their
// names come back with them.
func Regroup(lang string, reasons []Reason, old []Topic) Run {
	points := make([]Point, len(reasons))
	for i, r := range reasons {
		points[i] = Point{r.Text, r.Vector}
	}
	c := Group(points)
	run := Run{Lang: lang, Space: c.Space, Moved: map[call.ID]string{}, Of: map[call.ID]bool{}}
	found := make([]Topic, len(c.Centres))
	for g := range found {
		found[g] = Topic{Lang: lang, Centre: c.Centres[g]}
	}
	for i, g := range c.Of {
		if g < 0 {
			continue
		}
		if t := &found[g]; t.Size == 0 || reasons[i].At.Before(t.First) {
			t.First = reasons[i].At
		}
		found[g].Size++
	}
	same := match(c, reasons, old)
	taken := map[string]bool{}
	for _, o := range old {
		taken[o.ID] = true
	}
	for g := range found {
		t := &found[g]
		if o, ok := same[g]; ok {
			before := old[o]
			t.ID, t.Name, t.By, t.Quiet = before.ID, before.Name, before.By, before.Quiet
			if before.First.Before(t.First) && !before.First.IsZero() {
				t.First = before.First
			}
			continue
		}
		t.ID = freshID(lang, points[c.Middle[g]].Text, taken)
		taken[t.ID] = true
	}
	run.Topics = found
	matched := map[int]bool{}
	for _, o := range same {
		matched[o] = true
	}
	for i, o := range old {
		if !matched[i] {
			o.Size = 0
			run.Topics = append(run.Topics, o)
		}
	}
	for i, r := range reasons {
		id := ""
		if g := c.Of[i]; g >= 0 {
			id = found[g].ID
		}
		run.Of[r.Call] = true
		if id != r.Topic {
			run.Moved[r.Call] = id
		}
	}
	return run
}

// freshID names a topic after the text in its middle, so that the same calls always give the same IDs.
func freshID(lang, text string, taken map[string]bool) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	id := fmt.Sprintf("%s-%08x", lang, h.Sum32())
	for n := 2; taken[id]; n++ {
		id = fmt.Sprintf("%s-%08x-%d", lang, h.Sum32(), n)
	}
	return id
}

const (
	sameCalls  = 0.5 // share of the smaller one's calls
	sameMiddle = 0.8 // similarity of the middles
)

// match pairs groups with old topics, the best pairs first.
func match(c Clusters, reasons []Reason, old []Topic) map[int]int {
	index := map[string]int{}
	for i, o := range old {
		index[o.ID] = i
	}
	size := make([]int, len(c.Centres))
	before := make([]int, len(old))
	both := map[[2]int]int{}
	for i, g := range c.Of {
		o, ok := index[reasons[i].Topic]
		if ok && reasons[i].Topic != "" {
			before[o]++
		}
		if g < 0 {
			continue
		}
		size[g]++
		if ok {
			both[[2]int{g, o}]++
		}
	}
	type pair struct {
		g, o  int
		score float64
	}
	var pairs []pair
	for g := range c.Centres {
		for o := range old {
			score := 0.0
			if n := both[[2]int{g, o}]; n > 0 {
				if share := float64(n) / float64(min(size[g], before[o])); share >= sameCalls {
					// The larger part of the larger one decides between several.
					score = 1 + float64(n)/float64(max(size[g], before[o]))
				}
			}
			if score == 0 && len(old[o].Centre) == len(c.Centres[g]) {
				if s := float64(vector.Dot(old[o].Centre, c.Centres[g])); s >= sameMiddle {
					score = s
				}
			}
			if score > 0 {
				pairs = append(pairs, pair{g, o, score})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(old[a.o].ID, old[b.o].ID), cmp.Compare(a.g, b.g))
	})
	out := map[int]int{}
	used := map[int]bool{}
	for _, p := range pairs {
		if _, ok := out[p.g]; !ok && !used[p.o] {
			out[p.g], used[p.o] = p.o, true
		}
	}
	return out
}

// TopicOf is the topic of a reason that came after the last run, "" when none is near.
func TopicOf(v []float32, s Space, topics []Topic) string {
	in := s.In(v)
	if in == nil {
		return ""
	}
	var centres [][]float32
	var ids []string
	for _, t := range topics {
		if len(t.Centre) == len(in) && t.Size > 0 {
			centres, ids = append(centres, t.Centre), append(ids, t.ID)
		}
	}
	if i := nearest(in, centres, near); i >= 0 {
		return ids[i]
	}
	return ""
}
