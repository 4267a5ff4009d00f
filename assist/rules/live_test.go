package rules

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/call"
)

const shout = `version: 1
words:
  bananas: {en: [banana*], zh: [香蕉]}
rules:
  - id: fruit
    text_en: Bananas.
    text_zh: 香蕉。
    when: said.bananas >= 1.0
    do: [{tag: {name: fruit}}]
    max_per_call: 2
`

func TestMaxPerCall(t *testing.T) {
	t.Parallel()
	set, err := Compile([]byte(shout))
	if err != nil {
		t.Fatal(err)
	}
	s, n := set.Session(), 0
	for i := range 5 {
		n += len(s.Feed(Turn{N: i, Who: call.Caller, Text: "bananas please", Lang: "en", End: call.Offset(i) * 1e9}))
	}
	if n != 2 {
		t.Errorf("fired %d times, want 2", n)
	}
}

func TestKeyHint(t *testing.T) {
	t.Parallel()
	_, err := Compile([]byte(strings.Replace(shout, "max_per_call", "max_per_cal", 1)))
	if err == nil || !strings.Contains(err.Error(), "line 10") || !strings.Contains(err.Error(), "did you mean max_per_call?") {
		t.Error(err)
	}
}

func TestLive(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(shout)
	l, err := NewLive(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	good := l.Set()
	if changed, err := l.Reload(); changed || err != nil {
		t.Error("reloads what did not change", err)
	}
	write(shout + "  - id: broken\n    when: 1 +\n")
	if _, err := l.Reload(); err == nil || l.Err() == nil || l.Set() != good {
		t.Errorf("takes a bad file: %v", err)
	}
	if _, err := l.Reload(); err != nil {
		t.Error("tells the same complaint twice", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Reload(); err == nil || l.Set() != good {
		t.Errorf("takes a missing file: %v", err)
	}
	told := make(chan error, 10)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { // ends with ctx
		l.Watch(ctx, time.Millisecond, func(err error) { told <- err })
		close(done)
	}()
	// Written beside and renamed: a file that is read half-written is told as a mistake first.
	if err := os.WriteFile(path+".new", []byte(strings.ReplaceAll(shout, "fruit", "tropical")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil || l.Err() != nil {
		t.Error(err)
	}
	if got := l.Set().Rules(); len(got) != 1 || got[0] != "tropical" {
		t.Error(got)
	}
	stop()
	<-done
}

func TestDiff(t *testing.T) {
	t.Parallel()
	before, err := Compile([]byte(shout))
	if err != nil {
		t.Fatal(err)
	}
	after, err := Compile([]byte(strings.Replace(shout, "banana*", "(banana*|mango*)", 1)))
	if err != nil {
		t.Fatal(err)
	}
	calls := func(fail error) func(yield func(Call, error) bool) {
		return func(yield func(Call, error) bool) {
			for i, text := range []string{"a banana", "a mango", "nothing"} {
				c := Call{ID: call.ID(fmt.Sprint("c", i)), Turns: []Turn{{N: 7, Who: call.Caller, Text: text, Lang: "en"}}}
				if !yield(c, fail) {
					return
				}
			}
		}
	}
	got, err := Diff(t.Context(), before, after, calls(nil))
	if err != nil || got.Calls != 3 || got.Changed != 1 || len(got.Rules) != 1 || got.Rules[0] != (RuleChange{"fruit", 1, 2, 1, 0}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if f := got.Firings[0]; f.Call != "c1" || !f.New || f.Turn != 7 || f.Reasons[0].Quote != "mango" {
		t.Errorf("%+v", f)
	}
	if got, err = Diff(t.Context(), after, before, calls(nil)); err != nil || got.Rules[0] != (RuleChange{"fruit", 2, 1, 0, 1}) || got.Firings[0].New {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = Diff(t.Context(), after, before, calls(errors.New("gone"))); err == nil {
		t.Error("a call that cannot be read is passed over")
	}
}

// TestBounds holds the cost of a turn: many words, an expression that other engines choke on, a very long turn.
func TestBounds(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("version: 1\nwords:\n  many:\n    en: [")
	for i := range 10000 {
		fmt.Fprintf(&b, "word%dx, ", i)
	}
	b.WriteString("last]\n    zh: [香蕉]\nrules:\n  - {id: many, text_en: a, text_zh: b, when: said.many >= 1.0, do: [{tag: {name: a}}]}\n" +
		`  - {id: slow, text_en: a, text_zh: b, when: 'text.matches("(a+)+$")', do: [{tag: {name: a}}]}` + "\n")
	set, err := Compile([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	got := s.Feed(Turn{Who: call.Caller, Text: "then word9999x came", Lang: "en"})
	if len(got) != 1 || got[0].Rule != "many" {
		t.Errorf("%+v", got)
	}
	// As expressions are RE2's, time is linear; as cost is bounded, one that is too dear counts as not holding.
	s.Feed(Turn{Who: call.Caller, Text: strings.Repeat("a", 1<<20) + "!", Lang: "en"})
}

// TestTry compiles a changed file beside those in use.
func TestTry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(shout, "fruit", "own")), 0o600); err != nil {
		t.Fatal(err)
	}
	base := strings.ReplaceAll(shout, "bananas", "plums")
	l, err := NewLive([][]byte{[]byte(base)}, path)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Sources(); len(got) != 2 || string(got[0]) != base {
		t.Fatalf("%d sources", len(got))
	}
	rule := func(id string) []byte {
		return []byte("version: 1\nrules:\n  - {id: " + id + ", text_en: a, text_zh: b, when: turn.words > 0, do: [{tag: {name: a}}]}\n")
	}
	for i, want := range map[int]string{0: "[new own]", 1: "[fruit new]", 2: "[fruit new own]", 99: "[fruit new own]"} {
		set, err := l.Try(i, rule("new"))
		if err != nil {
			t.Fatal(i, err)
		}
		if got := set.Rules(); fmt.Sprint(sorted(got)) != want {
			t.Errorf("Try(%d) has %v, want %s", i, got, want)
		}
	}
	if _, err := l.Try(1, []byte("version: 1\nrules:\n  - {id: x}\n")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a mistake: %v", err)
	}
	if got := l.Set().Rules(); fmt.Sprint(sorted(got)) != "[fruit own]" {
		t.Errorf("what is in use changed: %v", got)
	}
}

func sorted(s []string) []string {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}
