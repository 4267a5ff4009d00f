package softphone

import (
	"errors"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	v := []time.Duration{5, 1, 4, 2, 3}
	for p, want := range map[float64]time.Duration{0.5: 3, 0.95: 5, 1: 5, 0.2: 1} {
		if got := Percentile(v, p); got != want {
			t.Errorf("percentile %v is %v, want %v", p, got, want)
		}
	}
	if got := Percentile(nil, 0.5); got != 0 {
		t.Errorf("percentile of nothing is %v", got)
	}
}

func TestCrowdOf(t *testing.T) {
	t.Parallel()
	busy := errors.New("busy")
	got := CrowdOf([]Result{
		{Status: 200, Gaps: []time.Duration{3, 1}}, {Status: 200, Gaps: []time.Duration{2}}, {Status: 200, Err: busy},
		{Status: 503, Err: busy, Rang: 7, Wait: time.Second}, {Status: 486, Err: busy, Rang: 4}, {Err: busy},
	})
	if want := (Crowd{Calls: 6, Answered: 2, Refused: 2, GapP50: 2, GapP95: 3, RefusedIn: 7, Told: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
