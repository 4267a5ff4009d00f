package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// batches are the dialogues that score.case is fitted to, in the order in which they were written.
var batches = []string{"dialogues", "more", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth"}

// row is one turn of a caller as fit.py reads it.
type row struct {
	Batch    string             `json:"batch"`
	Lang     string             `json:"lang"`
	Dialogue string             `json:"dialogue"`
	Turn     int                `json:"turn"`
	At       int                `json:"at"` // turn to escalate at, -1 for never
	Text     string             `json:"text"`
	Values   map[string]float64 `json:"values"`
	Fired    []string           `json:"fired"` // rules that hand over, without their second look and without waiting
	Open     *float64           `json:"open"`  // of the reply to the turn, nil without one
}

// TestDumpCase writes what the second look of the escalation rules is made from, one line for a turn of a caller, to
// case.jsonl in the folder $PARLEY_FEATURES, for fit.py. Each batch of dialogues is judged by what the others taught.
func TestDumpCase(t *testing.T) {
	dir := os.Getenv("PARLEY_FEATURES")
	if dir == "" {
		t.Skip("PARLEY_FEATURES is not set: there is nowhere to write to")
	}
	by := embedders(t)
	if by == nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	set, err := rules.Eager()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "case.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	out := json.NewEncoder(f)
	out.SetEscapeHTML(false)
	for _, batch := range batches {
		said := map[string]bool{}
		dialogues := map[string][]dialogue{}
		for _, lang := range []string{"en", "zh"} {
			dialogues[lang] = readDialogues(t, batch+"_"+lang+".txt", lang)
			for _, d := range dialogues[lang] {
				for _, turn := range d.turns {
					said[turn.Text] = true
				}
			}
		}
		j, err := concern.TrainWithout(t.Context(), by, func(text string) bool { return said[text] })
		if err != nil {
			t.Fatal(err)
		}
		for lang, ds := range dialogues {
			for _, d := range ds {
				for _, r := range dump(t, set, j, d) {
					r.Batch, r.Lang = batch, lang
					if err := out.Encode(r); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// dump plays one dialogue.
func dump(t *testing.T, set *rules.Set, j *concern.Judge, d dialogue) []row {
	t.Helper()
	session, l := set.Session(), listener(j)
	var out []row
	for _, turn := range d.turns {
		heard := turn
		hear(t, l, &heard)
		if turn.Who == call.Caller {
			turn = heard
		} else if n := len(out); n > 0 && out[n-1].Turn == turn.N-1 {
			out[n-1].Open = &heard.Open // it is not fed: waiting is fitted by itself
		}
		fired := []string{}
		for _, f := range session.Feed(turn) {
			if f.Escalates() {
				fired = append(fired, f.Rule)
			}
		}
		if turn.Who != call.Caller {
			continue
		}
		r := row{Dialogue: d.name, Turn: turn.N, At: d.at, Text: turn.Text, Fired: fired, Values: map[string]float64{}}
		for _, v := range set.Variables() {
			switch x := session.Value(v.Name).(type) {
			case float64:
				r.Values[v.Name] = x
			case int64:
				r.Values[v.Name] = float64(x)
			}
		}
		out = append(out, r)
	}
	return out
}
