package knowledge

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestDumpTexts writes what the models read of the hard sets, one file a set in the folder $PARLEY_TEXTS: of every entry its
// question, its answer, and the two as they are compared together, and the questions after Clean with the numbers of the
// entries that answer them.
func TestDumpTexts(t *testing.T) {
	dir := os.Getenv("PARLEY_TEXTS")
	if dir == "" {
		t.Skip("PARLEY_TEXTS is not set: there is nowhere to write to")
	}
	type query struct {
		Text     string   `json:"text"`
		Relevant []string `json:"relevant"`
		Plain    bool     `json:"plain"`
	}
	for _, name := range hardNames(t) {
		set := hardSet(t, name)
		out := struct {
			Name    string      `json:"name"`
			Lang    string      `json:"lang"`
			Entries [][3]string `json:"entries"`
			Queries []query     `json:"queries"`
		}{Name: set.name, Lang: set.lang}
		for _, e := range set.entries {
			out.Entries = append(out.Entries, [3]string{e.Question, e.Answer, e.Question + " " + opening(e.Answer)})
		}
		for _, q := range set.queries {
			out.Queries = append(out.Queries, query{Clean(q.text, set.lang), q.relevant, q.plain})
		}
		raw, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
