package node

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// spoken records a call that ended and in which one thing was said.
func spoken(t *testing.T, s *store.Store, at time.Time, from, said string) call.ID {
	t.Helper()
	id := call.NewID()
	var evs []call.Event
	for i, b := range []any{
		call.Started{From: from, To: "english", Route: "english", Langs: []string{"en"}, At: at.UTC()},
		call.Turn{N: 1, Who: call.Caller, Text: said, Lang: "en"}, call.Ended{By: call.Caller, Why: "bye", Duration: 9},
	} {
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, call.Event{V: call.Version, Call: id, Seq: uint64(i + 1), Kind: []call.Kind{call.KindStarted, call.KindTurn, call.KindEnded}[i], Body: raw})
	}
	if _, err := s.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRetentionTakesTheVault forgets recordings, and texts, of a sealed record with a vault by their days.
func TestRetentionTakesTheVault(t *testing.T) {
	t.Parallel()
	for thing, days := range map[retain.Thing][2]int{retain.Audio: {10, 0}, retain.Text: {0, 10}} {
		n := vaulted(t)
		if err := n.store.SealRecord(t.Context(), n.keys.Load(), true); err != nil {
			t.Fatal(err)
		}
		cfg := *n.cfg
		cfg.Retention.Audio, cfg.Retention.Text = days[0], days[1]
		n.live.Store(&cfg)
		old, fresh := spoken(t, n.store, time.Now().AddDate(0, 0, -11), "+442079460123", "my heliotrope"), spoken(t, n.store, time.Now().AddDate(0, 0, -9), "+442079460123", "my wheelbarrow")
		for _, id := range []call.ID{old, fresh} {
			if err := n.store.KeepOriginal(id, record.Original{Who: call.Caller, Masked: "[name]", Text: "Ada"}); err != nil {
				t.Fatal(err)
			}
		}
		if done, err := n.forgetter(n.store.Keeping(n.same())).Round(t.Context()); err != nil || done != 1 {
			t.Errorf("%s: %d calls, %v", thing, done, err)
		}
		for id, want := range map[call.ID]int{old: 0, fresh: 1} {
			all, err := n.store.Originals(t.Context(), id)
			if err != nil || len(all) != want {
				t.Errorf("%s: originals %+v, %v", thing, all, err)
			}
			d, err := n.store.Get(t.Context(), id)
			if err != nil || d.Originals != (want > 0) || (d.From == "" && len(d.Turns) == 0) != (thing == retain.Text && id == old) {
				t.Errorf("%s: %+v, %v", thing, d, err)
			}
		}
	}
}

// TestSealedNode starts a node whose configuration says that the record is to be sealed over one that is in the clear.
func TestSealedNode(t *testing.T) {
	env := environment(t)
	s, err := store.Open(t.Context(), env.Home, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := spoken(t, s, time.Now().Add(-time.Hour), "+442079460123", "my heliotrope wheelbarrow")
	if err := errors.Join(s.Export(t.Context(), id), s.Close()); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.AddKey(keys); err != nil {
		t.Fatal(err)
	}
	clear := func() []string {
		t.Helper()
		// A process of its own reads the files: closing the database here would let go of the node's locks.
		out, err := exec.CommandContext(t.Context(), "grep", "-rlE", "heliotrope|79460123", env.Home).Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	if len(clear()) < 2 {
		t.Fatalf("only in %v before: this test could not fail", clear())
	}
	cfg := settings("")
	cfg.Security.KeyFile, cfg.Security.SealRecords = keys, true
	r := startIn(t, env, cfg)
	for began := time.Now(); len(clear()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("still in the clear in %v", clear())
		}
	}
	for path, want := range map[string]string{"/api/calls/" + string(id): "my heliotrope wheelbarrow", "/api/calls?q=Heliotrope": "+442079460123", "/api/calls/" + string(id) + "/transcript.txt": "wheelbarrow"} {
		res, err := http.Get("http://" + r.Web() + path) //nolint:noctx // bounded by the test
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s, %v", path, res.StatusCode, body, err)
		}
	}
	r.stop()
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	cfg.Security.KeyFile, cfg.Security.SealRecords = "", false
	if _, err := Open(t.Context(), env, cfg); !errors.Is(err, seal.ErrKey) {
		t.Errorf("started without the key: %v", err)
	}
}
