package softphone

import (
	"math"
	"slices"
	"time"
)

// Crowd is what came of several calls: Answered and Refused ones, the others failed.
type Crowd struct {
	Calls, Answered, Refused int
	GapP50, GapP95           time.Duration // over all replies
	RefusedIn                time.Duration // how long the slowest refusal took
	Told                     int           // refused calls that were told when to try again
}

// CrowdOf sums results up.
func CrowdOf(results []Result) Crowd {
	c := Crowd{Calls: len(results)}
	var gaps []time.Duration
	for _, r := range results {
		gaps = append(gaps, r.Gaps...)
		switch {
		case r.Err == nil:
			c.Answered++
		case r.Status >= 300:
			c.Refused++
			c.RefusedIn = max(c.RefusedIn, r.Rang)
			if r.Wait > 0 {
				c.Told++
			}
		}
	}
	c.GapP50, c.GapP95 = Percentile(gaps, 0.5), Percentile(gaps, 0.95)
	return c
}

// Percentile returns the value below which the share p of values lies, by the nearest rank; 0 of none.
func Percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(math.Ceil(p*float64(len(sorted))))-1)]
}
