package curate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is a data folder that commands work on.
type shop struct {
	t      *testing.T
	home   string
	models string
	config string
	in     string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return &shop{t: t, home: filepath.Join(t.TempDir(), "home"), models: "no weights are needed"}
}

// weights points the shop at the real models, or skips.
func (s *shop) weights() *shop {
	s.t.Helper()
	if s.models = os.Getenv("PARLEY_MODELS"); s.models == "" || os.Getenv("PARLEY_ONNXRUNTIME") == "" {
		s.t.Skip("PARLEY_MODELS and PARLEY_ONNXRUNTIME are not set: . build/env.sh")
	}
	if _, err := os.Stat(filepath.Join(s.models, "bge-small-en")); err != nil {
		s.t.Skip("no weights: parley models pull")
	}
	return s
}

// run runs "parley knowledge ARGS --json" and returns what it printed.
func (s *shop) run(args ...string) (string, error) {
	s.t.Helper()
	var out bytes.Buffer
	env := &cli.Env{In: strings.NewReader(s.in), Out: &out, Err: &bytes.Buffer{}, JSON: true, Home: s.home, Models: s.models, Config: s.config, Log: slog.New(slog.DiscardHandler)}
	cmd := Add(knowledgecmd.New(env), env)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Usagef("%w", err) })
	err := clitest.Run(s.t, cmd, args...)
	return out.String(), err
}

// ok runs a command that must do well and print all of want.
func (s *shop) ok(args []string, want ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil || strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) {
		s.t.Fatalf("%v: %q, %v", args, out, err)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			s.t.Errorf("%v: %s lacks %s", args, out, w)
		}
	}
	return out
}

