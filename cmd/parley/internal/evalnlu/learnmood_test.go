package evalnlu

import (
	"encoding/binary"
	"math"
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
			l := fitMood(x, others)
			for i := range x {
				if others[i] < 0 {
					held[i] = l.score(x[i])
				}
			}
		}
		heat, loss, right := bestHeat(held, class)
		t.Logf("%s: %d texts, %.3f told rightly of three, loss %.3f at heat %.2f", lang, len(x), right, loss, heat)
		var raw []byte
		for _, row := range fitMood(x, class).rows(heat) {
			for _, v := range row {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
			}
		}
		if err := os.WriteFile("../../../../nlu/sentiment/data/mood."+lang+".f32", raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// moodLayer is a layer over features less their mean.
type moodLayer struct {
	layer *softmax.Layer
	mean  []float64
}

func fitMood(x [][]float64, class []int) moodLayer {
	mean := make([]float64, len(x[0]))
	for _, row := range x {
		for j, v := range row {
			mean[j] += v / float64(len(x))
		}
	}
	centred := make([][]float64, len(x))
	for i, row := range x {
		centred[i] = make([]float64, len(row))
		for j, v := range row {
			centred[i][j] = v - mean[j]
		}
	}
	return moodLayer{softmax.Fit(centred, class, 3, moodDecay), mean}
}

func (l moodLayer) score(x []float64) []float64 {
	c := make([]float64, len(x))
	for j, v := range x {
		c[j] = v - l.mean[j]
	}
	return l.layer.Scores(c)
}

// rows are the weights for features as they are, times heat.
func (l moodLayer) rows(heat float64) [][]float64 {
	var out [][]float64
	for _, w := range l.layer.Weights() {
		row := make([]float64, len(w))
		row[len(w)-1] = heat * w[len(w)-1]
		for j, m := range l.mean {
			row[j] = heat * w[j]
			row[len(w)-1] -= heat * w[j] * m
		}
		out = append(out, row)
	}
	return out
}

// bestHeat is the factor with which the log odds say best how sure they are.
func bestHeat(odds [][]float64, class []int) (heat, loss, right float64) {
	loss = math.Inf(1)
	for try := 0.5; try < 6; try += 0.05 {
		sum := 0.0
		ok := 0
		for i, z := range odds {
			p := make([]float64, len(z))
			best := 0
			for c, v := range z {
				p[c] = try * v
				if v > z[best] {
					best = c
				}
			}
			softmax.Normalize(p)
			sum -= math.Log(p[class[i]])
			if best == class[i] {
				ok++
			}
		}
		if sum /= float64(len(odds)); sum < loss {
			heat, loss, right = try, sum, float64(ok)/float64(len(odds))
		}
	}
	return heat, loss, right
}

// moodExamples reads and embeds the texts of a language.
func moodExamples(t *testing.T, em sentiment.Embedder, lang string) (x [][]float64, class []int) {
	t.Helper()
	rows, err := readTSV(filepath.Join("../../../../nlu/sentiment/texts", lang+".tsv"))
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
