package node

import (
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/pipeline/sip"
)

// strangers shows the telephone side's guard over HTTP.
type strangers struct{ phone *sip.Server }

// Bans lists the addresses that are not heard.
func (s strangers) Bans() []httpapi.Ban {
	var out []httpapi.Ban
	for _, b := range s.phone.Bans() {
		out = append(out, httpapi.Ban(b))
	}
	return out
}

// Lift ends a ban.
func (s strangers) Lift(ip netip.Addr) bool { return s.phone.Lift(ip) }

// strangerMetrics are the figures of the telephone side's guard.
func strangerMetrics(phone *sip.Server) []prometheus.Collector {
	all := []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "parley_sip_banned", Help: "Addresses that are not heard now.",
	}, func() float64 { return float64(len(phone.Bans())) })}
	for why := range phone.Dropped() {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "parley_sip_dropped_total", Help: "Telephone messages that got no answer, by reason.", ConstLabels: prometheus.Labels{"why": why},
		}, func() float64 { return float64(phone.Dropped()[why]) }))
	}
	return all
}
