package evalassist

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

// watched keeps what was searched for.
type watched struct {
	base *base
	all  []lookup
}

type lookup struct {
	Text string    `json:"text"`
	ID   []string  `json:"id"`
	F    []float64 `json:"f"`
	P    []float64 `json:"p"`
}

func (w *watched) Search(ctx context.Context, text, lang string, k int) ([]knowledge.Hit, error) {
	hits, err := w.base.Search(ctx, text, lang, 1000)
	if err != nil {
		return nil, err
	}
	l := lookup{Text: text}
	for _, h := range hits {
		l.ID, l.F, l.P = append(l.ID, h.ID), append(l.F, h.Score), append(l.P, h.PRight)
	}
	w.all = append(w.all, l)
	return hits[:min(k, len(hits))], nil
}

// TestDumpCards writes each turn of a caller with what was searched for because of it, and all that was found, to cards.jsonl in
// the folder $PARLEY_FEATURES. $PARLEY_SETS names the folders.
func TestDumpCards(t *testing.T) {
	dir := os.Getenv("PARLEY_FEATURES")
	if dir == "" {
		t.Skip("PARLEY_FEATURES is not set: there is nowhere to write to")
	}
	env := &cli.Env{Home: t.TempDir(), Models: os.Getenv("PARLEY_MODELS"), Log: slog.New(slog.DiscardHandler)}
	embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
	if err != nil {
		t.Fatal(err)
	}
	defer embedders.Close()
	f, err := os.Create(filepath.Join(dir, "cards.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := json.NewEncoder(f)
	out.SetEscapeHTML(false)
	for _, set := range filepath.SplitList(os.Getenv("PARLEY_SETS")) {
		dialogues, err := readDialogues(set)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := readCorpus(set)
		if err != nil {
			t.Fatal(err)
		}
		base, err := newBase(t.Context(), embedders, entries)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dialogues {
			w := &watched{base: base}
			chooser := cards.New(w, cards.Options{})
			for i, turn := range d.Turns {
				w.all = nil
				got, err := chooser.Feed(t.Context(), cards.Turn{N: i, Who: party(turn.Who), Text: turn.Text, Lang: d.Lang, Start: at(turn.Start), End: at(turn.End)})
				if err != nil {
					t.Fatal(err)
				}
				var want []string
				for _, c := range d.Cards {
					if c.Turn == i {
						for _, r := range c.Relevant {
							want = append(want, string(r))
						}
					}
				}
				var shown []string
				for _, c := range got {
					shown = append(shown, c.Entry.ID)
				}
				if err := out.Encode(map[string]any{"set": filepath.Base(set), "lang": d.Lang, "dialogue": d.ID, "turn": i, "who": party(turn.Who), "text": turn.Text, "start": turn.Start, "end": turn.End, "want": want, "looks": w.all, "shown": shown}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
