package quality

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// marks stand before the sentences of data.
var marks = map[byte]string{'+': "promise", '!': "rude", '*': "threat", '~': "empathy", '=': "need", '?': "furtherhelp", '>': "closing", '@': "identity", '%': "leak"}

// usual are the words by which a sentence does what name is about, whatever it was marked as.
func usual(name string) pair {
	switch name {
	case "need":
		return restates
	case "identity":
		return checks
	case "promise", "rude", "threat", "leak":
		return pair{}
	}
	if named := conceptsNamed(name); len(named) > 0 {
		return named[0].said
	}
	return pair{}
}

// sample is a sentence with what it is, "" for none of marks, and what it certainly is not.
type sample struct {
	text  string
	is    string
	isNot map[string]bool
}

// samples are the sentences of data in a language.
func samples(t *testing.T, lang string) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join("data", lang+".txt"))
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
		s := sample{fold(strings.TrimSpace(line[1:])), marks[line[0]], map[string]bool{}}
		for _, name := range marks {
			s.isNot[name] = s.is != name && !usual(name).in(s.text)
		}
		out = append(out, s)
	}
	return out
}

// innocents are sentences of agents in calls of the tests whose labels say that nothing was promised, nobody was rude, and so
// on.
func innocents(t *testing.T, lang string) []sample {
	t.Helper()
	var out []sample
	for _, g := range golden {
		set := readGolden(t, g.dir)
		fine := map[string]map[string]bool{}
		for _, l := range set.Labels {
			q := set.Form.Question(l.Question)
			if len(q.plan.want) == 0 {
				continue
			}
			c := q.plan.want[0]
			if c.kind == forbidden && l.Answer != q.FailOn && l.Answer != CannotTell || c.kind != forbidden && len(q.plan.want) == 1 && !q.plan.bad && l.Answer == No && c.name != "identity" {
				if fine[l.Call] == nil {
					fine[l.Call] = map[string]bool{}
				}
				fine[l.Call][q.plan.want[0].name] = true
			}
		}
		for _, c := range set.Calls {
			j := newJudge(New(Options{}), c)
			for _, s := range j.sents {
				if j.lang == lang && s.who == Agent && len(fine[c.ID]) > 0 {
					out = append(out, sample{s.text, "", fine[c.ID]})
				}
			}
		}
	}
	return out
}

// readAsks are the vectors of the questions of data and what they ask for.
func readAsks(t *testing.T, lang string, e Embedder) (vectors [][]float32, labels []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "asks-"+lang+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		label, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		v, err := e.Embed(t.Context(), []string{callers(fold(text))})
		if err != nil {
			t.Fatal(err)
		}
		vectors, labels = append(vectors, v[0]), append(labels, strings.TrimSuffix(label, "!"))
	}
	return vectors, labels
}

// learnAsks draws the lines between what questions ask for.
func learnAsks(vectors [][]float32, labels []string) map[string][]float64 {
	const steps, rate, shrink = 500, 8.0, 1e-4
	n := len(vectors[0])
	mean := make([]float64, n)
	for _, v := range vectors {
		for x := range mean {
			mean[x] += float64(v[x]) / float64(len(vectors))
		}
	}
	var names []string
	index := map[string]int{}
	for _, l := range labels {
		if _, have := index[l]; !have {
			index[l] = len(names)
			names = append(names, l)
		}
	}
	w, gradient := make([][]float64, len(names)), make([][]float64, len(names))
	for c := range names {
		w[c], gradient[c] = make([]float64, n+1), make([]float64, n+1)
	}
	centred, p := make([]float64, n), make([]float64, len(names))
	for range steps {
		for _, g := range gradient {
			clear(g)
		}
		for i, v := range vectors {
			for x := range centred {
				centred[x] = float64(v[x]) - mean[x]
			}
			total := 0.0
			for c, line := range w {
				sum := line[n]
				for x, y := range centred {
					sum += line[x] * y
				}
				p[c] = math.Exp(min(sum, 500))
				total += p[c]
			}
			for c, g := range gradient {
				d := p[c] / total
				if c == index[labels[i]] {
					d--
				}
				if d /= float64(len(vectors)); math.Abs(d) < 1e-9 {
					continue
				}
				for x, y := range centred {
					g[x] += d * y
				}
				g[n] += d
			}
		}
		for c, g := range gradient {
			for x := range g {
				w[c][x] -= rate * (g[x] + shrink*w[c][x])
			}
		}
	}
	out := map[string][]float64{}
	for c, line := range w {
		for x := range mean {
			line[n] -= line[x] * mean[x]
		}
		for x := range line {
			line[x] = math.Round(line[x]*1e3) / 1e3
		}
		out[names[c]] = line
	}
	return out
}

