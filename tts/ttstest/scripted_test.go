package ttstest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/ttstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScripted(t *testing.T) {
	t.Parallel()
	ttstest.Conform(t, ttstest.Case{Engine: &ttstest.Engine{}, Voice: tts.Voice{Name: "test", Lang: "en"}, Text: "Hello there.", Long: "Hello"})
}
