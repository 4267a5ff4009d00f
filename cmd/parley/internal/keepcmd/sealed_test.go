package keepcmd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// sealed is a house whose record and vault are sealed by "keys rotate".
type sealed struct {
	house

	keys, conf string
}

const inVault = "I am Ada Heliotrope-Lim of 7 Hill Road."

// sealUp fills a house, keeps something in the vault of its first call and seals everything.
func sealUp(t *testing.T) sealed {
	t.Helper()
	return sealHouse(t, fill(t))
}

func sealHouse(t *testing.T, filled house) sealed {
	t.Helper()
	h := sealed{house: filled}
	dir := t.TempDir()
	h.keys, h.conf = filepath.Join(dir, "keys"), filepath.Join(dir, "parley.yaml")
	h.must(os.WriteFile(h.conf, fmt.Appendf(nil, "security: {key_file: %q, seal_records: true}\ncustomers:\n  countries: [GB]\n", h.keys), 0o600))
	if _, err := h.run(keepcmd.NewKeys, true, "new", h.keys); err != nil {
		t.Fatal(err)
	}
	h.with(h.home, func(s *store.Store) {
		s.UseKeys(h.ring())
		h.must(s.KeepOriginal(h.a, record.Original{Who: call.Caller, Masked: "I am [name] of [address].", Text: inVault}))
	})
	if h.db == "" && !slices.Contains(h.holding(secret), "calls.db") || len(h.holding("heliotrope wheelbarrow")) == 0 {
		t.Fatal("nothing is in the clear before: this test could not fail")
	}
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", h.conf); err != nil || strings.Contains(out, `"rows":0`) {
		t.Fatal(out, err)
	}
	return h
}

func (h sealed) ring() *seal.Ring {
	h.t.Helper()
	r, err := seal.Load(h.t.Context(), h.keys, nil)
	h.must(err)
	return r
}

// with opens the record in a folder with the keys.
func (h sealed) with(home string, do func(*store.Store)) {
	h.t.Helper()
	s, err := store.OpenAt(h.t.Context(), store.Options{Home: home, URL: h.db, Keys: func(context.Context) (*seal.Ring, error) { return h.ring(), nil }})
	h.must(err)
	do(s)
	h.must(s.Close())
}

// reads checks that everything is read in a folder.
func (h sealed) reads(home string) {
	h.t.Helper()
	h.with(home, func(s *store.Store) {
		s.UseKeys(h.ring())
		if d, err := s.Get(h.t.Context(), h.a); err != nil || d.From != number || len(d.Turns) != 3 || d.Turns[0].Text != secret || !d.Originals {
			h.t.Errorf("%+v, %v", d, err)
		}
		if all, err := s.Originals(h.t.Context(), h.a); err != nil || len(all) != 1 || all[0].Text != inVault {
			h.t.Errorf("vault %+v, %v", all, err)
		}
		if w, err := s.Wrapups().Wrapup(h.t.Context(), h.a); err != nil || w.Original.Reason.Text != secret {
			h.t.Errorf("%+v, %v", w, err)
		}
	})
}

// inRecord lists the files of the record, the event store and the calls in which a text stands.
func (h sealed) inRecord(text string) []string {
	return slices.DeleteFunc(h.holding(text), func(f string) bool {
		return strings.HasSuffix(f, ".bak") || strings.HasPrefix(f, "knowledge.db")
	})
}

// unrecorded puts a call into the event store that no recorder has seen, as a process that was killed leaves it.
func (h house) unrecorded(s events.Sealer, said string) call.ID {
	h.t.Helper()
	id := call.NewID()
	bus, err := events.Open(h.t.Context(), events.Options{Dir: filepath.Join(h.home, "events"), Seal: s})
	h.must(err)
	h.talk(bus, id, "+442079460777", said)
	if s != nil && len(h.holding(said)) > 0 {
		h.t.Errorf("while the call runs its words are in %v", h.holding(said))
	}
	h.must(bus.Close())
	return id
}

