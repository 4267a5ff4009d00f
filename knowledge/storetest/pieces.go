package storetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge"
)

// Words is Letters that knows the pieces of a text, too: its words.
type Words struct{ Letters }

// Pieces returns the vector of text and those of its words, which all say as much.
func (w *Words) Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error) {
	vecs, err := w.Embed(ctx, append([]string{text}, strings.Fields(text)...))
	if err != nil {
		return nil, nil, nil, err
	}
	for _, v := range vecs[1:] {
		rows, weights = append(rows, v...), append(weights, 1)
	}
	return vecs[0], rows, weights, nil
}

// testPieces: every store ranks as an index of the same entries does, word by word too, and is as sure.
func testPieces(t *testing.T, open Open) {
	em := &Words{Letters{Name: "one"}}
	st, ctx := open(t, "a", em), t.Context()
	var entries []knowledge.Entry
	for i, what := range strings.Fields("parcel letter refund invoice card password delivery warranty discount basket") {
		entries = append(entries,
			entry("How do I get my "+what+" back?", fmt.Sprintf("Ask at desk %d for the %s.", i, what)),
			entry("Where can I see a "+what+"?", fmt.Sprintf("Look under %s on page %d.", what, i)))
	}
	must[knowledge.Change](t)(st.Import(ctx, entries, knowledge.ImportOptions{}))
	made := must[map[string][]knowledge.PartVector](t)(knowledge.MakeVectors(ctx, map[string]knowledge.KeptEmbedder{"en": em}, entries, nil))
	index := knowledge.NewIndexes(entries, func(i int) map[int][]float32 {
		out := map[int][]float32{}
		for _, p := range made[knowledge.VectorKey(entries[i])] {
			out[p.Part] = p.Vec
		}
		return out
	})["en"]
	for _, text := range []string{"I want the parcel back that I sent", "is there a page with my discounts", "warranty", "what about the weather"} {
		q := must[knowledge.Query](t)(knowledge.NewQuery(ctx, em, knowledge.Clean(text, "en")))
		want, plain := index.Search(q, 5), index.Search(knowledge.Query{Text: q.Text, Vector: q.Vector}, 5)
		got := must[[]knowledge.Hit](t)(st.Search(ctx, knowledge.Ask{Base: "b", Text: text, Lang: "en", Most: 5}))
		if len(got) != len(want) {
			t.Fatalf("%q: %d hits, the index has %d", text, len(got), len(want))
		}
		if math.Abs(plain[0].PRight-want[0].PRight) < 1e-6 {
			t.Errorf("%q: words make no difference, nothing is proved", text)
		}
		scores := map[string]float64{}
		for _, h := range want {
			scores[h.ID] = h.Score
		}
		for i := range got {
			// A database may keep vectors with half the digits: what is as good may change places.
			score, ok := scores[got[i].ID]
			if !ok || math.Abs(score-want[i].Score) > 0.001 || math.Abs(got[i].PRight-want[i].PRight) > 0.005 {
				t.Errorf("%q, place %d: %s %.4f, the index has %s %.4f", text, i+1, got[i].Question, got[i].PRight, want[i].Question, want[i].PRight)
			}
		}
	}
}
