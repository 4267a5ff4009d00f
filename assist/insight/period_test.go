package insight

import (
	"errors"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	london, shanghai := zone(t, "Europe/London"), zone(t, "Asia/Shanghai")
	now := time.Date(2026, 3, 30, 17, 0, 0, 0, time.UTC) // the clocks went forward the day before; in Shanghai it is the 31st
	p, err := ParsePeriod("2026-03-28", "2026-03-30", now, london)
	if err != nil || p.Days() != 3 || p.To.Sub(p.From) != 71*time.Hour {
		t.Errorf("%v %v, %s", p, err, p.To.Sub(p.From))
	}
	if p, err := ParsePeriod("", "", now, shanghai); err != nil || p.Days() != 28 || p.To.Format(time.DateOnly) != "2026-04-01" {
		t.Errorf("default: %v, %v", p, err)
	}
	for compare, want := range map[string][2]string{
		"": {"2026-03-25", "2026-03-28"}, "previous": {"2026-03-25", "2026-03-28"}, "week": {"2026-03-21", "2026-03-24"}, "2025-10-25": {"2025-10-25", "2025-10-28"},
	} {
		e, err := p.Earlier(compare)
		if err != nil || e.From.Format(time.DateOnly) != want[0] || e.To.Format(time.DateOnly) != want[1] || e.Days() != 3 {
			t.Errorf("%q: %v, %v", compare, e, err)
		}
	}
	if e, err := p.Earlier("none"); err != nil || !e.From.IsZero() {
		t.Errorf("none: %v, %v", e, err)
	}
	if _, err := p.Earlier("2026-03-27"); !errors.Is(err, ErrPeriod) {
		t.Errorf("a period that runs into itself: %v", err)
	}
	for _, bad := range [][2]string{{"2026-03-31", "2026-03-30"}, {"yesterday", ""}, {"2020-01-01", "2026-01-01"}, {"2026-02-30", ""}, {"", "0001-01-01"}} {
		if _, err := ParsePeriod(bad[0], bad[1], now, london); !errors.Is(err, ErrPeriod) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// A call belongs to the day of the zone it is asked in.
func TestDayOfTheZone(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 20, 23, 30, 0, 0, time.UTC)
	for name, want := range map[string]string{"UTC": "2026-11-20", "Asia/Shanghai": "2026-11-21", "America/New_York": "2026-11-20"} {
		z := zone(t, name)
		p, err := ParsePeriod("2026-11-19", "2026-11-22", late, z)
		if err != nil {
			t.Fatal(err)
		}
		v := Build(Query{Period: p, By: ByDay, Options: Options{Now: late, Zone: z, RepeatDays: 3}}, Data{Facts: []Fact{{Call: "a", At: late}}})
		for _, g := range v.Series {
			if (g.Calls == 1) != (g.Key == want) {
				t.Errorf("%s: %s has %d", name, g.Key, g.Calls)
			}
		}
	}
}
