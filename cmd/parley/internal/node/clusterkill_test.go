package node

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// natsServer is an event server of its own, as several nodes have one.
func natsServer(t *testing.T) string {
	t.Helper()
	return natsServerIn(t, t.TempDir())
}

func natsServerIn(t *testing.T, dir string) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the event server does not start")
	}
	return s.ClientURL()
}

// TestCluster kills one of two nodes with calls on it and rings again at the other. The record is sealed.
func TestCluster(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes a minute: make test-cluster")
	}
	const calls = 4
	_ = environment(t)
	url, bus, keys := pgtest.Database(t), natsServer(t), freshKeys(t)
	shared := func() *config.Config {
		cfg := sharing(url)
		cfg.Events.URL, cfg.Security.KeyFile, cfg.Security.SealRecords = bus, keys, true
		return cfg
	}
	b := start(t, shared())
	child := exec.Command(os.Args[0], "node", beside(t, b.env.Home).Home)
	child.Env = append(os.Environ(), childDatabase+"="+url, childEvents+"="+bus, childKeys+"="+keys)
	addr := begin(t, child)
	hang := ringAll(t, b, addr, calls)
	defer hang()
	listed(t, b, record.Running, calls)
	killed := time.Now()
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cut := listed(t, b, record.Cut, calls)
	t.Logf("kill -9 of a node with %d calls: all marked as cut by the other one after %d ms", calls, time.Since(killed).Milliseconds())
	for _, c := range cut {
		d, err := b.store.Get(t.Context(), c.ID)
		if err != nil || len(d.Turns) != 1 || d.Turns[0].Text != "Hello." {
			t.Errorf("a completed turn was lost: %+v, %v", d.Turns, err)
		}
	}
	hang()

	_, d := b.call("english", softphone.Script{}, "When does the branch open?")
	said := ""
	if len(d.Turns) > 0 {
		said = d.Turns[0].Text
	}
	if d.Continues == "" || !strings.HasPrefix(said, "Sorry, we were cut off.") {
		t.Errorf("who rang again heard %q; the call continues %q", said, d.Continues)
	}
	t.Logf("rang again %.1f s after the kill; heard %q; answered %q", d.StartedAt.Sub(killed).Seconds(), said, d.LastText)
	all, err := b.nodes(t.Context())
	if err != nil || len(all) != 2 || all[0].Alive == all[1].Alive {
		t.Errorf("nodes %+v, %v", all, err)
	}
}

// ringAll makes calls to a node and returns once each was greeted. The returned function hangs up and waits.
func ringAll(t *testing.T, r *rig, addr string, calls int) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	greeted := make(chan struct{}, calls)
	var wg sync.WaitGroup
	for range calls {
		once := sync.OnceFunc(func() { greeted <- struct{}{} })
		script := softphone.Script{
			Patience: 60 * time.Second, Lines: []softphone.Line{{PCM: make([]int16, audio.Rate*60)}},
			Watch: func(what string, _ time.Duration) {
				if what == "bot finished" {
					once()
				}
			},
		}
		wg.Go(func() { r.phone.Call(ctx, "sip:english@"+addr, script) }) // ends with cancel
	}
	for range calls {
		select {
		case <-greeted:
		case <-time.After(60 * time.Second):
			t.Fatal("not every call was greeted")
		}
	}
	return func() { cancel(); wg.Wait() }
}

// listed waits until as many calls have a state, with at least their greeting on record.
func listed(t *testing.T, r *rig, s record.State, n int) []record.Call {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		page, err := r.store.List(t.Context(), record.Query{State: s})
		if err != nil {
			t.Fatal(err)
		}
		with := 0
		for _, c := range page.Calls {
			if c.TurnCount > 0 && c.LastWho == call.Bot {
				with++
			}
		}
		if with == n {
			return page.Calls
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d calls are %s: %+v", with, n, s, page.Calls)
		}
	}
}
