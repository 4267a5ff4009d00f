package events

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const memoryLimit = 64 << 20 // of the server's memory streams; the bus has none of its own

// startServer runs a NATS server in this process: no port, no signal handlers, files under o.Dir.
func (b *Bus) startServer(ctx context.Context, o Options) error {
	if o.Dir == "" {
		return fmt.Errorf("start event server: no folder given: set PARLEY_HOME")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("make the events folder: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	b.lock = lock
	srv, err := server.NewServer(&server.Options{
		ServerName: "parley", DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: o.Dir, SyncInterval: o.SyncInterval,
		JetStreamMaxStore: o.MaxBytes + o.MaxBytes/4, JetStreamMaxMemory: memoryLimit,
	})
	if err != nil {
		return fmt.Errorf("start event server: %w", err)
	}
	b.srv = srv
	srv.SetLoggerV2(serverLog{o.Log}, false, false, false)
	srv.Start()
	wait := openTimeout
	if d, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(d))
	}
	if !srv.ReadyForConnections(wait) || !srv.JetStreamEnabled() {
		return fmt.Errorf("start event server: not ready after %s: check free disk space and the rights on %s", wait.Round(time.Second), o.Dir)
	}
	return nil
}

// dirLock keeps a second process out of a folder.
type dirLock struct{ f *os.File }

func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the events folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w: %s: stop the other parley or set another PARLEY_HOME", ErrInUse, dir)
	}
	return &dirLock{f}, nil
}

// release lets go of the folder; the kernel does the same when the process dies. Closing alone would leave it locked while
// a program that was started at this moment still has the file, between its fork and its exec.
func (l *dirLock) release() {
	_ = syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN)
	_ = l.f.Close()
}

// serverLog passes the server's own words on to slog. They name streams and files, never what was said.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(f string, v ...any) { l.log.Debug("event server: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Warnf(f string, v ...any)   { l.log.Warn("event server: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Fatalf(f string, v ...any)  { l.log.Error("event server: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Errorf(f string, v ...any)  { l.log.Error("event server: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}
