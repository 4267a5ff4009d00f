package tts

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode"

	"github.com/parley-voice/parley/pipeline/work"
)

// ErrLate means that the engine took too long over a clause.
var ErrLate = errors.New("tts: no speech in time")

const (
	failuresMax = 2
	restTime    = 15 * time.Second
)

// health follows whether an engine works. After two failures in a row it rests, then one clause tries it again. The zero
// value is ready.
type health struct {
	mu     sync.Mutex
	failed int
	why    error
	until  time.Time
}

// resting returns why the engine is not asked now, nil when it may be.
func (h *health) resting() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed < failuresMax {
		return nil
	}
	now := time.Now()
	if now.Before(h.until) {
		return fmt.Errorf("left alone after %d failures: %w", h.failed, h.why)
	}
	h.until = now.Add(restTime) // this clause tries, others do not wait for what becomes of it
	return nil
}

// note tells how an attempt went. An unknown voice, or a place that was given up, is no failure of the engine.
func (h *health) note(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil:
		h.failed, h.why = 0, nil
	case errors.Is(err, ErrVoice), errors.Is(err, work.ErrClosed), errors.Is(err, work.ErrStale):
	default:
		h.failed, h.why, h.until = h.failed+1, err, time.Now().Add(restTime)
	}
}

// trouble returns the last failure, nil when it worked since.
func (h *health) trouble() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why
}

// saying is about how long text takes to say.
func saying(text string) time.Duration {
	d := time.Duration(0)
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			d += 250 * time.Millisecond
		} else {
			d += 70 * time.Millisecond
		}
	}
	return d
}
