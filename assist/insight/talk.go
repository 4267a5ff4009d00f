package insight

import (
	"cmp"
	"slices"

	"github.com/parley-voice/parley/pipeline/call"
)

// over is how long two voices must be there at once, in seconds, to count as an interruption: a short "uh-huh" and a turn
// that begins as the other ends are none.
const over = 0.8

// span is a stretch of a call, in seconds from its start.
type span struct{ from, to float64 }

// edge is where a span of a kind begins (+1) or ends (-1).
type edge struct {
	at   float64
	kind int
	d    int
}

const (
	kindCaller = iota
	kindCompany
	kindApart // waiting or on hold
	kinds
)

// talked measures who spoke how long. apart are the stretches in which the caller waited or was on hold.
func (f *Fact) talked(turns []call.Turn, apart []span) {
	var edges []edge
	add := func(s span, kind int) {
		s.from, s.to = max(0, s.from), min(s.to, f.LengthS)
		if s.to > s.from {
			edges = append(edges, edge{s.from, kind, 1}, edge{s.to, kind, -1})
		}
	}
	for _, t := range turns {
		kind := kindCompany
		if t.Who == call.Caller {
			kind = kindCaller
		}
		add(span{t.Start.Seconds(), t.End.Seconds()}, kind)
	}
	for _, s := range apart {
		add(s, kindApart)
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	var open [kinds]int
	at := 0.0
	pass := func(to float64) {
		d := to - at
		at = to
		if open[kindCaller] > 0 {
			f.CallerS += d
		}
		if open[kindCompany] > 0 {
			f.CompanyS += d
		}
		if open[kindApart] > 0 {
			return
		}
		f.BaseS += d
		if open[kindCaller] == 0 && open[kindCompany] == 0 {
			f.SilenceS += d
		}
	}
	for _, e := range edges {
		pass(e.at)
		open[e.kind] += e.d
	}
	pass(max(at, f.LengthS))
	f.Timed = len(turns) > 0
	f.interrupted(turns)
}

// interrupted counts who spoke over whom: a reply of the bot that was cut, and a turn that begins while the other side
// speaks and goes on for a while.
func (f *Fact) interrupted(turns []call.Turn) {
	for i, t := range turns {
		if t.Who == call.Bot && t.Cut {
			f.BargeIn++
			continue // its end is where the caller came in
		}
		for j, o := range turns {
			if i == j || (o.Who == call.Caller) == (t.Who == call.Caller) || o.Start <= t.Start {
				continue
			}
			if min(o.End, t.End).Seconds()-o.Start.Seconds() < over {
				continue
			}
			if o.Who == call.Caller {
				f.BargeIn++
			} else if o.Who == call.Agent {
				f.CutIn++
			}
			break // once a turn
		}
	}
}
