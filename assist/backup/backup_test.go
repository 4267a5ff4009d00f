package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/backup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plainCopy stands for the library that copies databases.
func plainCopy(_ context.Context, from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(b, "copied"...), 0o600)
}

func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"calls.db": "SQLite format 3\x00rows", "calls.db-wal": "log", "calls.db.v1.bak": "old", "audit.key": "secret",
		"calls/a/audio.wav": strings.Repeat("sound", 40000), "calls/a/.transcript-1": "half", "cache/speech/x.pts": "prompt", "models/m/w.onnx": "weights",
		"events/lock": "", "replaced-1/calls.db": "older",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func source(t *testing.T) backup.Source {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "parley.yaml")
	write(t, conf, "sip: {}\n")
	return backup.Source{Home: home(t), Version: "v1.2.3", Snapshot: plainCopy, Config: map[string]string{"parley.yaml": conf}, Now: time.Unix(1e9, 0)}
}

func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, source(t), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"b.tar", "b.tar.gz"} {
		path := filepath.Join(t.TempDir(), name)
		m, err := backup.Save(t.Context(), path, source(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Files) != 4 || m.Files[0].Name != "data/calls.db" {
			t.Errorf("%+v", m.Files)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v, %v", info, err)
		}
		if _, err := backup.Save(t.Context(), path, source(t)); !errors.Is(err, os.ErrExist) {
			t.Errorf("an existing file: %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".parley*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		to := home(t)
		stage, err := backup.Stage(to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Read(t.Context(), f, stage); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, "calls/b/audio.wav"), "another call")
		if err := backup.Begin(to); err != nil || !backup.Interrupted(to) {
			t.Error("a restore that has begun does not say so")
		}
		kept, err := backup.Exchange(to, stage, time.Unix(2e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{
			"calls.db": "SQLite format 3\x00rowscopied", "audit.key": "secret", "restored-config/parley.yaml": "sip: {}\n", "models/m/w.onnx": "weights",
			filepath.Base(kept) + "/calls/b/audio.wav": "another call", filepath.Base(kept) + "/calls.db": "SQLite format 3\x00rows",
		} {
			if b, err := os.ReadFile(filepath.Join(to, path)); err != nil || string(b) != want {
				t.Errorf("%s: %q, %v", path, b, err)
			}
		}
		if _, err := os.Stat(filepath.Join(to, "calls/b")); err == nil {
			t.Error("a call that is not in the backup is still there")
		}
		if backup.Interrupted(to) {
			t.Error("it says it was interrupted")
		}
	}
}

// TestDamage cuts the archive anywhere and changes bytes anywhere in its files.
func TestDamage(t *testing.T) {
	t.Parallel()
	whole := archive(t)
	read := func(b []byte) error {
		_, err := backup.Read(t.Context(), bytes.NewReader(b), t.TempDir())
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndex(whole, []byte("manifest.json"))
	for cut := 0; cut < end+512; cut += 1021 {
		if err := read(whole[:cut]); !errors.Is(err, backup.ErrDamaged) {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
	for _, word := range []string{"rowscopied", "soundsound", "secret"} {
		at := bytes.Index(whole, []byte(word))
		bad := bytes.Clone(whole)
		bad[at] ^= 1
		if err := read(bad); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("a changed %q: %v", word, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	type entry struct{ name, text string }
	head := entry{"parley-backup.json", `{"format":1,"version":"x","made":"2026-01-01T00:00:00Z"}`}
	tail := entry{"manifest.json", `{"format":1,"version":"x","made":"2026-01-01T00:00:00Z","files":[]}`}
	for name, c := range map[string]struct {
		entries []entry
		want    error
	}{
		"newer":        {[]entry{{"parley-backup.json", `{"format":3,"version":"later"}`}}, backup.ErrNewer},
		"no head":      {[]entry{{"data/x", ""}}, backup.ErrDamaged},
		"climbs":       {[]entry{head, {"data/../../x", "evil"}, tail}, backup.ErrDamaged},
		"absolute":     {[]entry{head, {"/etc/passwd", "evil"}, tail}, backup.ErrDamaged},
		"elsewhere":    {[]entry{head, {"other/x", "evil"}, tail}, backup.ErrDamaged},
		"not listed":   {[]entry{head, {"data/x", "more"}, tail}, backup.ErrDamaged},
		"other's tail": {[]entry{head, {"manifest.json", `{"format":1,"version":"y","files":[]}`}}, backup.ErrDamaged},
		"empty":        {[]entry{head, tail}, nil},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, e := range c.entries {
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.text)), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, e.text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := backup.Read(t.Context(), &b, filepath.Join(mkdir(t, dir, "in"))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "x")); err != nil || len(left) > 0 {
			t.Errorf("%s: wrote outside", name)
		}
	}
}

func mkdir(t *testing.T, dir, name string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.Mkdir(p, 0o700); err != nil {
		t.Fatal(err)
	}
	return p
}

// FuzzRead gives the reader what no backup is.
func FuzzRead(f *testing.F) {
	f.Add([]byte("parley"))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := backup.Read(context.Background(), bytes.NewReader(b), t.TempDir()); err == nil && len(b) < 1024 {
			t.Error("taken as a backup")
		}
	})
}
