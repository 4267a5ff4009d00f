package insight

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

// labelled reads questions with the kind each was labelled with, at most n of them spread over the file.
func labelled(t *testing.T, file string, tab rune, text, label string, n int) (texts, labels []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = tab, tab == '\t', -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[name] = i
	}
	step := max(1, float64(len(rows)-1)/float64(n))
	for at := 1.0; int(at) < len(rows); at += step {
		row := rows[int(at)]
		texts, labels = append(texts, strings.TrimSpace(row[col[text]])), append(labels, row[col[label]])
	}
	return texts, labels
}

// agreement compares groups with labels: the share of the texts in groups, how pure groups are, how much of a kind is in
// one group (both as entropies, 0..1), and of the pairs in one group how many are of one kind.
func agreement(of []int, labels []string) (covered, pure, whole, pairs float64) {
	n := 0.0
	joint, group, kind := map[[2]any]float64{}, map[int]float64{}, map[string]float64{}
	for i, g := range of {
		if g < 0 {
			continue
		}
		n++
		joint[[2]any{g, labels[i]}]++
		group[g]++
		kind[labels[i]]++
	}
	var hKG, hGK, hK, hG, same, all float64
	for k, c := range joint {
		hKG -= c / n * math.Log(c/group[k[0].(int)])
		hGK -= c / n * math.Log(c/kind[k[1].(string)])
		same += c * (c - 1)
	}
	for _, c := range kind {
		hK -= c / n * math.Log(c/n)
	}
	for _, c := range group {
		hG -= c / n * math.Log(c/n)
		all += c * (c - 1)
	}
	return n / float64(len(of)), 1 - hKG/hK, 1 - hGK/hG, same / all
}

// TestMeasureTopics groups labelled questions that topics were not made for. docs/insights.md has the figures.
func TestMeasureTopics(t *testing.T) {
	data, models := os.Getenv("PARLEY_DATA"), os.Getenv("PARLEY_MODELS")
	if data == "" || models == "" || os.Getenv("PARLEY_MEASURE") == "" {
		t.Skip("measuring wants PARLEY_MEASURE=1, PARLEY_DATA and PARLEY_MODELS")
	}
	onnxtest.Start(t)
	for _, set := range []struct {
		name, file, lang, text, label string
		tab                           rune
	}{
		{"banking77", "text/banking77/train.csv", "en", "text", "category", ','},
		{"smp2017", "text/smp2017_ecdt_zh/visible.tsv", "zh", "text", "label", '\t'},
	} {
		texts, labels := labelled(t, filepath.Join(data, set.file), set.tab, set.text, set.label, 3000)
		e, err := embed.Open(filepath.Join(models, "bge-small-"+set.lang))
		if err != nil {
			t.Skip(err)
		}
		vecs, err := e.Embed(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		points := make([]Point, len(texts))
		for i := range texts {
			points[i] = Point{texts[i], vecs[i]}
		}
		for _, bars := range [][2]float32{{alike, near}, {0.25, 0.4}, {0.3, 0.4}, {0.3, 0.45}, {0.35, 0.45}, {0.35, 0.5}, {0.4, 0.5}, {0.45, 0.55}, {0.5, 0.6}} {
			began := time.Now()
			c := groupAt(points, bars[0], bars[1])
			covered, pure, whole, pairs := agreement(c.Of, labels)
			t.Logf("%s alike %.2f near %.2f: %d texts, %d groups, covered %.2f, pure %.2f, whole %.2f, v %.2f, pairs %.2f, %s", set.name, bars[0], bars[1], len(texts), len(c.Centres), covered, pure, whole, 2*pure*whole/(pure+whole), pairs, time.Since(began).Round(time.Millisecond))
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
