package insight

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// By is what figures are grouped by.
type By string

// The groupings.
const (
	ByDay    By = "day"
	ByQueue  By = "queue"
	ByAgent  By = "agent"
	ByIntent By = "intent"
	ByTopic  By = "topic"
)

// Query asks for a view.
type Query struct {
	Period Period
	Before Period // zero for no comparison
	Queue  string // "" = all that may be seen
	By     By     // "" = ByDay
	Lang   string // of the names made for it, "en" or "zh"
	Options
}

// Needs is the time whose facts and questions are wanted: both periods, the days around them in which a call counts as a
// repeat, and what alerts look at.
func (q *Query) Needs() Period {
	need := Period{q.Period.From, q.Period.To}
	if !q.Before.From.IsZero() && q.Before.From.Before(need.From) {
		need.From = q.Before.From
	}
	need.From, need.To = need.From.Add(-q.within()), need.To.Add(q.within())
	if q.current() {
		if from := q.Now.Add(-AlertsNeed); from.Before(need.From) {
			need.From = from
		}
	}
	return need
}

// current reports whether the period includes the present, so that alerts belong to it.
func (q *Query) current() bool { return q.Period.Has(q.Now) }

// Data is what a view is made of. Calls that may not be seen are not in it.
type Data struct {
	Facts  []Fact     // of Query.Needs
	Asked  []Question // without an answer, of the period
	Topics []Topic
}

// Group is the figures of a part of the calls.
type GroupFigures struct {
	Key        string           `json:"key"`
	Name       string           `json:"name"`
	Calls      int              `json:"calls"`
	Figures    map[string]Value `json:"figures" doc:"By the ids of the figures"`
	CallsQuery string           `json:"calls_query"`
}

// TopicView is a topic in a period.
type TopicView struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Edited     bool       `json:"edited" doc:"A person gave the name"`
	Lang       string     `json:"lang"`
	N          int        `json:"n" doc:"Calls"`
	Share      Value      `json:"share" doc:"Of the calls with a known reason"`
	Daily      []int      `json:"daily" doc:"Calls of each day"`
	Trend      Trend      `json:"trend"`
	Rising     bool       `json:"rising"`
	New        bool       `json:"new"`
	Phrases    []string   `json:"phrases"`
	Example    *Example   `json:"example,omitempty"`
	Upset      Value      `json:"upset"`
	Quiet      *time.Time `json:"quiet_until,omitempty"`
	CallsQuery string     `json:"calls_query"`
}

// Example is a turn of a call.
type Example struct {
	Call call.ID `json:"call"`
	Turn int     `json:"turn"`
	AtS  float64 `json:"at_s"`
	Text string  `json:"text"`
}

// OutcomeView is an outcome in a period. Its share is of the calls whose outcome can be told; that of cannot_tell is of
// all.
type OutcomeView struct {
	ID         Outcome `json:"id" enum:"resolved_bot,resolved_person,promised,open,cannot_tell"`
	N          int     `json:"n"`
	Judged     int     `json:"judged" doc:"Of these, by what a person wrote down; the others are the machine's view"`
	Share      Value   `json:"share"`
	Before     *Value  `json:"before,omitempty"`
	CallsQuery string  `json:"calls_query"`
}

// View is what calls were about in a period and what became of them.
type View struct {
	From     string         `json:"from"`
	To       string         `json:"to" doc:"Inclusive"`
	Zone     string         `json:"zone"`
	Days     []string       `json:"days"`
	Compared *Span          `json:"compared,omitempty"`
	Queue    string         `json:"queue,omitempty"`
	By       By             `json:"by" enum:"day,queue,agent,intent,topic"`
	Queues   []string       `json:"queues" doc:"With calls in the period"`
	Figures  []Figure       `json:"figures"`
	Series   []GroupFigures `json:"series"`
	Topics   []TopicView    `json:"topics"`
	Topicked Value          `json:"topicked" doc:"Share of the calls with a known reason that are in a topic"`
	Outcomes []OutcomeView  `json:"outcomes"`
	Repeats  []Repeat       `json:"repeats"`
	Blind    []BlindSpot    `json:"blind_spots"`
	Alerts   []Alert        `json:"alerts"`
	Missing  int            `json:"missing" doc:"Ended calls that are not counted yet"`
	Days0    int            `json:"repeat_days"`
}

// Span is a period in days.
type Span struct {
	From string `json:"from"`
	To   string `json:"to" doc:"Inclusive"`
}

func spanOf(p Period) Span {
	return Span{p.From.Format(time.DateOnly), p.To.AddDate(0, 0, -1).Format(time.DateOnly)}
}

// builder makes one view.
type builder struct {
	q      *Query
	all    []linked // everything
	now    []linked // of period and queue
	before []linked
	topics map[string]Topic
	names  map[string]string
	words  map[string][]string // phrases of topics
}

