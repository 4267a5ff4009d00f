package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

// deaf understands nothing, or always the same.
type deaf struct {
	text string
	err  error
}

func (d deaf) Recognize(_ context.Context, u asr.Utterance) (asr.Transcript, error) {
	return asr.Transcript{Text: d.text, Lang: "en", Party: u.Party, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM)))}, d.err
}

// TestUnheardIsNotRecorded has a caller speak while something private is asked for and while nothing is, to a recogniser
// that gives no text, or fails.
func TestUnheardIsNotRecorded(t *testing.T) {
	for name, c := range map[string]struct {
		private bool
		err     error
	}{"no text": {true, nil}, "failed": {true, asr.ErrEngine}, "nothing asked": {false, nil}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { unheard(t, c.private, c.err) })
		})
	}
}

func unheard(t *testing.T, private bool, err error) {
	tape := &soundTape{}
	talk(t, deaf{err: err}, collecting{private: private}, tape, 2500*time.Millisecond)
	if level := tape.loudest(900*time.Millisecond, 3*time.Second); private != (level == audio.Quietest) {
		t.Errorf("what was not understood is in the recording at %.0f dBFS", level)
	}
}

// slow takes its time.
type slow struct{}

func (slow) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	select {
	case <-time.After(5 * time.Second):
	case <-ctx.Done():
	}
	return deaf{text: "four two seven one"}.Recognize(ctx, u)
}

// TestUnreadIsNotRecorded has a call end while what the caller said last is still being recognised.
func TestUnreadIsNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tape := &soundTape{}
		talk(t, slow{}, collecting{}, tape, 2*time.Second)
		if level := tape.loudest(900*time.Millisecond, 3*time.Second); level > audio.Quietest {
			t.Errorf("what was not read is in the recording at %.0f dBFS", level)
		}
	})
}

// talk is a call of somebody who speaks after a second, for a second and a half, and of which the end comes after more.
func talk(t *testing.T, ears pipeline.Recognizer, r pipeline.Redactor, tape pipeline.Tape, more time.Duration) *memoryLog {
	t.Helper()
	return talkTo(t, &pipeline.Bot{
		Recognizer: ears, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1),
		Redact: func(call.ID) pipeline.Redactor { return r },
	}, tape, more)
}

func talkTo(t *testing.T, b *pipeline.Bot, tape pipeline.Tape, more time.Duration) *memoryLog {
	t.Helper()
	leg, log := pipelinetest.NewLeg(nil), &memoryLog{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { // ends with ctx
		done <- b.Serve(ctx, leg, pipeline.Call{
			ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: log, Tape: tape,
			Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}},
		})
	}()
	time.Sleep(time.Second)
	leg.Play(audio.Sine(300, -20, 1500*time.Millisecond)) // a voice
	time.Sleep(1500*time.Millisecond + more)
	cancel()
	<-done
	synctest.Wait()
	return log
}
