package espeak_test

import (
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/espeak"
	"github.com/parley-voice/parley/tts/ttstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed: install the package espeak-ng")
	}
	e, err := espeak.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("This is a long sentence that takes its time, ", 200)
	ttstest.Conform(t, ttstest.Case{Engine: e, Voice: tts.Voice{Name: "espeak:en-us", Lang: "en"}, Text: "Good morning, it is 9:30.", Long: long})
	t.Run("mandarin", func(t *testing.T) {
		ttstest.Conform(t, ttstest.Case{Engine: e, Voice: tts.Voice{Name: "cmn", Lang: "zh"}, Text: "您好，运费12元。", Long: long})
	})
}

func TestMissing(t *testing.T) {
	t.Parallel()
	if _, err := espeak.Open(t.Context(), "/nonexistent/espeak-ng"); err == nil {
		t.Error("a missing program was accepted")
	}
}
