package kokoro

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx"
	"github.com/parley-voice/parley/tts"
)

// What the model is.
const (
	modelRate   = 24000
	modelTokens = 510 // between the two zeros
	// frontEnd counts up when the way from text to sound changes, so that older speech in caches is not used.
	frontEnd = "1"
)

// Options says how the model is run.
type Options struct {
	// Threads is how many cores one Synthesize uses; 0 means 1.
	Threads int
	// Espeak is the espeak-ng program; "" means the one in PATH, "-" none. Without it, words that no lexicon has are
	// read by simple rules.
	Espeak string
	Log    *slog.Logger // nil discards
}

// Engine speaks with Kokoro. Its methods may be called from any goroutine.
type Engine struct {
	session  *onnx.Session
	vocab    map[rune]int64
	english  *english
	mandarin *mandarin
	dir      string
	identity string
	log      *slog.Logger

	mu     sync.Mutex
	styles map[string][]float32
}

// Open loads the model in dir: model.onnx, vocab.json, us_gold.json, us_silver.json and voices/*.bin. onnx.Start must
// have succeeded before. It blocks for about a second. The caller must Close the engine.
func Open(dir string, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	vocab, err := readVocab(filepath.Join(dir, "vocab.json"))
	if err != nil {
		return nil, err
	}
	lex, err := openLexicon(dir)
	if err != nil {
		return nil, err
	}
	model := filepath.Join(dir, "model.onnx")
	sum, err := hashFile(model)
	if err != nil {
		return nil, fmt.Errorf("read the speech model (parley models pull fetches it): %w", err)
	}
	// The runtime's own memory arena, even though texts differ in length: without it runs took 14 % more time and five
	// times the memory.
	session, err := onnx.Open(model, onnx.Options{Threads: max(1, o.Threads)})
	if err != nil {
		return nil, fmt.Errorf("load the speech model: %w", err)
	}
	en := &english{lex: lex, speak: newPhonemizer(findEspeak(o.Espeak, o.Log), o.Log)}
	return &Engine{
		session: session, vocab: vocab, english: en, mandarin: &mandarin{syl: newSyllables(), english: en},
		dir: dir, identity: "kokoro/" + frontEnd + "/" + sum[:16], log: o.Log, styles: map[string][]float32{},
	}, nil
}

// Close frees the model and ends the phoneme program. It must not overlap Synthesize.
func (e *Engine) Close() error {
	e.english.speak.close()
	if err := e.session.Close(); err != nil {
		return fmt.Errorf("close the speech model: %w", err)
	}
	return nil
}

// Identity names the engine, its way of reading text and its weights.
func (e *Engine) Identity() string { return e.identity }

// Voices lists the voices there are, English ones first.
func (e *Engine) Voices() []tts.Voice {
	files, _ := filepath.Glob(filepath.Join(e.dir, "voices", "*.bin")) // the pattern is good
	var en, zh []tts.Voice
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".bin")
		switch name[0] {
		case 'a', 'b':
			en = append(en, tts.Voice{Name: "kokoro:" + name, Lang: "en"})
		case 'z':
			zh = append(zh, tts.Voice{Name: "kokoro:" + name, Lang: "zh"})
		}
	}
	return append(en, zh...)
}

// Synthesize speaks text with v, whose Lang says how the text is read. See tts.Engine for the contract. Text longer
// than the model takes at once is spoken in parts.
func (e *Engine) Synthesize(ctx context.Context, text string, v tts.Voice) ([]int16, error) {
	style, err := e.style(v.Bare())
	if err != nil {
		return nil, err
	}
	var out []int16
	for _, tokens := range e.tokens(e.Phonemes(text, v.Lang)) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		pcm, err := e.run(ctx, tokens, style, v.Rate())
		if err != nil {
			return nil, err
		}
		out = append(out, pcm...)
	}
	return tts.Finish(out), nil
}

// Phonemes returns how text would be spoken, in the model's symbols.
func (e *Engine) Phonemes(text, lang string) string {
	text = tts.Normalize(text, lang)
	if strings.HasPrefix(lang, "zh") {
		return e.mandarin.phonemes(text)
	}
	return e.english.phonemes(text)
}

// tokens turns phonemes into the model's numbers, cut at pauses or words into parts the model can take.
func (e *Engine) tokens(phonemes string) [][]int64 {
	var parts [][]int64
	part := make([]int64, 0, modelTokens)
	pause, space := 0, 0 // where part may be cut
	for _, r := range phonemes {
		id, ok := e.vocab[r]
		if !ok {
			continue
		}
		part = append(part, id)
		switch {
		case strings.ContainsRune(marks, r):
			pause = len(part)
		case r == ' ':
			space = len(part)
		}
		if len(part) == modelTokens {
			at := modelTokens
			if pause > modelTokens/3 {
				at = pause
			} else if space > 0 {
				at = space
			}
			parts = append(parts, part[:at:at])
			part = append(make([]int64, 0, modelTokens), part[at:]...)
			pause, space = 0, 0
		}
	}
	if len(part) > 0 && strings.ContainsFunc(phonemes, func(r rune) bool { return !strings.ContainsRune(marks+" ", r) }) {
		parts = append(parts, part)
	}
	return parts
}

// run makes the sound of one part, at 16 kHz.
func (e *Engine) run(ctx context.Context, tokens []int64, style []float32, speed float64) ([]int16, error) {
	row := min(len(tokens), len(style)/styleLen-1)
	ids := make([]int64, len(tokens)+2)
	copy(ids[1:], tokens)
	out, err := e.session.Run(ctx, map[string]onnx.Tensor{
		e.session.Inputs()[0]: onnx.Ints(ids, 1, int64(len(ids))),
		"style":               onnx.Floats(style[row*styleLen:(row+1)*styleLen], 1, styleLen),
		"speed":               onnx.Floats([]float32{float32(speed)}),
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("make speech: %w", err)
	}
	wave := out[e.session.Outputs()[0]].Float
	pcm := make([]int16, len(wave))
	for i, x := range wave {
		pcm[i] = int16(min(max(x*32767, -32767), 32767))
	}
	return audio.Resample(pcm, modelRate, audio.Rate), nil
}

func readVocab(path string) (map[rune]int64, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the path is the weights folder's
	if err != nil {
		return nil, fmt.Errorf("read the speech model's symbols (parley models pull fetches them): %w", err)
	}
	var f struct {
		Vocab map[string]int64 `json:"vocab"`
	}
	if err := json.Unmarshal(b, &f); err != nil || len(f.Vocab) == 0 {
		return nil, fmt.Errorf("read the speech model's symbols in %s: %w", path, errors.Join(errVocab, err))
	}
	vocab := make(map[rune]int64, len(f.Vocab))
	for s, id := range f.Vocab {
		for _, r := range s {
			vocab[r] = id
		}
	}
	return vocab, nil
}

var errVocab = errors.New("kokoro: no symbols in the file")

func hashFile(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the weights folder's
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
