package knowledge

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// labelled is a set of questions with the entries that answer them.
type labelled struct {
	name, lang string
	entries    []Entry
	queries    []asked
}

// measuringData returns the folder of texts to measure on, or skips.
func measuringData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		t.Skip("PARLEY_DATA is not set: there is nothing to measure on")
	}
	return filepath.Join(dir, "text")
}

func readTSV(t testing.TB, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("data are missing: %v", err)
	}
	var out [][]string
	for line := range strings.Lines(string(raw)) {
		out = append(out, strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
	}
	return out[1:]
}

func readCSV(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("data are missing: %v", err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// hdfcSet asks the questions of a bank's FAQ against its answers alone.
func hdfcSet(t testing.TB, dir string) labelled {
	set := labelled{name: "hdfc", lang: "en"}
	id, byQuestion := map[string]string{}, map[string][]string{}
	for _, row := range readCSV(t, filepath.Join(dir, "hdfc_bank_faq_questions", "BankFAQs.csv")) {
		a := strings.TrimSpace(row[1])
		if id[a] == "" {
			id[a] = fmt.Sprint(len(id))
			set.entries = append(set.entries, Entry{ID: id[a], Answer: a, Lang: "en"})
		}
		q := strings.Join(strings.Fields(row[0]), " ")
		byQuestion[q] = append(byQuestion[q], id[a])
	}
	for _, row := range readTSV(t, filepath.Join(dir, "hdfc_bank_faq_questions", "visible.tsv")) {
		q := strings.Join(strings.Fields(row[2]), " ")
		if len(byQuestion[q]) > 0 {
			set.queries = append(set.queries, asked{text: q, relevant: byQuestion[q]})
		}
	}
	return set
}

func tau2Set(t testing.TB, dir string, titles bool) labelled {
	set := labelled{name: "tau2", lang: "en"}
	files, _ := filepath.Glob(filepath.Join(dir, "tau2_banking_kb/data/tau2/domains/banking_knowledge/documents/*.json"))
	for _, path := range files {
		var d struct{ ID, Title, Content string }
		raw, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(raw, &d) != nil {
			t.Fatal(path, err)
		}
		e := Entry{ID: d.ID, Answer: d.Title + "\n" + d.Content, Lang: "en"}
		if titles {
			set.name, e.Question, e.Answer = "tau2-t", d.Title, d.Content
		}
		set.entries = append(set.entries, e)
	}
	for _, row := range readTSV(t, filepath.Join(dir, "tau2_banking_tasks", "visible.tsv")) {
		set.queries = append(set.queries, asked{text: row[2], relevant: strings.Split(row[1], "|")})
	}
	return set
}

func xquadSet(t testing.TB, dir string) labelled {
	set := labelled{name: "xquad", lang: "en"}
	var file struct {
		Data []struct {
			Paragraphs []struct {
				Context string
				Qas     []struct{ Question string }
			}
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "xquad_en", "xquad.en.json"))
	if err != nil {
		t.Skipf("data are missing: %v", err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Data {
		for _, p := range d.Paragraphs {
			id := fmt.Sprint(len(set.entries))
			set.entries = append(set.entries, Entry{ID: id, Answer: p.Context, Lang: "en"})
			for _, q := range p.Qas {
				set.queries = append(set.queries, asked{text: q.Question, relevant: []string{id}})
			}
		}
	}
	return set
}

// bqSet takes pairs of questions that mean the same: the second of each is an entry, the first is asked. Pairs that
// share a question belong together. Of the groups every fourth is asked without being in the base.
func bqSet(t testing.TB, dir string, withheld bool) labelled {
	set := labelled{name: "bq", lang: "zh"}
	group := map[string]string{}
	var find func(s string) string
	find = func(s string) string {
		if p, ok := group[s]; ok && p != s {
			return find(p)
		}
		group[s] = s
		return s
	}
	var pairs [][2]string
	for _, row := range readCSV(t, filepath.Join(dir, "bq_dev", "dev.csv")) {
		if row[2] == "1" {
			pairs = append(pairs, [2]string{row[0], row[1]})
			group[find(row[0])] = find(row[1])
		}
	}
	members := map[string][]string{}
	n := map[string]int{}
	for _, p := range pairs {
		g := find(p[1])
		if _, ok := n[g]; !ok {
			n[g] = len(n)
		}
		if withheld && n[g]%4 == 0 || slices.Contains(members[g], p[1]) || p[0] == p[1] {
			continue
		}
		members[g] = append(members[g], p[1])
		set.entries = append(set.entries, Entry{ID: p[1], Question: p[1], Lang: "zh"})
	}
	if withheld {
		set.name = "bq-part"
	}
	for i, p := range pairs {
		if g := find(p[1]); i%4 == 0 && !slices.Contains(members[g], p[0]) {
			set.queries = append(set.queries, asked{text: p[0], relevant: members[g]})
		}
	}
	return set
}

// intentSet makes a FAQ of labelled utterances: the first of an intent is its question, the next two are similar
// questions, others are asked. Every fourth intent is asked without being in the base.
func intentSet(name string, rows [][2]string, perIntent int) labelled {
	set := labelled{name: name, lang: "en"}
	count, where, number := map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range rows {
		text, intent := r[0], r[1]
		if _, ok := number[intent]; !ok {
			number[intent] = len(number)
		}
		out := number[intent]%4 == 3 || intent == "oos"
		switch n := count[intent]; {
		case n == 0 && !out:
			where[intent] = len(set.entries)
			set.entries = append(set.entries, Entry{ID: intent, Question: text, Lang: "en"})
		case n < 3 && !out:
			e := &set.entries[where[intent]]
			e.Similar = append(e.Similar, text)
		case n < 3+perIntent && out:
			set.queries = append(set.queries, asked{text: text, relevant: nil})
		case n < 3+perIntent:
			set.queries = append(set.queries, asked{text: text, relevant: []string{intent}})
		}
		count[intent]++
	}
	return set
}

func banking77Set(t testing.TB, dir string) labelled {
	var rows [][2]string
	for _, r := range readCSV(t, filepath.Join(dir, "banking77", "train.csv")) {
		rows = append(rows, [2]string{strings.TrimSpace(r[0]), r[1]})
	}
	return intentSet("banking77", rows, 15)
}

func clincSet(t testing.TB, dir string) labelled {
	raw, err := os.ReadFile(filepath.Join(dir, "clinc150", "data_visible.json"))
	if err != nil {
		t.Skipf("data are missing: %v", err)
	}
	var d struct {
		Val [][2]string `json:"val"`
		OOS [][2]string `json:"oos_val"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return intentSet("clinc", append(d.Val, d.OOS...), 8)
}

// visibleSets are all sets there are to measure on.
func visibleSets(t testing.TB, dir string) []labelled {
	bq, shop := bqSet(t, dir, true), sampleSet(t, "shop", "zh")
	sets := []labelled{
		hdfcSet(t, dir), tau2Set(t, dir, false), tau2Set(t, dir, true), xquadSet(t, dir), banking77Set(t, dir), clincSet(t, dir), sampleSet(t, "bank", "en"),
		bqSet(t, dir, false), bq, misheard(bq), shop, misheard(shop),
	}
	for _, name := range hardNames(t) {
		sets = append(sets, hardSet(t, name))
	}
	return sets
}
