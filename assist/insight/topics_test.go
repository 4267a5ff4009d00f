package insight

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// said are made-up callers' questions about a few things.
func said() map[string][]string {
	return map[string][]string{
		"card":    {"I lost my card", "my card is lost", "I have lost my bank card", "lost card please block it", "my bank card was lost on the train", "the card got lost"},
		"refund":  {"where is my refund", "my refund has not arrived", "when do I get the refund", "the refund is late", "refund for my order please", "still no refund for the order"},
		"opening": {"when are you open", "what are your opening hours", "opening hours on sunday", "are you open on sunday", "the opening hours please", "open on saturday opening hours"},
	}
}

// vectors makes vectors of the words that matter, which is enough for texts that share them.
func vectors(_ *testing.T, texts []string) [][]float32 {
	skip := functions()
	var out [][]float32
	for _, text := range texts {
		v := make([]float32, 64)
		for _, w := range Words(text, "en") {
			if !skip[w] {
				h := fnv.New32a()
				_, _ = h.Write([]byte(w))
				v[h.Sum32()%64]++
			}
		}
		v[0] += 0.1 // what all texts share
		unit(v)
		out = append(out, v)
	}
	return out
}

func reasons(t *testing.T, copies int, only ...string) []Reason {
	t.Helper()
	var out []Reason
	for _, topic := range slices.Sorted(maps.Keys(said())) {
		if len(only) > 0 && !slices.Contains(only, topic) {
			continue
		}
		texts := said()[topic]
		vecs := vectors(t, texts)
		for c := range copies {
			for i, text := range texts {
				out = append(out, Reason{Question: Question{Call: call.ID(fmt.Sprintf("%s-%d-%d", topic, c, i)), Lang: "en", Text: text, Words: Words(text, "en"), Vector: vecs[i]}, At: noon.Add(-time.Duration(i) * time.Hour)})
			}
		}
	}
	return out
}

func TestTopicsAreFound(t *testing.T) {
	t.Parallel()
	all := reasons(t, 3)
	run := Regroup("en", all, nil)
	topicOf := map[call.ID]string{}
	for id, topic := range run.Moved {
		topicOf[id] = topic
	}
	// Most pairs about the same thing are together and hardly any about different things.
	same, together, other, mixed := 0, 0, 0, 0
	for i := range all {
		for j := range i {
			a, _, _ := strings.Cut(string(all[i].Call), "-")
			b, _, _ := strings.Cut(string(all[j].Call), "-")
			joined := topicOf[all[i].Call] != "" && topicOf[all[i].Call] == topicOf[all[j].Call]
			if a == b {
				same++
				together += int(yes(joined))
			} else {
				other++
				mixed += int(yes(joined))
			}
		}
	}
	if float64(together) < 0.5*float64(same) || float64(mixed) > 0.02*float64(other) {
		t.Errorf("%d of %d together, %d of %d mixed", together, same, mixed, other)
	}
	for _, tp := range run.Topics {
		if tp.Size < least || tp.ID == "" || tp.First.IsZero() {
			t.Errorf("%+v", tp)
		}
	}
	// The order of the calls does not matter.
	shuffled := slices.Clone(all)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	again := Regroup("en", shuffled, nil)
	if len(again.Moved) != len(run.Moved) {
		t.Fatalf("%d and %d calls in topics", len(again.Moved), len(run.Moved))
	}
	for id, topic := range run.Moved {
		if again.Moved[id] != topic {
			t.Errorf("%s is in %s and in %s", id, topic, again.Moved[id])
		}
	}
}

// A name stays with what it was given to while calls come and go.
func TestNamesSurviveRuns(t *testing.T) {
	t.Parallel()
	first := Regroup("en", reasons(t, 3), nil)
	named := map[string]string{} // topic of the scripts: ID
	for name := range said() {   // a script may have more than one: the topic of its first question
		named[name] = first.Moved[call.ID(name+"-0-0")]
	}
	old := slices.Clone(first.Topics)
	for i := range old {
		if old[i].ID == named["card"] {
			old[i].Name, old[i].By = "Lost cards", "eve"
		}
	}
	next := reasons(t, 2, "card", "opening") // nobody asks about refunds any more
	for i := range next {
		next[i].Topic = first.Moved[next[i].Call]
	}
	next = append(next, func() []Reason { // new calls, not in a topic yet
		more := reasons(t, 1, "card")
		for i := range more {
			more[i].Call += "-new"
		}
		return more
	}()...)
	second := Regroup("en", next, old)
	find := func(run Run, id string) (out Topic) {
		for _, tp := range run.Topics {
			if tp.ID == id {
				out = tp
			}
		}
		return out
	}
	if tp := find(second, named["card"]); tp.Name != "Lost cards" || tp.By != "eve" || tp.Size == 0 {
		t.Errorf("cards: %+v", tp)
	}
	if tp := find(second, named["refund"]); tp.ID == "" || tp.Size != 0 {
		t.Errorf("refunds are kept for when they come back: %+v", tp)
	}
	// They come back without a call in common: by what they mean.
	third := Regroup("en", func() []Reason {
		all := reasons(t, 2)
		for i := range all {
			all[i].Call += "-later"
		}
		return all
	}(), second.Topics)
	if tp := find(third, named["card"]); tp.Name != "Lost cards" || tp.Size == 0 {
		t.Errorf("cards, later: %+v", tp)
	}
	if v := reasons(t, 1, "card")[0].Vector; TopicOf(v, third.Space, third.Topics) != named["card"] {
		t.Errorf("a new call about a lost card is in %q", TopicOf(v, third.Space, third.Topics))
	}
	if TopicOf(make([]float32, 7), third.Space, third.Topics) != "" {
		t.Error("a vector of another model has a topic")
	}
}

