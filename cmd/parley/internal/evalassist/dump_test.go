package evalassist

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// dumpedHits is how many entries of a search are written: as many as assist/cards looks at.
const dumpedHits = 12

// TestDumpSearches writes what is found for the caller's turns of the sets in testdata, and in which form of the dialogue, one
// line a turn, to files in the folder $PARLEY_SEARCHES, for assist/cards/fit.py.
func TestDumpSearches(t *testing.T) {
	dir := os.Getenv("PARLEY_SEARCHES")
	if dir == "" {
		t.Skip("PARLEY_SEARCHES is not set: there is nowhere to write to")
	}
	env := &cli.Env{Home: t.TempDir(), Models: os.Getenv("PARLEY_MODELS"), Log: slog.New(slog.DiscardHandler)}
	embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
	if err != nil {
		t.Fatal(err)
	}
	defer embedders.Close()
	folders, err := filepath.Glob("testdata/*/kb.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, kb := range folders {
		from := filepath.Dir(kb)
		entries, err := readCorpus(from)
		if err != nil {
			t.Fatal(err)
		}
		base, err := newBase(t.Context(), embedders, entries)
		if err != nil {
			t.Fatal(err)
		}
		dialogues, err := readDialogues(from)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, filepath.Base(from)+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		for _, d := range dialogues {
			dumpDialogue(t, json.NewEncoder(w), base, d)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

var dumpCuts = regexp.MustCompile(`[.!?。！？;；]+\s*`)

func dumpDialogue(t *testing.T, out *json.Encoder, base *base, d dialogue) {
	var callers []string
	agent, sep := "", " "
	if d.Lang == "zh" {
		sep = "，"
	}
	understand := nlu.New(nlu.Options{})
	for i, turn := range d.Turns {
		if party(turn.Who) != call.Caller {
			agent = turn.Text
			continue
		}
		u, err := understand.Understand(t.Context(), nlu.Turn{Text: turn.Text, Lang: d.Lang, Offered: true})
		if err != nil {
			t.Fatal(err)
		}
		var forms []map[string]any
		ask := func(kind string, parts ...string) {
			text := strings.TrimSpace(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep))
			if len(knowledge.Terms(knowledge.Clean(text, d.Lang), d.Lang)) == 0 {
				return
			}
			hits, err := base.Search(t.Context(), text, d.Lang, dumpedHits)
			if err != nil {
				t.Fatal(err)
			}
			var rows [][]any
			for _, h := range hits {
				rows = append(rows, []any{h.ID, h.Score, h.PRight})
			}
			forms = append(forms, map[string]any{"kind": kind, "hits": rows})
		}
		ask("turn", turn.Text)
		if parts := dumpCuts.Split(turn.Text, -1); len(parts) > 1 {
			for _, p := range parts {
				ask("sentence", p)
			}
		}
		before, before2 := "", ""
		if k := len(callers); k > 0 {
			before = callers[k-1]
			ask("before", before, turn.Text)
			if k > 1 {
				before2 = callers[k-2]
				ask("before2", before2, before, turn.Text)
			}
		}
		if agent != "" {
			ask("exchange", before, agent, turn.Text)
		}
		callers = append(callers, turn.Text)
		var relevant []string
		for _, c := range d.Cards {
			for _, r := range c.Relevant {
				if c.Turn == i {
					relevant = append(relevant, string(r))
				}
			}
		}
		if err := out.Encode(map[string]any{
			"id": d.ID, "turn": i, "relevant": relevant, "labelled": len(relevant) > 0, "forms": forms,
			"terms": len(knowledge.Terms(knowledge.Clean(turn.Text, d.Lang), d.Lang)),
			"small": u.SmallTalk || u.Backchannel || u.Alone && u.Command != nlu.None,
		}); err != nil {
			t.Fatal(err)
		}
	}
}
