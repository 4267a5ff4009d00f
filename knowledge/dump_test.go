package knowledge

import (
	"bufio"
	"cmp"
	"encoding/json"
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
	names := append([]string{"bank", "shop", "bank.bare", "shop.bare"}, hardNames(t)...)
	if s := os.Getenv("PARLEY_FEATURE_SETS"); s != "" {
		names = strings.Split(s, ",")
	}
	for _, name := range names {
		set := dumpedSet(t, name)
		tellFits(t, set)
		ix, queries := build(t, set)
		ix.readAll = true
		f, err := os.Create(filepath.Join(dir, set.name+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		pf, err := os.Create(filepath.Join(dir, set.name+".pairs.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		pw := bufio.NewWriter(pf)
		fmt.Fprintln(w, "q\tout\tplain\tknown\tzh\tnear\twords\tpieces\tmean\tdev\tterms\tunknown\tentries\tanswer\tright\tquestion\treply\tdense\tlexical\tpinyin\tfused\tcovered\trarest\tasked\tboth\tfit")
		for i, q := range queries {
			asIs := ix.scoresWithout(q, nil)
			dumpQuery(w, ix, asIs, i, 0, set.queries[i])
			dumpPair(pw, ix, asIs, i, 0, set.queries[i])
			if rel := set.queries[i].relevant; len(rel) > 0 {
				without := ix.scoresWithout(q, rel)
				dumpQuery(w, ix, without, i, 1, asked{plain: set.queries[i].plain})
				dumpPair(pw, ix, without, i, 1, asked{plain: set.queries[i].plain})
			}
		}
		if err := cmp.Or(w.Flush(), f.Close(), pw.Flush(), pf.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// tellFits reads what is told of the set in $PARLEY_FITS_TOLD; "none" is that nothing is.
func tellFits(t *testing.T, set labelled) {
	t.Helper()
	dir := os.Getenv("PARLEY_FITS_TOLD")
	if dir == "" {
		return
	}
	em := openEmbedder(t, set.lang)
	em.told, em.mute = nil, dir == "none"
	if raw, err := os.ReadFile(filepath.Join(dir, set.name+".json")); err == nil {
		if err := json.Unmarshal(raw, &em.told); err != nil {
			t.Fatal(err)
		}
	}
}

func dumpedSet(t *testing.T, name string) labelled {
	t.Helper()
	var set labelled
	switch name {
	case "bank.bare", "shop.bare":
		base, _, _ := strings.Cut(name, ".")
		set = sampleSet(t, base, map[string]string{"bank": "en", "shop": "zh"}[base])
		set.name = name
		for i := range set.entries {
			set.entries[i].Similar = nil
		}
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
		set = passageSet(t, name)
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

// passageSet reads a hard set, of one that ends in ".told" the answers alone; of one that begins with "desk-" the questions beside dialogues.
func passageSet(t *testing.T, name string) labelled {
	t.Helper()
	if base, ok := strings.CutSuffix(name, ".told"); ok {
		set := hardSet(t, base)
		set.name = name
		for i := range set.entries {
			set.entries[i].Question = ""
		}
		return set
	}
	desk, ok := strings.CutPrefix(name, "desk-")
	if !ok {
		return hardSet(t, name)
	}
	set, said := deskSet(t, filepath.Join("../cmd/parley/internal/evalassist/testdata", desk))
	set.name = name
	for _, s := range said {
		if !s.Turn {
			set.queries = append(set.queries, asked{text: s.Text, relevant: s.Relevant, plain: s.Plain})
		}
	}
	return set
}

// dumpPair writes the evidence for the best entry for one question.
func dumpPair(w *bufio.Writer, ix *Index, s *scores, number, out int, a asked) {
	if !s.pair.known || !ix.paired() {
		return
	}
	right, three, said := 0, 0, map[int32]bool{}
	for _, i := range best(s.fused, compared) {
		if !said[ix.answers[i]] && len(said) < 3 && slices.Contains(a.relevant, ix.entries[i].ID) {
			three = 1
		}
		said[ix.answers[i]] = true
	}
	if slices.Contains(a.relevant, ix.entries[s.pair.top].ID) {
		right = 1
	}
	fmt.Fprintf(w, "%d\t%d\t%t\t%d\t%d\t%d", number, out, a.plain, min(1, len(a.relevant)), right, three)
	for _, v := range s.pair.ev {
		fmt.Fprintf(w, "\t%.5f", v)
	}
	fmt.Fprintln(w)
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
		both := float32(0)
		if p := ix.deep[i].Load(); p != nil && ix.paired() {
			both = vector.Dot(s.query.Vector, p.whole)
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
			s.words.covered(has), s.words.rarest(has), ix.askedShare(s.words, i), both, s.pair.ev[evFit])
	}
}
