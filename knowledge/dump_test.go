package knowledge

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/vector"
)

// dumpedMost is how many questions of one of the larger sets are written.
const dumpedMost = 300

// TestDumpFeatures writes what the ranking and the probability are made from, one row for a question and one of its
// best entries, to files in the folder $PARLEY_FEATURES, for fit.py. $PARLEY_FEATURE_SETS names the sets to write,
// with commas; without it the hard sets and the samples are written.
func TestDumpFeatures(t *testing.T) {
	dir := os.Getenv("PARLEY_FEATURES")
	if dir == "" {
		t.Skip("PARLEY_FEATURES is not set: there is nowhere to write to")
	}
	names := append([]string{"bank", "shop"}, hardNames...)
	if s := os.Getenv("PARLEY_FEATURE_SETS"); s != "" {
		names = strings.Split(s, ",")
	}
	for _, name := range names {
		set := dumpedSet(t, name)
		ix, queries := build(t, set)
		f, err := os.Create(filepath.Join(dir, set.name+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		fmt.Fprintln(w, "q\tout\tplain\tknown\tzh\tnear\twords\tpieces\tmean\tdev\tterms\tunknown\tentries\tanswer\tright\tquestion\treply\tdense\tlexical\tpinyin\tfused\tcovered\trarest\tasked\tboth\tuneven")
		for i, q := range queries {
			dumpQuery(w, ix, ix.scoresWithout(q, nil), i, 0, set.queries[i])
			if rel := set.queries[i].relevant; len(rel) > 0 {
				dumpQuery(w, ix, ix.scoresWithout(q, rel), i, 1, asked{plain: set.queries[i].plain})
			}
		}
		if err := cmp.Or(w.Flush(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func dumpedSet(t *testing.T, name string) labelled {
	t.Helper()
	var set labelled
	switch name {
	case "bank":
		set = sampleSet(t, name, "en")
	case "shop":
		set = sampleSet(t, name, "zh")
	case "hdfc":
		set = hdfcSet(t, measuringData(t))
	case "xquad":
		set = xquadSet(t, measuringData(t))
	case "bq":
		set = bqSet(t, measuringData(t), true)
	case "banking77":
		set = banking77Set(t, measuringData(t))
	default:
		set = hardSet(t, name)
	}
	if step := len(set.queries)/dumpedMost + 1; step > 1 {
		var some []asked
		for i := 0; i < len(set.queries); i += step {
			some = append(some, set.queries[i])
		}
		set.queries = some
	}
	return set
}

// dumpedPieces are those of an entry that has question and answer, of bases with similar questions too.
func dumpedPieces(ix *Index, s *scores, i int32) *pieces {
	e := ix.entries[i]
	if ix.mix.pieces > 0 || e.Question == "" || e.Answer == "" {
		return nil
	}
	if p := ix.deep[i].Load(); p != nil {
		return p
	}
	made, err := s.query.Make(e.Question + " " + opening(e.Answer))
	if err != nil {
		return nil
	}
	p := ix.newPieces(made)
	ix.deep[i].Store(p)
	return p
}

// dumpQuery writes one row for each of the best entries of every ranking.
func dumpQuery(w *bufio.Writer, ix *Index, s *scores, number, out int, a asked) {
	zh := 0
	if ix.lang == "zh" {
		zh = 1
	}
	plain := 0
	if a.plain {
		plain = 1
	}
	mean, dev := moments(ix.looked(s))
	var rows []int32
	if ix.mix.pieces == 0 && ix.avec != nil { // all that pair compares
		rows = append(rows, best(s.fused, compared)...)
	}
	for _, by := range [][]float32{s.fused, s.dense, s.lexical, s.pinyin} {
		for _, i := range best(by, 8) {
			if !slices.Contains(rows, i) {
				rows = append(rows, i)
			}
		}
	}
	for _, i := range rows {
		has := map[int32]bool{}
		for _, id := range ix.held[i] {
			has[id] = true
		}
		both, uneven := float32(0), 0.0
		if p := dumpedPieces(ix, s, i); p != nil {
			both, uneven = vector.Dot(s.query.Vector, p.whole), ix.unevenness(s, p)
		}
		right, sound := 0, float32(0)
		if slices.Contains(a.relevant, ix.entries[i].ID) {
			right = 1
		}
		if s.pinyin != nil {
			sound = s.pinyin[i]
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%.4f\t%.3f\t%.3f\t%.4f\t%.4f\t%d\t%.4f\t%d\t%d\t%d\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\n",
			number, out, plain, min(1, len(a.relevant)), zh, ix.near, ix.mix.words, ix.mix.pieces, mean, dev, len(s.words.ids), s.words.unknown(), len(ix.entries),
			ix.answers[i], right, s.question[i], s.answer[i], s.dense[i], s.lexical[i], sound, s.fused[i],
			s.words.covered(has), s.words.rarest(has), ix.askedShare(s.words, i), both, uneven)
	}
}