// TestSealedEvents has calls in the event store that are not recorded yet while it is sealed for the first time, and while
// the key is changed: they get into the record, and nothing of them is in the clear.
func TestSealedEvents(t *testing.T) {
	t.Parallel()
	const early, late = "my quicksilver bassoon", "my saffron harpsichord"
	filled := fill(t)
	first := filled.unrecorded(nil, early)
	if len(filled.holding(early)) == 0 {
		t.Fatal("it is nowhere before: this test could not fail")
	}
	h := sealHouse(t, filled)
	var second call.ID
	h.with(h.home, func(s *store.Store) { second = h.unrecorded(keeping.Sealer(s, ""), late) })
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", h.conf, "--new", "--drop"); err != nil || !strings.Contains(out, `"dropped":true`) {
		t.Fatal(out, err)
	}
	h.with(h.home, func(s *store.Store) {
		for id, said := range map[call.ID]string{first: early, second: late} {
			if d, err := s.Get(t.Context(), id); err != nil || len(d.Turns) != 1 || d.Turns[0].Text != said {
				t.Errorf("%q: %+v, %v", said, d, err)
			}
			if left := h.holding(said); len(left) > 0 {
				t.Errorf("%q is in the clear in %v", said, left)
			}
		}
	})
	other := filepath.Join(t.TempDir(), "keys")
	if _, err := h.run(keepcmd.NewKeys, true, "new", other); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "parley.yaml")
	h.must(os.WriteFile(wrong, fmt.Appendf(nil, "security: {key_file: %q, seal_records: true}\n", other), 0o600))
	if _, err := h.run(keepcmd.NewErase, true, string(second), "--config", wrong); !errors.Is(err, seal.ErrKey) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(h.home, "events")}); !errors.Is(err, events.ErrSealed) || !strings.Contains(err.Error(), "security.key_file") {
		t.Errorf("the event store without a key: %v", err)
	}
	out, err := h.run(keepcmd.NewErase, true, string(second), "--config", h.conf)
	if err != nil || !strings.Contains(out, `"what":"events"`) || !strings.Contains(out, `"proved":true`) {
		t.Errorf("%s, %v", out, err)
	}
}

// TestSealedHouse seals a record and its vault, changes the key, drops the old one, and brings a backup back.
func TestSealedHouse(t *testing.T) {
	t.Parallel()
	h := sealUp(t)
	h.reads(h.home)
	for _, text := range []string{secret, zh, number, "Ada Heliotrope", "sip-" + string(h.a), "7 Hill Road"} {
		if left := h.inRecord(text); len(left) > 0 {
			t.Errorf("%q is in the clear in %v", text, left)
		}
	}
	before := h.ring().Current()
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", h.conf, "--new", "--drop"); err != nil || !strings.Contains(out, `"dropped":true`) || strings.Contains(out, `"rows":0`) {
		t.Fatal(out, err)
	}
	if ids := h.ring().IDs(); len(ids) != 1 || ids[0] == before {
		t.Errorf("keys %v", ids)
	}
	h.reads(h.home)
	file := filepath.Join(t.TempDir(), "b.tar")
	if _, err := h.run(keepcmd.NewBackup, true, file, "--config", h.conf); err != nil {
		t.Fatal(err)
	}
	there := sealed{house: house{t: t, home: t.TempDir(), a: h.a, b: h.b}, keys: h.keys, conf: h.conf}
	if _, err := there.run(keepcmd.NewRestore, true, file); err != nil {
		t.Fatal(err)
	}
	there.reads(there.home)
	blind, err := store.Open(t.Context(), there.home, nil)
	h.must(err)
	defer blind.Close()
	if _, err := blind.Get(t.Context(), h.a); !errors.Is(err, seal.ErrKey) {
		t.Errorf("a backup is read without its key: %v", err)
	}
}

// TestEraseSealedHouse erases a caller of a sealed record with a vault, and proves it.
func TestEraseSealedHouse(t *testing.T) {
	t.Parallel()
	h := sealUp(t)
	dir, err := store.Folder(h.home, h.a)
	h.must(err)
	vault := filepath.Join(dir, store.OriginalsName)
	if _, err := os.Stat(vault); err != nil {
		t.Fatal("there is no vault: this test could not fail")
	}
	if out, err := h.run(keepcmd.NewErase, true, "--caller", "020 7946 0123", "--customer"); err == nil {
		t.Errorf("proven without the key: %s", out)
	}
	out, err := h.run(keepcmd.NewErase, true, "--caller", "020 7946 0123", "--customer", "--reason", "request 17", "--config", h.conf)
	if err != nil {
		t.Fatal(err, out)
	}
	var r retain.Report
	h.must(json.Unmarshal([]byte(out), &r))
	if !r.Proved || len(r.Calls) != 1 || r.Calls[0] != h.a || r.Words != 2 {
		t.Errorf("report %+v", r)
	}
	if _, err := os.Stat(vault); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the vault is still there: %v", err)
	}
	for _, text := range []string{secret, zh, number, "sip-" + string(h.a), "Ada Heliotrope", "7 Hill Road"} {
		if left := h.holding(text); len(left) > 0 {
			t.Errorf("%q is still in %v", text, left)
		}
	}
	h.with(h.home, func(s *store.Store) {
		if _, err := s.Get(t.Context(), h.a); !errors.Is(err, record.ErrUnknown) {
			t.Errorf("the call: %v", err)
		}
		if all, err := s.Originals(t.Context(), h.a); err != nil || len(all) != 0 {
			t.Errorf("the vault: %+v, %v", all, err)
		}
		if d, err := s.Get(t.Context(), h.b); err != nil || len(d.Turns) != 2 || d.From != "0044 20 7946 0999" {
			t.Errorf("the other call: %+v, %v", d, err)
		}
		if found, err := s.Customers().Search(t.Context(), "Ada", 5); err != nil || len(found) != 0 {
			t.Errorf("the customer: %+v, %v", found, err)
		}
	})
}

