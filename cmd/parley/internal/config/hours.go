package config

import (
	"fmt"
	"strings"
	"time"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// span is opening time on some weekdays, in minutes since midnight; to may pass midnight.
type span struct {
	days     [7]bool
	from, to int
}

// At reports whether t is within the hours, in their zone. No hours at all is always.
func (h Hours) At(t time.Time) bool {
	spans, err := h.parse()
	if err != nil || len(spans) == 0 {
		return err == nil
	}
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return false
	}
	t = t.In(zone)
	minute, day := t.Hour()*60+t.Minute(), int(t.Weekday())
	for _, s := range spans {
		if s.days[day] && minute >= s.from && minute < s.to {
			return true
		}
		if s.to > 24*60 && s.days[(day+6)%7] && minute < s.to-24*60 {
			return true
		}
	}
	return false
}

func (h Hours) parse() ([]span, error) {
	if _, err := time.LoadLocation(h.Zone); err != nil {
		return nil, fmt.Errorf("zone %q: %w", h.Zone, err)
	}
	var spans []span
	for _, o := range h.Open {
		s, err := parseSpan(o)
		if err != nil {
			return nil, fmt.Errorf("%q is not like 'Mon-Fri 09:00-17:30': %w", o, err)
		}
		spans = append(spans, s)
	}
	return spans, nil
}

func parseSpan(text string) (span, error) {
	var s span
	days, hours, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok {
		return s, fmt.Errorf("days or hours are missing")
	}
	for part := range strings.SplitSeq(days, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, b := weekday(first), weekday(last)
		if a < 0 || b < 0 {
			return s, fmt.Errorf("no weekday in %q", part)
		}
		for d := a; ; d = (d + 1) % 7 {
			s.days[d] = true
			if d == b {
				break
			}
		}
	}
	from, to, ok := strings.Cut(strings.TrimSpace(hours), "-")
	if !ok {
		return s, fmt.Errorf("no hours")
	}
	var err error
	if s.from, err = clock(from); err != nil {
		return s, err
	}
	if s.to, err = clock(to); err != nil {
		return s, err
	}
	if s.to <= s.from {
		s.to += 24 * 60
	}
	return s, nil
}

func weekday(s string) int {
	for i, d := range weekdays {
		if strings.EqualFold(strings.TrimSpace(s), d) {
			return i
		}
	}
	return -1
}

func clock(s string) (int, error) {
	if strings.TrimSpace(s) == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}
