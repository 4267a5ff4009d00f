package replaycmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/pipeline/call"
)

func command(t *testing.T, env *cli.Env, args ...string) error {
	t.Helper()
	cmd := New(env)
	return clitest.Run(t, cmd, args...)
}

func environment(t *testing.T) (*cli.Env, *bytes.Buffer) {
	t.Helper()
	e := cli.New()
	var out bytes.Buffer
	e.Out, e.Err, e.JSON, e.Home = &out, &bytes.Buffer{}, true, t.TempDir()
	return e, &out
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--last", "0"}, cli.ExitUsage, "1 to 200"},
		{[]string{"x", "--last", "3"}, cli.ExitUsage, "not both"},
		{nil, cli.ExitFailed, "no calls are on record"},
	} {
		e, _ := environment(t)
		if err := command(t, e, c.args...); cli.Code(err) != c.code || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

// recorded writes down a call in which the bot answered what it does not answer any more, and said that it knows nothing of
// what it knows by now.
func recorded(t *testing.T, home string) call.ID {
	t.Helper()
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := call.NewID()
	for i, e := range []struct {
		kind call.Kind
		body any
	}{
		{call.KindStarted, call.Started{From: "+4930", To: "shop", Route: "shop", Base: "check", Langs: []string{"en"}, At: time.Now()}},
		{call.KindAnswered, answer.Decision{Query: "When are you open?", Decision: answer.Offer, Text: "I do not know that.", Lang: "en"}},
		{call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "When are you open?", Lang: "en", End: 2e9, Confidence: 0.9}},
		{call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "I do not know that.", Lang: "en", Start: 3e9, End: 4e9}},
		{call.KindAnswered, answer.Decision{Query: "Do you sell bicycles on the moon?", Decision: answer.Known, Entry: "gone", Text: "We do.", Lang: "en"}},
		{call.KindTurn, call.Turn{N: 3, Who: call.Caller, Text: "Do you sell bicycles on the moon?", Lang: "en", Start: 5e9, End: 6e9, Confidence: 0.9}},
		{call.KindTurn, call.Turn{N: 4, Who: call.Bot, Text: "We do.", Lang: "en", Start: 7e9, End: 8e9}},
		{call.KindEnded, call.Ended{By: call.Caller, Why: "bye"}},
	} {
		raw, err := json.Marshal(e.body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Record(t.Context(), []call.Event{{V: 1, Call: id, Seq: uint64(i + 1), Kind: e.kind, Body: raw}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestReplay has a call again after the knowledge has changed.
func TestReplay(t *testing.T) {
	if _, err := os.Stat(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en", "model.onnx")); err != nil {
		t.Skip("PARLEY_MODELS has no embedding models; run: parley models pull")
	}
	e, out := environment(t)
	id := recorded(t, e.Home)
	faq := filepath.Join(t.TempDir(), "check.csv")
	if err := os.WriteFile(faq, []byte("question,answer\nWhen are you open?,From nine to five.\nHow do I report a lost card?,Call us at once.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imp := knowledgecmd.New(e)
	imp.SetArgs([]string{"import", faq, "--base", "check"})
	if err := imp.Execute(); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := command(t, e, string(id)); err != nil {
		t.Fatal(err)
	}
	var got result
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if got.Asked != 2 || got.Gains != 1 || got.Losses != 1 || len(got.Calls) != 1 || got.Calls[0].Call != id {
		t.Fatalf("%s", out)
	}
	if c := got.Calls[0].Changes[0]; c.Kind != "gain" || c.After.Text != "From nine to five." || c.Before.Text != "I do not know that." || c.Lang != "en" {
		t.Errorf("%+v", c)
	}
	if err := command(t, e, "nobody"); err == nil || !strings.Contains(err.Error(), "calls list") {
		t.Errorf("an unknown call: %v", err)
	}
	out.Reset()
	e.JSON = false
	if err := command(t, e, "--last", "5", "--route", "shop"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 calls, 2 questions", "1 lost, 1 gained", "+ When are you open?", "now   answer", "- Do you sell bicycles"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
