// Package concern tells from the meaning of what a caller says whether somebody else should look at the call, and why:
// anger, a demand, a threat, danger, fraud, distress. Words alone miss what is said in an unusual way; here a small linear
// model over sentence embeddings generalises from examples, with calm ones beside them. It is evidence for assist/rules,
// not a decision.
package concern

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/knowledge/vector"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/intent"
	"github.com/parley-voice/parley/nlu/softmax"
)

//go:embed data/en.txt
var examplesEN string

//go:embed data/zh.txt
var examplesZH string

// Calm is the kind of what concerns nobody else.
const Calm = "calm"

// Embedder turns texts into vectors of length one. It must be safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Keeper is an Embedder that keeps the vectors of texts which are part of the program from one start to the next. What
// callers say is never given to it.
type Keeper interface {
	EmbedKept(ctx context.Context, texts []string) ([][]float32, error)
}

// Opinion is what is made of one turn.
type Opinion struct {
	Kind    string  // likeliest kind that is not calm
	Concern float64 // probability that the turn is not calm, 0..1
	Case    Case    // only from JudgeReply
}

// Judge gives opinions. It is safe for concurrent use.
type Judge struct {
	embedders map[string]Embedder
	models    map[string]*model
	scales    map[string]*scale
	replies   map[string]*scale
}

// example is one line of a file of examples.
type example struct{ kind, text string }

func parse(raw string) []example {
	var out []example
	for line := range strings.Lines(raw) {
		kind, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && !strings.HasPrefix(kind, "#") {
			out = append(out, example{kind, text})
		}
	}
	return out
}

// background are ordinary requests, all of them calm: the examples of the built-in intents and the questions of the sample
// bases.
func background(lang string) []example {
	var out []example
	for _, e := range intent.Default() {
		if e.Lang == lang && e.Intent != nlu.IntentComplaint {
			out = append(out, example{Calm, e.Text})
		}
	}
	for _, base := range samples.Names() {
		raw, _ := samples.CSV(base)
		for _, e := range ingest.Bytes(base+".csv", raw, base).Entries {
			if e.Lang == lang {
				out = append(out, example{Calm, e.Question})
			}
		}
	}
	return out
}

// Train learns from the built-in examples in the languages ("en", "zh") that have an embedder: about 2,500 texts each are
// embedded, by EmbedKept where there is one. The same embedders always give the same Judge.
func Train(ctx context.Context, embedders map[string]Embedder) (*Judge, error) {
	return TrainWithout(ctx, embedders, func(string) bool { return false })
}

