package insight

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a moment all tests share

func options() Options {
	return Options{Now: noon, Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second, Cost: 36, Currency: "EUR"}
}

func month(t *testing.T) Query {
	t.Helper()
	p, err := ParsePeriod("", "", noon, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Earlier("previous")
	if err != nil {
		t.Fatal(err)
	}
	return Query{Period: p, Before: b, Options: options()}
}

// anyFacts are made up by chance.
func anyFacts(r *rand.Rand, n int) []Fact {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	out := make([]Fact, n)
	for i := range out {
		f := Fact{
			Call: call.ID(fmt.Sprintf("c%05d", i)), At: noon.Add(-time.Duration(r.IntN(56*24*60)) * time.Minute), Queue: pick("bank", "shop", "claims"), Lang: pick("en", "zh"), Channel: pick("phone", "phone", "web", "chat"),
			Who: pick("", "number:1", "number:2", fmt.Sprint("number:", r.IntN(n))), Agent: pick("", "", "p1", "p2"), Intent: pick("", "card", "refund"), Topic: pick("", "t1", "t2"),
			Outcome: Outcomes()[r.IntN(5)], Judged: r.IntN(9) == 0, Handed: r.IntN(2) == 0, Wait: []Wait{NoWait, Taken, Abandoned, Unserved}[r.IntN(4)], WaitS: r.Float64() * 60, HandleS: r.Float64() * 600, LengthS: r.Float64() * 900,
			Timed: r.IntN(4) > 0, CallerS: r.Float64() * 100, CompanyS: r.Float64() * 100, SilenceS: r.Float64() * 50, BaseS: 50 + r.Float64()*500, CutIn: r.IntN(3), BargeIn: r.IntN(3),
			Felt: r.IntN(4) > 0, Mood: r.Float64()*2 - 1, Worst: -r.Float64(), Alert: r.IntN(4), Asked: r.IntN(3), Lacking: 0,
			Reason: Question{Text: pick("", "lost card", "my card is lost", "refund please"), Lang: "en", Turn: 2},
		}
		f.Reason.Words = Words(f.Reason.Text, "en")
		f.Lacking = min(f.Asked, r.IntN(2))
		out[i] = f
	}
	return out
}

// Every call is in one group, so the groups come to the whole: numbers, calls that cannot be told, and the means weighted
// by their numbers.
func TestGroupsSumToTheWhole(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 12 {
		facts := anyFacts(r, 1+r.IntN(400))
		for _, by := range []By{ByDay, ByQueue, ByAgent, ByIntent, ByTopic} {
			q := month(t)
			q.By = by
			v := Build(q, Data{Facts: facts, Topics: []Topic{{ID: "t1", Lang: "en"}, {ID: "t2", Lang: "en"}}})
			for _, f := range v.Figures {
				n, unknown, sum := 0, 0, 0.0
				for _, g := range v.Series {
					x := g.Figures[f.ID]
					n, unknown = n+x.N, unknown+x.Unknown
					if x.Value != nil {
						if f.Unit == Count {
							sum += *x.Value
						} else {
							sum += *x.Value * float64(x.N)
						}
					}
				}
				if n != f.N || unknown != f.Unknown {
					t.Fatalf("round %d by %s, %s: groups have %d and %d unknown, the whole %d and %d", round, by, f.ID, n, unknown, f.N, f.Unknown)
				}
				if f.Value.Value == nil || f.ID == "saved" {
					continue
				}
				whole := *f.Value.Value * float64(f.N)
				if f.Unit == Count {
					whole = *f.Value.Value
				}
				if math.Abs(whole-sum) > 1e-6*(1+math.Abs(whole)) {
					t.Fatalf("round %d by %s, %s: groups come to %g, the whole to %g", round, by, f.ID, sum, whole)
				}
			}
			calls, in := 0, 0
			for _, g := range v.Series {
				calls += g.Calls
			}
			for _, o := range v.Outcomes {
				in += o.N
			}
			if want := int(*v.Figures[0].Value.Value); calls != want || in != want {
				t.Fatalf("by %s: %d calls in groups, %d in outcomes, %d in all", by, calls, in, want)
			}
		}
	}
}

// The calls behind a figure are those it counted, and its value follows from them.
func TestCallsBehindFigures(t *testing.T) {
	t.Parallel()
	facts := anyFacts(rand.New(rand.NewPCG(9, 9)), 300)
	q := month(t)
	v := Build(q, Data{Facts: facts})
	for _, f := range v.Figures {
		if f.ID == "saved" {
			continue
		}
		counted, sum := 0, 0.0
		rows := Behind(q, Data{Facts: facts}, Select{Figure: f.ID})
		for _, row := range rows {
			if row.Value != nil {
				counted++
				sum += *row.Value
			}
		}
		if counted != f.N || len(rows)-counted != f.Unknown {
			t.Errorf("%s: %d counted and %d unknown behind it, it says %d and %d", f.ID, counted, len(rows)-counted, f.N, f.Unknown)
		}
		if f.Value.Value != nil && f.Unit != Count && math.Abs(sum/float64(counted)-*f.Value.Value) > 1e-9 {
			t.Errorf("%s: the calls give %g, it says %g", f.ID, sum/float64(counted), *f.Value.Value)
		}
		if yes, no := Behind(q, Data{Facts: facts}, Select{Figure: f.ID, Value: "yes"}), Behind(q, Data{Facts: facts}, Select{Figure: f.ID, Value: "no"}); len(yes)+len(no) != f.N {
			t.Errorf("%s: %d yes and %d no of %d", f.ID, len(yes), len(no), f.N)
		}
	}
	for _, o := range v.Outcomes {
		if rows := Behind(q, Data{Facts: facts}, Select{Outcome: o.ID}); len(rows) != o.N {
			t.Errorf("%s: %d behind %d", o.ID, len(rows), o.N)
		}
	}
	if rows := Behind(q, Data{Facts: facts}, Select{Figure: "no such figure"}); len(rows) != 0 {
		t.Errorf("%d calls behind nothing", len(rows))
	}
}

func figure(t *testing.T, v View, id string) Figure {
	t.Helper()
	for _, f := range v.Figures {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no figure %s", id)
	return Figure{}
}

func TestRepeatsAndFirstContact(t *testing.T) {
	t.Parallel()
	at := func(days float64) time.Time { return noon.Add(-time.Duration(days * 24 * float64(time.Hour))) }
	facts := []Fact{
		{Call: "a1", Who: "a", At: at(10), Outcome: Open, Intent: "card"}, {Call: "a2", Who: "a", At: at(8), Outcome: ByBot, Intent: "card"}, // a repeat
		{Call: "b1", Who: "b", At: at(10), Outcome: ByBot},                                                   // first, resolved
		{Call: "c1", Who: "c", At: at(9), Outcome: ByBot}, {Call: "c2", Who: "c", At: at(5), Outcome: ByBot}, // four days apart: two first ones
		{Call: "d1", Who: "d", At: at(1), Outcome: ByBot},                                // too new to tell
		{Call: "e1", At: at(9), Outcome: ByBot}, {Call: "e2", At: at(9), Outcome: ByBot}, // nobody known
		{Call: "f1", Who: "f", At: at(29), Outcome: Promised, Intent: "refund"}, {Call: "f2", Who: "f", At: at(27), Outcome: Open}, // follows one before the period
	}
	v := Build(month(t), Data{Facts: facts})
	fcr := figure(t, v, "fcr")
	if fcr.N != 4 || fcr.Unknown != 3 || *fcr.Value.Value != 0.75 { // a1 no, b1 c1 c2 yes; d1 e1 e2 unknown; a2 f2 are repeats
		t.Errorf("fcr: %+v %g", fcr.Value, *fcr.Value.Value)
	}
	rep := figure(t, v, "repeat")
	if rep.N != 7 || rep.Unknown != 2 || math.Abs(*rep.Value.Value-2.0/7) > 1e-9 {
		t.Errorf("repeat: %+v %g", rep.Value, *rep.Value.Value)
	}
	if len(v.Repeats) != 2 || v.Repeats[0].N != 1 || v.Repeats[0].Name != "card" || v.Repeats[0].Same != 1 || v.Repeats[0].After[Open] != 1 || v.Repeats[1].After[Promised] != 1 || v.Repeats[1].Same != 0 {
		t.Errorf("%+v", v.Repeats)
	}
	rows := Behind(month(t), Data{Facts: facts}, Select{Figure: "repeat", Again: true, Repeat: "intent:card", Value: "yes"})
	if len(rows) != 1 || rows[0].Call != "a2" || rows[0].Follows != "a1" {
		t.Errorf("%+v", rows)
	}
}

func TestSavedShowsItsFormula(t *testing.T) {
	t.Parallel()
	facts := []Fact{{Call: "a", At: noon, Outcome: ByBot}, {Call: "b", At: noon, Outcome: ByBot}, {Call: "c", At: noon, Agent: "p", HandleS: 90, Outcome: ByPerson}, {Call: "d", At: noon, Agent: "p", HandleS: 110, Outcome: CannotTell}}
	q := month(t)
	q.Now = noon.Add(time.Hour)
	f := figure(t, Build(q, Data{Facts: facts}), "saved")
	if f.Value.Value == nil || *f.Value.Value != 2 || f.Worked != "2 × 100 s ÷ 3600 × 36 EUR" || f.N != 2 || f.Low == nil || *f.Low < 0 || *f.High < 2 {
		t.Errorf("%+v %s", f.Value, f.Worked)
	}
	q.Cost = 0
	if f := figure(t, Build(q, Data{Facts: facts}), "saved"); f.Value.Value != nil {
		t.Error("an estimate without a cost")
	}
}

// Empty periods have no values and no intervals made of nothing.
func TestNothingToCount(t *testing.T) {
	t.Parallel()
	v := Build(month(t), Data{})
	for _, f := range v.Figures {
		if f.ID == "calls" && *f.Value.Value != 0 || f.ID != "calls" && (f.Value.Value != nil || f.Low != nil || f.High != nil || f.Change != nil) {
			t.Errorf("%s: %+v", f.ID, f.Value)
		}
	}
	if len(v.Series) != 28 || len(v.Topics) != 0 || v.Topics == nil || v.Repeats == nil || v.Blind == nil || v.Alerts == nil {
		t.Errorf("%d days; %v %v %v %v", len(v.Series), v.Topics, v.Repeats, v.Blind, v.Alerts)
	}
}

// TestEveryFigureSaysHowSure: whatever is no plain count, as how many calls there were, has an interval and says of how many it is, in every part of a view, and
// so has every difference.
func TestEveryFigureSaysHowSure(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(Build(busyQuery(), Data{Facts: busyFacts(), Topics: []Topic{{ID: "card", Lang: "en"}, {ID: "bill", Lang: "en"}}}))
	if err != nil {
		t.Fatal(err)
	}
	var view any
	if err := json.Unmarshal(raw, &view); err != nil {
		t.Fatal(err)
	}
	seen := 0
	var look func(at string, x any)
	look = func(at string, x any) {
		switch x := x.(type) {
		case []any:
			for i, y := range x {
				look(at+"."+strconv.Itoa(i), y)
			}
		case map[string]any:
			_, figure := x["value"]
			if of, n := x["n"].(float64); figure && x["value"] != nil && !strings.HasPrefix(at, ".figures.0") && !strings.HasSuffix(at, ".figures.calls") {
				if seen++; !n && !strings.HasSuffix(at, ".change") || (x["low"] == nil || x["high"] == nil) && of != 1 {
					t.Errorf("%s: no sample size or interval: %v", at, x)
				}
			}
			if x["factor"] != nil && (x["factor_low"] == nil || x["factor_high"] == nil || x["callers_all"] == 0.0) {
				t.Errorf("%s: no interval of the factor: %v", at, x)
			}
			for k, y := range x {
				look(at+"."+k, y)
			}
		}
	}
	look("", view)
	if seen < 60 {
		t.Errorf("looked at %d figures", seen)
	}
}

func busyQuery() Query {
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	day := func(ago int) time.Time { return time.Date(2026, 3, 29-ago, 0, 0, 0, 0, time.UTC) }
	return Query{Period: Period{day(6), day(-1)}, Before: Period{day(13), day(6)}, By: ByQueue, Lang: "en", Options: Options{Now: now, Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second, Cost: 30, Currency: "EUR"}}
}

// busyFacts are the calls of two weeks, with a surge on the last day.
func busyFacts() (out []Fact) {
	q := busyQuery()
	for i := range 280 {
		at := q.Before.From.Add(time.Duration(i) * 72 * time.Minute)
		f := Fact{
			Call: call.ID(fmt.Sprintf("c%03d", i)), At: at, Queue: []string{"shop", "bank"}[i%2], Lang: "en", Who: strconv.Itoa(i % 200), Topic: []string{"bill", "card", "bill", ""}[i%4],
			Outcome: Outcomes()[i%5], Handed: i%2 == 0, Wait: Taken, WaitS: float64(i % 40), HandleS: float64(60 + i%90), LengthS: float64(90 + i%90), Timed: true, CallerS: 30, CompanyS: float64(30 + i%7), SilenceS: float64(i % 9), BaseS: 90,
			Felt: i%3 > 0, Mood: float64(i%5)/5 - 0.4, Worst: float64(i%9)/9 - 0.9, Asked: 2, Lacking: i % 3 / 2,
			Reason: Question{Text: "about my card", Lang: "en", Words: []string{"about", "my", "card"}, Turn: 1, Reason: true},
		}
		if i > 265 {
			f.Topic, f.Who = "card", "x"+strconv.Itoa(i)
		}
		out = append(out, f)
	}
	return out
}
