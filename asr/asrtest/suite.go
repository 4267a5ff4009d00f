package asrtest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
)

// Recognizer is what the suite tests.
type Recognizer interface {
	Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error)
}

// soon is how long an engine may take to return once its context has ended: an encoder pass on a busy machine.
const soon = 10 * time.Second

// Run checks that e keeps the promises of package asr. speech is a few seconds of English, 16 kHz; nil leaves out what
// needs it.
func Run(t *testing.T, e Recognizer, speech []int16) {
	t.Helper()
	t.Run("empty", func(t *testing.T) {
		if _, err := e.Recognize(context.Background(), utterance(nil, "en")); !errors.Is(err, asr.ErrEmpty) {
			t.Errorf("no sound gives %v, want asr.ErrEmpty", err)
		}
	})
	t.Run("silence", func(t *testing.T) {
		for name, pcm := range map[string][]int16{
			"zeros": make([]int16, 2*audio.Rate), "hiss": audio.Noise(-75, 2*time.Second, 1), "a moment": make([]int16, 3),
		} {
			got, err := e.Recognize(context.Background(), utterance(pcm, "en"))
			if err != nil || got.Text != "" || len(got.Words) != 0 {
				t.Errorf("%s: heard %q, %v", name, got.Text, err)
			}
		}
	})
	t.Run("cancelled", func(t *testing.T) { cancelled(t, e, speech) })
	if speech == nil {
		return
	}
	t.Run("speech", func(t *testing.T) {
		got, err := e.Recognize(context.Background(), utterance(speech, "en", "zh"))
		if err != nil {
			t.Fatal(err)
		}
		Check(t, got, utterance(speech, "en", "zh"))
		if got.Text == "" {
			t.Errorf("heard nothing in speech (rejected: %q)", got.Rejected)
		}
	})
	t.Run("one language", func(t *testing.T) {
		got, err := e.Recognize(context.Background(), utterance(speech, "zh"))
		if err != nil {
			t.Fatal(err)
		}
		Check(t, got, utterance(speech, "zh"))
	})
	t.Run("concurrent", func(t *testing.T) { concurrent(t, e, speech) })
}

func utterance(pcm []int16, langs ...string) asr.Utterance {
	return asr.Utterance{
		Party: call.Caller, PCM: pcm, Start: call.Offset(90 * time.Second), Class: work.Final, Langs: langs,
	}
}

func cancelled(t *testing.T, e Recognizer, speech []int16) {
	if speech == nil {
		speech = audio.Noise(-20, time.Second, 2)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	began := time.Now()
	if _, err := e.Recognize(ctx, utterance(speech, "en")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v, want context.Canceled", err)
	}
	why := errors.New("gave way")
	ctx, cause := context.WithCancelCause(context.Background())
	timer := time.AfterFunc(20*time.Millisecond, func() { cause(why) })
	defer timer.Stop()
	if _, err := e.Recognize(ctx, utterance(speech, "en")); err != nil && !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled meanwhile: %v, want the cause", err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("returned %v after it was cancelled", took)
	}
}

func concurrent(t *testing.T, e Recognizer, speech []int16) {
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Add(1)
		// Ends with its recognition.
		go func() {
			defer wg.Done()
			u := utterance(speech, "en")
			u.Start += call.Offset(time.Duration(i) * time.Minute)
			got, err := e.Recognize(context.Background(), u)
			if err != nil {
				t.Errorf("recognition %d: %v", i, err)
				return
			}
			Check(t, got, u)
		}()
	}
	wg.Wait()
}

// Check checks that a transcript fits its utterance: languages, offsets, probabilities.
func Check(t *testing.T, got asr.Transcript, u asr.Utterance) {
	t.Helper()
	end := u.Start + call.Offset(audio.Duration(len(u.PCM)))
	if got.Party != u.Party || got.Start != u.Start || got.End != end {
		t.Errorf("transcript of %s %v-%v, want %s %v-%v", got.Party, got.Start, got.End, u.Party, u.Start, end)
	}
	if len(u.Langs) > 0 && !slices.Contains(u.Langs, got.Lang) {
		t.Errorf("language %q is none of %v", got.Lang, u.Langs)
	}
	last := u.Start
	for _, w := range got.Words {
		if w.Start < last || w.End < w.Start || w.End > end || w.P < 0 || w.P > 1 || w.Text == "" {
			t.Errorf("word %+v does not fit %v-%v", w, last, end)
		}
		last = w.Start
	}
	if (got.Text == "") != (len(got.Words) == 0) {
		t.Errorf("text %q has %d words", got.Text, len(got.Words))
	}
	if got.Confidence < 0 || got.Confidence > 1 {
		t.Errorf("confidence %g", got.Confidence)
	}
}
