package node

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/callscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// sharing is a configuration with the database at url.
func sharing(url string) *config.Config {
	cfg := settings("")
	cfg.Database.URL = url
	return cfg
}

// beside returns a data folder for a second node, with the key of the audit trail that all nodes have.
func beside(t *testing.T, first string) *cli.Env {
	t.Helper()
	env := environment(t)
	key, err := os.ReadFile(filepath.Join(first, "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(env.Home, "audit.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return env
}

// TestTwoNodesOnOneDatabase answers a call on one node from knowledge in PostgreSQL, and looks at all of it from another
// node and from the command line.
func TestTwoNodesOnOneDatabase(t *testing.T) {
	besideAnother(t)
	_ = environment(t) // skips without weights, before a database is started
	url := pgtest.Database(t)
	a := start(t, sharing(url))
	const want = "Call us at any hour and we block the card at once."
	_, d := a.call("english", softphone.Script{}, "Hello, somebody stole my card.")
	if !slices.Contains(decisions(d), answer.Known) || !slices.ContainsFunc(d.Turns, func(u call.Turn) bool { return u.Who == call.Bot && u.Text == want }) {
		t.Errorf("turns %+v\nanswers %+v", d.Turns, d.Answers)
	}
	if d.Node != a.id || d.Node == "" {
		t.Errorf("the call was on node %q, not %q", d.Node, a.id)
	}
	if _, err := a.access.Add(t.Context(), access.Person{Login: "amy", Roles: []access.Role{access.Agent}}, access.Entry{Who: "console"}); err != nil {
		t.Fatal(err)
	}

	stranger := environment(t)
	if n, err := Open(t.Context(), stranger, sharing(url)); err == nil || !strings.Contains(err.Error(), "audit.key") {
		t.Errorf("a node with another key of the audit trail was let in: %v", err)
		if err == nil {
			_ = n.Close()
		}
	}
	env := beside(t, a.env.Home)
	b := startIn(t, env, sharing(url))
	same, err := b.store.Get(t.Context(), d.ID)
	if err != nil || same.State != record.Ended || len(same.Turns) != len(d.Turns) || same.Node != a.id {
		t.Errorf("the second node sees %+v, %v", same, err)
	}
	mine, err := a.brain.Store.Entries(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := b.brain.Store.Entries(t.Context(), "test")
	if err != nil || len(theirs) != len(mine) || len(mine) == 0 {
		t.Errorf("%d entries on one node, %d on the other, %v", len(mine), len(theirs), err)
	}
	people, err := b.access.Accounts(t.Context())
	if err != nil || len(people) != 1 || people[0].Login != "amy" {
		t.Errorf("people %+v, %v", people, err)
	}
	if _, err := b.access.Verify(t.Context()); err != nil {
		t.Error("the audit trail:", err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		all, err := b.nodes(t.Context())
		if err == nil && len(all) == 2 && all[0].Alive && all[1].Alive {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("nodes %+v, %v", all, err)
		}
	}
	checkShow(t, url, d.ID, want)
}

// checkShow asks the command line for a call on record.
func checkShow(t *testing.T, url string, id call.ID, want string) {
	t.Helper()
	var out bytes.Buffer
	env := cli.New()
	env.Home, env.Database, env.Out, env.Err = t.TempDir(), url, &out, io.Discard
	cmd := callscmd.New(env)
	cmd.SetArgs([]string{"show", string(id)})
	if err := cmd.ExecuteContext(context.Background()); err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("calls show: %v\n%s", err, out.String())
	}
}

func TestResumedGreeting(t *testing.T) {
	t.Parallel()
	r := config.Route{Langs: []string{"en", "zh"}}
	turn := func(who call.Party, lang, text, decision string) call.Turn {
		return call.Turn{Who: who, Lang: lang, Text: text, Decision: decision}
	}
	for name, c := range map[string]struct {
		lang  string
		turns []call.Turn
		want  string
	}{
		"an answer under way": {"en", []call.Turn{turn(call.Caller, "en", "Where?", ""), turn(call.Bot, "en", "Here.", answer.Known)}, "Sorry, we were cut off. I said: Here."},
		"a question":          {"en", []call.Turn{turn(call.Bot, "en", "Here.", answer.Known), turn(call.Caller, "en", "When?", "")}, "Sorry, we were cut off. Please go on."},
		"nothing said yet":    {"", nil, "Sorry, we were cut off. Please go on."},
		"in Chinese":          {"zh", []call.Turn{turn(call.Bot, "zh", "在这里。", answer.Known)}, "抱歉，刚才通话中断了。刚才说到：在这里。"},
		"a long answer":       {"zh", []call.Turn{turn(call.Bot, "zh", strings.Repeat("长", repeatable+1), answer.Known)}, "抱歉，刚才通话中断了。您请继续。"},
		"an offer":            {"en", []call.Turn{turn(call.Bot, "en", "Shall I?", answer.Offer)}, "Sorry, we were cut off. Please go on."},
	} {
		got := resumed(r, record.Detail{Call: record.Call{Lang: c.lang}, Turns: c.turns})
		if text := got.Greeting[got.Langs[0]]; text != c.want {
			t.Errorf("%s: %q", name, text)
		}
	}
	if !slices.Equal(r.Langs, []string{"en", "zh"}) {
		t.Error("the configuration was changed")
	}
}
