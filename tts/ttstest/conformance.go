package ttstest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

// Case is what the conformance suite needs to know of an engine.
type Case struct {
	Engine tts.Engine
	Voice  tts.Voice // one the engine has
	Text   string    // a short sentence in the voice's language
	Long   string    // one that takes longer to speak, to be cancelled
}

// Conform runs the conformance suite: what every engine owes its callers.
func Conform(t *testing.T, c Case) {
	t.Helper()
	ctx := t.Context()
	pcm, err := c.Engine.Synthesize(ctx, c.Text, c.Voice)
	if err != nil {
		t.Fatalf("Synthesize(%q): %v", c.Text, err)
	}
	t.Run("sound", func(t *testing.T) { sound(t, pcm) })
	t.Run("same again", func(t *testing.T) {
		again, err := c.Engine.Synthesize(ctx, c.Text, c.Voice)
		if err != nil || !slices.Equal(pcm, again) {
			t.Errorf("a second Synthesize gives %d samples and %v, the first gave %d; want the same sound", len(again), err, len(pcm))
		}
	})
	t.Run("unknown voice", func(t *testing.T) {
		v := c.Voice
		v.Name = "no-such-voice"
		if _, err := c.Engine.Synthesize(ctx, c.Text, v); !errors.Is(err, tts.ErrVoice) {
			t.Errorf("got %v, want ErrVoice", err)
		}
	})
	t.Run("nothing to say", func(t *testing.T) {
		for _, text := range []string{"", "  ", "...", "\n"} {
			if pcm, err := c.Engine.Synthesize(ctx, text, c.Voice); err != nil || len(pcm) > audio.Rate {
				t.Errorf("Synthesize(%q) = %d samples, %v; want next to nothing", text, len(pcm), err)
			}
		}
		if pcm, _ := c.Engine.Synthesize(ctx, "", c.Voice); len(pcm) != 0 {
			t.Errorf("Synthesize(\"\") gives %d samples", len(pcm))
		}
	})
	t.Run("speed", func(t *testing.T) {
		v := c.Voice
		v.Speed = 1.5
		fast, err := c.Engine.Synthesize(ctx, c.Text, v)
		if err != nil || len(fast) >= len(pcm) {
			t.Errorf("at speed 1.5: %d samples, %v; at speed 1: %d", len(fast), err, len(pcm))
		}
	})
	t.Run("cancelled", func(t *testing.T) { cancelled(t, c) })
	t.Run("at once", func(t *testing.T) { atOnce(t, c, pcm) })
}

// sound checks level, silence at the ends and clipping.
func sound(t *testing.T, pcm []int16) {
	if len(pcm) < audio.Rate/4 {
		t.Fatalf("%d samples are too few for speech", len(pcm))
	}
	if l := audio.Level(pcm); l < -28 || l > -15 {
		t.Errorf("level is %.1f dBFS, want about -20", l)
	}
	loudest := 0
	for _, s := range pcm {
		loudest = max(loudest, int(s), -int(s))
	}
	if loudest > 30000 {
		t.Errorf("peak is %d: too close to clipping", loudest)
	}
	head, tail := pcm[:60*audio.SamplesPerMS], pcm[len(pcm)-120*audio.SamplesPerMS:]
	if audio.Level(head) < -55 {
		t.Error("more than 60 ms of silence at the start")
	}
	if audio.Level(tail) < -60 {
		t.Error("more than 120 ms of silence at the end")
	}
}

func cancelled(t *testing.T, c Case) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Engine.Synthesize(ctx, c.Text, c.Voice); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := c.Engine.Synthesize(ctx, c.Long, c.Voice)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled while it works: %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to notice that the context had ended", took)
	}
}

func atOnce(t *testing.T, c Case, want []int16) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { // ends with its Synthesize; waited for below
			pcm, err := c.Engine.Synthesize(t.Context(), c.Text, c.Voice)
			if err != nil || !slices.Equal(pcm, want) {
				t.Errorf("beside others: %d samples, %v; want the same %d", len(pcm), err, len(want))
			}
		})
	}
	wg.Wait()
}
