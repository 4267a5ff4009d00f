package serve

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("os/signal.loop")) }

// fakeServer notes what signals make it do.
type fakeServer struct {
	mu      sync.Mutex
	reloads int
	cuts    int
	err     error
}

func (f *fakeServer) Reload(context.Context) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reloads++
	return []string{"log"}, f.err
}

func (f *fakeServer) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cuts++
}

// TestSignals sends this process what systemd would, and reads what it is told.
func TestSignals(t *testing.T) {
	mine := make(chan os.Signal, 16) // so that no signal ends the test
	signal.Notify(mine, syscall.SIGHUP, syscall.SIGTERM)
	defer signal.Stop(mine)
	path := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	told := func() string {
		b := make([]byte, 200)
		_ = systemd.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := systemd.Read(b)
		if err != nil {
			t.Fatal("systemd is told nothing:", err)
		}
		return string(b[:n])
	}
	var log bytes.Buffer
	env := &cli.Env{Log: slog.New(slog.NewTextHandler(&log, nil))}
	f := &fakeServer{err: errors.New("unknown key")}
	ctx, cancel := context.WithCancel(t.Context())
	ch := listen()
	done := make(chan struct{})
	go func() { defer close(done); obey(ctx, env, f, ch) }() // ends with cancel
	send := func(s syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	send(syscall.SIGHUP)
	if got := told(); !strings.HasPrefix(got, "RELOADING=1\nMONOTONIC_USEC=") || strings.HasSuffix(got, "=0") {
		t.Errorf("told %q", got)
	}
	if got := told(); got != "READY=1" {
		t.Errorf("told %q", got)
	}
	send(syscall.SIGTERM)
	if got := told(); got != "STOPPING=1" {
		t.Errorf("told %q", got)
	}
	send(syscall.SIGTERM)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // polling what another goroutine does
		f.mu.Lock()
		cuts := f.cuts
		f.mu.Unlock()
		if cuts == 1 {
			break
		}
	}
	cancel()
	<-done
	if f.reloads != 1 || f.cuts != 1 || !strings.Contains(log.String(), "unknown key") {
		t.Errorf("reloads %d, cuts %d, log %s", f.reloads, f.cuts, log.String())
	}
}

// TestLogLines logs what callers can put into names, addresses and errors: it stays one line, with no line of its own in it.
func TestLogLines(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		for _, with := range []string{"\n", "\r", "\r\n", "\x00", "\u2028", "\x1b[2J"} {
			evil := "Ada" + with + "level=ERROR msg=forged"
			var b bytes.Buffer
			log := Logger(&b, config.Log{Format: format, Level: "info"})
			log.With("call", evil).Info(evil, "from", evil, "err", errors.New(evil), slog.Group("g", "name", evil))
			got, whole := strings.CutSuffix(b.String(), "\n")
			if !whole || strings.ContainsAny(got, "\r\n\x00\x1b") || !strings.Contains(got, "forged") {
				t.Errorf("%s with %q: %q", format, with, got)
			}
		}
	}
}
