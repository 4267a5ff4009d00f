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

// sample is a sentence with what it is: "promise", "rude", or "" for neither, and which of the two it certainly is not.
type sample struct {
	text  string
	is    string
	isNot map[string]bool
}

// samples are the sentences of a language to learn from: those of data, and what agents say in calls of the tests whose
// labels say that nothing was promised or nobody was rude.
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
		is := map[byte]string{'+': "promise", '!': "rude"}[line[0]]
		out = append(out, sample{fold(strings.TrimSpace(line[1:])), is, map[string]bool{"promise": is != "promise", "rude": is != "rude"}})
	}
	for _, g := range golden {
		set := readGolden(t, g.dir)
		fine := map[string]map[string]bool{}
		for _, l := range set.Labels {
			q := set.Form.Question(l.Question)
			if len(q.plan.want) > 0 && (q.plan.want[0].name == "promise" || q.plan.want[0].name == "rude") && l.Answer != q.FailOn {
				if fine[l.Call] == nil {
					fine[l.Call] = map[string]bool{}
				}
				fine[l.Call][q.plan.want[0].name] = true
			}
		}
		for _, c := range set.Calls {
			j := newJudge(t.Context(), New(Options{}), c)
			for _, s := range j.sents {
				if j.lang == lang && s.who == Agent && len(fine[c.ID]) > 0 {
					out = append(out, sample{s.text, "", fine[c.ID]})
				}
			}
		}
	}
	return out
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
		vectors := make([][]float32, len(all))
		for i, s := range all {
			if s.is == "" && os.Getenv("PARLEY_LEARN") == "" {
				continue // takes a minute, and is only learnt from
			}
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
			made[lang] = &head{Probe: probeText, Begins: v[0][:16], Dims: len(v[0]), Classes: map[string][]float64{
				"promise": learn(vectors, all, "promise"), "rude": learn(vectors, all, "rude"),
			}}
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
