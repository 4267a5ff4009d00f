package quality

import (
	"bytes"
	"context"
	"encoding/gob"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// lesson is what one sentence teaches: from data (set ""), or from a call of a set, as the answers of people show.
type lesson struct {
	sample

	set    string
	vector []float32
}

// lessons are all that is learnt from in one language.
type lessons struct {
	lang string
	by   Embedder
	said []lesson

	senses   []senseLesson
	mean     []float32 // of the sentences of calls
	innocent []lesson  // what agents say in innocent calls
}

// remembered keeps vectors: each text is looked at many times.
type remembered struct {
	Embedder

	mu   sync.Mutex
	made map[string][]float32
}

// remembering is e with its vectors kept, and from one run to the next where PARLEY_VECTORS names a folder for them.
func remembering(t *testing.T, lang string, e Embedder) *remembered {
	t.Helper()
	r := &remembered{Embedder: e, made: map[string][]float32{}}
	folder := os.Getenv("PARLEY_VECTORS")
	if folder == "" {
		return r
	}
	file := filepath.Join(folder, lang+".gob")
	if raw, err := os.ReadFile(file); err == nil {
		if err := gob.NewDecoder(bytes.NewReader(raw)).Decode(&r.made); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
	}
	before := len(r.made)
	t.Cleanup(func() {
		if len(r.made) == before {
			return
		}
		var out bytes.Buffer
		if err := gob.NewEncoder(&out).Encode(r.made); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

func (r *remembered) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([][]float32, len(texts))
	for i, text := range texts {
		if r.made[text] == nil {
			v, err := r.Embedder.Embed(ctx, []string{text})
			if err != nil {
				return nil, err
			}
			r.made[text] = v[0]
		}
		out[i] = r.made[text]
	}
	return out, nil
}

func readLessons(t *testing.T, lang string, e Embedder) *lessons {
	t.Helper()
	l := &lessons{lang: lang, by: e}
	for _, s := range samples(t, lang) {
		l.said = append(l.said, lesson{s, "", l.vectorOf(t, s.text)})
	}
	for _, dir := range allSets(t) {
		for _, s := range saidIn(t, dir, lang) {
			l.said = append(l.said, lesson{s, dir, l.vectorOf(t, s.text)})
		}
	}
	return l
}

// saidIn are sentences of agents in the calls of a set: those that do what a question asks for, where people and the usual
// words agree on that, and those of calls in which people say that nobody did.
func saidIn(t *testing.T, dir, lang string) []sample {
	t.Helper()
	set := readGolden(t, dir)
	answer := map[[2]string]Value{}
	for _, l := range set.Labels {
		if k := [2]string{l.Call, l.Question}; answer[k] == "" {
			answer[k] = l.Answer
		}
	}
	var out []sample
	for _, c := range set.Calls {
		if languageOf(c) != lang {
			continue
		}
		card, err := New(Options{}).Judge(t.Context(), set.Form, c)
		if err != nil {
			t.Fatal(err)
		}
		never, does := map[string]bool{}, map[string]string{}
		for _, a := range card.Answers {
			q := set.Form.Question(a.Question)
			if len(q.plan.want) != 1 {
				continue
			}
			name, person := q.plan.want[0].name, answer[[2]string{c.ID, q.ID}]
			done := Yes
			if q.plan.want[0].kind == forbidden {
				done = q.FailOn
			}
			switch {
			case person == CannotTell || person == NA || person == "" || q.plan.bad || name == "identity" || name == "hold":
			case person != done:
				never[name] = true
			case a.Value == person && len(a.Evidence) > 0 && a.By == "wording":
				does[sentenceAt(c, a.Evidence[0])] = name
			}
		}
		for _, x := range newJudge(New(Options{}), c).sents {
			if x.who == Agent && (does[x.text] != "" || len(never) > 0) {
				out = append(out, sample{x.text, does[x.text], never})
			}
		}
	}
	return out
}

// sentenceAt is the folded sentence that holds e.
func sentenceAt(c Call, e Evidence) string {
	for _, s := range split(e.Turn, c.Turns[e.Turn], true) {
		if e.Start >= s.start && e.Start < s.end {
			return s.text
		}
	}
	return ""
}

// head learns from all that is not of the part of the sets named without, "" for from all.
func (l *lessons) head(t *testing.T, without string) *head {
	t.Helper()
	probe, err := l.by.Embed(t.Context(), []string{probeText})
	if err != nil {
		t.Fatal(err)
	}
	h := &head{Probe: probeText, Begins: probe[0][:16], Dims: len(probe[0]), Classes: map[string][]float64{}, Bars: map[string]float64{}}
	var said []lesson
	for _, x := range l.said {
		if x.set == "" || foldOf(t, x.set) != without {
			said = append(said, x)
		}
	}
	for _, name := range marks {
		h.Classes[name] = learn(said, name)
		h.Bars[name] = bar(said, name)
		t.Logf("%s %s: sure from %.3f", l.lang, name, h.Bars[name])
	}
	h.Asks = learnAsks(readAsks(t, l.lang, l.by, func(set string) bool { return foldOf(t, set) == without }))
	return h
}

func partOf(fold int) string { return string(rune('a' + fold)) }

// folds are the parts of the sets that are left out one at a time. Sets in a language are spread over them.
const folds = 3

func foldOf(t *testing.T, set string) string {
	t.Helper()
	return partOf(slices.Index(allSets(t), set) % folds)
}

// wrongly is how many of the innocent sentences of calls may be taken for what they are not: what is forbidden is looked for
// in a whole call and is rare, what is due in a part of it.
func wrongly(name string) float64 {
	if slices.Contains([]string{"promise", "rude", "threat", "leak", "disparage", "secretask"}, name) {
		return 0.003
	}
	return 0.01
}

// least is how sure one has to be in any case: of some concepts there are few innocent sentences.
const least = 0.7

// bar is how sure one has to be of name, by what is learnt from one half and looked for in the other.
func bar(all []lesson, name string) float64 {
	var innocent []float64
	for half := range 2 {
		var from, rest []lesson
		for i, x := range all {
			if mine := x.set == "" && i%2 == half || x.set != "" && int(x.set[0])%2 == half; mine {
				rest = append(rest, x)
			} else {
				from = append(from, x)
			}
		}
		w := learn(from, name)
		for _, x := range rest {
			if x.set != "" && x.is != name && x.isNot[name] {
				innocent = append(innocent, sure(w, x.vector))
			}
		}
	}
	if len(innocent) == 0 {
		return 0.9
	}
	slices.Sort(innocent)
	at := innocent[min(len(innocent)-1, int(float64(len(innocent))*(1-wrongly(name))))]
	return math.Round(1e3*max(least, at)) / 1e3
}
