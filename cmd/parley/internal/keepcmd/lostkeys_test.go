package keepcmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// bringBack restores with the keys of the house.
func (h sealed) bringBack(args ...string) (string, error) {
	h.t.Helper()
	return h.run(func(env *cli.Env) *cobra.Command {
		env.Keys = cli.KeysOf(h.keys, nil)
		return keepcmd.NewRestore(env)
	}, true, args...)
}

// backUp makes a backup, then changes the key and drops the old one; it returns the backup and the keys of that time.
func (h sealed) backUpAndRotate() (file string, old []byte) {
	h.t.Helper()
	file = filepath.Join(h.t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file, "--config", h.conf); err != nil {
		h.t.Fatal(out, err)
	}
	old, err := os.ReadFile(h.keys)
	h.must(err)
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", h.conf, "--new", "--drop"); err != nil || !strings.Contains(out, `"dropped":true`) {
		h.t.Fatal(out, err)
	}
	return file, old
}

// TestRestoreSaysWhichKeysLack tells a restore that was given the keys from one that was not.
func TestRestoreSaysWhichKeysLack(t *testing.T) {
	t.Parallel()
	h := sealHouse(t, fill(t))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file, "--config", h.conf); err != nil {
		t.Fatal(out, err)
	}
	id := h.ring().Current()
	for given, want := range map[string]string{h.keys: "are there: " + id, "": "is read once security.key_file has these keys"} {
		h.home = t.TempDir()
		out, err := h.run(func(env *cli.Env) *cobra.Command {
			env.Keys = cli.KeysOf(given, nil)
			return keepcmd.NewRestore(env)
		}, false, file)
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, id) {
			t.Errorf("with keys %q: %s, %v", given, out, err)
		}
	}
}

// TestRestoreAfterRotation brings back a backup whose recordings need a key that was dropped since: refused while nothing is
// changed, until the key is there again.
func TestRestoreAfterRotation(t *testing.T) {
	t.Parallel()
	filled := fill(t)
	dir, err := store.Folder(filled.home, filled.a)
	filled.must(err)
	long := time.Now().Add(-time.Hour) // what was just written is not sealed: it may still grow
	filled.must(os.Chtimes(filepath.Join(dir, store.AudioName), long, long))
	h := sealHouse(t, filled)
	first := h.ring().Current()
	file, old := h.backUpAndRotate()
	before := fmt.Sprint(h.holding("sound"))
	out, err := h.bringBack(file, "--force")
	if !errors.Is(err, seal.ErrKey) || !strings.Contains(err.Error(), first) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Fatalf("without the key it needs: %s, %v", out, err)
	}
	if left, _ := filepath.Glob(filepath.Join(h.home, "*re[ps]*")); len(left) > 0 || before != fmt.Sprint(h.holding("sound")) {
		t.Errorf("something was changed: %v", left)
	}
	h.reads(h.home)

	now, err := os.ReadFile(h.keys)
	h.must(err)
	h.must(os.WriteFile(h.keys, append(now, old...), 0o600))
	if out, err := h.bringBack(file, "--force"); err != nil || !strings.Contains(out, `"keys":[`) || !strings.Contains(out, first) {
		t.Fatal(out, err)
	}
	h.reads(h.home)
	f, err := os.Open(filepath.Join(dir, store.AudioName))
	h.must(err)
	sound, err := h.ring().Over(f)
	h.must(err)
	if n, err := sound.Size(); err != nil || n != 5000 {
		t.Errorf("the recording has %d bytes, %v", n, err)
	}
	h.must(sound.Close())
}

// TestRestoreCarriesKeys rotates the keys after a backup: the record comes back without the key it was made with, since the
// record that is replaced has its keys of values under the new one; and what another node has not recorded yet, sealed since,
// can be read.
func TestRestoreCarriesKeys(t *testing.T) {
	t.Parallel()
	h := sealHouse(t, fillIn(t, pgtest.Database(t)))
	dir, err := store.Folder(h.home, h.a)
	h.must(err)
	h.must(os.Remove(filepath.Join(dir, store.OriginalsName))) // it is sealed by a master key itself
	file, _ := h.backUpAndRotate()
	other := h
	other.home = t.TempDir()
	const said = "my tourmaline bassoon"
	h.with(h.home, func(s *store.Store) { other.unrecorded(keeping.Sealer(s, ""), said) })
	open := func() error {
		var err error
		h.with(h.home, func(s *store.Store) {
			var bus *events.Bus
			if bus, err = events.Open(t.Context(), events.Options{Dir: filepath.Join(other.home, "events"), Seal: keeping.Sealer(s, "")}); err == nil {
				err = bus.Close()
			}
		})
		return err
	}
	h.must(open())
	if out, err := h.bringBack(file, "--force"); err != nil {
		t.Fatal(out, err)
	}
	if err := open(); err != nil {
		t.Errorf("what was sealed after the backup: %v", err)
	}
	h.with(h.home, func(s *store.Store) {
		if d, err := s.Get(t.Context(), h.a); err != nil || len(d.Turns) != 3 || d.Turns[0].Text != secret {
			t.Errorf("%+v, %v", d, err)
		}
	})

	// Where the record that was replaced is gone, nobody can read it, and the node says what to do.
	elsewhere := h
	elsewhere.home, elsewhere.db = t.TempDir(), pgtest.Database(t)
	elsewhere.restore(file) // without a key
	s := elsewhere.record()
	_, err = events.Open(t.Context(), events.Options{Dir: filepath.Join(other.home, "events"), Seal: keeping.Sealer(s, "")})
	if !errors.Is(err, events.ErrSealed) {
		t.Errorf("without what was replaced: %v", err)
	}
	h.must(s.Close())
}

// TestRotateBesideNode rotates to a key that another running node has not read: nothing changes, and the node is named. It would
// read nothing that is written afterwards, and not start again.
func TestRotateBesideNode(t *testing.T) {
	t.Parallel()
	h := sealHouse(t, fillIn(t, pgtest.Database(t)))
	before := h.ring()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := store.OpenAt(ctx, store.Options{Home: t.TempDir(), URL: h.db, Node: "n2", Keys: func(context.Context) (*seal.Ring, error) { return before, nil }})
	h.must(err)
	nodes, done := s.Nodes(), make(chan struct{})
	h.must(nodes.Join(ctx, record.Node{Name: "the other one"}))
	go func() { // ends with cancel
		defer close(done)
		nodes.Run(ctx, func() int { return 0 }, func(context.Context, []call.Event) {})
	}()
	defer func() { cancel(); <-done; h.must(s.Close()) }()
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", h.conf, "--new"); cli.Code(err) != cli.ExitCheck || !strings.Contains(err.Error(), "the other one (n2)") {
		t.Errorf("rotated beside a node without the key: %s, %v", out, err)
	}
	h.must(s.LoadSealing(ctx, before))
	if d, err := s.Get(ctx, h.a); err != nil || d.Turns[0].Text != secret {
		t.Errorf("the node reads %+v, %v", d, err)
	}
}
