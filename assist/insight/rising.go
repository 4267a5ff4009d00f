package insight

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

const (
	fewest = 5   // callers; fewer are no news
	faster = 1.5 // times the share of callers before
)

// Trend is whether a topic grew by more than chance. It counts callers, not calls: somebody who rings twenty times is no
// surge.
type Trend struct {
	Callers int      `json:"callers"`
	Before  int      `json:"callers_before"`
	Factor  *float64 `json:"factor" doc:"Share of the callers, now to before; null for a topic nobody asked about before"`
	// Low and High are null where Factor is.
	Low      *float64 `json:"factor_low" doc:"95 % interval of factor"`
	High     *float64 `json:"factor_high"`
	Of       int      `json:"callers_all" doc:"Callers of all topics and none"`
	OfBefore int      `json:"callers_all_before"`
	P        float64  `json:"p" doc:"Probability of as many by chance, had nothing changed"`
	Rising   bool     `json:"rising"`
	New      bool     `json:"new"`
}

// callers counts the callers of each topic and all of them; a caller who is not known counts as one more.
func callers(calls []linked) (of map[string]int, all int) {
	of = map[string]int{}
	seen := map[string]bool{}
	once := func(key string) bool {
		was := seen[key]
		seen[key] = true
		return !was
	}
	for i := range calls {
		f := calls[i].Fact
		who := f.Who
		if who == "" {
			who = "call:" + string(f.Call)
		}
		if once(who) {
			all++
		}
		if f.Topic != "" && once(f.Topic+" "+who) {
			of[f.Topic]++
		}
	}
	return of, all
}

// trends tests every topic of now against before: had the topic the same share of callers, its callers of both times would
// fall into now as all callers do (the test of two Poisson rates, given their sum). Of the topics called rising at most a
// twentieth are so by chance.
func trends(now, before []linked) map[string]Trend {
	of, all := callers(now)
	of0, all0 := callers(before)
	if all0 == 0 {
		out := map[string]Trend{}
		for id, n := range of {
			out[id] = Trend{Callers: n, Of: all, P: 1}
		}
		return out
	}
	ids := make([]string, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	share := float64(all) / float64(all+all0)
	p := make([]float64, len(ids))
	for i, id := range ids {
		p[i] = AtLeast(of[id], of[id]+of0[id], share)
	}
	stand := discoveries(p)
	out := map[string]Trend{}
	for i, id := range ids {
		t := Trend{Callers: of[id], Before: of0[id], Of: all, OfBefore: all0, P: p[i]}
		if t.Before > 0 {
			f, r := shareFactor(t.Callers, all, t.Before, all0)
			t.Factor, t.Low, t.High = &f, &r.Low, &r.High
		}
		if stand[i] && t.Callers >= fewest {
			t.New = t.Before == 0
			t.Rising = !t.New && *t.Factor >= faster
		}
		out[id] = t
	}
	return out
}

// Alert says that many call about the same thing all at once.
type Alert struct {
	ID      string    `json:"id"`
	Topic   string    `json:"topic"`
	Name    string    `json:"name"`
	Lang    string    `json:"lang"`
	Level   string    `json:"level" enum:"info,warning,critical"`
	Since   time.Time `json:"since" doc:"Start of the time looked at"`
	Hours   int       `json:"hours" doc:"Length of that time"`
	Trend   Trend     `json:"trend"`
	Upset   Value     `json:"upset" doc:"Share of these calls with an upset caller"`
	Usual   *float64  `json:"usual_upset" doc:"The same of all other calls"`
	Others  Value     `json:"others_upset" doc:"usual_upset with its interval and how many calls it is of"`
	Warned  int       `json:"warned" doc:"Callers whose words set off a warning of the rules"`
	Phrases []string  `json:"phrases"`
	Why     []string  `json:"why" enum:"speed,emotion,words"`
	Calls   []call.ID `json:"calls" doc:"At most 10, newest first"`
	Query   string    `json:"calls_query"`
}

// looks are the times that alerts compare with the four weeks before them: a burst within a day, and what grows slowly.
func looks() []time.Duration { return []time.Duration{24 * time.Hour, 7 * 24 * time.Hour} }

// history is what an alert compares with.
const history = 28 * 24 * time.Hour

// AlertsNeed is how far back Watch looks.
const AlertsNeed = history + 7*24*time.Hour

// watch looks for topics that call for attention now: faster than chance allows (speed), with more upset callers than
// usual (emotion), and with words that the rules warn of (words). Speed alone is information, each of the others makes it
// a step more serious. A topic that is quiet gives none.
func watch(calls []linked, topics map[string]Topic, now time.Time) []Alert {
	out := []Alert{}
	for _, hours := range looks() {
		from := now.Add(-hours)
		recent, before := during(calls, from, now), during(calls, from.Add(-history), from)
		t := trends(recent, before)
		for _, id := range slices.Sorted(maps.Keys(t)) {
			topic, ok := topics[id]
			had := slices.ContainsFunc(out, func(a Alert) bool { return a.Topic == id })
			if !ok || had || topic.Quiet.After(now) || !(t[id].New || t[id].Rising && *t[id].Factor >= 2) {
				continue
			}
			a := Alert{ID: id + "@" + from.UTC().Format(time.DateOnly), Topic: id, Lang: topic.Lang, Since: from, Hours: int(hours.Hours()), Trend: t[id], Why: []string{"speed"}}
			a.weigh(recent)
			out = append(out, a)
		}
	}
	rank := map[string]int{"critical": 0, "warning": 1, "info": 2}
	slices.SortStableFunc(out, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(rank[a.Level], rank[b.Level]), cmp.Compare(b.Trend.Callers, a.Trend.Callers), cmp.Compare(a.Topic, b.Topic))
	})
	return out
}

