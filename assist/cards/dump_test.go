package cards

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

// library is a base as the desk searches it.
type library struct {
	em *embed.Embedder
	ix *knowledge.Index
}

func (l library) Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	q, err := knowledge.NewQuery(ctx, l.em, knowledge.Clean(a.Text, a.Lang))
	if err != nil {
		return nil, err
	}
	if a.Unread {
		q.Fits = nil
	}
	return l.ix.Search(q, a.Most), nil
}

// dumped is a turn as fit.py reads it.
type dumped struct {
	Start    float64     `json:"start"`
	End      float64     `json:"end"`
	Relevant [][]string  `json:"relevant"` // of each label of the turn
	Agrees   bool        `json:"agrees"`
	Leans    bool        `json:"leans"`
	Sound    []float64   `json:"sound"` // first, says, asks; empty where nothing is searched for
	Found    []dumpedHit `json:"found"`
}

type dumpedHit struct {
	ID     string          `json:"id"`
	Answer string          `json:"answer"`
	Voices [groups]float64 `json:"voices"`
}

// TestDump writes what a Chooser learns of the turns of dialogues, for fit.py. PARLEY_CARDS is a folder to write to, PARLEY_CARDS_SETS
// the folders of dialogues (see "parley eval assist"), with blanks between them. What is written already is left.
func TestDump(t *testing.T) {
	out := os.Getenv("PARLEY_CARDS")
	if out == "" {
		t.Skip("PARLEY_CARDS is not set: there is nowhere to write to")
	}
	onnxtest.Start(t)
	for _, dir := range strings.Fields(os.Getenv("PARLEY_CARDS_SETS")) {
		path := filepath.Join(out, strings.ReplaceAll(strings.Trim(dir, "/"), "/", "_")+".jsonl")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		raw := dump(t, dir)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// lines decodes the lines of a file.
func lines[T any](t *testing.T, path string) (out []T) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, v)
	}
	return out
}

// openLibrary makes the index of a folder of dialogues in lang.
func openLibrary(t *testing.T, dir, lang string) library {
	t.Helper()
	var fits []byte // the part of PARLEY_FITS, which was not learnt from the sets
	if path := os.Getenv("PARLEY_FITS"); path != "" {
		var err error
		if fits, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	em, err := embed.OpenWith(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-"+lang), nil, fits)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID             any
		Text, Question string
	}
	var items []knowledge.Item
	for _, r := range lines[row](t, filepath.Join(dir, "kb.jsonl")) {
		vecs, err := em.Embed(t.Context(), []string{r.Question, r.Text})
		if err != nil {
			t.Fatal(err)
		}
		it := knowledge.Item{Entry: knowledge.Entry{ID: fmt.Sprint(r.ID), Question: r.Question, Answer: r.Text, Lang: lang}, Answer: vecs[1]}
		if r.Question != "" {
			it.Question = vecs[0]
		}
		items = append(items, it)
	}
	return library{em, knowledge.NewIndex(items, lang)}
}

// dump plays the dialogues of dir, a line for each.
func dump(t *testing.T, dir string) []byte {
	t.Helper()
	type dialogue struct {
		Lang  string
		Turns []struct {
			Who, Text string
			Start     float64 `json:"start_s"`
			End       float64 `json:"end_s"`
		}
		Cards []struct {
			Turn     int
			Relevant []any
		}
	}
	var out bytes.Buffer
	var lib library
	for _, d := range lines[dialogue](t, filepath.Join(dir, "dialogues.jsonl")) {
		if lib.em == nil {
			lib = openLibrary(t, dir, d.Lang)
		}
		c := New(lib, Options{})
		rows := make([]dumped, len(d.Turns))
		for i, turn := range d.Turns {
			rows[i] = dumped{Start: turn.Start, End: turn.End}
			learn(t, c, Turn{N: i, Who: call.Party(turn.Who), Text: turn.Text, Lang: d.Lang}, &rows[i])
		}
		for _, l := range d.Cards {
			if ids := make([]string, len(l.Relevant)); len(ids) > 0 {
				for k, id := range l.Relevant {
					ids[k] = fmt.Sprint(id)
				}
				rows[l.Turn].Relevant = append(rows[l.Turn].Relevant, ids)
			}
		}
		if err := json.NewEncoder(&out).Encode(rows); err != nil {
			t.Fatal(err)
		}
	}
	if lib.em != nil {
		_ = lib.em.Close()
	}
	return out.Bytes()
}

// learn is Feed but for the choice: what it would be made by goes to out.
func learn(t *testing.T, c *Chooser, turn Turn, out *dumped) {
	t.Helper()
	bare := redact.Bare(turn.Text)
	turn.Text, _ = redact.Without(turn.Text)
	if turn.Who != call.Caller {
		turn.Who = call.Agent
		c.reply(turn)
		return
	}
	if bare {
		return
	}
	first := !c.heard
	a, err := c.ask(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.queries) == 0 {
		return
	}
	found, err := c.find(t.Context(), a, turn.Lang)
	if err != nil {
		t.Fatal(err)
	}
	number := map[bool]float64{true: 1}
	out.Agrees, out.Leans = a.odds == agreed, a.leans
	out.Sound = []float64{number[first], math.Log1p(words(turn.Text, turn.Lang)), number[asks(turn.Text, turn.Lang)]}
	for _, f := range found {
		out.Found = append(out.Found, dumpedHit{f.hit.ID, f.hit.Answer, f.voices})
	}
}
