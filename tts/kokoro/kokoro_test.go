package kokoro_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/onnx"
	"github.com/parley-voice/parley/tts/kokoro"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns the engine on the real weights, or skips.
func open(t *testing.T, o kokoro.Options) *kokoro.Engine {
	t.Helper()
	dir := filepath.Join(os.Getenv("PARLEY_MODELS"), "kokoro-82m")
	if _, err := os.Stat(filepath.Join(dir, "model.onnx")); os.Getenv("PARLEY_MODELS") == "" || err != nil {
		t.Skip("PARLEY_MODELS has no kokoro-82m: run `parley models pull`")
	}
	if err := onnx.Start(os.Getenv("PARLEY_ONNXRUNTIME")); err != nil {
		t.Skipf("ONNX Runtime: %v", err)
	}
	e, err := kokoro.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

var ctx = context.Background()
