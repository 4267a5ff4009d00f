package evalquality

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sampleForm = `form: t
version: 1
languages: [en, zh]
questions:
  - id: greeting
    text_en: Did the agent give the company's and their own name?
    text_zh: 客服是否报了公司和自己的姓名？
    type: yes_no
    weight: 100
    auto_fail: true
    hints: {en: ["my name is"], zh: ["我叫"]}
`

// sample is a folder with two calls.
func sample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"form.yaml":     sampleForm,
		"answers.tsv":   "call\tquestion\tanswer\trater\na\tgreeting\tyes\tx\nb\tgreeting\tno\tx\na\tgreeting\tyes\ty\nb\tgreeting\tyes\ty\n",
		"calls/a.json":  `{"id":"a","lang":"en","queue":"bank","turns":[{"who":"agent","text":"Northwind Bank, my name is Ann, how can I help?","start_s":0,"end_s":3},{"who":"caller","text":"I lost my card.","start_s":3.2,"end_s":5}],"facts":[]}`,
		"calls/b.json":  `{"id":"b","lang":"en","queue":"bank","turns":[{"who":"agent","text":"Yes, what?","start_s":0,"end_s":3}],"facts":[]}`,
		"calls/c.wav":   "RIFF",
		"calls/d.json":  `{"id":"d","lang":"zh","turns":[]}`,
		"calls/note.md": "not a call",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func parley(t *testing.T, args ...string) (out, complaints string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := cli.New()
	e.Out, e.Err, e.JSON, e.Home = &stdout, &stderr, true, t.TempDir()
	e.Models = t.TempDir()
	cmd := New(e)
	err = clitest.Run(t, cmd, args...)
	return stdout.String(), stderr.String(), err
}

func TestQuality(t *testing.T) {
	t.Parallel()
	out, complaints, err := parley(t, sample(t), "--wording", "--wrong")
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Kappa != 1 || r.Agreement != 1 || r.FailPrecision != 1 || r.FailRecall != 1 || r.Answers != 2 || r.Rater != "x" {
		t.Errorf("got %+v", r)
	}
	if len(r.Raters) != 1 || r.Raters[0].Agreement != 0.5 || len(r.Questions) != 1 || r.Questions[0].Confusion["no"]["no"] != 1 {
		t.Errorf("raters %+v, questions %+v", r.Raters, r.Questions)
	}
	if len(r.Untranscribed) != 1 || !strings.Contains(complaints, "c.wav has no transcript, and the weights") {
		t.Errorf("untranscribed %v, complaints %q", r.Untranscribed, complaints)
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	if _, _, err := parley(t); cli.Code(err) != cli.ExitUsage {
		t.Errorf("no argument: %v", err)
	}
	for _, c := range []struct{ file, text, want string }{
		{"form.yaml", "form: t\nquestions: []\n", "no questions"},
		{"form.yaml", sampleForm + "    type: scale\n", "line"},
		{"answers.tsv", "a\tb\n", `no column "call"`},
		{"answers.tsv", "call\tquestion\tanswer\trater\na\tgreeting\tperhaps\tx\n", "line 2"},
		{"answers.tsv", "call\tquestion\tanswer\trater\na\tother\tyes\tx\n", "which the form lacks"},
		{"calls/a.json", "{", "calls/a.json"},
	} {
		dir := sample(t)
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := parley(t, dir, "--wording"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, want one with %q", c.file, c.text, err, c.want)
		}
	}
	if _, _, err := parley(t, "/nonexistent"); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("missing folder: %v", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	if err := os.WriteFile(filepath.Join(dir, "answers.tsv"), []byte("call\tquestion\tanswer\trater\na\tgreeting\tyes\tx\nb\tgreeting\tcannot_tell\tx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	e := cli.New()
	e.Out, e.Err, e.Home, e.Models = &stdout, &stderr, t.TempDir(), t.TempDir()
	cmd := New(e)
	cmd.SetArgs([]string{dir, "--wording", "--table"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	if want := "| `greeting` (fails the call) | company+ownname | 2 | 0.50 | 0.33 | cannot tell → no |"; !strings.Contains(stdout.String(), want) {
		t.Errorf("got %s, want %s", stdout.String(), want)
	}
}
