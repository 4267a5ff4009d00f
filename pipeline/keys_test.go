package pipeline_test

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

// soundTape keeps what is recorded of the caller, and silences it as a file does.
type soundTape struct {
	mu   sync.Mutex
	left []int16
}

func (s *soundTape) Write(left, _ []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = append(s.left, left...)
	return nil
}

func (s *soundTape) Mute(left bool, from, to int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left {
		clear(s.left[min(from, int64(len(s.left))):min(to, int64(len(s.left)))])
	}
	return nil
}

func (s *soundTape) Discard() error { return nil }
func (s *soundTape) Close() error   { return nil }

// loudest is the level of the loudest frame in [from,to).
func (s *soundTape) loudest(from, to time.Duration) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	level := audio.Quietest
	for i := audio.Samples(from); i+audio.FrameLen <= min(audio.Samples(to), len(s.left)); i += audio.FrameLen {
		level = max(level, audio.Level(s.left[i:i+audio.FrameLen]))
	}
	return level
}

// collecting is a redactor of a call in which a number is waited for.
type collecting struct {
	open
	private bool
}

func (c collecting) Private(call.Party) bool { return c.private }

// TestPrivateKeys presses keys as a telephone does whose tones reach the line beside the events, while something private
// is asked for and while nothing is.
func TestPrivateKeys(t *testing.T) {
	for name, private := range map[string]bool{"private": true, "choice": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { pressKeys(t, private) })
		})
	}
}

func pressKeys(t *testing.T, private bool) {
	leg, log, tape := pipelinetest.NewLeg(nil), &memoryLog{}, &soundTape{}
	ctx, cancel := context.WithCancel(t.Context())
	b := &pipeline.Bot{
		Recognizer: deaf{text: "well, let me see"}, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1),
		Redact: func(call.ID) pipeline.Redactor { return collecting{private: private} },
	}
	done := make(chan error, 1)
	go func() { // ends with ctx
		done <- b.Serve(ctx, leg, pipeline.Call{
			ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: log, Tape: tape,
			Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}},
		})
	}()
	time.Sleep(500 * time.Millisecond)
	leg.Play(audio.Sine(300, -20, 200*time.Millisecond)) // a voice
	time.Sleep(1500 * time.Millisecond)
	for _, key := range "4271" {
		leg.Play(audio.DTMF(key, 100*time.Millisecond)[:audio.Samples(100*time.Millisecond)])
		leg.Press(key)
		time.Sleep(250 * time.Millisecond)
	}
	time.Sleep(time.Second)
	leg.Play(audio.Sine(300, -20, 200*time.Millisecond))
	time.Sleep(2 * time.Second)
	cancel()
	<-done
	synctest.Wait()

	if got := log.has(call.KindKey, `"digit":"4"`) || log.has(call.KindTurn, "[4]"); got == private {
		t.Errorf("the key is in the events: %v", got)
	}
	if private && !log.has(call.KindKey, "•") {
		t.Error("no key was told at all")
	}
	if level := tape.loudest(1900*time.Millisecond, 3400*time.Millisecond); level > -60 {
		t.Errorf("keys sound in the recording at %.0f dBFS", level)
	}
	if a, b := tape.loudest(500*time.Millisecond, 800*time.Millisecond), tape.loudest(4*time.Second, 4500*time.Millisecond); a < -30 || b < -30 {
		t.Errorf("what was said before and after is gone: %.0f and %.0f dBFS", a, b)
	}
	for _, e := range log.events {
		if private && regexp.MustCompile(`\b4271\b`).Match(e.Body) { // figures of loudness may have these digits
			t.Errorf("%s has the keys: %s", e.Kind, e.Body)
		}
	}
}
