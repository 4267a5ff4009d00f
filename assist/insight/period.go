package insight

import (
	"errors"
	"fmt"
	"time"
)

// ErrPeriod means a period makes no sense.
var ErrPeriod = errors.New("insight: bad period")

// MostDays bounds a period.
const MostDays = 400

// Period is whole days in a zone: From <= t < To.
type Period struct{ From, To time.Time }

// Has reports whether t is within.
func (p Period) Has(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// Days is the number of days of the calendar, whatever their length.
func (p Period) Days() int {
	n := 0
	for d := p.From; d.Before(p.To); d = d.AddDate(0, 0, 1) {
		n++
	}
	return n
}

// back is the period shifted by days of the calendar.
func (p Period) back(days int) Period {
	return Period{p.From.AddDate(0, 0, -days), p.To.AddDate(0, 0, -days)}
}

// ParsePeriod reads two days, such as 2026-11-20, both inclusive, in a zone. An empty to is the day of now, an empty from
// is 27 days before to: four whole weeks.
func ParsePeriod(from, to string, now time.Time, zone *time.Location) (Period, error) {
	last, err := day(to, now.In(zone), zone)
	if err != nil {
		return Period{}, err
	}
	first, err := day(from, last.AddDate(0, 0, -27), zone)
	if err != nil {
		return Period{}, err
	}
	p := Period{first, last.AddDate(0, 0, 1)}
	if !p.From.Before(p.To) {
		return p, fmt.Errorf("%w: it ends before it begins", ErrPeriod)
	}
	if p.To.Sub(p.From) > MostDays*24*time.Hour {
		return p, fmt.Errorf("%w: at most %d days", ErrPeriod, MostDays)
	}
	return p, nil
}

func day(text string, otherwise time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		y, m, d := otherwise.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return t, fmt.Errorf("%w: %q is no day such as 2026-11-20", ErrPeriod, text)
	}
	return t, nil
}

// Earlier is the period to compare with: "previous" ends where p begins and is as long; "week" is p whole weeks earlier,
// so that each weekday meets its own kind; a day is where a period as long begins; "none" is nothing (a zero Period).
func (p Period) Earlier(compare string) (Period, error) {
	n := p.Days()
	switch compare {
	case "none":
		return Period{}, nil
	case "", "previous":
		return p.back(n), nil
	case "week":
		return p.back((n + 6) / 7 * 7), nil
	}
	from, err := day(compare, p.From, p.From.Location())
	if err != nil {
		return Period{}, err
	}
	e := Period{from, from.AddDate(0, 0, n)}
	if e.To.After(p.From) {
		return Period{}, fmt.Errorf("%w: %d days from %s run into the period itself", ErrPeriod, n, compare)
	}
	return e, nil
}
