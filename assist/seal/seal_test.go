package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/seal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ring(t *testing.T, first byte, rest ...byte) *seal.Ring {
	t.Helper()
	var lines []string
	for _, b := range append([]byte{first}, rest...) {
		lines = append(lines, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)))
	}
	r, err := seal.Parse([]byte("# keys\n\n" + strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open opens a sealed file for reading and writing.
func open(t *testing.T, r *seal.Ring, path string) (*seal.File, error) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Over(f)
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

// TestAsAPlainFile does the same at random to a sealed file and to a slice.
func TestAsAPlainFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.wav")
	s, err := ring(t, 1).Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reader, err := open(t, ring(t, 2, 1), path)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var plain []byte
	for range 600 {
		p := make([]byte, rnd.IntN(9000))
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		off := rnd.IntN(len(plain) + 1 + rnd.IntN(2)*rnd.IntN(6000))
		if end := off + len(p); end > len(plain) && len(p) > 0 {
			plain = append(plain, make([]byte, end-len(plain))...)
		}
		if n, err := s.WriteAt(p, int64(off)); err != nil || n != len(p) {
			t.Fatal(n, err)
		}
		copy(plain[min(off, len(plain)):], p)
		from := rnd.IntN(len(plain) + 1)
		got := make([]byte, rnd.IntN(9000))
		n, err := reader.ReadAt(got, int64(from))
		if want := plain[from:min(from+len(got), len(plain))]; !bytes.Equal(got[:n], want) || err != nil && !errors.Is(err, io.EOF) || err == nil && n < len(got) {
			t.Fatalf("read %d at %d of %d: %d, %v", len(got), from, len(plain), n, err)
		}
	}
	if _, err := reader.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(reader); err != nil || !bytes.Equal(all, plain) {
		t.Errorf("%d of %d bytes, %v", len(all), len(plain), err)
	}
	info, err := reader.Stat()
	if err != nil || info.Size() != int64(len(plain)) {
		t.Errorf("size %d, want %d, %v", info.Size(), len(plain), err)
	}
}

func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.wav")
	s, err := ring(t, 1).Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteAt(bytes.Repeat([]byte("what the caller said "), 1000), 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte("caller")) {
		t.Error("it can be read", err)
	}
	if _, err := open(t, ring(t, 2), path); !errors.Is(err, seal.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := open(t, nil, path); !errors.Is(err, seal.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	for _, at := range []int{40, 4096 + 20, len(raw) - 1} {
		bad := bytes.Clone(raw)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := open(t, ring(t, 1), path)
		if err == nil {
			_, err = io.ReadAll(f)
		}
		if !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("byte %d changed: %v", at, err)
		}
	}
	// Blocks that change places are noticed too.
	swapped := bytes.Clone(raw)
	copy(swapped[4096:8192], raw[8192:12288])
	if err := os.WriteFile(path, swapped, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := open(t, ring(t, 1), path); err != nil {
		t.Error(err)
	} else if _, err := io.ReadAll(f); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("swapped blocks: %v", err)
	}
}

// TestCrash cuts the file anywhere: what was complete is there after mending.
func TestCrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.wav")
	s, err := ring(t, 1).Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text := bytes.Repeat([]byte("0123456789"), 2000)
	if _, err := s.WriteAt(text, 0); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(raw); cut > 4096; cut -= 997 {
		if err := os.WriteFile(path, raw[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := open(t, ring(t, 1), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Mend(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.HasPrefix(text, got) || len(got) < (cut-4096)/4096*4068 {
			t.Fatalf("cut at %d: %d bytes, %v", cut, len(got), err)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, path := filepath.Join(dir, "keys"), filepath.Join(dir, "a.wav")
	old, err := seal.AddKey(keys)
	if err != nil {
		t.Fatal(err)
	}
	load := func() *seal.Ring {
		r, err := seal.Load(t.Context(), keys, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if err := os.WriteFile(path, []byte("plain sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	if did, err := load().Seal(path); err != nil || !did {
		t.Fatal(did, err)
	}
	if did, err := load().Seal(path); err != nil || did {
		t.Error("sealed twice", err)
	}
	fresh, err := seal.AddKey(keys)
	if err != nil || fresh == old {
		t.Fatal(fresh, err)
	}
	if did, err := load().Rewrap(path); err != nil || !did {
		t.Error(did, err)
	}
	if did, err := load().Rewrap(path); err != nil || did {
		t.Error("wrapped twice", err)
	}
	if err := seal.KeepCurrent(keys); err != nil {
		t.Fatal(err)
	}
	if ids := load().IDs(); len(ids) != 1 || ids[0] != fresh {
		t.Errorf("keys %v, want %s", ids, fresh)
	}
	f, err := open(t, load(), path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "plain sound" {
		t.Errorf("%s, %v", b, err)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte(good), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file    string
		command []string
		ok      bool
	}{
		"others may read it": {open, nil, false}, "missing": {filepath.Join(dir, "none"), nil, false}, "command": {"", []string{"echo", good}, true},
		"command fails": {"", []string{"false"}, false}, "command says nothing": {"", []string{"true"}, false}, "no key": {"", nil, true},
	} {
		if _, err := seal.Load(t.Context(), c.file, c.command); (err == nil) != c.ok || err != nil && !errors.Is(err, seal.ErrRing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "# only words", "short", good + "\n" + good[:20]} {
		if _, err := seal.Parse([]byte(bad)); !errors.Is(err, seal.ErrRing) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
