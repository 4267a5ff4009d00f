package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/evalquality"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestScoredAsMeasured ends calls at a running node: it gives each the answers that "parley eval quality" prints for the same
// transcript, with the same confidence and evidence.
func TestScoredAsMeasured(t *testing.T) {
	besideAnother(t)
	r := start(t, settings(""))
	sc := r.store.Scores()
	for _, name := range []string{"fibre", "clinic"} {
		dir := filepath.Join("..", "..", "..", "..", "assist", "quality", "testdata", name)
		form, err := os.ReadFile(filepath.Join(dir, "form.yaml")) //nolint:gosec // of this repository
		if err != nil {
			t.Fatal(err)
		}
		set, err := quality.ReadSet(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		calls := set.Calls[:4]
		for i := range calls {
			calls[i].Facts = nil // nobody writes them down in a running node
		}
		want := evaluated(t, r.env, form, set, calls)
		if _, err := sc.SaveForm(t.Context(), name, string(form), "eve", 0); err != nil {
			t.Fatal(err)
		}
		ids := map[string]call.ID{}
		for _, c := range calls {
			ids[c.ID] = call.NewID()
			if _, err := r.store.Record(t.Context(), eventsOf(t, ids[c.ID], name, c)); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		for _, c := range calls {
			got := r.scored(ids[c.ID], name)
			if got.Meaning == "" {
				t.Errorf("%s: judged by wording alone", c.ID)
			}
			if w := want[c.ID]; !reflect.DeepEqual(coarse(got), coarse(w)) {
				t.Errorf("%s: the node gives\n%+v\nmeasured is\n%+v", c.ID, coarse(got), coarse(w))
			}
		}
		t.Logf("%s: %d calls scored %v after they ended", name, len(calls), time.Since(began))
	}
}

// evaluated are the cards of "parley eval quality".
func evaluated(t *testing.T, like *cli.Env, form []byte, set *quality.Set, calls []quality.Call) map[string]quality.Card {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, raw []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answers := []byte("call\tquestion\tanswer\trater\n")
	for _, c := range calls {
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		write("calls/"+c.ID+".json", raw)
		answers = fmt.Appendf(answers, "%s\t%s\tyes\tx\n", c.ID, set.Form.Questions[0].ID)
	}
	write("form.yaml", form)
	write("answers.tsv", answers)
	var out, complaints bytes.Buffer
	env := *like
	env.Out, env.Err, env.JSON = &out, &complaints, true
	cmd := evalquality.New(&env)
	if err := clitest.Run(t, cmd, dir, "--cards"); err != nil {
		t.Fatal(err, complaints.String())
	}
	var printed struct{ Cards []quality.Card }
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil || len(printed.Cards) != len(calls) {
		t.Fatalf("%d cards, %v", len(printed.Cards), err)
	}
	cards := map[string]quality.Card{}
	for _, c := range printed.Cards {
		cards[c.Call] = c
	}
	return cards
}

// eventsOf is c as a node records it.
func eventsOf(t *testing.T, id call.ID, route string, c quality.Call) []call.Event {
	t.Helper()
	var evs []call.Event
	add := func(at float64, kind call.Kind, body any) {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, call.Event{V: 1, Call: id, Seq: uint64(len(evs) + 1), At: seconds(at), Kind: kind, Body: raw})
	}
	add(0, call.KindStarted, call.Started{From: "x", Route: route, Langs: []string{c.Lang}, At: time.Now().Add(-time.Minute)})
	end := 0.0
	for i, turn := range c.Turns {
		one := call.Turn{N: i + 1, Who: call.Party(turn.Who), Text: turn.Text, Lang: c.Lang, Start: seconds(turn.StartS), End: seconds(turn.EndS)}
		if turn.Confidence != nil {
			one.Confidence = *turn.Confidence
		}
		add(turn.EndS, call.KindTurn, one)
		end = turn.EndS
	}
	add(end, call.KindEnded, call.Ended{By: call.Caller, Duration: end})
	return evs
}

func seconds(s float64) call.Offset { return call.Offset(s * float64(time.Second)) }

// scored waits until a call has a score by a form.
func (r *rig) scored(id call.ID, form string) quality.Card {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) { // made by another goroutine
		sheets, err := r.store.Scores().Sheets(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, s := range sheets {
			if s.Form == form && s.By == scoring.Machine {
				return s.Card
			}
		}
	}
	r.t.Fatal("the call was not scored")
	return quality.Card{}
}

// coarse is a card without the name of the call, its times to a hundredth of a second: the record keeps milliseconds.
func coarse(c quality.Card) quality.Card {
	c.Call = ""
	round := func(s float64) float64 { return math.Round(s*100) / 100 }
	for i := range c.Answers {
		for k := range c.Answers[i].Evidence {
			e := &c.Answers[i].Evidence[k]
			e.StartS, e.EndS = round(e.StartS), round(e.EndS)
		}
	}
	return c
}

// TestUnjudgedIsAFigure counts the calls that could not be judged, and shows no number where it is not known.
func TestUnjudgedIsAFigure(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{store: st}
	if got := n.unjudged(); got != 0 {
		t.Errorf("none: %v", got)
	}
	for i, id := range []call.ID{"a", "b"} {
		if _, err := st.Record(t.Context(), []call.Event{{Call: id, Seq: 1, Kind: call.KindStarted, Body: []byte("{}")}}); err != nil {
			t.Fatal(err)
		}
		if err := st.Scores().Failed(t.Context(), scoring.Owed{Call: id}, scoring.FailedModel, "the model is away"); err != nil {
			t.Fatal(err)
		}
		if got := n.unjudged(); got != float64(i+1) {
			t.Errorf("%d failed: %v", i+1, got)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := n.unjudged(); !math.IsNaN(got) {
		t.Errorf("the record is gone: %v", got)
	}
}
