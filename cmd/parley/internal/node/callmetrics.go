package node

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/tracing"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
)

// callMetrics are figures of what happens in calls. None of their labels holds a number, a name or a word of a call.
type callMetrics struct {
	gap       *prometheus.HistogramVec
	dropped   *prometheus.CounterVec
	contained *prometheus.CounterVec
	handed    *prometheus.CounterVec
	cards     *prometheus.CounterVec
	troubles  *prometheus.CounterVec
	refusals  *prometheus.CounterVec
}

func newCallMetrics(r *prometheus.Registry) *callMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &callMetrics{
		gap: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_reply_gap_seconds", Help: "Silence between the caller's last voiced packet and the first of the reply.",
			Buckets: []float64{0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5},
		}, []string{"route"}),
		dropped:   counter("parley_calls_dropped_total", "Calls that no party ended.", "why"),
		contained: counter("parley_calls_contained_total", "Calls that ended without anybody having sought a person.", "route"),
		handed:    counter("parley_calls_handed_over_total", "Calls that a person took.", "route"),
		cards:     counter("parley_cards_total", "Cards for agents, by what became of them.", "state"),
		troubles:  counter("parley_troubles_total", "Parts that failed in a call, which went on without them.", "part"),
		refusals:  counter("parley_recordings_refused_total", "Calls whose caller refused to be recorded.", "route"),
	}
	r.MustRegister(m.gap, m.dropped, m.contained, m.handed, m.cards, m.troubles, m.refusals)
	return m
}

// more are figures of the node beside its calls.
func (n *Node) more(r *prometheus.Registry) {
	number := func(name, help string, f func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f))
	}
	number("parley_events_lost_total", "Events the event store did not take.", func() float64 { return float64(n.bus.Stats().Lost) })
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "parley_events_waiting", Help: "Events that wait until the event store takes them."}, func() float64 { return float64(n.bus.Stats().Held) }))
	for class, name := range map[work.Class]string{work.Final: "final", work.Speculative: "speculative", work.Partial: "partial"} {
		labels := prometheus.Labels{"class": name}
		r.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "parley_asr_wait_seconds", Help: "Smoothed wait of jobs for recognition.", ConstLabels: labels},
				func() float64 { return n.queue.Load().Wait[class].Seconds() }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "parley_asr_jobs_total", Help: "Jobs of recognition done.", ConstLabels: labels},
				func() float64 { return float64(n.queue.Load().Done[class]) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "parley_asr_stale_total", Help: "Jobs of recognition dropped since a newer one replaced them.", ConstLabels: labels},
				func() float64 { return float64(n.queue.Load().Stale[class]) }),
		)
	}
}

// measured is the log of a call that counts what happens.
type measured struct {
	pipeline.Log

	m      *callMetrics
	route  string
	sought *atomic.Bool // a person was
	trace  *tracing.Call
}

// Emit passes the event on.
func (l measured) Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error {
	switch b := body.(type) {
	case call.Waterfall:
		if gap := b.Gap(); gap > 0 {
			l.m.gap.WithLabelValues(l.route).Observe(gap.Seconds())
		}
	case call.Transfer:
		l.sought.Store(true)
		if b.State == "accepted" || b.State == "done" {
			l.m.handed.WithLabelValues(l.route).Inc()
		}
	case desk.Card:
		l.m.cards.WithLabelValues(known(b.State, "shown", "used", "dismissed", "muted", "helpful")).Inc()
	case call.Trouble:
		l.m.troubles.WithLabelValues(b.Part).Inc()
	case call.Consent:
		l.m.refusals.WithLabelValues(l.route).Inc()
	case call.Ended:
		switch {
		case b.By == "":
			l.m.dropped.WithLabelValues(b.Why).Inc()
		case !l.sought.Load():
			l.m.contained.WithLabelValues(l.route).Inc()
		}
	}
	l.trace.Note(at, body)
	return l.Log.Emit(ctx, at, kind, body, durable)
}

// openTraces readies the sending of traces, when there is somebody to send them to.
func (n *Node) openTraces(ctx context.Context) error {
	c := n.cfg.Traces
	if c.URL == "" {
		return nil
	}
	var err error
	if n.tracer, err = tracing.Open(ctx, tracing.Options{URL: c.URL, Headers: c.Headers, Version: config.Version(), Log: n.env.Log}); err != nil {
		return err
	}
	n.onClose(func() error {
		if err := n.tracer.Close(); err != nil { // nothing depends on them
			n.env.Log.Warn("the last traces are lost", "err", err)
		}
		return nil
	})
	return nil
}

// known returns s when it is one of the values, the first one for "", and "other" else.
func known(s string, values ...string) string {
	if s == "" {
		return values[0]
	}
	if slices.Contains(values, s) {
		return s
	}
	return "other"
}
