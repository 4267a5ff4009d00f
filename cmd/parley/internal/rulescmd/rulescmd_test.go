package rulescmd

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
)

const (
	apples = `version: 1
rules:
  - id: upset
    text_en: The caller is upset.
    text_zh: 来电人不满。
    when: said.emotion >= 1.0
    do: [{alert: {level: high}}]
`
	recorded = `{"id":"c1","route":"main","lang":"en","started_at":"2026-01-01T00:00:00Z","duration_s":9,"state":"ended","turns":[
{"n":1,"who":"bot","text":"Hello.","lang":"en","start_s":0.000,"end_s":1.000},
{"n":2,"who":"caller","text":"I am absolutely furious!","lang":"en","start_s":1.500,"end_s":4.000}]}`
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, json bool, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := New(&cli.Env{Out: &out, Err: &out, JSON: json, Log: slog.New(slog.DiscardHandler)})
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

func TestCommands(t *testing.T) {
	rules, rec := write(t, "r.yaml", apples), write(t, "transcript.json", recorded)
	for _, c := range []struct {
		name string
		json bool
		args []string
		want []string
	}{
		{"check", false, []string{"check", rules}, []string{"1 rules"}},
		{"check built-in", true, []string{"check", "escalation"}, []string{`"asks-manager"`}},
		{"variables", false, []string{"variables"}, []string{"sentiment.mean3", "said.emotion"}},
		{"test", false, []string{"test", rules, rec}, []string{"turn 2 at 4.0 s  upset", `said.emotion = 1, weighs 1.0, turn 2 (1.5-4.0 s) "i am absolutely furious"`}},
		{"diff", false, []string{"diff", rules, write(t, "none.yaml", strings.Replace(apples, ">= 1.0", ">= 9.0", 1)), rec}, []string{"1 calls, 1 would have gone otherwise", "0 new, 1 gone", "- c1 turn 2"}},
		{"diff of the same", true, []string{"diff", rules, rules, rec, rec}, []string{`"changed":0`, `"rules":[]`}},
		{"test as JSON", true, []string{"test", rules, rec, rec}, []string{`"rule":"upset"`, `"contribution":1`, `"start_s":1.500`}},
	} {
		out, err := run(t, c.json, c.args...)
		for _, w := range c.want {
			if err != nil || !strings.Contains(out, w) {
				t.Errorf("%s: %v, %s lacks %s", c.name, err, out, w)
			}
		}
	}
}

func TestComplaints(t *testing.T) {
	rules, rec := write(t, "r.yaml", apples), write(t, "transcript.json", recorded)
	for _, c := range []struct {
		name string
		args []string
		code int
		why  string
	}{
		{"no file", []string{"check"}, cli.ExitUsage, "requires at least 1"},
		{"no call", []string{"test", rules}, cli.ExitUsage, "requires at least 2"},
		{"missing rules", []string{"check", "none.yaml"}, cli.ExitFailed, "none.yaml"},
		{"diff without call", []string{"diff", rules, rules}, cli.ExitUsage, "requires at least 3"},
		{"missing call", []string{"test", rules, "none.json"}, cli.ExitFailed, "none.json"},
		{"bad rules", []string{"test", write(t, "b.yaml", strings.Replace(apples, "said.emotion", "said.emotoin", 1)), rec}, cli.ExitFailed, "line 6: rule upset: column 1: unknown variable or function said.emotoin; did you mean said.emotion?"},
		{"not a call", []string{"test", rules, write(t, "c.json", "[]")}, cli.ExitFailed, "transcript.json"},
		{"no turns", []string{"test", rules, write(t, "c.json", "{}")}, cli.ExitFailed, "no turns"},
	} {
		if out, err := run(t, true, c.args...); cli.Code(err) != c.code || out != "" || err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: code %d, %v, printed %q", c.name, cli.Code(err), err, out)
		}
	}
}
