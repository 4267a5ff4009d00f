package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/concern/lessons"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/nlu/softmax"
	"github.com/parley-voice/parley/pipeline/call"
)

// batches are the dialogues that score.case is fitted to, in the order in which they were written.
var batches = []string{"dialogues", "more", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth"}

// folds is in how many parts the batches are judged, each by what the others taught.
const folds = 5

func foldOf(batch string) int { return slices.Index(batches, batch) % folds }

// learn learns what is known in the languages of by, but for the turns of the batches of one fold, -1 for none.
func learn(t *testing.T, by map[string]concern.Embedder, leave int) map[string]concern.Weights {
	t.Helper()
	out := map[string]concern.Weights{}
	for lang, em := range by {
		l := lessons.Of(lang)
		for _, batch := range append(slices.Clone(batches), "packs") {
			if leave >= 0 && foldOf(batch) == leave {
				continue
			}
			for _, d := range readDialogues(t, batch+"_"+lang+".txt", lang) {
				teach(&l, d)
			}
		}
		w, err := lessons.Learn(t.Context(), em, l)
		if err != nil {
			t.Fatal(err)
		}
		out[lang] = w
	}
	return out
}

// teach adds the turns of a dialogue of which it is known what to make: the one to escalate at, and all where there is none.
func teach(l *lessons.Lessons, d dialogue) {
	told, said := "", ""
	for n, turn := range d.turns {
		caller := turn.Who == call.Caller
		switch {
		case d.at < 0 && caller:
			l.Caller = append(l.Caller, lessons.Text{Before: told, Said: turn.Text, Kind: concern.CallerKinds[0]})
		case d.at < 0:
			l.Agent = append(l.Agent, lessons.Text{Before: said, Said: turn.Text, Kind: concern.AgentKinds[0]})
		case d.at == n && caller:
			l.Caller = append(l.Caller, lessons.Text{Before: told, Said: turn.Text, Kind: lessons.Grave})
		case d.at == n:
			l.Agent = append(l.Agent, lessons.Text{Before: said, Said: turn.Text, Kind: lessons.Grave})
		}
		if caller {
			said = turn.Text
		} else {
			told = turn.Text
		}
	}
}

// TestLearnConcern learns what assist/concern knows, where PARLEY_LEARN is set, from assist/concern/lessons and the dialogues of
// testdata, and writes assist/concern/data.
func TestLearnConcern(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	by := embedders(t)
	if by == nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	for lang, w := range learn(t, by, -1) {
		for name, rows := range map[string]softmax.Rows{"caller": w.Caller, "agent": w.Agent, "open": w.Open} {
			if err := os.WriteFile(filepath.Join("../concern/data", name+"."+lang+".f32"), rows.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// row is one turn as fit.py reads it.
type row struct {
	Batch    string             `json:"batch"`
	Lang     string             `json:"lang"`
	Dialogue string             `json:"dialogue"`
	Turn     int                `json:"turn"`
	Who      call.Party         `json:"who"`
	At       int                `json:"at"` // turn to escalate at, -1 for never
	Text     string             `json:"text"`
	Kind     string             `json:"kind"` // likeliest one
	Values   map[string]float64 `json:"values"`
	Fired    []string           `json:"fired"` // rules that hand over, without their second look and without waiting
	Open     *float64           `json:"open"`  // of the reply to the turn, nil without one
}

// TestDumpCase writes what the escalation rules decide by, one line for a turn, to case.jsonl in the folder $PARLEY_FEATURES, for
// fit.py. Each batch of dialogues is judged by what others taught.
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
	for fold := range folds {
		j := concern.NewJudge(by, learn(t, by, fold))
		for _, batch := range batches {
			if foldOf(batch) != fold {
				continue
			}
			for _, lang := range []string{"en", "zh"} {
				for _, d := range readDialogues(t, batch+"_"+lang+".txt", lang) {
					for _, r := range dump(t, set, j, d) {
						r.Batch, r.Lang = batch, lang
						if err := out.Encode(r); err != nil {
							t.Fatal(err)
						}
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
		hear(t, l, &turn)
		if n := len(out); turn.Who != call.Caller && n > 0 && out[n-1].Who == call.Caller {
			out[n-1].Open = &turn.Open
		}
		r := row{Dialogue: d.name, Turn: turn.N, Who: turn.Who, At: d.at, Text: turn.Text, Kind: turn.ConcernKind + turn.ConductKind, Values: map[string]float64{}, Fired: []string{}}
		for _, f := range session.Feed(turn) {
			if f.Escalates() {
				r.Fired = append(r.Fired, f.Rule)
			}
		}
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
