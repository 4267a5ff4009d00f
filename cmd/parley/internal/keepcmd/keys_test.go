package keepcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
)

// TestKeysRotate seals recordings that were made in the clear, changes the key, drops the old one, and hears them.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	h := fill(t)
	dir := t.TempDir()
	keys, conf := filepath.Join(dir, "new", "keys"), filepath.Join(dir, "parley.yaml")
	h.must(os.WriteFile(conf, fmt.Appendf(nil, "security: {key_file: %q}\n", keys), 0o600))
	if _, err := h.run(keepcmd.NewKeys, true, "rotate"); cli.Code(err) != cli.ExitUsage {
		t.Errorf("without a key: %v", err)
	}
	if _, err := h.run(keepcmd.NewKeys, true, "new", keys); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(h.home, "calls", "*", store.AudioName))
	h.must(err)
	if out, err := h.run(keepcmd.NewKeys, true, "rotate", "--config", conf); err != nil || !bytes.Contains([]byte(out), []byte(`"sealed":0`)) {
		t.Errorf("recordings that may still be written: %s, %v", out, err)
	}
	old := time.Now().Add(-time.Hour)
	for _, f := range files {
		h.must(os.Chtimes(f, old, old))
	}
	for i, args := range [][]string{{"rotate", "--config", conf}, {"rotate", "--config", conf, "--new", "--drop"}} {
		out, err := h.run(keepcmd.NewKeys, true, args...)
		h.must(err)
		var r struct {
			Rotated, Sealed int
			Dropped         bool
		}
		h.must(json.Unmarshal([]byte(out), &r))
		if want := [][2]int{{0, 2}, {2, 0}}[i]; r.Rotated != want[0] || r.Sealed != want[1] || r.Dropped != (i == 1) {
			t.Errorf("%v: %s", args, out)
		}
	}
	ring, err := seal.Load(t.Context(), keys, nil)
	h.must(err)
	if len(ring.IDs()) != 1 {
		t.Errorf("keys left: %v", ring.IDs())
	}
	s, err := store.Open(t.Context(), h.home, nil)
	h.must(err)
	defer s.Close()
	if _, err := s.Audio(t.Context(), h.a); err == nil {
		t.Error("heard without a key")
	}
	if d, err := s.Get(t.Context(), h.a); err != nil || !d.Audio {
		t.Errorf("without a key the call is %+v, %v", d.Call, err)
	}
	s.UseKeys(ring)
	a, err := s.Audio(t.Context(), h.a)
	h.must(err)
	defer a.Close()
	if b, err := io.ReadAll(a); err != nil || !bytes.Equal(b, bytes.Repeat([]byte("sound"), 1000)) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
