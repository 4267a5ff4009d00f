package evalnlu

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu/floor"
	"github.com/parley-voice/parley/nlu/softmax"
)

// How little single texts are trusted, see softmax.Fit, by the words alone and with what they mean.
const (
	wordsDecay = 3
	readDecay  = 5
)

// floorText is one text to learn from. Those cut out of one line are judged by what was learnt from the other lines.
type floorText struct {
	line  int
	text  string
	doing floor.Doing
}

// TestLearnFloor learns what callers do with the floor, where PARLEY_LEARN is set, from nlu/floor/texts and writes
// nlu/floor/data. First it prints how well each fifth of the lines is told by what was learnt from the others.
func TestLearnFloor(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	embedders, err := knowledgecmd.OpenEmbedders(cli.New(), "en", "zh")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = embedders.Close() }()
	for _, lang := range []string{"en", "zh"} {
		texts := floorTexts(t, lang)
		class, x := make([]int, len(texts)), make([][]float64, len(texts))
		for i, f := range texts {
			class[i], x[i] = int(f.doing), floor.WordFeatures(f.text, lang)
		}
		learnFloor(t, lang, "words", texts, class, x, wordsDecay)
		for i, f := range texts {
			whole, rows, weights, err := embedders[lang].Pieces(t.Context(), f.text)
			if err != nil {
				t.Fatal(err)
			}
			x[i] = floor.Features(x[i], whole, rows, weights)
		}
		learnFloor(t, lang, "read", texts, class, x, readDecay)
	}
}

// learnFloor learns from features x, writes what was learnt.
func learnFloor(t *testing.T, lang, name string, texts []floorText, class []int, x [][]float64, decay float64) {
	t.Helper()
	held := make([][]float64, len(x))
	for fold := range 5 {
		others := make([]int, len(x))
		for i, f := range texts {
			if others[i] = class[i]; f.line%5 == fold {
				others[i] = -1
			}
		}
		l := softmax.FitRows(x, others, int(floor.Doings), decay)
		for i := range x {
			if others[i] < 0 {
				held[i] = l.Scores(x[i], int(floor.Doings))
			}
		}
	}
	heat, loss, right := bestHeat(held, class)
	t.Logf("%s by %s: %d texts, %.3f told rightly, loss %.3f at heat %.2f, %v", lang, name, len(x), right, loss, heat, tableOf(held, class))
	if os.Getenv("PARLEY_LEARN") == "misses" {
		for i, z := range held {
			if best := top(z); best != class[i] {
				t.Logf("%s by %s: %d, not %d: %s", lang, name, best, class[i], texts[i].text)
			}
		}
	}
	writeRows(t, "floor/data/"+name+"."+lang+".f32", softmax.FitRows(x, class, int(floor.Doings), decay).Heated(heat))
}

// tableOf counts what texts of each class are taken for.
func tableOf(odds [][]float64, class []int) (table [floor.Doings][floor.Doings]int) {
	for i, z := range odds {
		table[class[i]][top(z)]++
	}
	return table
}

func top(v []float64) int {
	best := 0
	for c, x := range v {
		if x > v[best] {
			best = c
		}
	}
	return best
}

// floorTexts reads the texts of a language. One that is finished has a mark where a speaker may pause before: what stands before the
// mark is a text of its own, which goes on. Recognisers end most of what they hear with a full stop, cut or not, so each text is there
// with and without.
func floorTexts(t *testing.T, lang string) (out []floorText) {
	t.Helper()
	rows, err := readTSV(filepath.Join(learnedFrom, "floor/texts", lang+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	stop := "."
	if lang == "zh" {
		stop = "。"
	}
	add := func(line int, text string, doing floor.Doing) {
		text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "|", ""), "  ", " "))
		out = append(out, floorText{line, text, doing}, floorText{line, text + stop, doing})
	}
	for n, r := range rows {
		doing, known := map[string]floor.Doing{finished: floor.Over, unfinished: floor.Open, waiting: floor.Wait}[r.label]
		if !known {
			t.Fatalf("%q is labelled %q", r.text, r.label)
		}
		add(n, r.text, doing)
		for i, c := range r.text {
			if c == '|' {
				add(n, r.text[:i], floor.Open)
			}
		}
	}
	return out
}
