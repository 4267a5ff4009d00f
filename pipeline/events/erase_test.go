package events_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// TestErase looks for the words of an erased call in the files of the store, while it runs and after it has stopped.
func TestErase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bus, err := events.Open(t.Context(), events.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	secret, other := "heliotrope wheelbarrow", "everyday umbrella"
	gone, stays := call.NewID(), call.NewID()
	a, b := events.NewLog(bus, gone, time.Now()), events.NewLog(bus, stays, time.Now())
	for i := range 20 {
		for l, text := range map[*events.Log]string{a: secret, b: other} {
			if err := l.Emit(t.Context(), 0, call.KindTurn, call.Turn{N: i + 1, Who: call.Caller, Text: text}, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := holds(t, dir, secret); n == 0 {
		t.Fatal("the words are not on the disk before: this test could not fail")
	}
	if n, err := bus.Erase(t.Context(), gone); err != nil || n != 20 {
		t.Fatalf("erased %d, %v", n, err)
	}
	if n, err := bus.Erase(t.Context(), gone); err != nil || n != 0 {
		t.Errorf("erased again: %d, %v", n, err)
	}
	for id, want := range map[call.ID]int{gone: 0, stays: 20} {
		if n, err := bus.Count(t.Context(), id); err != nil || n != want {
			t.Errorf("%s has %d events, want %d; %v", id, n, want, err)
		}
	}
	if n := holds(t, dir, secret); n != 0 {
		t.Errorf("%d files hold the words of the erased call", n)
	}
	if _, err := events.Lock(dir); !errors.Is(err, events.ErrInUse) {
		t.Errorf("a folder in use was locked: %v", err)
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	if n := holds(t, dir, secret); n != 0 {
		t.Errorf("%d files hold the words after the end", n)
	}
	if n := holds(t, dir, string(gone)); n != 0 {
		t.Errorf("%d files hold the ID after the end", n)
	}
	if holds(t, dir, other) == 0 {
		t.Error("the other call is gone too")
	}
	release, err := events.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := events.Open(t.Context(), events.Options{Dir: dir}); !errors.Is(err, events.ErrInUse) {
		t.Errorf("a locked folder was opened: %v", err)
	}
}

// holds counts the files under dir with text in them.
func holds(t *testing.T, dir, text string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
