package evalknowledge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// query is one line of the queries' file.
type query struct {
	Query    string    `json:"query"`
	Relevant []looseID `json:"relevant"`
}

func (q query) right(id string) bool {
	for _, r := range q.Relevant {
		if string(r) == id {
			return true
		}
	}
	return false
}

// looseID takes a string or a number.
type looseID string

// UnmarshalJSON reads either.
func (s *looseID) UnmarshalJSON(b []byte) error {
	var num json.Number
	if len(b) > 0 && b[0] != '"' && json.Unmarshal(b, &num) == nil {
		*s = looseID(num)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*s = looseID(text)
	return nil
}

// readCorpus reads the entries; the base speaks one language, that of most entries.
func readCorpus(path string) ([]knowledge.Entry, error) {
	var out []knowledge.Entry
	seen := map[string]bool{}
	zh := 0
	err := lines(path, func(line []byte) error {
		var v struct {
			ID       looseID `json:"id"`
			Text     string  `json:"text"`
			Question string  `json:"question"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		id := string(v.ID)
		switch {
		case id == "":
			return fmt.Errorf("has no id")
		case seen[id]:
			return fmt.Errorf("id %q is used twice", id)
		case strings.TrimSpace(v.Text) == "" && strings.TrimSpace(v.Question) == "":
			return fmt.Errorf("has neither text nor question")
		}
		seen[id] = true
		if knowledge.Language(v.Question+" "+v.Text) == "zh" {
			zh++
		}
		out = append(out, knowledge.Entry{ID: id, Question: strings.TrimSpace(v.Question), Answer: strings.TrimSpace(v.Text)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read %s: no entries; each line is {\"id\",\"text\"}", path)
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
	err := lines(path, func(line []byte) error {
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

// lines calls f with each line that is not blank and says in which line f failed.
func lines(path string, f func(line []byte) error) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	raw = bytes.TrimPrefix(raw, []byte{0xEF, 0xBB, 0xBF})
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := f(line); err != nil {
			return fmt.Errorf("read %s line %d: %w", path, n, err)
		}
	}
	return nil
}
