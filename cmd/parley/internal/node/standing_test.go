package node

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ends is a certificate of which only the end is asked.
type ends time.Time

func (e ends) Until() time.Time { return time.Time(e) }

// TestStanding tells a part that fails from one that works, and nothing of a certificate that is not known yet.
func TestStanding(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(standing{
		parts: func(context.Context) map[string]string {
			return map[string]string{"record": "failed", "speech": "degraded", "events": "ok"}
		},
		certs: map[string]dated{"http": ends(time.Unix(1800000000, 0)), "sip": ends{}},
	})
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	want := map[string]float64{
		"parley_part_works record": 0, "parley_part_works speech": 0, "parley_part_works events": 1,
		"parley_certificate_ends_timestamp_seconds http": 1800000000,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
