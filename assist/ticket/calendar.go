package ticket

import "time"

// Calendar reckons due times. The zero Calendar is UTC and always open.
type Calendar struct {
	Zone *time.Location          // nil = UTC
	Open func(at time.Time) bool // whether anybody works at a time; nil = always
}

const (
	step     = 5 * time.Minute // opening hours are looked at this closely
	furthest = 366 * 24 * time.Hour
)

// After returns the moment that is d after from. Whole days of a d that is not working time are days of the calendar:
// the same time of day in the zone, also over a change to or from summer time. With working, only open time counts, and
// a due time is never in closed time; d is then hours of work, not days. When nothing is open within a year, it is
// reckoned as if always open.
func (c Calendar) After(from time.Time, d time.Duration, working bool) time.Time {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := from.In(zone)
	if !working || c.Open == nil {
		days := int(d / (24 * time.Hour))
		return at.AddDate(0, 0, days).Add(d % (24 * time.Hour)).UTC()
	}
	left := d
	for end := from.Add(furthest); at.Before(end); {
		// To the next round step on the clock, so that opening times are met exactly.
		next := at.Truncate(step).Add(step)
		if c.Open(at) {
			if part := next.Sub(at); part < left {
				left -= part
			} else {
				return at.Add(left).UTC()
			}
		}
		at = next
	}
	return c.After(from, d, false)
}
