package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

const (
	childHome = "PARLEY_TEST_CHILD_HOME"
	childURL  = "PARLEY_TEST_CHILD_URL"
)

// TestChild is the process TestKilledProcessLosesNoTurn kills: a bus, a recorder and a call without end. It writes a
// line for every turn that was acknowledged.
func TestChild(t *testing.T) {
	home := os.Getenv(childHome)
	if home == "" {
		t.Skip("only as the child of TestKilledProcessLosesNoTurn")
	}
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	o := store.Options{Home: home}
	if url := os.Getenv(childURL); url != "" {
		o = store.Options{Home: home, URL: url, Node: "n1", Source: "bus"}
	}
	s := openAt(t, o)
	rec := store.NewRecorder(s, nil)
	go func() { _ = rec.Run(t.Context(), bus) }() // ends with the process
	<-rec.Ready()
	l := events.NewLog(bus, call.NewID(), time.Now())
	fmt.Println("call", l.ID())
	if err := l.Emit(t.Context(), 0, call.KindStarted, call.Started{From: "a", To: "bank", Langs: []string{"en"}, At: time.Now(), Node: "n1"}, false); err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		b := call.Turn{N: n, Who: call.Caller, Text: fmt.Sprint("turn ", n), Lang: "en", Start: sec(float64(n)), End: sec(float64(n) + .5)}
		if err := l.Emit(t.Context(), b.End, call.KindTurn, b, true); err != nil {
			t.Fatal(err)
		}
		fmt.Println("turn", n)
	}
}

func TestKilledProcessLosesNoTurn(t *testing.T) { onBoth(t, testKilledProcessLosesNoTurn) }

func testKilledProcessLosesNoTurn(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	child.Env = append(os.Environ(), childHome+"="+home, childURL+"="+at(t, home).URL)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var id call.ID
	acked := 0
	for sc := bufio.NewScanner(out); sc.Scan(); {
		word, rest, _ := strings.Cut(sc.Text(), " ")
		switch word {
		case "call":
			id = call.ID(rest)
		case "turn":
			if acked, err = strconv.Atoi(rest); err != nil {
				t.Fatal(err)
			}
		}
		if acked == 150 { // the pipe still holds turns that were acknowledged: they are read too
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || acked < 150 {
		t.Fatalf("the child ended by itself after %d turns: %v", acked, err)
	}

	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	s := openAt(t, at(t, home))
	run(t, s, bus, func() {})
	d, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if d.State != record.Cut || len(d.Turns) < acked || d.Duration < float64(acked) {
		t.Errorf("%d turns were acknowledged; the record has %d, state %s, %.1f s", acked, len(d.Turns), d.State, d.Duration)
	}
	for i, turn := range d.Turns {
		if turn.N != i+1 {
			t.Fatalf("turn %d is missing", i+1)
		}
	}
}
