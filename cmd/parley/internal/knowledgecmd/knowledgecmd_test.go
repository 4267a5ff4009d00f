package knowledgecmd

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/samples"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parley runs the command in home and returns what it printed.
func parley(t *testing.T, home, weights string, after AfterImport, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, complaints bytes.Buffer
	env := &cli.Env{Out: &out, Err: &complaints, JSON: true, Home: home, Models: weights, Log: slog.New(slog.DiscardHandler)}
	var hooks []AfterImport
	if after != nil {
		hooks = append(hooks, after)
	}
	cmd := New(env, hooks...)
	err = clitest.Run(t, cmd, args...)
	return out.String(), complaints.String(), err
}

func weights(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PARLEY_MODELS")
	if dir == "" {
		t.Skip("PARLEY_MODELS is not set: the weights are needed")
	}
	if _, err := os.Stat(filepath.Join(dir, "bge-small-en", "model.onnx")); err != nil {
		t.Skipf("weights are missing: %v", err)
	}
	return dir
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImportSearchList(t *testing.T) {
	models, home := weights(t), filepath.Join(t.TempDir(), "home")
	bank, _ := samples.CSV("bank")
	shop, _ := samples.CSV("shop")
	var rendered []knowledge.Entry
	hook := func(_ context.Context, answers []knowledge.Entry) error {
		rendered = append(rendered, answers...)
		return nil
	}
	run := func(want outcome, args ...string) {
		t.Helper()
		out, _, err := parley(t, home, models, hook, args...)
		if err != nil {
			t.Fatal(args, err)
		}
		var got outcome
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(out, err)
		}
		if got.New != want.New || got.Changed != want.Changed || got.Same != want.Same || got.Invalid == nil || len(got.Invalid) != 0 || !slices.Equal(got.Bases, want.Bases) {
			t.Errorf("%v: %s", args, out)
		}
	}
	files := []string{write(t, "bank.csv", string(bank)), write(t, "shop.csv", string(shop))}
	run(outcome{New: 96, Bases: []string{"bank", "shop"}}, "import", files[0], files[1], "--dry-run")
	run(outcome{New: 96, Bases: []string{"bank", "shop"}}, "import", files[0], files[1])
	if len(rendered) != 96 {
		t.Errorf("%d answers to render", len(rendered))
	}
	run(outcome{Same: 48, Bases: []string{"shop"}}, "import", files[1])
	for _, c := range []struct{ query, base, want string }{
		{"hi um I lost my card", "bank", "How do I report a lost or stolen card?"},
		{"我想退货", "", "怎么申请退货？"},
	} {
		out, _, err := parley(t, home, models, nil, "search", c.query, "--base", c.base, "-k", "2")
		var got struct{ Hits []hit }
		if err != nil || json.Unmarshal([]byte(out), &got) != nil {
			t.Fatal(out, err)
		}
		if len(got.Hits) != 2 || got.Hits[0].Question != c.want || got.Hits[0].PRight < knowledge.AnswerBar || got.Hits[0].Ranks.Dense != 1 {
			t.Errorf("%q: %s", c.query, out)
		}
	}
	if out, _, err := parley(t, home, "no weights needed", nil, "list"); err != nil || strings.Count(out, `"entries":48`) != 2 {
		t.Errorf("list: %s, %v", out, err)
	}
}

// TestImportTells: an import says which entries it forgot, and which row does not go with what the base holds.
func TestImportTells(t *testing.T) {
	models, home := weights(t), filepath.Join(t.TempDir(), "home")
	run := func(text string, more ...string) (outcome, error) {
		t.Helper()
		out, _, err := parley(t, home, models, nil, append([]string{"import", write(t, "faq.csv", text)}, more...)...)
		var got outcome
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(out, err)
		}
		return got, err
	}
	if _, err := run("id,question,answer,valid_from\n7,How do I pay?,By card.,2029-01-01\n9,Do you deliver?,Yes.,\n"); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{{"--dry-run"}, {}} {
		got, err := run("id,question,answer,valid_until\n9,Do you deliver?,No.,\n7,How do I pay?,By card.,2028-01-01\n", more...)
		if err == nil || len(got.Invalid) != 1 || got.Invalid[0].Where != "faq.csv row 3" || !strings.Contains(got.Invalid[0].Why, "2029-01-01") {
			t.Errorf("%v: %+v, %v", more, got, err)
		}
	}
	for _, more := range [][]string{{"--dry-run"}, {}} {
		got, err := run("id,question,answer\n7,Do you deliver?,Yes.\n", more...)
		if err != nil || !slices.Equal(got.Forgotten, []forgotten{{"faq", "9", "Do you deliver?"}}) {
			t.Errorf("%v: %+v, %v", more, got, err)
		}
		var text strings.Builder
		if printOutcome(&text, got); !strings.Contains(text.String(), map[bool]string{true: "9: would be forgotten", false: "9: forgotten"}[got.DryRun]) {
			t.Error(text.String())
		}
	}
}

func TestImportChangesNothing(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	good, bad := write(t, "good.csv", "question,answer\nx,y\n"), write(t, "bad.csv", "question,answer\nx,\n,y\n")
	out, _, err := parley(t, home, "", nil, "import", good, bad)
	var got outcome
	if cli.Code(err) != cli.ExitFailed || json.Unmarshal([]byte(out), &got) != nil || len(got.Invalid) != 2 || got.Invalid[0].Where != "bad.csv row 2" {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("the data folder was made")
	}
}

func TestComplaints(t *testing.T) {
	file := write(t, "faq.csv", "question,answer\nx,y\n")
	blocked := write(t, "home", "a file where the folder should be")
	for _, c := range []struct {
		name, home string
		args       []string
		code       int
		why        string
	}{
		{"no file", "", []string{"import"}, cli.ExitUsage, "at least 1"},
		{"missing file", "", []string{"import", "none.csv"}, cli.ExitFailed, "none.csv"},
		{"bad base", "", []string{"import", file, "--base", "a/b"}, cli.ExitUsage, "--base"},
		{"base before file", "", []string{"import", "none.csv", "--base", "../x"}, cli.ExitUsage, "--base"},
		{"missing weights", "", []string{"import", file}, cli.ExitFailed, "parley models pull"},
		{"home is a file", blocked, []string{"import", file}, cli.ExitFailed, "data folder"},
		{"nothing to search", "", []string{"search"}, cli.ExitUsage, "at least 1"},
		{"blank search", "", []string{"search", " "}, cli.ExitUsage, "empty"},
		{"bad number", "", []string{"search", "x", "-k", "0"}, cli.ExitUsage, "-k"},
		{"bad language", "", []string{"search", "x", "--lang", "fr"}, cli.ExitUsage, "--lang"},
		{"words after list", "", []string{"list", "x"}, cli.ExitUsage, "list"},
	} {
		home := c.home
		if home == "" {
			home = filepath.Join(t.TempDir(), "home")
		}
		out, _, err := parley(t, home, t.TempDir(), nil, c.args...)
		if cli.Code(err) != c.code || out != "" || err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: code %d, %v, printed %q", c.name, cli.Code(err), err, out)
		}
	}
}
