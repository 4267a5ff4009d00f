package desk

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// day counts what became of the calls of each queue today, or since the node was started.
type day struct {
	date  string
	tally map[string]*tally
}

// tally is one queue's.
type tally struct {
	calls, sought, handed, taken, inTime int
	waited                               time.Duration
}

func (d *day) of(queue string) *tally {
	if d.tally == nil {
		d.tally = map[string]*tally{}
	}
	if d.tally[queue] == nil {
		d.tally[queue] = &tally{}
	}
	return d.tally[queue]
}

// took counts a call that a person took after a wait.
func (t *tally) took(waited, within time.Duration) {
	t.taken++
	t.waited += waited
	if waited <= within {
		t.inTime++
	}
}

func (t *tally) add(o tally) {
	t.calls, t.sought, t.handed, t.taken, t.inTime, t.waited = t.calls+o.calls, t.sought+o.sought, t.handed+o.handed, t.taken+o.taken, t.inTime+o.inTime, t.waited+o.waited
}

// load is how things stand in a queue.
type load struct {
	tally

	waiting, running int
	early            int // first waits that may yet end within the target
	longest          time.Duration
}

// level is the share of calls that were taken within the target among those of which it can be told; false before the first.
func (l load) level() (float64, bool) {
	told := l.handed - l.early
	if told <= 0 {
		return 0, false
	}
	return float64(l.inTime) / float64(told), true
}

// sample is how things stand at a moment.
type sample struct {
	at    time.Time
	loads map[string]load
	ready int
	busy  int
}

// How the trend is taken: every minute, an hour back.
const (
	trendStep  = time.Minute
	trendSteps = 60
)

// record takes a sample when one is due, and begins to count anew when the day does. The lock is held.
func (d *Desk) record(now time.Time) {
	if date := now.Format(time.DateOnly); date != d.day.date {
		d.day = day{date: date}
	}
	if n := len(d.trend); n > 0 && now.Sub(d.trend[n-1].at) < trendStep {
		return
	}
	d.trend = append(d.trend, d.sample(now))
	d.trend = slices.Delete(d.trend, 0, max(0, len(d.trend)-trendSteps))
}

// sample is how things stand now. The lock is held.
func (d *Desk) sample(now time.Time) sample {
	s := sample{at: now, loads: map[string]load{}}
	for q, t := range d.day.tally {
		s.loads[q] = load{tally: *t}
	}
	for _, r := range d.calls {
		l := s.loads[r.view.Queue]
		l.running++
		if r.waits() && r.seek.pending == "" {
			l.waiting++
			waited := now.Sub(r.seek.since)
			l.longest = max(l.longest, waited)
			if r.seek.first && waited <= d.policy(r.view.Route, r.view.Queue).within() {
				l.early++
			}
		}
		s.loads[r.view.Queue] = l
	}
	for _, x := range d.router.seats {
		switch x.state {
		case Ready:
			s.ready++
		case Busy:
			s.busy++
		}
	}
	return s
}

// sum joins the queues that see lets through.
func (s sample) sum(see func(string) bool) load {
	var out load
	for q, l := range s.loads {
		if see(q) {
			out.add(l.tally)
			out.waiting, out.running, out.early, out.longest = out.waiting+l.waiting, out.running+l.running, out.early+l.early, max(out.longest, l.longest)
		}
	}
	return out
}

// figures are the numbers of the floor, with their trend over the last hour. The lock is held.
func (d *Desk) figures(now sample, see func(string) bool) []Figure {
	out := figuresOf(now, see)
	past := make([]map[string]float64, 0, len(d.trend)+1)
	for _, s := range append(slices.Clone(d.trend), now) {
		values := map[string]float64{}
		for _, f := range figuresOf(s, see) {
			values[f.ID] = f.Value
		}
		past = append(past, values)
	}
	for i := range out {
		out[i].Trend = []float64{}
		for _, values := range past {
			if v, ok := values[out[i].ID]; ok {
				out[i].Trend = append(out[i].Trend, v)
			}
		}
	}
	return out
}

