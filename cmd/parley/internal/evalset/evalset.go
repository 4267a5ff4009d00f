// Package evalset reads what measurements on data of one's own have in common: files of one JSON object a line, whose ids are texts or
// numbers, and among them the entries that answers are looked for in. Mistakes are named with their line.
package evalset

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
)

// ID is written as a text or as a number.
type ID string

// UnmarshalJSON reads either.
func (s *ID) UnmarshalJSON(b []byte) error {
	var num json.Number
	if len(b) > 0 && b[0] != '"' && json.Unmarshal(b, &num) == nil {
		*s = ID(num)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*s = ID(text)
	return nil
}

// Lines is cli.Lines of the file at path.
func Lines(path string, f func(line []byte) error) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	defer in.Close()
	return cli.Lines(in, path, f)
}

// Entries reads a corpus, {"id","text"} or {"id","question","text"} a line; each entry speaks the language of its text. There is at
// least one.
func Entries(path string) ([]knowledge.Entry, error) {
	var out []knowledge.Entry
	seen := map[ID]bool{}
	err := Lines(path, func(line []byte) error {
		var v struct {
			ID       ID     `json:"id"`
			Text     string `json:"text"`
			Question string `json:"question"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		e := knowledge.Entry{
			ID: string(v.ID), Question: strings.TrimSpace(v.Question), Answer: strings.TrimSpace(v.Text), Lang: knowledge.Language(v.Question + " " + v.Text),
		}
		switch {
		case e.ID == "":
			return fmt.Errorf("has no id")
		case seen[v.ID]:
			return fmt.Errorf("id %q is used twice", e.ID)
		case e.Answer == "" && e.Question == "":
			return fmt.Errorf("has neither text nor question")
		}
		seen[v.ID] = true
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read %s: no entries; each line is {\"id\",\"text\"}", path)
	}
	return out, nil
}

// Languages are those that entries speak, in order.
func Languages(entries []knowledge.Entry) []string {
	var out []string
	for _, e := range entries {
		if !slices.Contains(out, e.Lang) {
			out = append(out, e.Lang)
		}
	}
	slices.Sort(out)
	return out
}
