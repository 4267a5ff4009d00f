package node

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/pipeline/work"
)

// metrics are the node's figures; the HTTP side adds its own to the same registry.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	in       *callMetrics
}

func newMetrics(n *Node) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_calls_total", Help: "Calls that have ended."}, []string{"route"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_calls_refused_total", Help: "Calls refused before they were answered."}, []string{"why"}),
	}
	m.in = newCallMetrics(m.registry)
	n.more(m.registry)
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	m.registry.MustRegister(strangerMetrics(n.sip)...)
	m.registry.MustRegister(n.standing())
	m.registry.MustRegister(m.calls, m.refused,
		gauge("parley_calls_running", "Calls in progress.", func() float64 { c, _ := n.gate.count(); return float64(c) }),
		gauge("parley_calls_limit", "Calls this node takes at once.", func() float64 { _, l := n.gate.count(); return float64(l) }),
		gauge("parley_speech_unrendered", "Fixed texts still to be made into sound.", func() float64 { return float64(n.left.Load()) }),
		gauge("parley_work_waiting", "Jobs waiting for recognition or synthesis.", func() float64 { return float64(n.queue.Load().Waiting) }),
		gauge("parley_scores_failed", "Calls that could not be judged and are tried again; NaN while the record cannot be read.", n.unjudged),
		gauge("parley_work_wait_seconds", "Smoothed wait of speculative jobs.", func() float64 { return n.queue.Load().Wait[work.Speculative].Seconds() }),
	)
	if n.brain.Phraser != nil {
		m.registry.MustRegister(wording{n.brain.Phraser})
	}
	return m
}
