package quality

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faultNames are what must not be done, as data marks it.
func faultNames() []string {
	out := slices.Collect(maps.Values(misdeeds))
	for _, name := range marks {
		if c := conceptsNamed(name); len(c) > 0 && c[0].kind == forbidden {
			out = append(out, name)
		}
	}
	return out
}

// oneIn is which part of what is said in innocent calls is learnt from: much of it is alike.
const oneIn = 3

// readInnocent fills in what agents say in calls in which people found nothing that must not be.
func (l *lessons) readInnocent(t *testing.T) {
	t.Helper()
	n := 0
	for _, dir := range allSets(t) {
		set := readGolden(t, dir)
		failed := map[string]bool{}
		for _, a := range set.Labels {
			q := set.Form.Question(a.Question)
			is := meant(dir, q)
			bad := map[bool]Value{true: Yes, false: No}[is == happened]
			if a.Answer == bad && (is != done || q.AutoFail) {
				failed[a.Call] = true
			}
		}
		for _, c := range set.Calls {
			if languageOf(c) != l.lang || failed[c.ID] {
				continue
			}
			for _, s := range newJudge(New(Options{}), c).sents {
				if s.who != Agent {
					continue
				}
				if n++; n%oneIn == 0 {
					l.innocent = append(l.innocent, lesson{sample{text: s.text}, dir, l.vectorOf(t, s.text)})
				}
			}
		}
	}
}

func (l *lessons) vectorOf(t *testing.T, text string) []float32 {
	t.Helper()
	v, err := l.by.Embed(t.Context(), []string{text})
	if err != nil {
		t.Fatal(err)
	}
	return v[0]
}

// faults learns what must not be done from data and from innocent calls of the sets that are not left out.
func (l *lessons) faults(t *testing.T, out func(set string) bool) map[string][]float64 {
	t.Helper()
	names := append(faultNames(), innocent)
	slices.Sort(names)
	var vectors [][]float32
	var labels []int
	for _, s := range allSamples(t, l.lang) {
		is := slices.Index(names, s.is)
		if is < 0 {
			is = slices.Index(names, innocent)
		}
		vectors, labels = append(vectors, l.vectorOf(t, s.text)), append(labels, is)
	}
	for _, x := range l.innocent {
		if !out(x.set) {
			vectors, labels = append(vectors, x.vector), append(labels, slices.Index(names, innocent))
		}
	}
	return classes(names, fitVectors(vectors, labels))
}

func classes(names []string, lines [][]float64) map[string][]float64 {
	out := map[string][]float64{}
	for i, name := range names {
		out[name] = lines[i]
	}
	return out
}

// factMarks are the marks of data/facts-*.txt.
var factMarks = map[byte]string{'-': "wrong", '+': "kept", '!': "rule", 'o': "absent", ' ': innocent}

// factSamples are the lines of data/facts-*.txt: what each says of a thing.
func factSamples(t *testing.T, lang string) []sample {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "facts-"+lang+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for line := range strings.Lines(string(raw)) {
		if line[0] != '#' && len(line) > 2 {
			out = append(out, sample{text: fold(strings.TrimSpace(line[1:])), is: factMarks[line[0]]})
		}
	}
	return out
}

// told learns what facts say of a thing.
func (l *lessons) told(t *testing.T) map[string][]float64 {
	t.Helper()
	names := slices.Sorted(maps.Values(factMarks))
	var vectors [][]float32
	var labels []int
	for _, s := range factSamples(t, l.lang) {
		vectors, labels = append(vectors, l.vectorOf(t, s.text)), append(labels, slices.Index(names, s.is))
	}
	return classes(names, fitVectors(vectors, labels))
}

// TestLayers checks that what is stored of faults and of facts says of the lines that it was learnt from what they are.
func TestLayers(t *testing.T) {
	for lang, e := range models(t) {
		var b bents
		h, err := b.of(t.Context(), lang, e)
		if err != nil || h == nil {
			t.Fatalf("%s: %v, %v", lang, h, err)
		}
		found := func(what string, w map[string][]float64, list []sample, least float64) {
			right := 0
			for _, s := range list {
				v, err := e.Embed(t.Context(), []string{s.text})
				if err != nil {
					t.Fatal(err)
				}
				if p := sharesOf(w, v[0]); namesOf(w)[slices.Index(p, slices.Max(p))] == s.is {
					right++
				}
			}
			t.Logf("%s %s: %d of %d", lang, what, right, len(list))
			if float64(right) < least*float64(len(list)) {
				t.Errorf("%s %s: only %d of %d are told again", lang, what, right, len(list))
			}
		}
		found("facts", h.Told, factSamples(t, lang), 0.8)
		list := samplesOf(t, "faults-"+lang+".txt")
		found("faults", h.Faults, list, 0.8)
	}
}