// TestAsks reads each question of data with what was learnt from the others of its language where PARLEY_LEARN is set: what
// was learnt from all would say nothing about new ones.
func TestAsks(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	const parts = 5
	for lang, e := range models(t) {
		vectors, labels := readAsks(t, lang, e)
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
func learn(vectors [][]float32, all []sample, name string) []float64 {
	const steps, rate, shrink = 600, 6.0, 3e-4
	n := len(vectors[0])
	mean, used, mine := make([]float64, n), 0.0, 0.0
	for i, v := range vectors {
		if all[i].is != name && !all[i].isNot[name] {
			continue
		}
		used++
		if all[i].is == name {
			mine++
		}
		for x := range mean {
			mean[x] += float64(v[x])
		}
	}
	for x := range mean {
		mean[x] /= used
	}
	w, gradient := make([]float64, n+1), make([]float64, n+1)
	for range steps {
		clear(gradient)
		for i, v := range vectors {
			weight, want := 0.5/(used-mine), 0.0
			switch {
			case all[i].is == name:
				weight, want = 0.5/mine, 1
			case !all[i].isNot[name]:
				continue
			}
			sum := w[n]
			for x := range v {
				sum += w[x] * (float64(v[x]) - mean[x])
			}
			d := weight * (1/(1+math.Exp(-sum)) - want)
			for x := range v {
				gradient[x] += d * (float64(v[x]) - mean[x])
			}
			gradient[n] += d
		}
		for x := range w {
			w[x] -= rate * (gradient[x] + shrink*w[x])
		}
	}
	for x := range mean {
		w[n] -= w[x] * mean[x]
	}
	for x := range w {
		w[x] = math.Round(w[x]*1e4) / 1e4
	}
	return w
}

// TestHeads learns data/heads.json anew where PARLEY_LEARN is set, and otherwise checks that what is stored fits the models
// and says of the sentences it was learnt from what they are.
func TestHeads(t *testing.T) {
	ms := models(t)
	made := map[string]*head{}
	for lang, e := range ms {
		all := samples(t, lang)
		if os.Getenv("PARLEY_LEARN") != "" { // takes minutes, and is only learnt from
			all = append(all, innocents(t, lang)...)
			for _, x := range saidIn(t, lang, New(Options{})) {
				if x.is != "" {
					all = append(all, x.sample)
				}
			}
		}
		vectors := make([][]float32, len(all))
		for i, s := range all {
			v, err := e.Embed(t.Context(), []string{s.text})
			if err != nil {
				t.Fatal(err)
			}
			vectors[i] = v[0]
		}
		if os.Getenv("PARLEY_LEARN") != "" {
			v, err := e.Embed(t.Context(), []string{probeText})
			if err != nil {
				t.Fatal(err)
			}
			h := &head{Probe: probeText, Begins: v[0][:16], Dims: len(v[0]), Classes: map[string][]float64{}}
			for _, name := range marks {
				h.Classes[name] = learn(vectors, all, name)
			}
			asked, labels := readAsks(t, lang, e)
			for _, a := range askedBy(t) {
				text := map[string]string{"en": a.en, "zh": a.zh}[lang]
				if text == "" {
					continue
				}
				v, err := e.Embed(t.Context(), []string{text})
				if err != nil {
					t.Fatal(err)
				}
				asked, labels = append(asked, v[0]), append(labels, a.label)
			}
			h.Asks = learnAsks(asked, labels)
			made[lang] = h
			continue
		}
		var b bents
		h, err := b.of(t.Context(), lang, e)
		if err != nil || h == nil {
			t.Fatalf("%s: %v, %v", lang, h, err)
		}
		for name, w := range h.Classes {
			right, n := 0, 0
			for i, s := range all {
				if s.is == name {
					n++
					if sure(w, vectors[i]) > 0.5 {
						right++
					}
				}
			}
			t.Logf("%s %s: %d of %d sentences", lang, name, right, n)
			if 10*right < 9*n {
				t.Errorf("%s %s: only %d of %d sentences are found again", lang, name, right, n)
			}
		}
	}
	if len(made) == 0 {
		return
	}
	raw, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", "heads.json"), append(raw, '\n'), 0o600); err != nil {
		t.Fatal(err)
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
