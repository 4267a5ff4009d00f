package knowledge

import (
	"strings"
	"testing"
)

// TestForks holds that the fitted numbers are whole and that the most evidence tells more than none.
func TestForks(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{"said": saidText, "read": readText} {
		forest, err := readForest(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var none, all evidence
		for i := range all {
			all[i] = 1
		}
		all[evUneven], all[evUnknown] = 0, 0
		if p, q := sureRead.probability(forest, &none), sureRead.probability(forest, &all); p <= 0 || q >= 1 || p >= q {
			t.Errorf("%s: no evidence %.3f, the most %.3f", name, p, q)
		}
	}
}

// TestReadForest: a file that is cut, or whose numbers name no evidence, is refused; the numbers of a whole one are the file's own.
func TestReadForest(t *testing.T) {
	t.Parallel()
	const whole = "# of\n-0.5\n1 2 3 0.25 inf -1.5 0.1 -0.2 0.3 -0.4\n"
	f, err := readForest(whole)
	if err != nil || f.bias != -0.5 || len(f.forks) != 1 || f.forks[0].of != [3]uint8{1, 2, 3} || f.forks[0].leaf != [4]float64{0.1, -0.2, 0.3, -0.4} {
		t.Fatalf("%+v, %v", f, err)
	}
	var ev evidence
	for _, c := range []struct{ first, second, third, leaf float64 }{
		{0.25, 1e300, 0, 0.1}, {0.26, 0, -1.5, 0.3}, {0.26, 0, -1.4, -0.4},
	} {
		ev[1], ev[2], ev[3] = c.first, c.second, c.third
		if got, want := f.sum(&ev), f.bias+c.leaf; got != want {
			t.Errorf("%+v: %v, want %v", c, got, want)
		}
	}
	for name, raw := range map[string]string{
		"nothing": "", "no fork": "-0.5\n", "no bias": strings.SplitAfter(whole, "\n")[2], "cut": strings.TrimSuffix(whole, " -0.4\n"),
		"a word": strings.Replace(whole, "0.25", "much", 1), "no number": strings.Replace(whole, "0.25", "nan", 1),
		"evidence there is none of": strings.Replace(whole, "1 2 3", "1 2 200", 1), "half an evidence": strings.Replace(whole, "1 2 3", "1 2 2.5", 1),
		"a leaf without a bound": strings.Replace(whole, "0.3", "inf", 1), "an empty line": whole + "\n",
	} {
		if f, err := readForest(raw); err == nil {
			t.Errorf("%s: read as %+v", name, f)
		}
	}
}
