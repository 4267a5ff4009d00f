package events_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

const fullDir = "PARLEY_TEST_FULL_DIR"

// A file that may not grow any more stands for a full disk. The limit holds for a whole process, so a child has it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestFullDiskChild$", "-test.v")
	cmd.Env = append(os.Environ(), fullDir+"="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestFullDiskChild") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestFullDiskChild runs in the process that TestFullDisk starts: a store without space says so to whoever waits and to
// Check, holds up nobody who does not wait, loses nothing, and works again by itself once there is space: what was published
// meanwhile is kept too.
func TestFullDiskChild(t *testing.T) {
	dir := os.Getenv(fullDir)
	if dir == "" {
		t.Skip("runs in the process that TestFullDisk starts")
	}
	signal.Ignore(syscall.SIGXFSZ)
	b, err := events.Open(t.Context(), events.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	id := call.NewID()
	l := events.NewLog(b, id, time.Now())
	say := func(l *events.Log) error {
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		return l.Emit(ctx, 0, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: strings.Repeat("x", 8000)}, true)
	}
	if err := say(l); err != nil {
		t.Fatal(err)
	}
	limit(t, 48<<10)
	kept := 1
	for ; kept < 200; kept++ {
		if err = say(l); err != nil {
			break
		}
	}
	if !errors.Is(err, events.ErrUnkept) {
		t.Fatalf("with no space left, %d events are kept and the error is %v", kept, err)
	}
	for range 50 { // must not block, whatever becomes of them
		_ = l.Emit(t.Context(), 0, call.KindKey, call.Key{Digit: "1"}, false)
	}
	if err := b.Check(soon(t)); err == nil {
		t.Error("Check finds nothing wrong with a full disk")
	}
	limit(t, 0)
	for deadline := time.Now().Add(40 * time.Second); b.Check(soon(t)) != nil || b.Stats().Held > 0; time.Sleep(100 * time.Millisecond) { // polling what mends itself
		if time.Now().After(deadline) {
			t.Fatalf("the store does not go on by itself: %v, %+v", b.Check(soon(t)), b.Stats())
		}
	}
	kept += 1 + 50 // the one that was refused, and those nobody waited for
	if err := say(l); err != nil {
		t.Errorf("publish after space was freed: %v", err)
	}
	kept++
	if st := b.Stats(); st.Lost > 0 {
		t.Errorf("lost %d", st.Lost)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	again, err := events.Open(t.Context(), events.Options{Dir: dir})
	if err != nil {
		t.Fatalf("open after the disk was full: %v", err)
	}
	defer again.Close()
	if err := say(events.NewLog(again, call.NewID(), time.Now())); err != nil {
		t.Errorf("publish after space was freed: %v", err)
	}
	s := subscribe(t, again, events.Filter{Call: id})
	defer s.Close()
	seen := map[uint64]bool{}
	for range kept {
		seen[next(t, s).Seq] = true
	}
	if len(seen) != kept {
		t.Errorf("%d of %d events are kept", len(seen), kept)
	}
}

// limit lets no file grow beyond n bytes; 0 = as before.
func limit(t *testing.T, n uint64) {
	t.Helper()
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
		t.Fatal(err)
	}
	r.Cur = n
	if n == 0 {
		r.Cur = r.Max
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
		t.Fatal(err)
	}
}
