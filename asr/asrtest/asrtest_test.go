package asrtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScriptedConforms(t *testing.T) {
	t.Parallel()
	speech := audio.Noise(-20, 2*time.Second, 3)
	// The first two lines are used up by the cancelled recognitions of the suite.
	e := New(Line{Text: "slow", Took: time.Minute}, Line{Text: "what is my balance"}, Line{Text: "x"}, Line{Text: "y"})
	Run(t, e, speech)
	if n := len(e.Heard()); n == 0 {
		t.Error("the engine remembers nothing")
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	e := New(Line{Text: "one two", Lang: "zh"}, Line{Err: boom})
	u := asr.Utterance{PCM: audio.Noise(-20, time.Second, 4), Langs: []string{"en"}}
	got, err := e.Recognize(context.Background(), u)
	if err != nil || got.Text != "one two" || got.Lang != "zh" || len(got.Words) != 2 {
		t.Errorf("first line: %+v, %v", got, err)
	}
	if _, err := e.Recognize(context.Background(), u); !errors.Is(err, boom) {
		t.Errorf("second line: %v", err)
	}
	if got, err := e.Recognize(context.Background(), u); err != nil || got.Text != "" {
		t.Errorf("after the script: %+v, %v", got, err)
	}
}
