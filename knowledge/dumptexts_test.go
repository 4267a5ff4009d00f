package knowledge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/vector"
)

// said is a question as TestDumpTexts writes it.
type said struct {
	Text     string   `json:"text"` // after Clean
	Relevant []string `json:"relevant"`
	Plain    bool     `json:"plain"`
	Turn     bool     `json:"turn"` // of a dialogue

	Said []float32 `json:"said"` // weighed cosines with each entry
	Sums []float32 `json:"sums"` // what entries are ordered by before anything is read together
}

// TestDumpTexts writes what the models read of the hard sets, of the dialogues in evalassist's testdata and of those in the folders
// $PARLEY_TEXTS_SETS, one file a set in the folder $PARLEY_TEXTS: of every entry its question, its answer, and the two as they are
// compared together, and the questions with the numbers of the entries that answer them. $PARLEY_TEXTS_OF ends the names of the sets to be written.
func TestDumpTexts(t *testing.T) {
	dir := os.Getenv("PARLEY_TEXTS")
	if dir == "" {
		t.Skip("PARLEY_TEXTS is not set: there is nowhere to write to")
	}
	wanted := func(name string) bool { return strings.HasSuffix(name, os.Getenv("PARLEY_TEXTS_OF")) }
	for _, name := range hardNames(t) {
		if !wanted(name) {
			continue
		}
		set := hardSet(t, name)
		var asked []said
		for _, q := range set.queries {
			asked = append(asked, said{Text: Clean(q.text, set.lang), Relevant: q.relevant, Plain: q.plain})
		}
		dumpTexts(t, filepath.Join(dir, name+".json"), set, asked)
	}
	desks, err := filepath.Glob("../cmd/parley/internal/evalassist/testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, desk := range append(desks, strings.Fields(os.Getenv("PARLEY_TEXTS_SETS"))...) {
		if wanted(desk) {
			set, asked := deskSet(t, desk)
			dumpTexts(t, filepath.Join(dir, "desk-"+filepath.Base(desk)+".json"), set, asked)
		}
	}
}

func dumpTexts(t *testing.T, path string, set labelled, asked []said) {
	t.Helper()
	v := newVectorCache(t, set.lang)
	out := struct {
		Name    string      `json:"name"`
		Lang    string      `json:"lang"`
		Entries [][3]string `json:"entries"`
		Queries []said      `json:"queries"`
	}{strings.TrimSuffix(filepath.Base(path), ".json"), set.lang, nil, asked}
	var texts []string
	for _, e := range set.entries {
		both := e.Answer
		if e.Question != "" {
			both = e.Question + " " + opening(e.Answer)
		}
		out.Entries = append(out.Entries, [3]string{e.Question, e.Answer, both})
		texts = append(texts, e.Question, e.Answer, both)
	}
	for _, a := range asked {
		texts = append(texts, a.Text)
	}
	v.make(texts)
	items := make([]Item, len(set.entries))
	for i, e := range set.entries {
		items[i] = Item{Entry: e, Question: v.of(e.Question), Answer: v.of(e.Answer)}
	}
	ix := NewIndex(items, set.lang)
	for i := range asked {
		asked[i].compare(t, ix, v, out.Entries)
	}
	v.save()
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// compare fills in what vectors and words say of each entry.
func (a *said) compare(t *testing.T, ix *Index, v *vectorCache, entries [][3]string) {
	q := Query{Text: a.Text, Vector: v.of(a.Text)}
	meant := q.Vector
	if ix.lang == "en" {
		m, _, _, _, err := v.e.MeantPieces(t.Context(), a.Text)
		if err != nil {
			t.Fatal(err)
		}
		meant = m
	}
	s := ix.scores(q)
	for i, e := range entries {
		sum := func(of []float32) float64 {
			l := likely{answer: vector.Dot(of, v.of(e[1])), both: vector.Dot(of, v.of(e[2]))}
			if l.question = l.answer; e[0] != "" {
				l.question = vector.Dot(of, v.of(e[0]))
			}
			return l.sum()
		}
		said := sum(q.Vector)
		total := (said+sum(meant))/2 + pairWords*float64(s.lexical[i])
		if s.pinyin != nil {
			total += pairSounds * float64(s.pinyin[i])
		}
		round := func(x float64) float32 { return float32(math.Round(x*1000) / 1000) }
		a.Said, a.Sums = append(a.Said, round(said)), append(a.Sums, round(total))
	}
}

// deskSet reads a folder of dialogues (see "parley eval assist"), and the questions of queries.jsonl beside them where there are any:
// each turn with a label.
func deskSet(t *testing.T, dir string) (labelled, []said) {
	t.Helper()
	set := labelled{name: filepath.Base(dir)}
	set.lang = set.name[len(set.name)-2:]
	number := map[string]string{}
	for i, r := range jsonLines[struct {
		ID             any
		Question, Text string
	}](t, filepath.Join(dir, "kb.jsonl")) {
		number[fmt.Sprint(r.ID)] = fmt.Sprint(i)
		set.entries = append(set.entries, Entry{ID: fmt.Sprint(i), Question: r.Question, Answer: r.Text, Lang: set.lang})
	}
	numbers := func(ids []any) (out []string) {
		for _, id := range ids {
			n, ok := number[fmt.Sprint(id)]
			if !ok {
				t.Fatalf("%s: there is no entry %v", dir, id)
			}
			out = append(out, n)
		}
		return out
	}
	var asked []said
	for _, d := range jsonLines[deskCall](t, filepath.Join(dir, "dialogues.jsonl")) {
		asked = append(asked, d.turns(set.lang, numbers)...)
	}
	queries := filepath.Join(dir, "queries.jsonl")
	if _, err := os.Stat(queries); err != nil {
		return set, asked
	}
	for _, q := range jsonLines[struct {
		Query, Kind string
		Relevant    []any
	}](t, queries) {
		asked = append(asked, said{Text: Clean(q.Query, set.lang), Relevant: numbers(q.Relevant), Plain: q.Kind == "plain"})
	}
	return set, asked
}

// deskCall is a line of dialogues.jsonl.
type deskCall struct {
	Turns []struct{ Who, Text string }
	Cards []struct {
		Turn     int
		Relevant []any
	}
}

// turns are those with a label, by themselves and in the talk.
func (d deskCall) turns(lang string, numbers func(ids []any) []string) (out []said) {
	right := map[int][]string{}
	for _, c := range d.Cards {
		right[c.Turn] = append(right[c.Turn], numbers(c.Relevant)...)
	}
	caller, agent := "", ""
	for i, turn := range d.Turns {
		if ids := right[i]; len(ids) > 0 {
			out = append(out, said{Text: Clean(turn.Text, lang), Relevant: ids, Turn: true})
			if talk := InTalk([]string{caller, agent}, turn.Text, lang); talk != turn.Text {
				out = append(out, said{Text: Clean(talk, lang), Relevant: ids, Turn: true})
			}
		}
		if turn.Who == "caller" {
			caller = turn.Text
		} else {
			agent = turn.Text
		}
	}
	return out
}

// jsonLines decodes the lines of a file.
func jsonLines[T any](t *testing.T, path string) (out []T) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, v)
	}
	return out
}
