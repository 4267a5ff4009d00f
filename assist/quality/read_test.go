package quality

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/quality/reads"
	"github.com/parley-voice/parley/knowledge/embed"
)

// TestMeant holds data/meant.tsv to what people meant by the questions of the sets, which reads/learn.py needs; it writes it anew
// where PARLEY_LEARN is set.
func TestMeant(t *testing.T) {
	var out strings.Builder
	for _, dir := range allSets(t) {
		set := readGolden(t, dir)
		for i := range set.Form.Questions {
			if q := &set.Form.Questions[i]; q.Kind() == YesNo && q.By == "" {
				out.WriteString(dir + "\t" + q.ID + "\t" + senseNames[meant(dir, q)] + "\n")
			}
		}
	}
	file := filepath.Join("data", "meant.tsv")
	if os.Getenv("PARLEY_LEARN") != "" {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != out.String() {
		t.Errorf("%s is of other sets or senses: write it with PARLEY_LEARN=1 and learn again", file)
	}
}

// readersOf are the readers for models.
func readersOf(t *testing.T, by map[string]Embedder) map[string]reads.Reader {
	t.Helper()
	out := map[string]reads.Reader{}
	for lang, e := range by {
		em, ok := e.(*embed.Embedder)
		if !ok {
			t.Fatalf("%T reads nothing", e)
		}
		out[lang] = em.Reader(reads.For(em.Hash()).Part)
	}
	return out
}

// TestReader judges calls by what readers say of them alone, which has to agree with people, and judges them again from what was kept.
func TestReader(t *testing.T) {
	by := models(t)
	s := New(Options{Embedders: by, Readers: readersOf(t, by)})
	for _, dir := range []string{"portout", "ershouche"} {
		set := readGolden(t, dir)
		f, err := s.Understand(t.Context(), set.Form)
		if err != nil {
			t.Fatal(err)
		}
		people := map[[2]string]Value{}
		for _, l := range set.Labels {
			people[[2]string{l.Call, l.Question}] = l.Answer
		}
		var agree Agreement
		for _, c := range set.Calls {
			kept := &Vectors{Model: s.Model(c)}
			first, err := s.Begin(f, c, kept).Finish(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			again, err := s.Begin(f, c, kept).Finish(t.Context())
			if err != nil || !reflect.DeepEqual(first, again) {
				t.Fatalf("%s: what was kept gives another card (%v)", c.ID, err)
			}
			j := newJudge(s, c)
			j.ctx, j.kept = t.Context(), kept
			for i := range f.Questions {
				q, says := &f.Questions[i], signs{}
				if err := j.readSigns(q, says); err != nil || len(says) != 3 {
					t.Fatalf("%s: read as %v, %v", c.ID, says, err)
				}
				best := Yes
				for _, v := range weighed {
					if says["reader "+string(v)] > says["reader "+string(best)] {
						best = v
					}
				}
				agree.Add(people[[2]string{c.ID, q.ID}], best)
			}
		}
		if k := agree.Kappa(); k < 0.45 { // it has learnt from these
			t.Errorf("%s: kappa %.2f", dir, k)
		} else {
			t.Logf("%s: kappa %.2f", dir, k)
		}
	}
}

func withFacts(with bool) string { return strconv.FormatBool(with) }

// readAnswers are the lines of data/read.tsv: what readers answer about calls of sets that they were not learnt from, by set, call,
// question and withFacts.
func readAnswers(t *testing.T) map[[4]string]reads.Answer {
	t.Helper()
	f, err := os.Open(filepath.Join("data", "read.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord = '\t', 10
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[[4]string]reads.Answer{}
	for _, c := range lines {
		var p [6]float64
		for i := range p {
			if p[i], err = strconv.ParseFloat(c[4+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		out[[4]string{c[1], c[2], c[3], withFacts(true)}] = reads.Answer{Done: p[0], Not: p[1], NA: p[2]}
		out[[4]string{c[1], c[2], c[3], withFacts(false)}] = reads.Answer{Done: p[3], Not: p[4], NA: p[5]}
	}
	return out
}
