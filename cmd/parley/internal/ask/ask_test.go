package ask

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
)

func env(t *testing.T) (*cli.Env, *bytes.Buffer) {
	t.Helper()
	e := cli.New()
	var out bytes.Buffer
	e.Out, e.Err, e.JSON, e.Home = &out, &bytes.Buffer{}, true, t.TempDir()
	return e, &out
}

func TestUsage(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte("{\"query\":\"a\"}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, cli.ExitUsage, "give a question"},
		{[]string{"a", "--file", "x"}, cli.ExitUsage, "not both"},
		{[]string{"a", "--lang", "fr"}, cli.ExitUsage, "en or zh"},
		{[]string{"a", "--bar", "3"}, cli.ExitUsage, "probability"},
		{[]string{"--file", "/nonexistent/x.jsonl"}, cli.ExitFailed, "check the path"},
		{[]string{"--file", bad}, cli.ExitFailed, "line 2"},
	} {
		e, _ := env(t)
		cmd := New(e)
		err := clitest.Run(t, cmd, c.args...)
		if cli.Code(err) != c.code || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: exit %d, %v; want %d, %q", c.args, cli.Code(err), err, c.code, c.want)
		}
	}
}

func TestAsk(t *testing.T) {
	if _, err := os.Stat(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en", "model.onnx")); err != nil {
		t.Skip("PARLEY_MODELS has no embedding models; run: parley models pull")
	}
	e, out := env(t)
	faq := filepath.Join(t.TempDir(), "check.csv")
	if err := os.WriteFile(faq, []byte("question,answer\nHow do I report a lost card?,Call us at once.\nWhen are you open?,From nine to five.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imp := knowledgecmd.New(e)
	imp.SetArgs([]string{"import", faq})
	if err := imp.Execute(); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	cmd := New(e)
	cmd.SetArgs([]string{"I lost my card", "a real person please", "What is the capital of Mongolia?"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Answers []struct {
			Query, Decision, Text string
			PRight                *float64 `json:"p_right"`
			Command               string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(got.Answers) != 3 || got.Answers[0].PRight == nil || got.Answers[1].Command != "person" || got.Answers[2].Decision == "answer" {
		t.Errorf("answers: %+v", got.Answers)
	}
	if a := got.Answers[0]; a.Decision == "answer" && a.Text != "Call us at once." {
		t.Errorf("the answer is not word for word: %q", a.Text)
	}
}
