package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/call"
)

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
}

// TestDumpCase writes what the escalation rules decide by, one line for a turn, to case.jsonl in the folder $PARLEY_FEATURES, for
// fit.py. A batch of dialogues is judged by the parts BATCH.en.onnxpart and BATCH.zh.onnxpart there, which others taught; batches and
// languages without are left out. A batch that testdata does not have is a set of the agent desk.
func TestDumpCase(t *testing.T) {
	dir := os.Getenv("PARLEY_FEATURES")
	if dir == "" {
		t.Skip("PARLEY_FEATURES is not set: there is nowhere to write to")
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
	parts, err := filepath.Glob(filepath.Join(dir, "*.*.onnxpart"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("%s holds no BATCH.en.onnxpart, which learn.py of assist/concern makes (%v)", dir, err)
	}
	for _, path := range parts {
		batch, lang, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".onnxpart"), ".")
		t.Run(batch, func(t *testing.T) { // whose model is closed at its end
			by := readers(t, func(string, *embed.Embedder) []byte {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return raw
			}, lang)
			if by == nil {
				t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
			}
			dialogues := readDesk(t, batch, lang)
			if dialogues == nil {
				dialogues = readDialogues(t, batch+"_"+lang+".txt", lang)
			}
			j := concern.NewJudge(by)
			for _, d := range dialogues {
				for _, r := range dump(t, set, j, d) {
					r.Batch, r.Lang = batch, lang
					if err := out.Encode(r); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
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
