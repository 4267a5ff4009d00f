package pipeline_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/work"
)

// hesitant is unsure of text when it is asked for one try, and counts tries.
type hesitant struct {
	mu         sync.Mutex
	text       string
	once, more int
}

func (h *hesitant) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, err := deaf{text: h.text}.Recognize(ctx, u)
	switch {
	case u.Class == work.Partial:
	case u.Once:
		h.once, t.Unsure = h.once+1, true
	default:
		h.more++
	}
	return t, err
}

// TestUnsureIsHeardAgain has the recogniser unsure of a question that is answered well all the same, of one that is not, of
// nothing at all, and of something private.
func TestUnsureIsHeardAgain(t *testing.T) {
	for name, c := range map[string]struct {
		text        string
		private     bool
		first, more bool
	}{
		"known": {"question of mine", false, true, false}, "unknown": {"mumbling", false, true, true},
		"nothing": {"", false, true, true}, "private": {"question of mine", true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ears := &hesitant{text: c.text}
				talk(t, ears, collecting{private: c.private}, &soundTape{}, 2500*time.Millisecond)
				ears.mu.Lock()
				defer ears.mu.Unlock()
				if (ears.once > 0) != c.first || (ears.more > 0) != c.more {
					t.Errorf("heard %d times at one try and %d times at as many as it takes", ears.once, ears.more)
				}
			})
		})
	}
}