// TrainWithout is Train, but makes no use of the turns of dialogues that leave names by what the caller says, so that these
// dialogues can be judged by what others have taught.
func TrainWithout(ctx context.Context, embedders map[string]Embedder, leave func(said string) bool) (*Judge, error) {
	j := &Judge{embedders: embedders, models: map[string]*model{}, scales: map[string]*scale{}, replies: map[string]*scale{}}
	for lang, raw := range map[string]string{"en": examplesEN, "zh": examplesZH} {
		em := embedders[lang]
		if em == nil {
			continue
		}
		examples := append(parse(raw), background(lang)...)
		texts, kinds := make([]string, len(examples)), make([]string, len(examples))
		for i, e := range examples {
			texts[i], kinds[i] = e.text, e.kind
		}
		vecs, err := embedKept(ctx, em, texts)
		if err != nil {
			return nil, fmt.Errorf("embed examples of concern: %w", err)
		}
		j.models[lang] = fit(vecs, kinds)
		if j.scales[lang], err = learnScale(ctx, em, "cases", lessons(lang, leave)); err != nil {
			return nil, err
		}
		if j.replies[lang], err = learnScale(ctx, em, "replies", replyLessons(lang, leave)); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// embedKept embeds texts of the program, which are kept where em can do that.
func embedKept(ctx context.Context, em Embedder, texts []string) ([][]float32, error) {
	if k, ok := em.(Keeper); ok {
		return k.EmbedKept(ctx, texts)
	}
	return em.Embed(ctx, texts)
}

// least is the length of a sentence, in letters, that is judged by itself.
const (
	leastEn   = 12
	leastZh   = 5
	inParts   = 4
	partSays  = 0.9 // what the opinion on a sentence counts for the whole turn
	longTurns = 600
)

// Judge gives an opinion on a turn of the caller; without a model for lang it is the zero Opinion.
func (j *Judge) Judge(ctx context.Context, text, lang string) (Opinion, error) {
	m := j.models[lang]
	if m == nil || strings.TrimSpace(text) == "" {
		return Opinion{}, nil
	}
	vecs, err := j.embedders[lang].Embed(ctx, pieces(text, lang))
	if err != nil {
		return Opinion{}, fmt.Errorf("embed turn: %w", err)
	}
	return m.opinion(vecs), nil
}

// pieces are what of a turn is judged by itself: the whole, and then its last sentences where it has more than one.
func pieces(text, lang string) []string {
	out := []string{clip(text)}
	if parts := sentences(text, lang); len(parts) > 1 {
		out = append(out, parts[max(0, len(parts)-inParts):]...)
	}
	return out
}

// opinion is the gravest one on the pieces of a turn.
func (m *model) opinion(vecs [][]float32) Opinion {
	var best Opinion
	for i, v := range vecs {
		o := m.judge(v)
		if i > 0 {
			o.Concern *= partSays
		}
		if i == 0 || o.Concern > best.Concern {
			best = o
		}
	}
	return best
}

func clip(s string) string {
	rs := []rune(s)
	return string(rs[:min(len(rs), longTurns)])
}

func sentences(text, lang string) []string {
	least := leastEn
	if lang == "zh" {
		least = leastZh
	}
	var out []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?。！？;；", r) }) {
		if p = strings.TrimSpace(p); len([]rune(p)) >= least {
			out = append(out, clip(p))
		}
	}
	return out
}

// model is a multinomial logistic regression.
type model struct {
	kinds  []string
	calm   int
	centre []float64
	weight [][]float64 // by kind; the last number is the bias
}

// How the model is fitted: plain gradient descent on few examples, held back by a penalty.
const (
	rounds    = 250
	rate      = 0.5
	penalty   = 0.003
	stretch   = 6.0  // centred vectors are short
	calmShare = 0.55 // what the calm examples weigh together
)

func fit(vecs [][]float32, labels []string) *model {
	m := &model{}
	for _, l := range labels {
		if !slices.Contains(m.kinds, l) {
			m.kinds = append(m.kinds, l)
		}
	}
	slices.Sort(m.kinds)
	m.calm = slices.Index(m.kinds, Calm)
	m.centre = make([]float64, len(vecs[0]))
	for _, v := range vecs {
		for i, x := range v {
			m.centre[i] += float64(x) / float64(len(vecs))
		}
	}
	xs, class, calm := make([][]float64, len(vecs)), make([]int, len(vecs)), 0
	for i, v := range vecs {
		xs[i], class[i] = centred(v, m.centre), slices.Index(m.kinds, labels[i])
		if class[i] == m.calm {
			calm++
		}
	}
	m.weight = make([][]float64, len(m.kinds))
	for k := range m.weight {
		m.weight[k] = make([]float64, len(m.centre)+1)
	}
	for range rounds {
		m.step(xs, class, calmShare/float64(calm), (1-calmShare)/float64(len(xs)-calm))
	}
	return m
}

// step goes down the gradient once; calm and other are the weights of examples.
func (m *model) step(xs [][]float64, class []int, calm, other float64) {
	grads := make([][]float64, len(m.weight))
	for k := range grads {
		grads[k] = make([]float64, len(m.weight[k]))
	}
	for i, x := range xs {
		w := other
		if class[i] == m.calm {
			w = calm
		}
		for k, p := range m.probabilities(x) {
			d := p
			if k == class[i] {
				d--
			}
			d *= w
			g := grads[k][:len(x)]
			for n, v := range x {
				g[n] += d * v
			}
		}
	}
	for k, g := range grads {
		for n := range g {
			m.weight[k][n] -= rate * (g[n] + penalty*m.weight[k][n])
		}
	}
}

// centred is v away from the centre of the examples, stretched, with a 1 for the bias.
func centred(v []float32, centre []float64) []float64 {
	out := make([]float64, len(v)+1)
	for i, x := range v {
		out[i] = stretch * (float64(x) - centre[i])
	}
	out[len(v)] = 1
	return out
}

func (m *model) probabilities(x []float64) []float64 {
	out := make([]float64, len(m.weight))
	for k, w := range m.weight {
		out[k] = vector.Dot(w, x)
	}
	softmax.Normalize(out)
	return out
}

func (m *model) judge(v []float32) Opinion {
	ps := m.probabilities(centred(v, m.centre))
	best := -1
	for k, p := range ps {
		if k != m.calm && (best < 0 || p > ps[best]) {
			best = k
		}
	}
	return Opinion{Kind: m.kinds[best], Concern: 1 - ps[m.calm]}
}
