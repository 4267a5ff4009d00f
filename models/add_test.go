package models

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAddKnownFile(t *testing.T) {
	t.Parallel()
	s := storeOf(t, entry(t, "weights", "          - url: http://localhost:1/"))
	mine := filepath.Join(t.TempDir(), "download.bin")
	put(t, mine, "weights")
	if _, err := s.Add(context.Background(), Addition{File: mine}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Locate("speech", "model.bin"); err != nil {
		t.Error(err)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	s := storeOf(t, entry(t, "weights", "          - url: http://localhost:1/"))
	other := filepath.Join(t.TempDir(), "other.bin")
	put(t, other, "something else")
	for _, tc := range []struct {
		name string
		a    Addition
		says string
	}{
		{"no such file", Addition{File: other + ".none"}, "check the path"},
		{"not in the catalogue", Addition{File: other}, "--as NAME"},
		{"not what its name says", Addition{File: other, As: "speech", Path: "model.bin"}, "wrong checksum"},
		{"not what its publisher says", Addition{File: other, SHA256: hash("weights")}, "wrong checksum"},
		{"no model at all", Addition{File: other, As: "mine"}, "no whisper model"},
		{"bad name", Addition{File: other, As: "../mine"}, "letters, digits"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Add(context.Background(), tc.a, PullOptions{})
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want it to say %q", err, tc.says)
			}
		})
	}
}

func TestAddFileWithoutKnownChecksum(t *testing.T) {
	t.Parallel()
	c := entry(t, "weights", "          - url: http://localhost:1/")
	c.Models[0].Files[0].SHA256 = ""
	c.Models[0].Files[0].Size = 0
	s := storeOf(t, c)
	if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err == nil || !strings.Contains(err.Error(), "parley models add") {
		t.Fatalf("pull of a file without checksum: %v", err)
	}
	mine := filepath.Join(t.TempDir(), "model.bin")
	put(t, mine, "sense")
	if _, err := s.Add(context.Background(), Addition{File: mine, As: "speech", SHA256: hash("sense")}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	again, err := openWith(s.Dir(), c)
	if err != nil {
		t.Fatal(err)
	}
	path, err := again.Locate("speech", "model.bin")
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, "nonsense")
	if _, err := again.Locate("speech", "model.bin"); !errors.Is(err, ErrWrong) {
		t.Errorf("after damage: %v", err)
	}
}

func TestAddOwnModel(t *testing.T) {
	t.Parallel()
	c := entry(t, "weights", "          - url: http://localhost:1/")
	s := storeOf(t, c)
	mine := filepath.Join(t.TempDir(), "ggml-own.bin")
	put(t, mine, string(binary.LittleEndian.AppendUint32(nil, 0x67676d6c))+"weights")
	if _, err := s.Add(context.Background(), Addition{File: mine, As: "own"}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	again, err := openWith(s.Dir(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"ggml-own.bin", ""} {
		if path, err := again.Locate("own", file); err != nil || filepath.Base(path) != "ggml-own.bin" {
			t.Errorf("%q: %s, %v", file, path, err)
		}
	}
	m, err := again.Catalogue().Find("own")
	if err != nil || m.Commercial != Unclear {
		t.Errorf("an added model: %+v, %v", m, err)
	}
}

func TestDamagedAddedList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, text := range []string{"version: [", "nonsense: 1", "models: [{name: ../x}]"} {
		put(t, filepath.Join(dir, localName), text)
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "mend or remove") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, localName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err != nil {
		t.Error(err)
	}
}
