package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

func keyring(t *testing.T, file string) *seal.Ring {
	t.Helper()
	if _, err := seal.AddKey(file); err != nil {
		t.Fatal(err)
	}
	r, err := seal.Load(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVault keeps originals only with a key, in no readable form, and gives them to nobody without it.
func TestVault(t *testing.T) {
	t.Parallel()
	home, id := t.TempDir(), call.NewID()
	s, err := Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	first := record.Original{Who: call.Caller, At: 3e9, Masked: "I live at [address].", Text: "I live at 7 Heliotrope Road."}
	if err := s.KeepOriginal(id, first); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Originals(t.Context(), id); err != nil || len(all) != 0 {
		t.Fatalf("kept without a key: %v, %v", all, err)
	}
	file := filepath.Join(t.TempDir(), "keys")
	keys := keyring(t, file)
	s.UseKeys(keys)
	second := record.Original{Who: call.Agent, At: 9e9, Masked: "[name]?", Text: "Mr 陈?"}
	for _, o := range []record.Original{first, second} {
		if err := s.KeepOriginal(id, o); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Originals(t.Context(), id)
	if err != nil || len(all) != 2 || all[0] != first || all[1] != second {
		t.Errorf("originals %+v, %v", all, err)
	}
	dir, err := Folder(home, id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, OriginalsName))
	if err != nil || bytes.Contains(raw, []byte("Heliotrope")) || bytes.Contains(raw, []byte("address")) {
		t.Errorf("the vault can be read: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, OriginalsName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rights %v, %v", info.Mode(), err)
	}
	s.UseKeys(keyring(t, filepath.Join(t.TempDir(), "others")))
	if all, err := s.Originals(t.Context(), id); !errors.Is(err, seal.ErrKey) || len(all) != 0 {
		t.Errorf("opened by another key: %v, %v", all, err)
	}
	if err := s.KeepOriginal(id, second); err == nil {
		t.Error("something was added under another key")
	}
	s.UseKeys(nil)
	if _, err := s.Originals(t.Context(), id); !errors.Is(err, seal.ErrKey) {
		t.Errorf("opened without a key: %v", err)
	}
	fresh := keyring(t, file) // a second key in the same file, the old one behind it
	if did, err := fresh.Rewrap(filepath.Join(dir, OriginalsName)); err != nil || !did {
		t.Errorf("rotated %v, %v", did, err)
	}
	s.UseKeys(fresh)
	if all, err := s.Originals(t.Context(), id); err != nil || len(all) != 2 {
		t.Errorf("after the rotation: %v, %v", all, err)
	}
	for _, bad := range []call.ID{"", "../x", "a/b"} {
		if _, err := s.Originals(t.Context(), bad); !errors.Is(err, record.ErrUnknown) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
