package insight

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"time"
)

// name finds the phrases and names of topics among the calls that may be seen, so that nothing else shows through.
func (b *builder) name() {
	b.names, b.words = map[string]string{}, map[string][]string{}
	namers := map[string]*namer{}
	scratch := map[string]bool{}
	for i := range b.all {
		f := b.all[i].Fact
		if f.Reason.Text == "" {
			continue
		}
		n := namers[f.Reason.Lang]
		if n == nil {
			n = newNamer()
			namers[f.Reason.Lang] = n
		}
		n.add(f.Topic, f.Reason.Words, scratch)
	}
	for id, t := range b.topics {
		n := namers[t.Lang]
		if n == nil || n.size[id] == 0 {
			continue
		}
		b.words[id] = n.phrases(id, 6)
		b.names[id] = cmp.Or(t.Name, title(b.words[id], t.Lang), id)
	}
}

func (b *builder) topicViews(compare bool) ([]TopicView, Value) {
	at := map[string]int{}
	for i, d := range b.days() {
		at[d] = i
	}
	views := map[string]*TopicView{}
	reasons, in := 0, 0
	felt, upset := map[string]int{}, map[string]int{}
	for i := range b.now {
		f := b.now[i].Fact
		if f.Reason.Text != "" {
			reasons++
		}
		t, ok := b.topics[f.Topic]
		if f.Topic == "" || !ok {
			continue
		}
		in++
		v := views[f.Topic]
		if v == nil {
			v = &TopicView{ID: f.Topic, Name: b.names[f.Topic], Edited: t.Name != "", Lang: t.Lang, Daily: make([]int, len(at)), Phrases: b.words[f.Topic], CallsQuery: b.query("topic", f.Topic), Trend: Trend{P: 1}}
			if t.Quiet.After(b.q.Now) {
				v.Quiet = &t.Quiet
			}
			views[f.Topic] = v
		}
		v.N++
		if d, ok := at[f.At.In(b.q.Zone).Format(time.DateOnly)]; ok {
			v.Daily[d]++
		}
		if f.Felt {
			felt[f.Topic]++
			upset[f.Topic] += int(yes(f.Worst <= Upset))
		}
		if e := f.Reason; v.Example == nil || telling(e, v.Phrases) > telling(Question{Text: v.Example.Text, Words: Words(v.Example.Text, t.Lang)}, v.Phrases) {
			v.Example = &Example{f.Call, e.Turn, e.AtS, e.Text}
		}
	}
	if compare {
		for id, t := range trends(b.now, b.before) {
			if v := views[id]; v != nil {
				v.Trend, v.Rising, v.New = t, t.Rising, t.New
			}
		}
	}
	out := []TopicView{}
	for _, id := range slices.Sorted(maps.Keys(views)) {
		v := views[id]
		v.Share, v.Upset = shareOf(v.N, reasons), shareOf(upset[id], felt[id])
		out = append(out, *v)
	}
	slices.SortStableFunc(out, func(x, y TopicView) int { return cmp.Compare(y.N, x.N) })
	return out, shareOf(in, reasons)
}

// telling is how many of a topic's phrases a reason has.
func telling(r Question, phrases []string) int {
	text := joined(r.Words)
	n := 0
	for _, p := range phrases {
		if within(text, p) {
			n++
		}
	}
	return n
}

func (b *builder) alerts() []Alert {
	out := watch(b.all, b.topics, b.q.Now)
	for i := range out {
		a := &out[i]
		a.Name, a.Phrases = b.names[a.Topic], b.words[a.Topic]
		from, to := a.Since.In(b.q.Zone).Format(time.DateOnly), b.q.Now.In(b.q.Zone).Format(time.DateOnly)
		a.Query = url.Values{"from": {from}, "to": {to}, "zone": {b.q.Zone.String()}, "topic": {a.Topic}}.Encode()
	}
	return out
}

// Watch gives the alerts of now, with the names of their topics. d needs the facts of AlertsNeed before now.
func Watch(d Data, o Options) []Alert {
	day, err := ParsePeriod("", "", o.Now, o.Zone)
	if err != nil { // cannot be: nothing was given
		return nil
	}
	return build(&Query{Period: day, Options: o}, d).alerts()
}
