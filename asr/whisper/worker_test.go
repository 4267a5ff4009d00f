package whisper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/asrtest"
	"github.com/parley-voice/parley/pipeline/audio"
)

// childEnv makes the test binary a worker's child: "real" serves the weights, "scripted" the engine below.
const childEnv = "PARLEY_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		goleak.VerifyTestMain(m)
	case "real":
		exit(ServeWorker(context.Background(), os.Stdin, os.Stdout))
	case "scripted":
		exit(serveWorker(context.Background(), os.Stdin, os.Stdout, func(h hello) (recognizer, error) {
			if h.Weights == "missing" {
				return nil, errors.New("no such weights")
			}
			return scripted{}, nil
		}))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// scripted does what the first hot word says.
type scripted struct{}

func (scripted) Close() error { return nil }

func (scripted) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	t, err := asrtest.New(asrtest.Line{Text: "hello"}).Recognize(ctx, u)
	if err != nil || len(u.Hot) == 0 {
		return t, err
	}
	switch u.Hot[0] {
	case "crash":
		fmt.Fprintln(os.Stderr, "GGML_ASSERT: about to crash")
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "hang":
		select {}
	case "slow":
		<-ctx.Done()
		return t, ctx.Err()
	case "fail":
		return t, fmt.Errorf("%w: by script", asr.ErrEngine)
	}
	return t, nil
}

func openScripted(t *testing.T, opt WorkerOptions) *Worker {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	opt.Exe, opt.Env = exe, append(os.Environ(), childEnv+"=scripted")
	w, err := OpenWorker(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func say(hot ...string) asr.Utterance {
	return asr.Utterance{PCM: audio.Noise(-20, time.Second, 1), Langs: []string{"en"}, Hot: hot}
}

func TestWorkerConforms(t *testing.T) {
	asrtest.Run(t, openScripted(t, WorkerOptions{}), audio.Noise(-20, 2*time.Second, 1))
}

// A crash or a hang costs the utterance in which it happens and no other.
func TestWorkerSurvives(t *testing.T) {
	w := openScripted(t, WorkerOptions{Deadline: 3 * time.Second})
	for _, c := range []struct{ name, hot, want string }{
		{"crash", "crash", "died"}, {"hang", "hang", "no answer"}, {"failure", "fail", "by script"},
	} {
		_, err := w.Recognize(context.Background(), say(c.hot))
		if !errors.Is(err, asr.ErrEngine) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want asr.ErrEngine with %q", c.name, err, c.want)
		}
		got, err := w.Recognize(context.Background(), say())
		if err != nil || got.Text != "hello" {
			t.Errorf("after %s: %q, %v", c.name, got.Text, err)
		}
	}
	if n := w.Crashes(); n != 2 {
		t.Errorf("%d crashes counted, want 2", n)
	}
}

// What systemd and terminals send to all processes at once is for the parent.
func TestWorkerOutlivesSignals(t *testing.T) {
	w := openScripted(t, WorkerOptions{})
	pid := w.PID()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM} {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Recognize(context.Background(), say()); err != nil || got.Text != "hello" {
			t.Errorf("after %v: %q, %v", s, got.Text, err)
		}
	}
	if w.PID() != pid || w.Crashes() != 0 {
		t.Errorf("process %d became %d, %d crashes", pid, w.PID(), w.Crashes())
	}
}

func TestWorkerCancelReturnsAtOnce(t *testing.T) {
	w := openScripted(t, WorkerOptions{})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := w.Recognize(ctx, say("slow")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > time.Minute { // it is slow until it is given up
		t.Errorf("returned after %v", took)
	}
	if got, err := w.Recognize(context.Background(), say()); err != nil || got.Text != "hello" {
		t.Errorf("afterwards: %q, %v", got.Text, err)
	}
}

// A child that hangs is found out although whoever waited for it has gone before its time was over.
func TestWorkerHangsUnwatched(t *testing.T) {
	w := openScripted(t, WorkerOptions{Deadline: time.Second})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Recognize(ctx, say("hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	for late := time.Now().Add(time.Minute); w.Crashes() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the child that hangs lives on")
		}
	}
	if got, err := w.Recognize(context.Background(), say()); err != nil || got.Text != "hello" {
		t.Errorf("afterwards: %q, %v", got.Text, err)
	}
}

func TestWorkerDoesNotStart(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]WorkerOptions{
		"no such weights": {Exe: exe, Env: append(os.Environ(), childEnv+"=scripted"), Weights: "missing"},
		"no such file":    {Exe: filepath.Join(t.TempDir(), "nothing")},
	} {
		if _, err := OpenWorker(context.Background(), opt); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one about %q", err, name)
		}
	}
}

// The child leaves by itself when its parent's end of the pipe is closed.
func TestChildLeavesWithParent(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=scripted")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &frameWriter{w: in}
	if err := errors.Join(w.send(kindHello, 0, hello{}, nil), w.send(kindJob, 1, say("slow"), say().PCM), in.Close()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	// Ends with the child, which is killed below if it stays.
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		<-done
		t.Error("the child outlived its parent")
	}
}

func FuzzReadFrame(f *testing.F) {
	var good bytes.Buffer
	if err := (&frameWriter{w: &good}).send(kindJob, 7, say(), []int16{1, -2}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte{})
	f.Add([]byte{9, 0, 0, 0, 3, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Add([]byte{255, 255, 255, 255, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := readFrame(bytes.NewReader(b))
		if err == nil && 2*len(fr.pcm)+len(fr.head) > len(b) {
			t.Errorf("%d bytes gave %d samples and %d bytes of head", len(b), len(fr.pcm), len(fr.head))
		}
	})
}
