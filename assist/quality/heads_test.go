package quality

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/vector"
)

// marks stand before the sentences of data.
var marks = map[byte]string{
	'+': "promise", '!': "rude", '*': "threat", '%': "leak", '&': "disparage", '$': "secretask",
	'~': "empathy", '=': "need", '?': "furtherhelp", '>': "closing", '@': "identity", '^': "alternative", '[': "hold", ']': "heldback", '/': "timeframe",
}

// misdeeds stand before sentences that do what no usual question asks about.
var misdeeds = map[byte]string{'{': "advice", '}': "push", '|': "stall", '<': "private"}

// usual reports whether a folded sentence has the words by which name is usually done, whatever it was marked as.
func usual(name, text string) bool {
	switch name {
	case "need":
		return restates.in(text)
	case "identity":
		return checks.in(text)
	case "hold":
		return holdSaid.in(text)
	case "heldback":
		return holdBack.in(text)
	case "timeframe":
		return whenWords.in(text) || vagueWhen.in(text) || nextWords.in(text) || len(amounts(text)) > 0
	}
	for _, c := range conceptsNamed(name) {
		if c.kind != forbidden {
			return c.said.in(text)
		}
	}
	return false
}

// sample is a sentence with what it is, "" for none of marks, and what it certainly is not.
type sample struct {
	text  string
	is    string
	isNot map[string]bool
}

// samples are the sentences of data in a language.
func samples(t *testing.T, lang string) []sample { return samplesOf(t, lang+".txt") }

// allSamples are those of what must not be done in other words, too.
func allSamples(t *testing.T, lang string) []sample {
	return append(samples(t, lang), samplesOf(t, "faults-"+lang+".txt")...)
}

// samplesOf are the sentences of a file of data.
func samplesOf(t *testing.T, file string) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join("data", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []sample
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := in.Text()
		if len(line) < 3 || line[0] == '#' {
			continue
		}
		s := sample{fold(strings.TrimSpace(line[1:])), marks[line[0]] + misdeeds[line[0]], map[string]bool{}}
		for _, name := range marks {
			s.isNot[name] = s.is != name && !usual(name, s.text)
		}
		out = append(out, s)
	}
	return out
}

