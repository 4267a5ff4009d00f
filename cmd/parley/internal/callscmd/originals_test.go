package callscmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/callscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestOriginals opens the vault of a call with a reason and its key, and notes each look before anything is shown.
func TestOriginals(t *testing.T) {
	t.Parallel()
	home, keys, id := t.TempDir(), filepath.Join(t.TempDir(), "keys"), call.NewID()
	if _, err := seal.AddKey(keys); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ring, err := seal.Load(t.Context(), keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.UseKeys(ring)
	body, err := json.Marshal(call.Started{From: "1", To: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(t.Context(), []call.Event{{V: 1, Call: id, Seq: 1, Kind: call.KindStarted, Body: body}}); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepOriginal(id, record.Original{Who: call.Caller, At: 3e9, Masked: "I am [name].", Text: "I am Ada."}); err != nil {
		t.Fatal(err)
	}
	run := func(file string, args ...string) (string, error) {
		t.Helper()
		var out, errs bytes.Buffer
		cmd := callscmd.New(&cli.Env{Out: &out, Err: &errs, Home: home, Keys: cli.KeysOf(file, nil)})
		err := clitest.Run(t, cmd, append([]string{"originals"}, args...)...)
		return out.String(), err
	}
	for _, bad := range [][]string{{string(id)}, {string(id), "--reason", " x "}} {
		if out, err := run(keys, bad...); cli.Code(err) != cli.ExitUsage || out != "" {
			t.Errorf("%v: %q, %v", bad, out, err)
		}
	}
	if out, err := run("", string(id), "--reason", "complaint 1"); !errors.Is(err, seal.ErrKey) || strings.Contains(out, "Ada") {
		t.Errorf("without the key: %q, %v", out, err)
	}
	if out, err := run(keys, "no-such-call", "--reason", "complaint 2"); err == nil || strings.Contains(out, "Ada") {
		t.Errorf("an unknown call: %q, %v", out, err)
	}
	if out, err := run(keys, string(id), "--reason", "complaint 3"); err != nil || !strings.Contains(out, "I am [name].") || !strings.Contains(out, "I am Ada.") {
		t.Errorf("%q, %v", out, err)
	}
	trail, err := s.People().Entries(t.Context(), access.TrailQuery{What: access.ReadOriginals, Call: id})
	if err != nil || len(trail) != 2 || trail[0].Detail != "complaint 3" || trail[1].Detail != "complaint 1" {
		t.Errorf("trail %+v, %v", trail, err)
	}
}
