package transcribe

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-voice/parley/pipeline/vad"
)

// TestFind: a folder gives its recordings, the two sides of a call as one, and says what it cannot read.
func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{
		"b.wav", "A.FLAC", "notes.txt", ".hidden.wav", "x_caller.wav", "x_agent.wav", "sub/y-Customer.wav", "sub/y-Operator.wav", "sub/z_agent.wav",
		"talk.mp3", ".cache/c.wav", "caller.wav",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	jobs, bad, err := find([]string{dir, filepath.Join(dir, "b.wav"), filepath.Join(dir, "missing.wav")})
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	want := []job{
		{path: in("A.FLAC")}, {path: in("b.wav")}, {path: in("caller.wav")}, {in("sub/y-Customer.wav"), in("sub/y-Operator.wav")}, {path: in("sub/z_agent.wav")},
		{in("x_caller.wav"), in("x_agent.wav")}, {path: in("missing.wav")},
	}
	if !slices.Equal(jobs, want) {
		t.Errorf("got  %v\nwant %v", jobs, want)
	}
	if len(bad) != 1 || bad[0].Path != in("talk.mp3") {
		t.Errorf("complained about %v", bad)
	}
	if _, bad, err := find([]string{in(".cache"), t.TempDir()}); err != nil || len(bad) != 1 {
		t.Errorf("an empty folder: %v, %v", bad, err)
	}
}

// TestCutter: however the sound comes in pieces, the spans are what they are in the whole.
func TestCutter(t *testing.T) {
	t.Parallel()
	whole := make([]int16, 1000)
	for i := range whole {
		whole[i] = int16(i)
	}
	spans := []vad.Span{{Start: 0, End: 10}, {Start: 10, End: 11}, {Start: 300, End: 900}, {Start: 950, End: 1000}}
	for _, size := range []int{1, 7, 100, 333, 1000} {
		c := cutter{spans: slices.Clone(spans)}
		var got []vad.Span
		for at := 0; at < len(whole); at += size {
			err := c.push(whole[at:min(len(whole), at+size)], func(s vad.Span, pcm []int16) error {
				if !slices.Equal(pcm, whole[s.Start:s.End]) {
					t.Errorf("pieces of %d: span %v has %d samples from %d", size, s, len(pcm), pcm[0])
				}
				got = append(got, s)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, spans) {
			t.Errorf("pieces of %d: spans %v", size, got)
		}
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "transcribed")
	j := &journal{dir: dir, how: "a"}
	if err := j.put("sound", &file{Path: "p", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	again := &journal{dir: dir, how: "a"}
	if f := again.get("sound"); f == nil || f.Lang != "en" {
		t.Errorf("what was finished is gone: %+v", f)
	}
	if f := (&journal{dir: dir, how: "b"}).get("sound"); f != nil {
		t.Error("a result made in another way was used")
	}
	if err := os.WriteFile(again.path("broken"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := again.get("broken"); f != nil {
		t.Error("half a result was used")
	}
	if err := os.Remove(again.path("broken")); err != nil {
		t.Fatal(err)
	}
	again.clear()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
	if f := (&journal{}).get("sound"); f != nil {
		t.Error("a journal of nothing knows something")
	}
	(&journal{}).clear()
}
