package insight

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
)

// Options are how figures are made.
type Options struct {
	Now        time.Time
	Zone       *time.Location
	RepeatDays int           // see the figures fcr and repeat
	Service    time.Duration // within which a call should be taken
	Cost       float64       // of an hour of a person's time, 0 = unknown
	Currency   string
}

func (o *Options) within() time.Duration { return time.Duration(o.RepeatDays) * 24 * time.Hour }

// linked is a fact with the calls of the same caller around it.
type linked struct {
	*Fact
	prev, next *Fact // within the days of Options.RepeatDays
}

// link finds the calls of the same callers. The facts are sorted by time in place.
func link(facts []Fact, o *Options) []linked {
	slices.SortFunc(facts, func(a, b Fact) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Call, b.Call)) })
	out := make([]linked, len(facts))
	last := map[string]int{}
	for i := range facts {
		f := &facts[i]
		out[i].Fact = f
		if f.Who == "" {
			continue
		}
		if j, ok := last[f.Who]; ok && f.At.Sub(facts[j].At) <= o.within() {
			out[i].prev, out[j].next = &facts[j], f
		}
		last[f.Who] = i
	}
	return out
}

// Value is a figure of some calls. Value is nil where there is none; Low and High hold 95 % and are nil where n does not
// give an interval, and for counts, which are what they are.
type Value struct {
	Value   *float64 `json:"value"`
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
	N       int      `json:"n" doc:"Calls it is made of"`
	Unknown int      `json:"unknown" doc:"Calls it could not be told of; they are in no mean"`
}

// Change is the difference to the period before.
type Change struct {
	Value float64  `json:"value" doc:"Now minus before"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	Sure  bool     `json:"sure" doc:"The interval leaves out 0: more than chance"`
}

// Figure is a value with what it means.
type Figure struct {
	Definition
	Value
	Before     *Value  `json:"before,omitempty"`
	Change     *Change `json:"change,omitempty"`
	Worked     string  `json:"worked,omitempty" doc:"The formula with its numbers"`
	Currency   string  `json:"currency,omitempty"`
	CallsQuery string  `json:"calls_query" doc:"Parameters of /api/insights/calls for the calls behind it"`
}

// tally is what a measure comes to over calls.
type tally struct {
	quality.Sample
	unknown int
}

func (m *measure) tally(calls []linked, o *Options) tally {
	var t tally
	for i := range calls {
		v, st := m.of(&calls[i], o)
		switch st {
		case counts:
			t.Add(v)
		case unknown:
			t.unknown++
		}
	}
	return t
}

func (m *measure) value(t tally) Value {
	v := Value{N: t.N, Unknown: t.unknown}
	if m.Unit == Count {
		n := float64(t.N)
		v.Value = &n
		return v
	}
	if t.N == 0 {
		return v
	}
	mean := t.Mean
	v.Value = &mean
	if m.binary() {
		w := Wilson(t.Mean*float64(t.N), float64(t.N))
		v.Low, v.High = &w.Low, &w.High
		return v
	}
	if i, ok := t.Range(); ok {
		if m.Unit == Share {
			i.Low, i.High = max(0, i.Low), min(1, i.High)
		}
		i.Low = max(0, i.Low) // none of the means can be negative
		v.Low, v.High = &i.Low, &i.High
	}
	return v
}

// binary reports whether the figure is a share of calls, and not a mean of shares.
func (m *measure) binary() bool {
	return m.Unit == Share && m.ID != "talk_share" && m.ID != "silence"
}

func (m *measure) change(now, before tally) *Change {
	if m.Unit == Count || now.N == 0 || before.N == 0 {
		return nil
	}
	c := &Change{}
	var i Interval
	ok := true
	if m.binary() {
		c.Value, i = shareChange(now.Mean*float64(now.N), float64(now.N), before.Mean*float64(before.N), float64(before.N))
	} else {
		c.Value, i, ok = meanChange(now.Sample, before.Sample)
	}
	if ok {
		c.Low, c.High, c.Sure = &i.Low, &i.High, i.Low > 0 || i.High < 0
	}
	return c
}

// figures are all figures of some calls, compared with those of an earlier period, which may be nil.
func figures(now, before []linked, o *Options, compare bool) []Figure {
	var out []Figure
	tallies := map[string]tally{}
	earlier := map[string]tally{}
	for _, m := range measures() {
		t := m.tally(now, o)
		tallies[m.ID] = t
		f := Figure{Definition: m.Definition, Value: m.value(t)}
		if compare {
			b := m.tally(before, o)
			earlier[m.ID] = b
			v := m.value(b)
			f.Before, f.Change = &v, m.change(t, b)
		}
		out = append(out, f)
	}
	return append(out, saved(tallies, earlier, o, compare))
}
