package evalknowledge

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-voice/parley/knowledge"
)

// FuzzFiles reads sets of other people: each query that is taken names entries that are there.
func FuzzFiles(f *testing.F) {
	f.Add([]byte(`{"id":7,"text":"a","question":"b"}`+"\n"+`{"id":"x","text":"卡"}`), []byte(`{"query":"a","relevant":["x",7]}`))
	f.Add([]byte("\xef\xbb\xbf{}\n"), []byte("[]"))
	f.Fuzz(func(t *testing.T, corpus, queries []byte) {
		dir := t.TempDir()
		c, q := filepath.Join(dir, "corpus.jsonl"), filepath.Join(dir, "queries.jsonl")
		for name, data := range map[string][]byte{c: corpus, q: queries} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		entries, err := readCorpus(c)
		if err != nil {
			return
		}
		all, err := readQueries(q, entries)
		if err != nil {
			return
		}
		for _, query := range all {
			for _, id := range query.Relevant {
				if !slices.ContainsFunc(entries, func(e knowledge.Entry) bool { return e.ID == string(id) }) {
					t.Errorf("%q names %q", query.Query, id)
				}
			}
		}
	})
}
