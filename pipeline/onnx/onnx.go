// Package onnx runs neural networks stored in ONNX files on the CPU through ONNX Runtime. It hides the one environment
// a process may have, keeps the runtime's threads few and asleep while there is nothing to do, and copies nothing it
// need not. Tensors hold float32 or int64, which is all that Parley's models want.
package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Errors that callers tell apart.
var (
	ErrNoLibrary  = errors.New("ONNX Runtime library not found")
	ErrNotStarted = errors.New("ONNX Runtime is not started: call onnx.Start first")
	ErrClosed     = errors.New("session is closed")
)

// cores is read before a program gives Go more processors than there are.
var cores = max(1, runtime.GOMAXPROCS(0))

// Cores is how many inferences of one thread each can run at once: the processors that the machine, or its control group,
// gives this process.
func Cores() int { return cores }

// noTelemetry keeps the library from what it does unasked: give the machine an ID, keep a list of what was run under ~/.cache/Microsoft
// and send it to its makers. It must be set before the library is loaded; turning events off afterwards is too late.
const noTelemetry = "ORT_DISABLE_TELEMETRY"

// environment is ONNX Runtime's state, of which a process has one, whoever asks for it.
var environment struct {
	sync.Mutex
	path string // of the library that runs; empty before
}

// Start loads the ONNX Runtime library from libPath and readies it; sessions can be opened from then on until the
// process ends. With an empty libPath it looks for libonnxruntime.so* beside the executable, in lib/ there and in
// ../lib/. It may be called any number of times from any goroutine; once it has succeeded, further calls with the same
// or an empty path do nothing, and one with another path is an error. A missing library gives ErrNoLibrary.
func Start(libPath string) error {
	environment.Lock()
	defer environment.Unlock()
	if environment.path != "" {
		if libPath == "" || same(libPath, environment.path) {
			return nil
		}
		return fmt.Errorf("start ONNX Runtime from %s: %s runs already in this process", libPath, environment.path)
	}
	if libPath == "" {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find ONNX Runtime: %w", err)
		}
		if libPath, err = find(filepath.Dir(exe)); err != nil {
			return err
		}
	}
	if st, err := os.Stat(libPath); err != nil || st.IsDir() {
		return fmt.Errorf("%w: %s is no file", ErrNoLibrary, libPath)
	}
	if err := os.Setenv(noTelemetry, "1"); err != nil {
		return fmt.Errorf("start ONNX Runtime: %w", err)
	}
	ort.SetSharedLibraryPath(libPath)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("start ONNX Runtime from %s: %w", libPath, err)
	}
	environment.path = libPath
	return nil
}

// Version returns the version of the library that Start loaded, "" before.
func Version() string {
	if !started() {
		return ""
	}
	return ort.GetVersion()
}

func started() bool {
	environment.Lock()
	defer environment.Unlock()
	return environment.path != ""
}

// find returns the newest libonnxruntime.so* in dir or its lib folders.
func find(dir string) (string, error) {
	for _, d := range []string{dir, filepath.Join(dir, "lib"), filepath.Join(dir, "..", "lib")} {
		found, err := filepath.Glob(filepath.Join(d, "libonnxruntime.so*"))
		if err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%w beside the program: put libonnxruntime.so into %s, or name it in the configuration",
		ErrNoLibrary, filepath.Join(dir, "lib"))
}

// same tells whether two paths lead to one file.
func same(a, b string) bool {
	sa, errA := os.Stat(a)
	sb, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(sa, sb)
}
