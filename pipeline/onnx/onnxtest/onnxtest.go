// Package onnxtest opens models in tests, which are skipped, and say so, where the machine has no weights or no runtime.
package onnxtest

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// Weights is where the file called name lies in the folder of the weights, or skips.
func Weights(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("PARLEY_MODELS")
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); dir == "" || err != nil {
		t.Skipf("PARLEY_MODELS has no %s: run parley models pull", name)
	}
	return path
}

// Start readies the runtime, or skips.
func Start(t testing.TB) {
	t.Helper()
	lib := os.Getenv("PARLEY_ONNXRUNTIME")
	if lib == "" {
		t.Skip("PARLEY_ONNXRUNTIME does not name libonnxruntime.so: . build/env.sh")
	}
	if err := onnx.Start(lib); err != nil {
		t.Fatal(err)
	}
}

// Opened is what was opened, which is closed when the test ends.
func Opened[T io.Closer](t testing.TB, opened T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}
