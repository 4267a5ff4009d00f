package ingest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// inForce reads when e is in force, each end on its own.
func (c *collector) inForce(n int, e *knowledge.Entry, more status) bool {
	zone := c.into.Zone
	if zone == nil {
		zone = time.UTC
	}
	var err error
	if e.From, err = readTime(more.From, zone, false); err != nil {
		c.add(n, "begins", "begins at %q: %v", short(tidy(more.From)), err)
		return false
	}
	if e.Until, err = readTime(more.Until, zone, true); err != nil {
		c.add(n, "ends", "ends at %q: %v", short(tidy(more.Until)), err)
		return false
	}
	switch {
	case !knowledge.IsTime(e.Until):
	case knowledge.IsTime(e.From) && !e.From.Before(*e.Until):
		c.add(n, "backwards", "ends (%s) before it begins (%s)", tidy(more.Until), tidy(more.From))
		return false
	case e.Until.Before(time.Now()):
		c.note(n, "dates", "ended", "ended already (%s): nobody will hear it", tidy(more.Until))
	}
	return true
}

// dayWrong is what is wrong with a day.
type dayWrong string

const (
	noDate  dayWrong = "no-date"
	twoWays dayWrong = "two-ways"
	noDay   dayWrong = "no-day"
)

// Code names what is wrong.
func (d dayWrong) Code() string { return string(d) }

func (d dayWrong) Error() string {
	switch d {
	case twoWays:
		return "can be read in more than one way: write it as 2026-12-31"
	case noDay:
		return "is no day of the calendar, or no time of a day"
	}
	return "is no date that can be read: write it as 2026-12-31, or 2026-12-31 18:00"
}

// without are the words for no time at all, as the zero time; an empty cell says nothing.
var without = []string{"none", "never", "always", "unlimited", "-", "无", "永久", "永久有效", "长期", "长期有效", "不限"}

var (
	dayParts   = regexp.MustCompile(`^(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?(?:[T ]*(\d{1,2})[:：时](\d{2})(?:[:：分](\d{2})(?:\.\d+)?秒?)?分?)?$`)
	dayLayouts = []string{"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "2-Jan-2006", "2-Jan-06"}
)

// readTime reads a time in a zone. A day alone begins at its midnight, and an end that is a day alone ends with it. Nothing is nil, a word
// for none is the zero time.
func readTime(s string, zone *time.Location, end bool) (*time.Time, error) {
	s = tidy(s)
	if s == "" {
		return nil, nil
	}
	if slices.Contains(without, strings.ToLower(s)) {
		return &time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return &t, nil
	}
	day, alone, err := readDay(s, zone)
	if err != nil {
		return nil, err
	}
	if end && alone {
		day = day.AddDate(0, 0, 1)
	}
	return &day, nil
}

// readDay reads a day, with the time of day or alone.
func readDay(s string, zone *time.Location) (t time.Time, alone bool, err error) {
	for _, layout := range dayLayouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true, nil
		}
	}
	m := dayParts.FindStringSubmatch(s)
	if m == nil {
		return t, false, noDate
	}
	var v [7]int
	for i, part := range m[1:] {
		v[i+1], _ = strconv.Atoi(part) // digits, or nothing, which is 0
	}
	year, month, dayOfMonth := v[1], v[2], v[3]
	if len(m[1]) != 4 { // the year stands last, after day and month in one order or the other
		switch year = v[3]; {
		case len(m[3]) != 4 || v[1] <= 12 && v[2] <= 12 && v[1] != v[2]:
			return t, false, twoWays
		case v[1] > 12:
			month, dayOfMonth = v[2], v[1]
		default:
			month, dayOfMonth = v[1], v[2]
		}
	}
	t = time.Date(year, time.Month(month), dayOfMonth, v[4], v[5], v[6], 0, zone)
	if t.Year() != year || int(t.Month()) != month || t.Day() != dayOfMonth || v[4] > 23 || v[5] > 59 || v[6] > 59 {
		return t, false, noDay
	}
	return t, m[4] == "", nil
}