// readAsks are the vectors of the questions of data, and of the forms of sets that are not left out, and what they ask for.
func readAsks(t *testing.T, lang string, e Embedder, out func(set string) bool) (vectors [][]float32, labels []string) {
	t.Helper()
	add := func(label, text string) {
		v, err := e.Embed(t.Context(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		vectors, labels = append(vectors, v[0]), append(labels, label)
	}
	raw, err := os.ReadFile(filepath.Join("data", "asks-"+lang+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if label, text, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			add(strings.TrimRight(label, "!~"), callers(fold(text)))
		}
	}
	for _, a := range askedBy(t) {
		if text := a.in(lang); text != "" && !out(a.set) {
			add(a.label, text)
		}
	}
	return vectors, labels
}

// learnAsks draws the lines between what questions ask for.
func learnAsks(vectors [][]float32, labels []string) map[string][]float64 {
	names := slices.Compact(slices.Sorted(slices.Values(labels)))
	at := make([]int, len(labels))
	for i, l := range labels {
		at[i] = slices.Index(names, l)
	}
	return classes(names, fitVectors(vectors, at))
}

// TestAsks reads each question of data with what was learnt from the others of its language where PARLEY_LEARN is set: what
// was learnt from all would say nothing about new ones.
func TestAsks(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	const parts = 5
	for lang, e := range models(t) {
		vectors, labels := readAsks(t, lang, remembering(t, lang, e), none)
		right := 0
		for part := range parts {
			var v [][]float32
			var l []string
			for i := range vectors {
				if i%parts != part {
					v, l = append(v, vectors[i]), append(l, labels[i])
				}
			}
			w := learnAsks(v, l)
			for i := part; i < len(vectors); i += parts {
				best, top := "", 0.0
				for name, p := range shares(w, vectors[i]) {
					if p > top {
						best, top = name, p
					}
				}
				if best == labels[i] {
					right++
				} else {
					t.Logf("%s: %s read as %s (%.2f)", lang, labels[i], best, top)
				}
			}
		}
		t.Logf("%s: %d of %d questions read right", lang, right, len(labels))
	}
}

const probeText = "Good morning, how can I help you? 您好。"

// learn draws the line for one concept.
func learn(all []lesson, name string) []float64 {
	const steps, rate, shrink = 400, 6.0, 3e-4
	var mine, others []lesson
	for _, x := range all {
		switch {
		case x.is == name:
			mine = append(mine, x)
		case x.isNot[name]:
			others = append(others, x)
		}
	}
	n := len(all[0].vector)
	mean, centred := make([]float32, n), make([][]float32, 0, len(mine)+len(others))
	used := append(mine, others...)
	for _, x := range used {
		for i, y := range x.vector {
			mean[i] += y / float32(len(used))
		}
	}
	for _, x := range used {
		c := make([]float32, n)
		for i, y := range x.vector {
			c[i] = y - mean[i]
		}
		centred = append(centred, c)
	}
	w, gradient, offset := make([]float32, n), make([]float32, n), 0.0
	for range steps {
		clear(gradient)
		shift := 0.0
		for i, c := range centred {
			weight, want := 0.5/float64(len(used)-len(mine)), 0.0
			if i < len(mine) {
				weight, want = 0.5/float64(len(mine)), 1
			}
			d := weight * (1/(1+math.Exp(-offset-float64(vector.Dot(w, c)))) - want)
			for x, y := range c {
				gradient[x] += float32(d) * y
			}
			shift += d
		}
		for x := range w {
			w[x] -= rate * (gradient[x] + shrink*w[x])
		}
		offset -= rate * (shift + shrink*offset)
	}
	out := make([]float64, n+1)
	for x, y := range w {
		out[x] = math.Round(float64(y)*1e4) / 1e4
	}
	out[n] = math.Round((offset-float64(vector.Dot(w, mean)))*1e4) / 1e4
	return out
}

// TestHeads learns data/heads.json anew where PARLEY_LEARN is set, and otherwise checks that what is stored fits the models
// and says of the sentences it was learnt from what they are.
func TestHeads(t *testing.T) {
	ms := models(t)
	if os.Getenv("PARLEY_LEARN") != "" { // takes minutes
		made := map[string]*head{}
		for lang, e := range ms {
			l := readLessons(t, lang, remembering(t, lang, e))
			l.readSenses(t)
			made[lang] = l.head(t, "")
			l.senseHeads(made[lang], none)
		}
		raw, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("data", "heads.json"), append(raw, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for lang, e := range ms {
		var b bents
		h, err := b.of(t.Context(), lang, e)
		if err != nil || h == nil {
			t.Fatalf("%s: %v, %v", lang, h, err)
		}
		right, n := map[string]int{}, map[string]int{}
		for _, s := range samples(t, lang) {
			if h.Classes[s.is] == nil {
				continue
			}
			v, err := e.Embed(t.Context(), []string{s.text})
			if err != nil {
				t.Fatal(err)
			}
			n[s.is]++
			if sure(h.Classes[s.is], v[0]) > 0.5 {
				right[s.is]++
			}
		}
		for name := range h.Classes {
			t.Logf("%s %s: %d of %d sentences, sure from %.2f", lang, name, right[name], n[name], h.Bars[name])
			if 10*right[name] < 9*n[name] || n[name] == 0 {
				t.Errorf("%s %s: only %d of %d sentences are found again", lang, name, right[name], n[name])
			}
		}
	}
}

// An Embedder of another model is told by its vectors: what was learnt for one is not used with another.
func TestOtherModel(t *testing.T) {
	t.Parallel()
	for _, dims := range []int{3, 384} {
		var b bents
		if h, err := b.of(t.Context(), "en", flat(dims)); h != nil || err != nil {
			t.Errorf("%d dimensions: %v, %v", dims, h, err)
		}
	}
}

// flat embeds everything as one vector of this many dimensions.
type flat int

func (f flat) Embed(_ context.Context, texts []string) ([][]float32, error) {
	v := make([]float32, f)
	for i := range v {
		v[i] = float32(1 / math.Sqrt(float64(f)))
	}
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = v
	}
	return out, nil
}