// share is the unit of figures between 0 and 1.
const share = "share"

func figuresOf(s sample, see func(string) bool) []Figure {
	l := s.sum(see)
	out := []Figure{
		{ID: "waiting", Value: float64(l.waiting), En: "Callers who wait for a person now.", Zh: "正在等待人工的来电数。"},
		{ID: "longest_wait", Value: l.longest.Seconds(), Unit: "s", En: "Longest of these waits.", Zh: "当前最长等待时间。"},
		{ID: "agents_ready", Value: float64(s.ready), En: "Agents who can take a call now.", Zh: "当前可接听的坐席数。"},
		{ID: "agents_busy", Value: float64(s.busy), En: "Agents who ring or talk.", Zh: "振铃或通话中的坐席数。"},
		{ID: "calls", Value: float64(l.running), En: "Calls under way.", Zh: "进行中的通话数。"},
	}
	if v, ok := l.level(); ok {
		out = append(out, Figure{ID: "service_level", Value: v, Unit: share,
			En: "Share of the calls handed to people today that were taken within their queue's target, since this node was started at the earliest. Who has waited for less than that is not counted yet.", Zh: "今天（自本节点启动起）转人工的来电中，在队列目标时间内接起的占比。等待尚未超过目标时间的暂不计入。"})
	}
	if l.taken > 0 {
		out = append(out, Figure{ID: "mean_wait", Value: l.waited.Seconds() / float64(l.taken), Unit: "s",
			En: "Mean wait of the calls that people took today.", Zh: "今天已由人工接起的来电的平均等待时间。"})
	}
	if l.calls > 0 {
		out = append(out, Figure{ID: "containment", Value: max(0, 1-float64(l.sought)/float64(l.calls)), Unit: share,
			En: "Share of today's calls for which no person was sought, at the desk or elsewhere, since this node was started at the earliest.", Zh: "今天（自本节点启动起）既未转坐席也未转接他处人工的来电占比。"})
	}
	return out
}

// Level is how well a queue is served.
type Level struct {
	Queue   string   `json:"queue"`
	Waiting int      `json:"waiting"`
	Longest float64  `json:"longest_wait_s"`
	Staff   int      `json:"staff"` // people at work who serve it
	Ready   int      `json:"ready"` // of these, now
	Open    bool     `json:"open"`  // within its hours
	Within  float64  `json:"within_s"`
	Target  float64  `json:"target"` // 0..1, 0 for none
	Level   *float64 `json:"level"`  // share of today's that were taken within it; null before the first
	Handed  int      `json:"handed"`
}

// levels are the queues that see lets through, by name: those of the configuration and those in which somebody waits or has
// waited today. The lock is held.
func (d *Desk) levels(now sample, see func(string) bool) []Level {
	policies := map[string]Policy{}
	if d.o.Queues != nil {
		for _, p := range d.o.Queues() {
			policies[p.Name] = p
		}
	}
	for q, l := range now.loads {
		if _, ok := policies[q]; !ok && (l.handed > 0 || l.waiting > 0) {
			policies[q] = Policy{Name: q}
		}
	}
	out := []Level{}
	for _, q := range slices.Sorted(maps.Keys(policies)) {
		if !see(q) {
			continue
		}
		p, l := policies[q], now.loads[q]
		x := Level{Queue: q, Waiting: l.waiting, Longest: l.longest.Seconds(), Open: p.Open == nil || p.Open(now.at), Within: p.within().Seconds(), Target: p.Target, Handed: l.handed}
		if v, ok := l.level(); ok {
			x.Level = &v
		}
		for _, s := range d.router.staff(Want{Queue: q}) {
			x.Staff++
			if s.state == Ready {
				x.Ready++
			}
		}
		out = append(out, x)
	}
	return out
}

// within is the wait that counts as served in time.
func (p Policy) within() time.Duration { return cmp.Or(p.Within, 20*time.Second) }