func TestPhrases(t *testing.T) {
	t.Parallel()
	n := newNamer()
	for group, texts := range map[string][]string{
		"card": said()["card"], "refund": said()["refund"],
		"退货": {"我想退货", "怎么申请退货", "鞋子不合脚要退货", "退货运费谁出"}, "发票": {"发票开错了", "想开发票", "电子发票在哪里", "发票什么时候开"},
	} {
		for _, s := range texts {
			n.add(group, Words(s, ""), map[string]bool{})
		}
	}
	for group, want := range map[string]string{"card": "card", "refund": "refund", "退货": "退货", "发票": "发票"} {
		got := n.phrases(group, 4)
		if len(got) == 0 || !strings.Contains(strings.Join(got, "|"), want) {
			t.Errorf("%s: %v", group, got)
		}
		for _, p := range got {
			if functions()[p] {
				t.Errorf("%s is named %q", group, p)
			}
		}
	}
	if w := Words("My number is [card ••42] and I 想退貨 12 times", "zh"); strings.Join(w, "|") != "my|number|is|and|i|想|退货|times" {
		t.Errorf("%q", w)
	}
}

func surge(topic string, n int, who string, at time.Duration) []Fact {
	var out []Fact
	for i := range n {
		w := who
		if w == "" {
			w = fmt.Sprintf("%s-%s-%d", topic, at, i)
		}
		out = append(out, Fact{Call: call.ID(fmt.Sprintf("%s-%s-%s-%d", topic, who, at, i)), At: noon.Add(-at - time.Duration(i)*time.Minute), Who: w, Topic: topic, Felt: true, Reason: Question{Text: "x", Lang: "en"}})
	}
	return out
}

func TestSurges(t *testing.T) {
	t.Parallel()
	const d = 24 * time.Hour
	var base []Fact // ten callers a day about each of two things, for five weeks
	for day := range 36 {
		base = append(base, surge("steady", 10, "", time.Duration(day)*d)...)
		base = append(base, surge("cards", 10, "", time.Duration(day)*d+time.Hour)...)
	}
	topics := []Topic{{ID: "steady", Lang: "en"}, {ID: "cards", Lang: "en"}, {ID: "outage", Lang: "en"}, {ID: "one", Lang: "en"}, {ID: "slow", Lang: "en"}}
	alerts := func(more ...[]Fact) []Alert {
		return Watch(Data{Facts: slices.Concat(slices.Clone(base), slices.Concat(more...)), Topics: topics}, options())
	}
	if got := alerts(); len(got) != 0 {
		t.Errorf("nothing happened: %+v", got)
	}
	if got := alerts(surge("one", 25, "number:1", 0)); len(got) != 0 {
		t.Errorf("one caller is no surge: %+v", got)
	}
	if got := alerts(surge("outage", 3, "", 0)); len(got) != 0 {
		t.Errorf("three callers are no news: %+v", got)
	}
	got := alerts(surge("outage", 14, "", 0))
	if len(got) != 1 || got[0].Topic != "outage" || got[0].Level != "info" || !got[0].Trend.New || got[0].Hours != 24 || len(got[0].Calls) != 10 {
		t.Fatalf("an outage: %+v", got)
	}
	upset := surge("outage", 14, "", 0)
	for i := range upset {
		upset[i].Worst, upset[i].Alert = -0.9, 2
	}
	if got := alerts(upset); len(got) != 1 || got[0].Level != "critical" || strings.Join(got[0].Why, " ") != "speed emotion words" {
		t.Errorf("upset: %+v", got)
	}
	var slow []Fact // two more a day over a week: no day stands out
	for day := range 7 {
		slow = append(slow, surge("slow", 2, "", time.Duration(day)*d+2*time.Hour)...)
	}
	if got := alerts(slow); len(got) != 1 || got[0].Topic != "slow" || got[0].Hours != 168 {
		t.Errorf("slow: %+v", got)
	}
	topics[2].Quiet = noon.Add(time.Hour)
	if got := alerts(surge("outage", 14, "", 0)); len(got) != 0 {
		t.Errorf("a known outage was to be quiet: %+v", got)
	}
}

// With the same share of callers in both times hardly anything is called rising.
func TestNothingRisesByChance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	found := 0
	for range 60 {
		var facts []Fact
		for i := range 600 {
			facts = append(facts, Fact{Call: call.ID(fmt.Sprint(i)), At: noon.Add(-time.Duration(r.IntN(56*24)) * time.Hour), Topic: fmt.Sprint("t", r.IntN(40))})
		}
		var topics []Topic
		for i := range 40 {
			topics = append(topics, Topic{ID: fmt.Sprint("t", i), Lang: "en"})
		}
		for _, v := range Build(month(t), Data{Facts: facts, Topics: topics}).Topics {
			if v.Rising || v.New {
				found++
			}
		}
	}
	if found > 9 { // 60 views: a twentieth of them is 3
		t.Errorf("%d topics rose by chance", found)
	}
}

func BenchmarkGroup10000(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	points := make([]Point, 10000)
	for i := range points {
		v := make([]float32, 384)
		for d := range v {
			v[d] = float32(r.NormFloat64())
		}
		for d := range 40 { // about 100 things
			v[(i%100)*3+d%60] += 4
		}
		unit(v)
		points[i] = Point{fmt.Sprint("text ", i), v}
	}
	for b.Loop() {
		Group(points)
	}
}
