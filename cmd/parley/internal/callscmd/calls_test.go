package callscmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/callscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/call"
)

func run(t *testing.T, home string, asJSON bool, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := callscmd.New(&cli.Env{Out: &out, Err: &errs, JSON: asJSON, Home: home})
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

func TestListOnAFreshHome(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "none")
	out, err := run(t, home, true, "list")
	if err != nil || out != `{"calls":[],"position":0}`+"\n" {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("listing made the data folder")
	}
	if out, err := run(t, home, false, "list"); err != nil || !strings.Contains(out, "No calls on record") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestListAndShow(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // stays open while the command reads, as a server's does
	id := call.NewID()
	for i, e := range []struct {
		kind call.Kind
		body any
	}{
		{call.KindStarted, call.Started{From: "a\x1b[2Jlice", To: "bank", Route: "bank", Langs: []string{"en"}, At: time.Now()}},
		{call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I lost my card", Lang: "en", End: 2e9}},
		{call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "We block it.", Start: 3e9, End: 4e9, Decision: "answer", Entry: "lost-card"}},
		{call.KindWaterfall, call.Waterfall{Turn: 2, LastVoice: 2e9, FinalText: 23e8, FirstVoice: 27e8}},
		{call.KindEnded, call.Ended{By: call.Caller, Why: "bye", Duration: 5}},
	} {
		body, err := json.Marshal(e.body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Record(t.Context(), []call.Event{{V: 1, Call: id, Seq: uint64(i + 1), Kind: e.kind, Body: body}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		json bool
		args []string
		want string
	}{
		{true, []string{"list"}, `"id":"` + string(id)},
		{true, []string{"list", "--text", "block it"}, string(id)},
		{true, []string{"list", "--lang", "zh"}, `"calls":[]`},
		{false, []string{"list"}, "a?[2Jlice"},
		{true, []string{"show", string(id)}, `"gap_ms":700`},
		{false, []string{"show", string(id)}, "gap 700 ms:  text +300  on the wire +700"},
		{false, []string{"show", string(id), "--text"}, "  0:03  bot     We block it."},
		{false, []string{"show", string(id), "--vtt"}, "WEBVTT\n"},
	} {
		out, err := run(t, home, c.json, c.args...)
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%v: %s, %v, want %s", c.args, out, err, c.want)
		}
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"show"}, cli.ExitUsage},
		{[]string{"show", "x", "--text", "--vtt"}, cli.ExitUsage},
		{[]string{"list", "more"}, cli.ExitUsage},
		{[]string{"list", "--state", "gone"}, cli.ExitUsage},
		{[]string{"list", "--limit", "0"}, cli.ExitUsage},
		{[]string{"show", "../../etc/passwd"}, cli.ExitFailed},
		{[]string{"show", "nothing"}, cli.ExitFailed},
	} {
		if _, err := run(t, t.TempDir(), false, c.args...); cli.Code(err) != c.code {
			t.Errorf("%v: exit %d (%v), want %d", c.args, cli.Code(err), err, c.code)
		}
	}
}