func build(q *Query, d Data) *builder {
	b := &builder{q: q, topics: map[string]Topic{}}
	b.all = link(d.Facts, &q.Options)
	pick := func(p Period) []linked {
		if p.From.IsZero() {
			return nil
		}
		some := during(b.all, p.From, p.To)
		if q.Queue == "" {
			return some
		}
		return slices.DeleteFunc(slices.Clone(some), func(l linked) bool { return l.Queue != q.Queue })
	}
	b.now, b.before = pick(q.Period), pick(q.Before)
	for _, t := range d.Topics {
		b.topics[t.ID] = t
	}
	b.name()
	return b
}

// Build makes the view. It sorts d.Facts in place.
func Build(q Query, d Data) View {
	if q.By == "" {
		q.By = ByDay
	}
	b := build(&q, d)
	compare := !q.Before.From.IsZero()
	span := spanOf(q.Period)
	v := View{
		From: span.From, To: span.To, Zone: q.Zone.String(), Queue: q.Queue, By: q.By, Days: b.days(), Days0: q.RepeatDays,
		Queues: b.queues(), Figures: figures(b.now, b.before, &q.Options, compare), Series: b.series(), Alerts: []Alert{},
	}
	if compare {
		s := spanOf(q.Before)
		v.Compared = &s
	}
	for i := range v.Figures {
		v.Figures[i].CallsQuery = b.query("figure", v.Figures[i].ID)
	}
	v.Outcomes = b.outcomes(compare)
	v.Topics, v.Topicked = b.topicViews(compare)
	v.Repeats = b.repeats()
	v.Blind = b.blind(d.Asked)
	if q.current() {
		v.Alerts = b.alerts()
	}
	return v
}

// query writes the parameters of the calls behind something.
func (b *builder) query(pairs ...string) string {
	span := spanOf(b.q.Period)
	v := url.Values{"from": {span.From}, "to": {span.To}, "zone": {b.q.Zone.String()}}
	if b.q.Queue != "" {
		v.Set("queue", b.q.Queue)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func (b *builder) days() []string {
	out := []string{}
	for d := b.q.Period.From; d.Before(b.q.Period.To); d = d.AddDate(0, 0, 1) {
		out = append(out, d.Format(time.DateOnly))
	}
	return out
}

func (b *builder) queues() []string {
	seen := map[string]bool{}
	for _, l := range during(b.all, b.q.Period.From, b.q.Period.To) {
		seen[l.Queue] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// key is the group of a call.
func (b *builder) key(l *linked, by By) string {
	switch by {
	case ByQueue:
		return l.Queue
	case ByAgent:
		return l.Agent
	case ByIntent:
		return l.Intent
	case ByTopic:
		return l.Topic
	}
	return l.At.In(b.q.Zone).Format(time.DateOnly)
}

// series are the figures of every group; each call is in exactly one. Days without calls are there too.
func (b *builder) series() []GroupFigures {
	groups, names := map[string][]linked{}, map[string]string{}
	if b.q.By == ByDay {
		for _, d := range b.days() {
			groups[d] = nil
		}
	}
	for i := range b.now {
		l := &b.now[i]
		k := b.key(l, b.q.By)
		groups[k] = append(groups[k], *l)
		switch b.q.By {
		case ByAgent:
			names[k] = cmp.Or(l.Name, names[k])
		case ByTopic:
			names[k] = b.names[k]
		}
	}
	out := []GroupFigures{}
	for _, k := range slices.Sorted(maps.Keys(groups)) {
		g := GroupFigures{Key: k, Name: cmp.Or(names[k], k), Calls: len(groups[k]), Figures: map[string]Value{}, CallsQuery: b.query("by", string(b.q.By), "key", k)}
		for _, f := range figures(groups[k], nil, &b.q.Options, false) {
			g.Figures[f.ID] = f.Value
		}
		out = append(out, g)
	}
	if b.q.By != ByDay {
		slices.SortStableFunc(out, func(x, y GroupFigures) int { return cmp.Compare(y.Calls, x.Calls) })
	}
	return out
}

func (b *builder) outcomes(compare bool) []OutcomeView {
	count := func(calls []linked) (n, judged map[Outcome]int, told int) {
		n, judged = map[Outcome]int{}, map[Outcome]int{}
		for i := range calls {
			o := calls[i].Outcome
			n[o]++
			if o != CannotTell {
				told++
			}
			if calls[i].Judged {
				judged[o]++
			}
		}
		return n, judged, told
	}
	n, judged, told := count(b.now)
	n0, _, told0 := count(b.before)
	out := []OutcomeView{}
	for _, o := range Outcomes() {
		of, of0 := told, told0
		if o == CannotTell {
			of, of0 = len(b.now), len(b.before)
		}
		v := OutcomeView{ID: o, N: n[o], Judged: judged[o], Share: shareOf(n[o], of), CallsQuery: b.query("outcome", string(o))}
		if compare {
			s := shareOf(n0[o], of0)
			v.Before = &s
		}
		out = append(out, v)
	}
	return out
}
