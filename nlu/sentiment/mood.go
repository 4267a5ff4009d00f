package sentiment

import (
	"context"
	_ "embed"
	"fmt"
	"math"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/softmax"
)

// What texts/ taught about vectors of bge-small and the words' score, for each language: rows of little-endian float32, one
// for each Feeling, as long as Features are and a bias. "TestLearnMood" of cmd/parley/internal/evalnlu writes them.
var (
	//go:embed data/mood.en.f32
	moodEN []byte
	//go:embed data/mood.zh.f32
	moodZH []byte
)

// Feeling is how a text sounds, as texts are labelled that a Judge learns from.
type Feeling int

// The feelings, in the order of what is learnt.
const (
	Negative Feeling = iota
	Neutral
	Positive
	feelings
)

// Embedder turns texts into vectors of one length. It must be safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Judge tells how a text sounds by its words and by what it means as a whole, which also tells of "I have been passed on
// four times". It is safe for concurrent use.
type Judge struct {
	embedders map[string]Embedder
	weights   map[string]softmax.Rows
}

// NewJudge returns a Judge that reads with the embedders of bge-small for each language, "en" and "zh"; texts in a language
// without one are judged by their words alone.
func NewJudge(embedders map[string]Embedder) *Judge {
	return &Judge{embedders, map[string]softmax.Rows{"en": softmax.ReadRows(moodEN), "zh": softmax.ReadRows(moodZH)}}
}

// Mood is the sentiment of text, -1 (angry, sad) .. 1 (pleased), about 0 for text that tells nothing. It embeds the text, a
// few milliseconds, and fails only when that does.
func (j *Judge) Mood(ctx context.Context, text, lang string) (float64, error) {
	words := Score(text, lang)
	if lang != "zh" && hanzi.Share(text) > 0.3 {
		lang = "zh"
	}
	em := j.embedders[lang]
	if em == nil || text == "" {
		return words, nil
	}
	vecs, err := em.Embed(ctx, []string{text})
	if err != nil {
		return 0, fmt.Errorf("embed text: %w", err)
	}
	p := j.weights[lang].Scores(Features(vecs[0], words), int(feelings))
	if p == nil { // not the model that was learnt with
		return words, nil
	}
	softmax.Normalize(p)
	return math.Round(1000*(p[Positive]-p[Negative])) / 1000, nil
}

// Features are what a Judge looks at: the vector of a text, spread to the size that softmax.Fit wants, the score of its words
// and the sign of that.
func Features(vec []float32, words float64) []float64 {
	x := make([]float64, 0, len(vec)+2)
	for _, v := range vec {
		x = append(x, 4*float64(v))
	}
	sign := 0.0
	if math.Abs(words) > 0.05 {
		sign = math.Copysign(1, words)
	}
	return append(x, words, sign)
}
