package insight

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// BlindSpot is something that is asked and not answered.
type BlindSpot struct {
	ID         string    `json:"id"`
	Lang       string    `json:"lang"`
	Question   string    `json:"question" doc:"The one in the middle of them, in the caller's words"`
	N          int       `json:"n" doc:"Calls"`
	Callers    int       `json:"callers"`
	Phrases    []string  `json:"phrases"`
	Examples   []Example `json:"examples" doc:"At most 5, newest first"`
	CallsQuery string    `json:"calls_query"`
	calls      map[call.ID]int
}

const (
	spotsShown    = 50
	examplesShown = 5
)

// blind groups the questions without an answer of the calls in view by what they mean, and those without a vector by their
// words. Questions that stand alone are spots of their own, after the others.
func (b *builder) blind(asked []Question) []BlindSpot {
	spots := b.spots(asked)
	for i := range spots {
		spots[i].CallsQuery = b.query("spot", spots[i].ID)
	}
	return spots[:min(spotsShown, len(spots))]
}

func (b *builder) spots(asked []Question) []BlindSpot {
	in := map[call.ID]*Fact{}
	for i := range b.now {
		in[b.now[i].Call] = b.now[i].Fact
	}
	byLang := map[string][]Question{}
	for _, q := range asked {
		if in[q.Call] != nil && !q.Answered {
			byLang[q.Lang] = append(byLang[q.Lang], q)
		}
	}
	out := []BlindSpot{}
	for _, lang := range slices.Sorted(maps.Keys(byLang)) {
		out = append(out, spotsOf(lang, byLang[lang], in)...)
	}
	slices.SortStableFunc(out, func(x, y BlindSpot) int { return cmp.Or(cmp.Compare(y.N, x.N), cmp.Compare(x.ID, y.ID)) })
	return out
}

func spotsOf(lang string, asked []Question, in map[call.ID]*Fact) []BlindSpot {
	slices.SortFunc(asked, func(x, y Question) int { // newest first
		return cmp.Or(in[y.Call].At.Compare(in[x.Call].At), cmp.Compare(x.Call, y.Call), cmp.Compare(x.Turn, y.Turn))
	})
	points := make([]Point, len(asked))
	for i, q := range asked {
		points[i] = Point{q.Text, q.Vector}
	}
	c := Group(points)
	group := make([]string, len(asked))
	middle := map[string]string{}
	n := newNamer()
	scratch := map[string]bool{}
	for i, q := range asked {
		if g := c.Of[i]; g >= 0 {
			group[i] = fmt.Sprintf("g%d", g)
			middle[group[i]] = asked[c.Middle[g]].Text
		} else {
			group[i] = "w" + strings.Join(q.Words, " ")
			if len(q.Words) == 0 {
				group[i] = "w" + hanzi.Fold(q.Text)
			}
			middle[group[i]] = cmp.Or(middle[group[i]], q.Text)
		}
		n.add(group[i], q.Words, scratch)
	}
	spots := map[string]*BlindSpot{}
	who := map[string]map[string]bool{}
	for i, q := range asked {
		s := spots[group[i]]
		if s == nil {
			h := fnv.New32a()
			_, _ = h.Write([]byte(middle[group[i]]))
			s = &BlindSpot{ID: fmt.Sprintf("%s-%08x", lang, h.Sum32()), Lang: lang, Question: middle[group[i]], Examples: []Example{}, calls: map[call.ID]int{}}
			spots[group[i]], who[group[i]] = s, map[string]bool{}
		}
		if _, ok := s.calls[q.Call]; !ok {
			s.calls[q.Call] = q.Turn
		}
		who[group[i]][cmp.Or(in[q.Call].Who, string(q.Call))] = true
		if len(s.Examples) < examplesShown {
			s.Examples = append(s.Examples, Example{q.Call, q.Turn, q.AtS, q.Text})
		}
	}
	out := []BlindSpot{}
	for _, g := range slices.Sorted(maps.Keys(spots)) {
		s := spots[g]
		s.N, s.Callers, s.Phrases = len(s.calls), len(who[g]), n.phrases(g, 4)
		out = append(out, *s)
	}
	return out
}