// fill puts two published entries and one that ends in ten days into base shop.
func (s *shop) fill() *shop {
	s.t.Helper()
	env := &cli.Env{Home: s.home, Log: slog.New(slog.DiscardHandler)}
	err := withLibrary(s.t.Context(), env, func(lib *knowledgecmd.Plain) error {
		end := time.Now().AddDate(0, 0, 10)
		sale := knowledge.Entry{ID: "sale", Base: "shop", Question: "Is there a sale?", Answer: "Until the end of the month.", Lang: "en"}
		sale.Until = &end
		for _, e := range []knowledge.Entry{
			{ID: "parking", Base: "shop", Question: "Where can I park my car?", Answer: "Behind the building.", Lang: "en"},
			{ID: "open", Base: "shop", Question: "When do you open?", Answer: "At nine in the morning.", Lang: "en"}, sale,
		} {
			if _, err := lib.Save(s.t.Context(), e, "kay"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s
}

// calls records two calls that asked for kites in vain; an agent answered them.
func (s *shop) calls() *shop {
	s.t.Helper()
	st, err := store.Open(s.t.Context(), s.home, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, text := range []string{"Do you sell kites?", "do you sell kites"} {
		id, all := call.NewID(), []call.Event{}
		for i, e := range []struct {
			kind call.Kind
			body any
		}{
			{call.KindStarted, call.Started{From: "a", To: "shop", Route: "shop", Base: "shop", Langs: []string{"en"}, At: time.Now()}},
			{call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: text, Lang: "en", End: 1e9}},
			{call.KindAnswered, map[string]any{"query": text, "decision": "offer_person", "lang": "en"}},
			{call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "Shall I get somebody?", Lang: "en", Decision: "offer_person"}},
			{call.KindTurn, call.Turn{N: 3, Who: call.Agent, Text: "Yes, we sell kites in all colours for twenty pounds.", Lang: "en", End: 3e9}},
		} {
			body, err := json.Marshal(e.body)
			if err != nil {
				s.t.Fatal(err)
			}
			all = append(all, call.Event{V: 1, Call: id, Seq: uint64(i + 1), Kind: e.kind, Body: body})
		}
		if _, err := st.Record(s.t.Context(), all); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func TestExportAndRestore(t *testing.T) {
	s := newShop(t).fill()
	s.ok([]string{"drafts", "edit", "shop", "parking", "--answer", "Before the building.", "--audience", "agent", "--until", "2099-01-31"}, `"version":2`, `"audience":"agent"`)
	s.ok([]string{"versions", "shop", "parking"}, "Behind the building.", "Before the building.", `"by":"kay"`, `"by":"console"`)
	s.ok([]string{"rollback", "shop", "parking", "1"}, `"version":3`, "Behind the building.")
	file := filepath.Join(t.TempDir(), "all.jsonl")
	s.ok([]string{"export", "--out", file}, `"entries":3`)
	first, err := os.ReadFile(file)
	if err != nil || bytes.Count(first, []byte{'\n'}) != 3 {
		t.Fatal(string(first), err)
	}
	other := newShop(t)
	other.ok([]string{"restore", file}, `"entries":3`)
	again := filepath.Join(t.TempDir(), "again.jsonl")
	other.ok([]string{"export", "--out", again}, `"entries":3`)
	if second, err := os.ReadFile(again); err != nil || !bytes.Equal(first, second) {
		t.Errorf("not the same after a restore: %s\n%s, %v", first, second, err)
	}
	other.in = string(first) + "{half"
	if _, err := other.run("restore", "-"); err == nil {
		t.Error("half a file was restored")
	}
	other.ok([]string{"calendar", "--days", "31"}, `"what":"ends"`, `"sale"`)
	if out := other.ok([]string{"calendar", "--days", "5"}); !strings.Contains(out, `"items":[]`) {
		t.Error(out)
	}
}

func TestGoldenSetIsKept(t *testing.T) {
	s := newShop(t).fill()
	s.in = `{"query":"parking?","relevant":["parking"]}` + "\n\n" + `{"query":"boats?"}` + "\n"
	s.ok([]string{"golden", "set", "-"}, `"base":"shop"`, `{"query":"boats?","relevant":[]}`)
	s.ok([]string{"golden", "add", "when open", "--entry", "open"}, `"when open"`)
	s.ok([]string{"golden", "remove", "boats?"}, `"parking?"`)
	if out := s.ok([]string{"golden", "show"}, `"when open"`); strings.Contains(out, "boats") {
		t.Error(out)
	}
	s.ok([]string{"golden", "runs"}, `"runs":[]`)
}

func TestWatchedFolders(t *testing.T) {
	s, dir := newShop(t).fill(), t.TempDir()
	s.config = filepath.Join(t.TempDir(), "parley.yaml")
	write(t, s.config, "knowledge:\n  watch:\n    - folder: "+dir+"\n      base: shop\n")
	write(t, filepath.Join(dir, "faq.csv"), "question,answer\nDo you wrap gifts?,Yes.\nWhen do you open?,At ten.\n")
	s.ok([]string{"watch"}, `"state":"fine"`, `"new":1,"changed":1`, `"applied":false`)
	if out := s.ok([]string{"versions", "shop", "open"}); strings.Contains(out, "At ten") {
		t.Error("a look stored:", out)
	}
	write(t, filepath.Join(dir, "faq.csv"), "question,answer\nDo you wrap gifts?,\n")
	out, err := s.run("watch")
	if cli.Code(err) != cli.ExitCheck || !strings.Contains(out, "faq.csv row 2") {
		t.Error(out, err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDay takes a gap over a draft to an entry, and a golden set through a change.
func TestDay(t *testing.T) {
	s := newShop(t).weights().fill().calls()
	var list struct{ Gaps []gapView }
	if err := json.Unmarshal([]byte(s.ok([]string{"gaps"})), &list); err != nil || len(list.Gaps) != 1 || list.Gaps[0].Count != 2 || list.Gaps[0].Calls[0].Turn != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	gap := list.Gaps[0].ID
	s.ok([]string{"gaps", "replies", gap}, "for twenty pounds")
	var e knowledge.Entry
	if err := json.Unmarshal([]byte(s.ok([]string{"gaps", "draft", gap, "--answer", "Yes, ask Anna Smith at anna@example.com."}, `"state":"review"`)), &e); err != nil || strings.Contains(e.Answer, "anna@") {
		t.Fatalf("%+v, %v", e, err)
	}
	s.ok([]string{"drafts"}, `"count":2`, e.ID)
	s.ok([]string{"drafts", "return", "shop", e.ID, "--reason", "no names"}, `"state":"draft"`)
	s.ok([]string{"drafts"}, "no names")
	s.ok([]string{"drafts", "edit", "shop", e.ID, "--answer", "Yes, for twenty pounds."}, "twenty")
	s.ok([]string{"preview", "shop", e.ID, "--state", "published"}, `"kind":"gain"`, `"n":1`)
	s.ok([]string{"drafts", "approve", "shop", e.ID}, `"state":"published"`)
	s.ok([]string{"gaps"}, `"gaps":[]`)
	s.ok([]string{"gaps", "dismissed"}, "kites")
	s.ok([]string{"golden", "add", "Do you sell kites?", "--entry", e.ID}, e.ID)
	s.ok([]string{"golden", "run", "--most-wrong", "0", "--least-helped", "1"}, `"passed":["Do you sell kites?"]`)
	s.ok([]string{"golden", "runs"}, `"by":"console"`)
	out, err := s.run("preview", "shop", e.ID, "--state", "draft")
	if cli.Code(err) != cli.ExitCheck || !strings.Contains(out, `"losses":1`) {
		t.Error(out, err)
	}
	s.ok([]string{"uses"}, `"uses":[]`)
}

func TestComplaints(t *testing.T) {
	s := newShop(t).fill()
	for _, c := range []struct {
		args []string
		code int
		why  string
	}{
		{[]string{"export"}, cli.ExitUsage, "--out"},
		{[]string{"export", "--out", "/nowhere/x"}, cli.ExitFailed, "check the path"},
		{[]string{"restore", "none.jsonl"}, cli.ExitFailed, "none.jsonl"},
		{[]string{"versions", "shop"}, cli.ExitUsage, "versions"},
		{[]string{"versions", "shop", "none"}, cli.ExitFailed, "entry none in base shop"},
		{[]string{"rollback", "shop", "parking", "x"}, cli.ExitUsage, "number"},
		{[]string{"rollback", "shop", "parking", "9"}, cli.ExitFailed, "version 9"},
		{[]string{"gaps", "--days", "0"}, cli.ExitUsage, "--days"},
		{[]string{"gaps", "draft", "x"}, cli.ExitUsage, "--answer"},
		{[]string{"gaps", "draft", "x", "--answer", "a", "--reply", "c"}, cli.ExitUsage, "CALL:TURN"},
		{[]string{"gaps", "dismiss", "x"}, cli.ExitUsage, "--reason"},
		{[]string{"gaps", "reopen", "shop", "q"}, cli.ExitFailed, "not dismissed"},
		{[]string{"drafts", "return", "shop", "parking"}, cli.ExitUsage, "--reason"},
		{[]string{"drafts", "return", "shop", "parking", "--reason", "x"}, cli.ExitFailed, "decided"},
		{[]string{"drafts", "edit", "shop", "parking", "--until", "soon"}, cli.ExitUsage, "--until soon"},
		{[]string{"golden", "add", "q", "--entry", "none"}, cli.ExitFailed, "entry none"},
		{[]string{"golden", "remove", "q"}, cli.ExitFailed, "not in the golden set"},
		{[]string{"golden", "set", "none.jsonl"}, cli.ExitFailed, "none.jsonl"},
		{[]string{"golden", "run"}, cli.ExitFailed, "parley models pull"},
		{[]string{"preview", "shop", "parking", "-n", "-1"}, cli.ExitUsage, "-n"},
		{[]string{"watch", "--apply", "bank"}, cli.ExitUsage, "knowledge.watch"},
		{[]string{"speak", "shop", "parking"}, cli.ExitUsage, "--out"},
		{[]string{"calendar", "--days", "0"}, cli.ExitUsage, "--days"},
	} {
		out, err := s.run(c.args...)
		if cli.Code(err) != c.code || out != "" || err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%v: code %d, %v, printed %q", c.args, cli.Code(err), err, out)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := lookAt(ctx, &cli.Env{Home: s.home, Log: slog.New(slog.DiscardHandler)}, nil, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
