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
	leg, log, tape := pipelinetest.NewLeg(nil), &memoryLog{}, &soundTape{}
	ctx, cancel := context.WithCancel(t.Context())
	b := &pipeline.Bot{
		Recognizer: deaf{err: err}, Answerer: scripted{}, Speaker: tones{}, Work: work.New(1),
		Redact: func(call.ID) pipeline.Redactor { return collecting{private: private} },
	}
	done := make(chan error, 1)
	go func() { // ends with ctx
		done <- b.Serve(ctx, leg, pipeline.Call{
			ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: log, Tape: tape,
			Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}},
		})
	}()
	time.Sleep(time.Second)
	leg.Play(audio.Sine(300, -20, 1500*time.Millisecond)) // a voice
	time.Sleep(4 * time.Second)
	cancel()
	<-done
	synctest.Wait()
	if level := tape.loudest(900*time.Millisecond, 3*time.Second); private != (level == audio.Quietest) {
		t.Errorf("what was not understood is in the recording at %.0f dBFS", level)
	}
}
