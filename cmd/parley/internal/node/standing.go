package node

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// dated is a certificate that knows when it ends.
type dated interface{ Until() time.Time }

// standing shows Prometheus which parts work and how long certificates do.
type standing struct {
	parts func(context.Context) map[string]string // as /readyz tells them
	certs map[string]dated                        // by the side that shows them
}

// standing is how this node stands.
func (n *Node) standing() standing {
	s := standing{parts: func(ctx context.Context) map[string]string { return n.api.Parts(ctx) }, certs: map[string]dated{}}
	for side, source := range map[string]any{"http": n.webCerts, "sip": n.sipCerts} {
		if d, ok := source.(dated); ok {
			s.certs[side] = d
		}
	}
	return s
}

var (
	descWorks = prometheus.NewDesc("parley_part_works", "1 for a part that works, 0 for one that does not; calls may go on without it.", []string{"part"}, nil)
	descEnds  = prometheus.NewDesc("parley_certificate_ends_timestamp_seconds", "When the certificate in use ends.", []string{"side"}, nil)
)

// Describe is for prometheus.Collector.
func (s standing) Describe(ch chan<- *prometheus.Desc) {
	ch <- descWorks
	ch <- descEnds
}

// Collect is for prometheus.Collector. It takes as long as the slowest part does to answer, within the bound of /readyz.
func (s standing) Collect(ch chan<- prometheus.Metric) {
	for part, state := range s.parts(context.Background()) {
		works := 0.0
		if state == "ok" {
			works = 1
		}
		ch <- prometheus.MustNewConstMetric(descWorks, prometheus.GaugeValue, works, part)
	}
	for side, c := range s.certs {
		if until := c.Until(); !until.IsZero() {
			ch <- prometheus.MustNewConstMetric(descEnds, prometheus.GaugeValue, float64(until.Unix()), side)
		}
	}
}
