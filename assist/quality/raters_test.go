package quality_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/parley-voice/parley/assist/quality"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.001 }

// TestFleiss uses the worked example of Fleiss' paper as it is often printed: ten items, fourteen raters, five categories,
// kappa 0.210.
func TestFleiss(t *testing.T) {
	t.Parallel()
	table := [][5]int{{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1}, {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}}
	var all []quality.Rating
	for i, counts := range table {
		rater := 0
		for v, n := range counts {
			for range n {
				all = append(all, quality.Rating{Item: fmt.Sprint(i), Rater: fmt.Sprint(rater), Value: quality.Value(fmt.Sprint(v))})
				rater++
			}
		}
	}
	c := quality.Among(all)
	if c.Items != 10 || c.Ratings != 140 || c.Kappa == nil || !near(*c.Kappa, 0.2099) || !near(c.Percent, 37.8022) {
		t.Errorf("%+v, kappa %v", c, *c.Kappa)
	}
	if c.KappaRange == nil || c.KappaRange.Low > *c.Kappa || c.KappaRange.High < *c.Kappa {
		t.Errorf("interval %+v", c.KappaRange)
	}
}

// TestCohen is 20 x (yes, yes), 5 x (yes, no), 10 x (no, yes), 15 x (no, no): kappa 0.4.
func TestCohen(t *testing.T) {
	t.Parallel()
	var all []quality.Pair
	for p, n := range map[quality.Pair]int{{First: quality.Yes, Second: quality.Yes}: 20, {First: quality.Yes, Second: quality.No}: 5, {First: quality.No, Second: quality.Yes}: 10, {First: quality.No, Second: quality.No}: 15} {
		for range n {
			all = append(all, p)
		}
	}
	c := quality.Between(all)
	if c.Kappa == nil || !near(*c.Kappa, 0.4) || !near(c.Percent, 70) || c.KappaRange.Low > 0.3 || c.KappaRange.High < 0.5 {
		t.Errorf("%+v %v %v", c, *c.Kappa, *c.KappaRange)
	}
	if again := quality.Between(all); *again.KappaRange != *c.KappaRange {
		t.Error("the interval differs from one time to the next")
	}
}

func TestFewRatings(t *testing.T) {
	t.Parallel()
	if c := quality.Among(nil); c.Items != 0 || c.Kappa != nil || c.PercentRange != nil {
		t.Errorf("%+v", c)
	}
	one := []quality.Rating{{Item: "a", Rater: "x", Value: quality.Yes}, {Item: "b", Rater: "x", Value: quality.No}}
	if c := quality.Among(one); c.Items != 0 {
		t.Errorf("a single rater agrees with nobody: %+v", c)
	}
	same := append(one, quality.Rating{Item: "a", Rater: "y", Value: quality.Yes})
	if c := quality.Among(same); c.Items != 1 || c.Percent != 100 || c.Kappa != nil || c.PercentRange != nil {
		t.Errorf("one answer to one item says nothing beyond chance: %+v", c)
	}
	twice := append(same, quality.Rating{Item: "a", Rater: "y", Value: quality.No})
	if c := quality.Among(twice); c.Ratings != 2 || c.Percent != 0 {
		t.Errorf("the later answer of a rater counts: %+v", c)
	}
	if c := quality.Between([]quality.Pair{{First: quality.Yes, Second: quality.Yes}}); c.Kappa != nil || c.Percent != 100 {
		t.Errorf("%+v", c)
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	if r := quality.Wilson(0, 0); r != (quality.Range{Low: 0, High: 1}) {
		t.Error(r)
	}
	if r := quality.Wilson(8, 10); !near(r.Low, 0.4902) || !near(r.High, 0.9433) {
		t.Error(r)
	}
}