// TestErasedStaysErasedSealed brings a backup of a sealed record back after an erasure: without the key nothing is changed.
func TestErasedStaysErasedSealed(t *testing.T) {
	t.Parallel()
	h := sealUp(t)
	for _, old := range []string{string(h.a), string(h.b)} { // they are in the clear and in no backup
		h.must(os.Remove(store.Path(h.home) + ".v" + old[len(old)-4:] + ".bak"))
	}
	h.staysErasedSealed()
	sealHouse(t, fillIn(t, pgtest.Database(t))).staysErasedSealed()
}

func (h sealed) staysErasedSealed() {
	t := h.t
	t.Helper()
	file := filepath.Join(t.TempDir(), "b.tar")
	if _, err := h.run(keepcmd.NewBackup, true, file, "--config", h.conf); err != nil {
		t.Fatal(err)
	}
	if out, err := h.run(keepcmd.NewErase, true, string(h.a), "--config", h.conf); err != nil {
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewRestore, true, file, "--force"); !errors.Is(err, seal.ErrKey) || !strings.Contains(err.Error(), "PARLEY_KEY_FILE") {
		t.Errorf("without the key: %v", err)
	}
	if left := h.everywhere("heliotrope wheelbarrow"); len(left) > 0 {
		t.Errorf("a restore that failed left the words in %v", left)
	}
	withKeys := func(env *cli.Env) *cobra.Command {
		env.Keys = cli.KeysOf(h.keys, nil)
		return keepcmd.NewRestore(env)
	}
	if out, err := h.run(withKeys, true, file, "--force"); err != nil || !strings.Contains(out, `"drafts with the caller's words`) || !strings.Contains(out, `"proved":true`) {
		t.Fatal(out, err)
	}
	if left := h.everywhere("heliotrope wheelbarrow"); len(left) > 0 {
		t.Errorf("after the restore the words are in %v", left)
	}
}

// TestKeylessEraseLeavesNoRequest: an erasure that could not begin for want of the key is not done later by whoever has it.
func TestKeylessEraseLeavesNoRequest(t *testing.T) {
	t.Parallel()
	h := sealUp(t)
	h.with(h.home, func(s *store.Store) { h.unrecorded(keeping.Sealer(s, ""), "my saffron harpsichord") }) // the event store wants the key
	if out, err := h.run(keepcmd.NewErase, true, string(h.a)); !errors.Is(err, events.ErrSealed) {
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewErase, true, string(h.b), "--config", h.conf); err != nil {
		t.Fatal(err)
	}
	h.with(h.home, func(s *store.Store) {
		if _, err := s.Get(t.Context(), h.a); err != nil {
			t.Error("the call whose erasure failed:", err)
		}
		if _, err := s.Get(t.Context(), h.b); !errors.Is(err, record.ErrUnknown) {
			t.Error("the call that was erased:", err)
		}
	})
}

// TestEraseThatCannotBeginLeavesNoRequest: an erasure that failed because the knowledge cannot be read is not done later either.
func TestEraseThatCannotBeginLeavesNoRequest(t *testing.T) {
	t.Parallel()
	h := fill(t)
	path := filepath.Join(h.home, "knowledge.db")
	whole, err := os.ReadFile(path)
	h.must(err)
	h.must(os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600))
	if out, err := h.run(keepcmd.NewErase, true, string(h.a)); err == nil {
		t.Fatal(out)
	}
	h.must(os.WriteFile(path, whole, 0o600))
	if _, err := h.run(keepcmd.NewErase, true, string(h.b)); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), h.home, nil)
	h.must(err)
	if _, err := s.Get(t.Context(), h.a); err != nil {
		t.Error("the call whose erasure failed:", err)
	}
	h.must(s.Close())
}
