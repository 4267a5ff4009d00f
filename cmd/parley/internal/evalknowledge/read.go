package evalknowledge

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/cmd/parley/internal/evalset"
	"github.com/parley-voice/parley/knowledge"
)

// query is one line of the queries' file.
type query struct {
	Query    string       `json:"query"`
	Relevant []evalset.ID `json:"relevant"`
}

func (q query) right(id string) bool {
	for _, r := range q.Relevant {
		if string(r) == id {
			return true
		}
	}
	return false
}

// set is a corpus with its queries.
type set struct {
	files   [2]string
	entries []knowledge.Entry
	queries []query
}

func readSet(corpus, queries string) (set, error) {
	entries, err := readCorpus(corpus)
	if err != nil {
		return set{}, err
	}
	asked, err := readQueries(queries, entries)
	if err != nil {
		return set{}, err
	}
	return set{[2]string{corpus, queries}, entries, asked}, nil
}

// readCorpus reads the entries; the base speaks one language, that of most entries.
func readCorpus(path string) ([]knowledge.Entry, error) {
	out, err := evalset.Entries(path)
	if err != nil {
		return nil, err
	}
	zh := 0
	for _, e := range out {
		if e.Lang == "zh" {
			zh++
		}
	}
	lang := "en"
	if 2*zh > len(out) {
		lang = "zh"
	}
	for i := range out {
		out[i].Lang = lang
	}
	return out, nil
}

func readQueries(path string, entries []knowledge.Entry) ([]query, error) {
	known := map[string]bool{}
	for _, e := range entries {
		known[e.ID] = true
	}
	var out []query
	err := evalset.Lines(path, func(line []byte) error {
		var q query
		if err := json.Unmarshal(line, &q); err != nil {
			return err
		}
		if strings.TrimSpace(q.Query) == "" {
			return fmt.Errorf("has no query")
		}
		for _, id := range q.Relevant {
			if !known[string(id)] {
				return fmt.Errorf("names the entry %q, which is not in the corpus", id)
			}
		}
		out = append(out, q)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read %s: no queries; each line is {\"query\",\"relevant\"}", path)
	}
	return out, nil
}
