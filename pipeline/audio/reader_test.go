package audio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestReader: piece by piece a file gives what it gives as a whole, whatever its header says.
func TestReader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stereo := make([]int16, 2*8000*3+2*17)
	for i := range stereo {
		stereo[i] = int16((i*7919)%20000 - 10000)
	}
	whole := filepath.Join(dir, "whole.wav")
	if err := WriteWAV(whole, 8000, 2, stereo); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"whole": raw, "cut off": raw[:len(raw)-1001],
		"open":  append(append(slices.Clone(raw[:4]), 0, 0, 0, 0), append(slices.Clone(raw[8:40]), append([]byte{0, 0, 0, 0}, raw[44:]...)...)...),
		"float": riff(3, 1, 16000, 32, float32s(0.5, -0.25, 1)),
	}
	for name, data := range files {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		clip, err := Load(p)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, mix := range []bool{false, true} {
			got := readVoices(t, p, mix)
			want := [][]int16{clip.Mono16k()}
			if !mix {
				want = nil
				for i := range clip.Channels {
					want = append(want, Resample(clip.Channel(i), clip.Rate, Rate))
				}
			}
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s, mix %v: voice %d has %d samples, want %d like the whole", name, mix, i, len(got[i]), len(want[i]))
				}
			}
		}
	}
}

func readVoices(t *testing.T, path string, mix bool) [][]int16 {
	t.Helper()
	v, err := OpenVoices(path, mix)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	out := make([][]int16, v.Count())
	for {
		piece, err := v.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = append(out[i], piece[i]...)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"empty": {}, "text": []byte("no sound"), "half a header": []byte("RIFF\x00\x00\x00\x00WAVEfmt "), "flac": []byte("fLaC\x00\x00"),
	} {
		p := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Open(p); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
}

// FuzzReader: no file makes the reader panic, and it gives whole sample frames.
func FuzzReader(f *testing.F) {
	f.Add(riff(1, 2, 8000, 16, make([]byte, 64)))
	f.Add([]byte("fLaC\x00\x00\x00\x22"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(p)
		if err != nil {
			return
		}
		defer r.Close()
		buf := make([]int16, 64*r.Channels)
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			n, err := r.Read(buf)
			if n%r.Channels != 0 {
				t.Fatalf("%d samples in %d channels", n, r.Channels)
			}
			if err != nil {
				return
			}
		}
	})
}
