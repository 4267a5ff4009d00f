package quality

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// firstAnswer is what the machine answered when it had never seen the set, and how it had read the question.
type firstAnswer struct {
	set, call, question string
	with, bare          outcome // with the facts of the call, and without them
	unknown             bool    // it had found no concept
	words               sense
	trust               float64
}

// firstAnswers are the lines of data/first.tsv.
func firstAnswers(t *testing.T) []firstAnswer {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "first.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []firstAnswer
	for line := range strings.Lines(string(raw)) {
		c := strings.Split(strings.TrimSpace(line), "\t")
		if line[0] == '#' || len(c) != 10 || c[0] == "set" {
			continue
		}
		trust, err := strconv.ParseFloat(c[9], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, firstAnswer{
			set: c[0], call: c[1], question: c[2], with: outcome{value: Value(c[3]), by: c[4]}, bare: outcome{value: Value(c[5]), by: c[6]},
			unknown: c[7] == "-", words: sense(slices.Index(senseNames[:], c[8])), trust: trust,
		})
	}
	return out
}

// TestOpinions learns data/opinions.json and what data/heads.json has of senses anew where PARLEY_LEARN is set, and says how
// well that does on each set when it is learnt from the others. What its reading made of a set is what it made of it the first
// time.
func TestOpinions(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	y := readStudy(t)
	right, n := 0, 0
	for _, x := range y.sense {
		if n++; int(x.q.plan.sense.surest()) == x.label {
			right++
		} else {
			t.Logf("%s %s: %s is read as %v", x.set, x.q.ID, senseNames[x.label], *x.q.plan.sense)
		}
	}
	t.Logf("of %d questions %d are taken in the sense in which they were meant", n, right)
	y.report(t)

	var all map[string]*head
	if err := json.Unmarshal(headsJSON, &all); err != nil {
		t.Fatal(err)
	}
	for lang, l := range y.all {
		l.senseHeads(all[lang], none)
		all[lang].Acts, all[lang].Asks = y.acts[lang].Acts, y.acts[lang].Asks
		all[lang].Faults, all[lang].Told = l.faults(t, none), l.told(t)
	}
	writeJSON(t, "heads.json", all)
	writeJSON(t, "opinions.json", opinion{fitWithout(y.sense, 2), y.answersWithout(""), y.speaksWithout("", ""), y.failsWithout("")})
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", name), append(raw, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// report prints how the answers of each set agree with people, with and without facts: those of the first time, and those
// that are weighed by what was learnt without the set.
func (y *study) report(t *testing.T) {
	t.Helper()
	first := map[[3]string]firstAnswer{}
	for _, f := range y.first {
		first[[3]string{f.set, f.call, f.question}] = f
	}
	pools := map[string]*tally{"en": {}, "zh": {}, "all": {}, "unmended": {}}
	for _, set := range y.firstSets() {
		var one tally
		lang := languageOf(readGolden(t, set).Calls[0])
		is := y.decided(set)
		for i, x := range y.said {
			if x.set != set {
				continue
			}
			f, person := first[[3]string{set, x.call, x.q.ID}], weighed[x.label]
			in := []*tally{&one, pools[lang], pools["all"]}
			if slices.Contains(unmended, set) {
				in = append(in, pools["unmended"])
			}
			for _, a := range in {
				if i%2 == 1 { // each answer stands with facts, then without
					a.wasBare.Add(person, f.bare.value)
					a.isBare.Add(person, is[i])
					continue
				}
				a.was.Add(person, f.with.value)
				a.is.Add(person, is[i])
				if bad := weighed[x.badAt()]; x.q.AutoFail {
					fails := func(v Value) Value { return map[bool]Value{true: Yes, false: No}[v == bad] }
					a.wasFail.Add(fails(person), fails(f.with.value))
					a.isFail.Add(fails(person), fails(is[i]))
				}
			}
		}
		t.Logf("%s: %s", set, one.line())
	}
	for lang, a := range pools {
		t.Logf("%s: %s", lang, a.line())
	}
}

// decided are the answers to what was said about a set, by what was learnt without it: automatic fails beside the other calls.
func (y *study) decided(set string) map[int]Value {
	part := y.parts[set]
	w, learnt := y.answersWithout(part), opinion{Fails: y.failsWithout(part)}
	out := map[int]Value{}
	for i, x := range y.said {
		if x.set == set {
			out[i] = weighed[greatest(w.shares(x.signs), -1)]
		}
	}
	for _, f := range y.failings(set, y.speaksWithout(part, "")) {
		x := y.said[f.at]
		if out[f.at] = weighed[greatest(w.shares(x.signs), x.badAt())]; learnt.stands(f.features) >= failsBeside {
			out[f.at] = weighed[x.badAt()]
		}
	}
	return out
}

// tally compares answers with people's: what was answered the first time and what is now, also without facts and of fails.
type tally struct{ was, is, wasBare, isBare, wasFail, isFail Agreement }

func (a *tally) line() string {
	return fmt.Sprintf("kappa %.3f, %.3f the first time; without facts %.3f, %.3f; fails %d right, %d wrong, %d missed, the first time %d, %d, %d", a.is.Kappa(), a.was.Kappa(), a.isBare.Kappa(), a.wasBare.Kappa(),
		a.isFail.Count(Yes, Yes), a.isFail.Count(No, Yes), a.isFail.Count(Yes, No), a.wasFail.Count(Yes, Yes), a.wasFail.Count(No, Yes), a.wasFail.Count(Yes, No))
}
