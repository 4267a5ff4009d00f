package evalnlu

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/nlu/softmax"
)

// moodDecay is how little single texts are trusted, see softmax.Fit: much less than is best for texts by the same hand.
const moodDecay = 10

var moods = map[string]sentiment.Feeling{"negative": sentiment.Negative, "neutral": sentiment.Neutral, "positive": sentiment.Positive}

// TestLearnMood learns how texts sound, where PARLEY_LEARN is set, from nlu/sentiment/texts (label, tab, text), and writes
// nlu/sentiment/data/mood.LANG.f32. First it prints how well each fifth is told by what was learnt from the others.
func TestLearnMood(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	embedders, err := knowledgecmd.OpenEmbedders(cli.New(), "en", "zh")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = embedders.Close() }()
	for _, lang := range []string{"en", "zh"} {
		x, class := moodExamples(t, embedders[lang], lang)
		held := make([][]float64, len(x))
		for fold := range 5 {
			others := make([]int, len(x))
			for i := range x {
				if others[i] = class[i]; i/20%5 == fold {
					others[i] = -1
				}
			}
			l := softmax.FitRows(x, others, 3, moodDecay)
			for i := range x {
				if others[i] < 0 {
					held[i] = l.Scores(x[i], 3)
				}
			}
		}
		heat, loss, right := bestHeat(held, class)
		t.Logf("%s: %d texts, %.3f told rightly of three, loss %.3f at heat %.2f", lang, len(x), right, loss, heat)
		writeRows(t, "sentiment/data/mood."+lang+".f32", softmax.FitRows(x, class, 3, moodDecay).Heated(heat))
	}
}

// moodExamples reads and embeds the texts of a language.
func moodExamples(t *testing.T, em sentiment.Embedder, lang string) (x [][]float64, class []int) {
	t.Helper()
	rows, err := readTSV(filepath.Join(learnedFrom, "sentiment/texts", lang+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = r.text
		feeling, known := moods[r.label]
		if !known {
			t.Fatalf("%q is labelled %q", r.text, r.label)
		}
		class = append(class, int(feeling))
	}
	vecs, err := em.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vecs {
		x = append(x, sentiment.Features(v, sentiment.Score(texts[i], lang)))
	}
	return x, class
}
