// Package floor tells, from the words that a caller has said so far, what they do with the floor: leave it, because they have
// said what they wanted to say; keep it, because their sentence goes on after the pause; or ask for silence ("hold on, I'll get
// my card").
package floor

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/softmax"
)

// What texts/ taught for each language, about the words alone and about words with what bge-small makes of them: rows of
// little-endian float32, one for each Doing, as long as the features are and a bias. "TestLearnFloor" of
// cmd/parley/internal/evalnlu writes them.
var (
	//go:embed data/words.en.f32
	wordsEN []byte
	//go:embed data/words.zh.f32
	wordsZH []byte
	//go:embed data/read.en.f32
	readEN []byte
	//go:embed data/read.zh.f32
	readZH []byte
)

// Doing is what a caller does with the floor when they pause.
type Doing int

// The doings, in the order of what is learnt.
const (
	Over Doing = iota // leave it
	Open              // go on after the pause
	Wait              // want the other side to wait, or to be quiet
	Doings
)

// Reader gives the vector of a text, those of its word pieces one after the other, and how much each piece says, 0..1, nearly
// nothing for punctuation (knowledge/embed has it). It must be safe for concurrent use.
type Reader interface {
	Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error)
}

// Judge judges by the words and, where it can read them in context, by that. It is safe for concurrent use.
type Judge struct {
	readers     map[string]Reader
	words, read map[string]softmax.Rows
}

// NewJudge returns a Judge that reads with bge-small of each language, "en" and "zh"; texts in a language without a reader
// are judged by their words alone.
func NewJudge(readers map[string]Reader) *Judge {
	return &Judge{
		readers: readers,
		words:   map[string]softmax.Rows{"en": softmax.ReadRows(wordsEN), "zh": softmax.ReadRows(wordsZH)},
		read:    map[string]softmax.Rows{"en": softmax.ReadRows(readEN), "zh": softmax.ReadRows(readZH)},
	}
}

const (
	dictating = 0.7 // how open a text is at least that ends in dictated digits
	trailing  = 0.9 // and one that was heard to break off
	alone     = 0.7 // how likely a wish to wait is at least that is told from the words alone: those of "speak up please" are much alike
)

// Floor tells how likely it is that whoever said text has more to say, and that they want the other side to wait, 0..1
// each and together; text without words is neither. It reads the text, a few milliseconds unless it was read before, and fails only when that does.
func (j *Judge) Floor(ctx context.Context, text, lang string) (open, wait float64, err error) {
	if lang != "zh" && hanzi.Share(text) > 0.3 {
		lang = "zh"
	}
	words := wordsOf(text)
	if len(words) == 0 {
		return 0, 0, nil
	}
	x := wordFeatures(words, lang)
	var odds []float64
	if r := j.readers[lang]; r != nil {
		whole, rows, weights, err := r.Pieces(ctx, text)
		if err != nil {
			return 0, 0, fmt.Errorf("read text: %w", err)
		}
		odds = j.read[lang].Scores(Features(x, whole, rows, weights), int(Doings))
	}
	read := odds != nil
	if !read { // nothing to read with, or not what was learnt with
		odds = j.words[lang].Scores(x, int(Doings))
	}
	if odds == nil { // a language that nobody has learnt
		return 0, 0, nil
	}
	softmax.Normalize(odds)
	if open, wait = odds[Open], odds[Wait]; !read && wait < alone {
		wait = 0
	}
	switch {
	case trailsOff(text):
		open = max(open, trailing*(1-wait))
	case dictates(words):
		open = max(open, dictating*(1-wait))
	}
	return open, wait, nil
}
