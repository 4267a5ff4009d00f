package knowledge

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// sampleSet reads a sample FAQ and the questions that go with it.
func sampleSet(t testing.TB, base, lang string) labelled {
	t.Helper()
	set := labelled{name: base, lang: lang}
	raw, _ := samples.CSV(base)
	rows, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		set.entries = append(set.entries, Entry{ID: r[0], Base: base, Question: r[0], Answer: r[1], Similar: strings.Split(r[2], "|"), Lang: lang})
	}
	lines, err := os.ReadFile(filepath.Join("samples", "testdata", base+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		text, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		q := asked{text: text}
		if want != "-" {
			q.relevant = []string{want}
			if !slices.ContainsFunc(set.entries, func(e Entry) bool { return e.ID == want }) {
				t.Fatalf("%s: no entry %q", base, want)
			}
		}
		set.queries = append(set.queries, q)
	}
	return set
}

// misheard replaces characters by others of the same sound, one in six, as a recogniser does: always the same ones.
func misheard(set labelled) labelled {
	bySound := map[string][]rune{}
	var all []string
	for _, e := range set.entries {
		all = append(append(all, e.Question, e.Answer), e.Similar...)
	}
	for _, q := range set.queries {
		all = append(all, q.text)
	}
	seen := map[rune]bool{}
	for _, r := range strings.Join(all, "") {
		if hanzi.IsHan(r) && !seen[r] {
			seen[r] = true
			if s := hanzi.Pinyin(string(r)); len(s) == 1 {
				bySound[s[0]] = append(bySound[s[0]], r)
			}
		}
	}
	out := labelled{name: set.name + "~", lang: set.lang, entries: set.entries}
	for n, q := range set.queries {
		rs := []rune(q.text)
		for i, r := range rs {
			if (n*7+i*5)%6 != 0 || !hanzi.IsHan(r) {
				continue
			}
			s := hanzi.Pinyin(string(r))
			if others := bySound[s[0]]; len(s) == 1 && len(others) > 1 {
				rs[i] = others[(slices.Index(others, r)+1+n%(len(others)-1))%len(others)]
			}
		}
		out.queries = append(out.queries, asked{string(rs), q.relevant})
	}
	return out
}
