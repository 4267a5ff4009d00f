package quality

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"sync"

	"github.com/parley-voice/parley/knowledge/vector"
)

// headsJSON is what was learnt from the lines under data and the calls of the tests; see TestHeads.
//
//go:embed data/heads.json
var headsJSON []byte

// head tells by meaning what a sentence does, as promising what is not the agent's to promise or asking who is calling, and
// what a question asks for: straight lines between the vectors of sentences that do and of others.
type head struct {
	// Probe is a sentence and the beginning of its vector: an Embedder of another model, for which nothing was learnt, gives
	// another one.
	Probe   string               `json:"probe"`
	Begins  []float32            `json:"begins"`
	Dims    int                  `json:"dims"`
	Classes map[string][]float64 `json:"classes"` // by concept: a weight for each dimension, then the offset
	// Bars are how sure one has to be of each of them: hardly ever that sure of sentences that are innocent.
	Bars map[string]float64   `json:"bars"`
	Asks map[string][]float64 `json:"asks"` // weights as in Classes for what questions ask for
	Acts map[string][]float64 `json:"acts"` // and for what sentences do, innocent among it
	// Faults are such weights for what must not be done, innocent among it, learnt also from what is said in calls in which
	// nothing of the kind was done; Told for what facts say of a thing.
	Faults map[string][]float64 `json:"faults"`
	Told   map[string][]float64 `json:"told"`
	// Senses are such weights for the sense in which they ask for it, Offends for phrases that do what must not be.
	Senses  map[string][]float64 `json:"senses"`
	Offends []float64            `json:"offends"`
	Mean    []float32            `json:"mean"` // of the vectors of sentences
}

// bents are the heads of each language that fit the Embedders in use. It is safe for concurrent use.
type bents struct {
	mu   sync.Mutex
	fits map[string]*head // nil for an Embedder that nothing was learnt for
}

// alike is how near, in cosine, the beginnings of two vectors of one sentence are, at least, when one model made both.
const alike = 0.98

// learnt gives the Embedder of a language and what was learnt with it, both nil where there is nothing.
func (s *Scorer) learnt(ctx context.Context, lang string) (Embedder, *head, error) {
	e := s.opt.Embedders[lang]
	if e == nil {
		return nil, nil, nil
	}
	h, err := s.bents.of(ctx, lang, e)
	if err != nil || h == nil {
		return nil, nil, err
	}
	return e, h, nil
}

// of gives what was learnt for a language and an Embedder, nil for nothing.
func (b *bents) of(ctx context.Context, lang string, e Embedder) (*head, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h, asked := b.fits[lang]; asked {
		return h, nil
	}
	var all map[string]*head
	if err := json.Unmarshal(headsJSON, &all); err != nil {
		return nil, fmt.Errorf("read what was learnt: %w", err)
	}
	h := all[lang]
	if h != nil {
		v, err := e.Embed(ctx, []string{h.Probe})
		if err != nil {
			return nil, err
		}
		if len(v[0]) != h.Dims || cosine(v[0], h.Begins) < alike {
			h = nil
		}
	}
	if b.fits == nil {
		b.fits = map[string]*head{}
	}
	b.fits[lang] = h
	return h, nil
}

func cosine(a, b []float32) float64 {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	size := math.Sqrt(float64(vector.Dot(a, a)) * float64(vector.Dot(b, b)))
	if size == 0 {
		return 0
	}
	return float64(vector.Dot(a, b)) / size
}

// sure is the probability, 0 to 1, that a sentence with vector v belongs to the class of weights w.
func sure(w []float64, v []float32) float64 {
	sum := w[len(w)-1]
	for i := range v {
		sum += w[i] * float64(v[i])
	}
	return 1 / (1 + math.Exp(-sum))
}

// leaning is how a sentence sounds to what was learnt of a concept.
type leaning struct {
	p     float64 // that it does what the concept is about
	bar   float64 // how sure one has to be of that
	known bool    // false: nothing can be said, without an Embedder, of concepts that were not learnt and once enough was embedded
}

func (l leaning) does() bool { return l.known && l.p > l.bar }

// leans is how s sounds to what was learnt of concept name.
func (j *judge) leans(name string, s sentence) (leaning, error) {
	e := j.scorer.opt.Embedders[j.lang]
	if e == nil {
		return leaning{}, nil
	}
	h, err := j.scorer.bents.of(j.ctx, j.lang, e)
	if err != nil || h == nil || h.Classes[name] == nil {
		return leaning{}, err
	}
	v, err := j.vector(s.text, false)
	if err != nil || len(v) != h.Dims {
		return leaning{}, err
	}
	return leaning{sure(h.Classes[name], v), h.Bars[name], true}, nil
}
