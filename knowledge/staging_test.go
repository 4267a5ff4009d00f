package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// noting is an embedder that tells what it was given.
type noting struct{ texts []string }

func (e *noting) Embed(_ context.Context, texts []string) ([][]float32, error) {
	e.texts = append(e.texts, texts...)
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = []float32{float32(len(t))}
	}
	return out, nil
}

func (e *noting) Hash() string { return "noting" }

// TestSameAnswers holds that an answer which several entries have is read once, wherever they stand, and that each entry gets its vector.
func TestSameAnswers(t *testing.T) {
	em := &noting{}
	embedders := map[string]KeptEmbedder{"en": em}
	var entries []Entry
	for i := range 6 {
		entries = append(entries, Entry{Lang: "en", Question: fmt.Sprintf("Question %d", i), Similar: []string{"Also asked"}, Answer: []string{"Yes.", "Never."}[i%2]})
	}
	lacking, err := LackVectors(embedders, entries, func(Entry, string, string) (int, error) { return 0, nil })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(lacking, func(a, b Entry) int { return strings.Compare(a.Answer, b.Answer) }) || len(lacking) != len(entries) {
		t.Errorf("the same answers are not together: %v", lacking)
	}
	got := map[string][]PartVector{}
	err = StageVectors(t.Context(), embedders, entries, lacking, nil, func(made map[string][]PartVector) error {
		for key, parts := range made {
			got[key] = parts
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 + 1 + len(entries); len(em.texts) != want {
		t.Errorf("%d texts were read, not %d: %q", len(em.texts), want, em.texts)
	}
	for _, e := range entries {
		for i, p := range got[VectorKey(e)] {
			if text := textsOf(e)[i]; p.Part != PartAnswer+i || p.Vec[0] != float32(len(text)) {
				t.Errorf("%q has part %d of %v", text, p.Part, p.Vec)
			}
		}
		if len(got[VectorKey(e)]) != VectorCount(e) {
			t.Errorf("%q has %d vectors", e.Question, len(got[VectorKey(e)]))
		}
	}
}
