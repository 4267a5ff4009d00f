package node

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

// Variables that tell a child where the other nodes meet.
const (
	childDatabase = "PARLEY_TEST_DATABASE"
	childEvents   = "PARLEY_TEST_EVENTS"
	childKeys     = "PARLEY_TEST_KEYS"
	childSIP      = "PARLEY_TEST_SIP"  // address, "" any
	childHTTP     = "PARLEY_TEST_HTTP" // the same
	childHook     = "PARLEY_TEST_HOOK" // receiver of all webhooks, "" none
)

// runChild is a node in a process of its own; it prints its address and runs until it is killed, or told to stop.
func runChild(home string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	env := cli.New()
	env.Home = home
	cfg := settings("")
	cfg.Database.URL, cfg.Events.URL = os.Getenv(childDatabase), os.Getenv(childEvents)
	cfg.Security.KeyFile = os.Getenv(childKeys)
	cfg.Security.SealRecords = cfg.Security.KeyFile != ""
	if at := os.Getenv(childSIP); at != "" {
		cfg.SIP.UDP, cfg.HTTP.Listen = at, os.Getenv(childHTTP)
		cfg.Limits.Calls, cfg.Limits.Drain = 24, 2*time.Minute
	}
	if at := os.Getenv(childHook); at != "" {
		cfg.Webhooks = []config.Webhook{{Name: "crm", URL: at, Networks: []string{"127.0.0.0/8"}}}
	}
	n, err := Open(context.Background(), env, cfg)
	if err != nil {
		return err
	}
	if err := n.teach(ctx); err != nil {
		return err
	}
	fmt.Println(n.SIP())
	return n.Run(ctx)
}

// begin starts a node that is a process of its own and returns the address it prints; the test's end kills it.
func begin(t *testing.T, child *exec.Cmd) (addr string) {
	t.Helper()
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	addr, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the node did not start:", err)
	}
	return strings.TrimSpace(addr)
}

// TestKilledNodeLosesNothingCompleted kills a node in the middle of a call and looks at what the next one finds.
func TestKilledNodeLosesNothingCompleted(t *testing.T) {
	besideAnother(t)
	env := environment(t)
	child := exec.Command(os.Args[0], "node", env.Home)
	addr := begin(t, child)
	spoken := killDuringCall(t, child, addr)

	n, err := Open(t.Context(), env, settings(""))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }() // ends with cancel
	defer func() { cancel(); <-done }()
	select {
	case <-n.recorder.Ready():
	case <-time.After(20 * time.Second):
		t.Fatal("the recorder did not catch up")
	}
	page, err := n.store.List(t.Context(), record.Query{})
	if err != nil || len(page.Calls) != 1 {
		t.Fatalf("calls %+v, %v", page.Calls, err)
	}
	d, err := n.store.Get(t.Context(), page.Calls[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if d.State != record.Cut || len(d.Turns) == 0 || d.Turns[0].Text != "Hello." {
		t.Errorf("state %s, turns %+v: want a call marked as cut with its greeting", d.State, d.Turns)
	}
	dir, err := store.Folder(env.Home, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := audio.Load(filepath.Join(dir, "audio.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if missing := spoken.Seconds() - clip.Seconds(); missing > 1.3 {
		t.Errorf("the recording lacks the last %.1f s", missing)
	}
}

// killDuringCall calls the node, kills it after four seconds and returns how long the call had lasted.
func killDuringCall(t *testing.T, child *exec.Cmd, addr string) time.Duration {
	t.Helper()
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var lasted time.Duration
	err = softphone.Serve(ctx, server, func(ctx context.Context) error {
		cctx, stop := context.WithCancel(ctx)
		defer stop()
		began := make(chan time.Time, 1)
		script := softphone.Script{Patience: 30 * time.Second, Lines: []softphone.Line{{PCM: make([]int16, audio.Rate*30)}},
			Watch: func(what string, at time.Duration) {
				if what == "bot finished" {
					select {
					case began <- time.Now().Add(-at):
					default:
					}
				}
			}}
		ended := make(chan struct{})
		go func() { defer close(ended); softphone.New(server).Call(cctx, "sip:english@"+addr, script) }() // ends with stop
		select {
		case start := <-began:
			<-time.After(2500 * time.Millisecond)
			if err := child.Process.Kill(); err != nil {
				return err
			}
			lasted = time.Since(start)
			_ = child.Wait()
		case <-ctx.Done():
			return ctx.Err()
		}
		stop()
		<-ended
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lasted
}
