package onnx

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start readies the runtime, or skips where the machine has none.
func start(t testing.TB) {
	t.Helper()
	lib := os.Getenv("PARLEY_ONNXRUNTIME")
	if lib == "" {
		t.Skip("PARLEY_ONNXRUNTIME does not name libonnxruntime.so")
	}
	if err := Start(lib); err != nil {
		t.Fatal(err)
	}
}

// weights returns the path of a model, or skips.
func weights(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("PARLEY_MODELS")
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); dir == "" || err != nil {
		t.Skipf("PARLEY_MODELS has no %s", name)
	}
	return path
}

func silero(n int64) map[string]Tensor {
	in := make([]float32, n*576)
	for i := range in {
		in[i] = float32(math.Sin(float64(i)))
	}
	return map[string]Tensor{
		"input": Floats(in, n, 576), "state": Floats(make([]float32, 2*n*128), 2, n, 128), "sr": {Int: []int64{16000}},
	}
}

func TestStart(t *testing.T) {
	if err := Start(filepath.Join(t.TempDir(), "libonnxruntime.so")); !errors.Is(err, ErrNoLibrary) && Version() == "" {
		t.Errorf("a missing library: %v", err)
	}
	if Version() == "" {
		if err := Start(""); !errors.Is(err, ErrNoLibrary) {
			t.Errorf("no library beside the test: %v", err)
		}
		if _, err := Open("x", Options{}); !errors.Is(err, ErrNotStarted) {
			t.Errorf("Open before Start: %v", err)
		}
		junk := filepath.Join(t.TempDir(), "libonnxruntime.so.9")
		if err := os.WriteFile(junk, []byte("not a library"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Start(junk); err == nil {
			t.Error("started from a text file")
		}
		if found, err := find(filepath.Dir(junk)); err != nil || found != junk {
			t.Errorf("found %q, %v", found, err)
		}
	}
	start(t) // must work after the failures
	if err := Start(""); err != nil {
		t.Errorf("second Start: %v", err)
	}
	if err := Start("/nowhere/else.so"); err == nil {
		t.Error("started a second library")
	}
	if Version() == "" {
		t.Error("no version")
	}
}

// TestTellsNobody holds that the library writes down nothing about what it runs, which it would send to its makers.
func TestTellsNobody(t *testing.T) {
	start(t)
	model := weights(t, "silero-vad/silero_vad.onnx")
	if os.Getenv("PARLEY_ALONE") != "" { // in the process below: a library is started once in each
		s, err := Open(model, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(t.Context(), silero(1)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestTellsNobody$", "-test.v") //nolint:gosec // this program
	cmd.Env = append(os.Environ(), "PARLEY_ALONE=1", "HOME="+home, "XDG_CACHE_HOME=", noTelemetry+"=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestTellsNobody") {
		t.Fatalf("%v\n%s", err, out)
	}
	err = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("the library wrote %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRun(t *testing.T) {
	start(t)
	s, err := Open(weights(t, "silero-vad/silero_vad.onnx"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Inputs()) != 3 || len(s.Outputs()) != 2 {
		t.Fatalf("ports %v %v", s.Inputs(), s.Outputs())
	}
	ctx := context.Background()
	out, err := s.Run(ctx, silero(1))
	if err != nil {
		t.Fatal(err)
	}
	want := out["output"].Float
	if len(want) != 1 || len(out["stateN"].Float) != 256 || len(out["stateN"].Shape) != 3 {
		t.Fatalf("outputs %v", out)
	}
	in := silero(1)
	prob, next := make([]float32, 1), make([]float32, 256)
	b, err := s.Bind(in, map[string]Tensor{"output": Floats(prob, 1, 1), "stateN": Floats(next, 2, 1, 128)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Run(ctx); err != nil || prob[0] != want[0] {
		t.Errorf("bound: %v, want %v (%v)", prob, want, err)
	}
	clear(in["input"].Float) // the binding sees what the caller writes
	if err := b.Run(ctx); err != nil || prob[0] == want[0] {
		t.Errorf("bound buffers are not shared: %v (%v)", prob, err)
	}
	b.Close()
	b.Close()
	if err := b.Run(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	start(t)
	path := weights(t, "silero-vad/silero_vad.onnx")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, change := range map[string]func(map[string]Tensor){
		"no tensor":   func(m map[string]Tensor) { delete(m, "state") },
		"no input":    func(m map[string]Tensor) { m["extra"] = Floats([]float32{1}) },
		"do not fill": func(m map[string]Tensor) { m["state"] = Floats(make([]float32, 3), 2, 1, 128) },
		"impossible":  func(m map[string]Tensor) { m["state"] = Floats(make([]float32, 3), -2, 1) },
		"Error":       func(m map[string]Tensor) { m["state"] = Ints(make([]int64, 256), 2, 1, 128) },
	} {
		in := silero(1)
		change(in)
		if _, err := s.Run(ctx, in); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error with %q, got %v", name, err)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Run(cancelled, silero(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Run(ctx, silero(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	junk := filepath.Join(t.TempDir(), "junk.onnx")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(junk, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(junk, Options{}); err == nil {
		t.Error("opened half a model")
	}
	if _, err := Open(junk+"x", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing model: %v", err)
	}
}

// TestRunCancelled ends a long run in the middle.
func TestRunCancelled(t *testing.T) {
	start(t)
	s, err := Open(weights(t, "smart-turn/smart-turn-v3.2-cpu.onnx"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n = 64 // seconds of work
	in := map[string]Tensor{"input_features": Floats(make([]float32, n*80*800), n, 80, 800)}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := s.Run(ctx, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	t.Logf("a run cancelled after 100 ms ended after %v", time.Since(began).Round(time.Millisecond))
}

// TestRunTogether runs one session from several goroutines and checks that each gets its own answer.
func TestRunTogether(t *testing.T) {
	start(t)
	s, err := Open(weights(t, "silero-vad/silero_vad.onnx"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	for i := range 4 {
		in := silero(1)
		for k := range in["input"].Float {
			in["input"].Float[k] *= float32(i)
		}
		first, err := s.Run(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { // ends after its runs; waited for below
			for range 50 {
				out, err := s.Run(ctx, in)
				if err != nil || out["output"].Float[0] != first["output"].Float[0] {
					t.Errorf("got %v, want %v (%v)", out["output"], first["output"], err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestBoundRunAllocates checks that a bound run allocates no more than the wrapper's few pointers.
func TestBoundRunAllocates(t *testing.T) {
	start(t)
	s, err := Open(weights(t, "silero-vad/silero_vad.onnx"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(silero(1), map[string]Tensor{
		"output": Floats(make([]float32, 1), 1, 1), "stateN": Floats(make([]float32, 256), 2, 1, 128),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if n := testing.AllocsPerRun(20, func() { _ = b.Run(context.Background()) }); n > 8 {
		t.Errorf("allocates %.0f times a run", n)
	}
}
