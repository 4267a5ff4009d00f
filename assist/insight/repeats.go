package insight

import (
	"cmp"
	"maps"
	"slices"
)

// Repeat is a reason for which callers called again: the topic of the first of two calls, or its intent where it has no
// topic.
type Repeat struct {
	Key        string          `json:"key" doc:"topic:ID, intent:NAME, or empty where neither is known"`
	Topic      string          `json:"topic,omitempty"`
	Intent     string          `json:"intent,omitempty"`
	Name       string          `json:"name"`
	N          int             `json:"n" doc:"Calls of the period that follow another one"`
	Callers    int             `json:"callers"`
	Same       int             `json:"same" doc:"Of these, about the same topic or intent again"`
	Share      Value           `json:"share" doc:"Of all repeat calls"`
	After      map[Outcome]int `json:"after" doc:"What had become of the call before"`
	Examples   []Pair          `json:"examples" doc:"At most 5, newest first"`
	CallsQuery string          `json:"calls_query"`
}

// Pair is a call and the one it follows.
type Pair struct {
	First  Example `json:"first"`
	Second Example `json:"second"`
}

const pairsShown = 5

// reasonKey is what a call was about, as repeats are grouped.
func reasonKey(f *Fact) string {
	switch {
	case f.Topic != "":
		return "topic:" + f.Topic
	case f.Intent != "":
		return "intent:" + f.Intent
	}
	return ""
}

// repeats are the reasons for calling again, the most frequent first.
func (b *builder) repeats() []Repeat {
	of := map[string]*Repeat{}
	who := map[string]map[string]bool{}
	all := 0
	for _, l := range slices.Backward(b.now) {
		if l.prev == nil {
			continue
		}
		all++
		k := reasonKey(l.prev)
		r := of[k]
		if r == nil {
			r = &Repeat{Key: k, Name: k, After: map[Outcome]int{}, Examples: []Pair{}, CallsQuery: b.query("repeat", k, "figure", "repeat")}
			if l.prev.Topic != "" {
				r.Topic, r.Name = l.prev.Topic, cmp.Or(b.names[l.prev.Topic], l.prev.Topic)
			} else {
				r.Intent, r.Name = l.prev.Intent, l.prev.Intent
			}
			of[k], who[k] = r, map[string]bool{}
		}
		r.N++
		r.After[l.prev.Outcome]++
		who[k][l.Who] = true
		if k != "" && k == reasonKey(l.Fact) {
			r.Same++
		}
		if len(r.Examples) < pairsShown {
			r.Examples = append(r.Examples, Pair{exampleOf(l.prev), exampleOf(l.Fact)})
		}
	}
	out := []Repeat{}
	for _, k := range slices.Sorted(maps.Keys(of)) {
		r := of[k]
		r.Callers, r.Share = len(who[k]), shareOf(r.N, all)
		out = append(out, *r)
	}
	slices.SortStableFunc(out, func(x, y Repeat) int { return cmp.Compare(y.N, x.N) })
	return out
}

func exampleOf(f *Fact) Example {
	return Example{f.Call, f.Reason.Turn, f.Reason.AtS, f.Reason.Text}
}