// unusual is how improbable it must be that as many are upset by chance.
const unusual = 0.01

// weigh looks at the calls of the topic for emotion and words.
func (a *Alert) weigh(recent []linked) {
	var upset, felt, others, othersFelt int
	warned := map[string]bool{}
	for i := range slices.Backward(recent) {
		f := recent[i].Fact
		mine := f.Topic == a.Topic
		if f.Felt {
			if mine {
				felt++
				upset += int(yes(f.Worst <= Upset))
			} else {
				othersFelt++
				others += int(yes(f.Worst <= Upset))
			}
		}
		if !mine {
			continue
		}
		if len(a.Calls) < 10 {
			a.Calls = append(a.Calls, f.Call)
		}
		if f.Alert >= 2 {
			warned[cmp.Or(f.Who, string(f.Call))] = true
		}
	}
	a.Upset, a.Others, a.Warned = shareOf(upset, felt), shareOf(others, othersFelt), len(warned)
	if a.Usual = a.Others.Value; othersFelt > 0 {
		// One more than seen among the others: with none, anything would be unusual.
		if upset > 1 && AtLeast(upset, felt, float64(others+1)/float64(othersFelt+2)) < unusual {
			a.Why = append(a.Why, "emotion")
		}
	}
	if a.Warned > 1 {
		a.Why = append(a.Why, "words")
	}
	a.Level = []string{"info", "warning", "critical"}[len(a.Why)-1]
}

// shareOf is k of n as a value.
func shareOf(k, n int) Value {
	v := Value{N: n}
	if n > 0 {
		p, w := float64(k)/float64(n), Wilson(float64(k), float64(n))
		v.Value, v.Low, v.High = &p, &w.Low, &w.High
	}
	return v
}

// during are the calls of a time; calls is sorted by it.
func during(calls []linked, from, to time.Time) []linked {
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(calls, t, func(l linked, t time.Time) int { return l.At.Compare(t) })
		return i
	}
	return calls[at(from):at(to)]
}
