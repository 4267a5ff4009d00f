package seal_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/seal"
)

const fuzzKey = "# made\nMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"

func FuzzKeys(f *testing.F) {
	f.Add([]byte(fuzzKey))
	f.Add([]byte("\n# nothing\n"))
	f.Add([]byte("AAAA\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := seal.Parse(text)
		if (err == nil) != (r != nil && len(r.IDs()) > 0) {
			t.Fatalf("%v, %v", r, err)
		}
		if err == nil && r.Current() != r.IDs()[0] {
			t.Error("the first key does not seal")
		}
	})
}

// FuzzFile opens what somebody has made of a sealed recording: it is read as it was written up to some place, or refused.
func FuzzFile(f *testing.F) {
	ring, err := seal.Parse([]byte(fuzzKey))
	if err != nil {
		f.Fatal(err)
	}
	plain := bytes.Repeat([]byte("sound and more sound "), 500)
	path := filepath.Join(f.TempDir(), "whole")
	w, err := ring.Create(path)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := w.WriteAt(plain, 0); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint(0), uint(0))
	f.Add([]byte{1}, uint(100), uint(4000))
	f.Add([]byte("RIFF"), uint(0), uint(len(whole)))
	f.Fuzz(func(t *testing.T, change []byte, at, size uint) {
		data := bytes.Clone(whole)[:min(size, uint(len(whole)))]
		if len(data) > 0 {
			copy(data[at%uint(len(data)):], change)
		}
		name := filepath.Join(t.TempDir(), "changed")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ring.Over(file)
		if err != nil {
			if !errors.Is(err, seal.ErrDamaged) && !errors.Is(err, seal.ErrKey) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		defer s.Close()
		for range 2 { // before and after it is mended
			got, _ := io.ReadAll(io.NewSectionReader(s, 0, 1<<20))
			if !bytes.HasPrefix(plain, got) {
				t.Fatalf("%d bytes are read that were never written", len(got))
			}
			if _, err := s.Mend(); err != nil {
				return
			}
		}
	})
}
