package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// behind is a node behind a dispatcher.
type behind struct {
	asked   atomic.Int64
	verdict atomic.Pointer[Verdict]
	addr    string
	stop    func()
}

// begin lets the node listen at its address, or anywhere the first time.
func (b *behind) begin(t *testing.T) {
	t.Helper()
	if b.addr == "" {
		b.addr = "127.0.0.1:0"
	}
	s, err := Listen(Config{UDP: b.addr})
	if err != nil {
		t.Fatal(err)
	}
	b.addr = s.UDPAddr()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	h := answerer{
		admit: func(Invite) Verdict {
			b.asked.Add(1)
			if v := b.verdict.Load(); v != nil {
				return *v
			}
			return Verdict{Accept: true}
		},
		call: func(_ context.Context, l *Leg) { <-l.Ended() },
	}
	go func() { done <- s.Serve(ctx, h) }() // ends with cancel
	b.stop = sync.OnceFunc(func() { cancel(); <-done; _ = s.Close() })
	t.Cleanup(b.stop)
}

// kamailio runs the dispatcher of deploy/kamailio in front of nodes and returns its address.
func kamailio(t *testing.T, nodes ...*behind) string {
	t.Helper()
	path, err := exec.LookPath("kamailio")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/kamailio") // not on everybody's path
	}
	if err != nil {
		t.Skip("kamailio is not installed: apt-get install kamailio, or deploy/setup.sh --kamailio")
	}
	dir, list := t.TempDir(), ""
	for _, n := range nodes {
		list += "1 sip:" + n.addr + "\n"
	}
	for name, text := range map[string]string{"dispatcher.list": list, "address.list": "1 127.0.0.0 8\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := filepath.Abs("../../deploy/kamailio/kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + freePort(t)
	cmd := exec.Command(path, "-DD", "-E", "-m", "64", "-M", "8", "-Y", dir, "-w", dir, "-f", cfg,
		"-A", fmt.Sprintf("LISTEN=udp:%s", addr), "-A", fmt.Sprintf("FOLDER=%q", dir), "-A", "PROBE=1", "-A", "ANSWER=4000")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it takes its children with it
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	return addr
}

// ring places a call and hangs up; it returns the status.
func ring(t *testing.T, c *Server, addr string) int {
	t.Helper()
	status, err := ringFor(t, c, addr, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// ringFor is ring for a caller who waits so long for an answer; the error is that none came.
func ringFor(t *testing.T, c *Server, addr string, wait time.Duration) (status int, err error) {
	t.Helper()
	l, err := c.Dial(ctxFor(t, wait), "sip:english@"+addr, DialOptions{})
	var st *StatusError
	switch {
	case errors.As(err, &st):
		return st.Code, nil
	case err != nil:
		return 0, err
	}
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	return 200, nil
}

// begun waits until the dispatcher takes calls. What is sent before it listens is lost, and a caller sends an INVITE again
// after ever longer pauses: so each call waits for a short time only.
func begun(t *testing.T, c *Server, addr string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if status, err := ringFor(t, c, addr, time.Second); err == nil && status == 200 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the dispatcher does not start")
		}
	}
}

// TestDispatcher has Kamailio, as deploy/kamailio configures it, spread calls over two nodes, pass by those that are full
// for as long as they say, and go on to the next when one is gone.
func TestDispatcher(t *testing.T) {
	a, b := &behind{}, &behind{}
	a.begin(t)
	b.begin(t)
	addr := kamailio(t, a, b)
	c := serve(t, Config{DialOnly: true}, nil)
	begun(t, c, addr)
	a.asked.Store(0)
	b.asked.Store(0)
	for range 6 {
		if got := ring(t, c, addr); got != 200 {
			t.Errorf("status %d with two nodes that take calls", got)
		}
	}
	if a.asked.Load() < 3 || b.asked.Load() < 3 {
		t.Errorf("asked %d and %d times: not spread", a.asked.Load(), b.asked.Load())
	}

	full := &Verdict{Status: 503, RetryAfter: 3 * time.Second}
	a.verdict.Store(full)
	a.asked.Store(0)
	for range 4 {
		if got := ring(t, c, addr); got != 200 {
			t.Errorf("status %d with one node that takes calls", got)
		}
	}
	if n := a.asked.Load(); n > 1 {
		t.Errorf("the full node was asked %d times within its Retry-After", n)
	}
	b.verdict.Store(full)
	if got := ring(t, c, addr); got != 503 {
		t.Errorf("status %d with full nodes", got)
	}
	a.verdict.Store(nil)
	b.verdict.Store(nil)
	for deadline := time.Now().Add(20 * time.Second); ring(t, c, addr) != 200; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nodes are not asked again after their Retry-After")
		}
	}

	b.stop()
	for range 3 {
		if got := ring(t, c, addr); got != 200 {
			t.Errorf("status %d with one node gone", got)
		}
	}
	b.begin(t)
	b.asked.Store(0)
	for deadline := time.Now().Add(30 * time.Second); b.asked.Load() == 0; time.Sleep(200 * time.Millisecond) {
		if got := ring(t, c, addr); got != 200 {
			t.Errorf("status %d while a node comes back", got)
		}
		if time.Now().After(deadline) {
			t.Fatal("a node that is back gets no calls")
		}
	}
}
