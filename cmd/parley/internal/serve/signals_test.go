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
