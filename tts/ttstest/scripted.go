// Package ttstest helps to test what speaks: a scripted engine that makes tones instead of speech, and the conformance
// suite that every engine passes.
package ttstest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

// PerLetter is how long the scripted engine speaks for each character of a text, at speed 1.
const PerLetter = 60 * time.Millisecond

// Engine is a scripted voice: a tone of 440 Hz that lasts PerLetter a character. The zero value speaks at once with any
// voice whose bare name is "test" or starts with "test_". Its methods may be called from any goroutine.
type Engine struct {
	// Before, if set, is called at the start of each Synthesize; its error becomes the result. It may block until ctx
	// ends.
	Before func(ctx context.Context, text string) error

	mu   sync.Mutex
	said []string
}

// Identity names the engine.
func (e *Engine) Identity() string { return "ttstest/1" }

// Said returns the texts spoken so far, in the order in which they were begun.
func (e *Engine) Said() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.said...)
}

// Synthesize makes the tone.
func (e *Engine) Synthesize(ctx context.Context, text string, v tts.Voice) ([]int16, error) {
	if name := v.Bare(); name != "test" && !strings.HasPrefix(name, "test_") {
		return nil, fmt.Errorf("%w %q", tts.ErrVoice, name)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	e.mu.Lock()
	e.said = append(e.said, text)
	e.mu.Unlock()
	if e.Before != nil {
		if err := e.Before(ctx, text); err != nil {
			return nil, err
		}
	}
	length := time.Duration(float64(utf8.RuneCountInString(text)) * float64(PerLetter) / v.Rate())
	return tts.Finish(audio.Sine(440, -17, length)), nil
}
