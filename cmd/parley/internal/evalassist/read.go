// Package evalassist is "parley eval assist" and "parley eval escalation": it plays written dialogues to the engines of
// the agent desk and measures which cards they would have shown and when they would have called a person.
package evalassist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// dialogue is one line of dialogues.jsonl. Turns are counted from 0.
type dialogue struct {
	ID    looseID `json:"id"`
	Lang  string  `json:"lang"`
	Turns []struct {
		Who   string  `json:"who"`
		Text  string  `json:"text"`
		Start float64 `json:"start_s"`
		End   float64 `json:"end_s"`
	} `json:"turns"`
	Cards []struct {
		Turn     int       `json:"turn"`
		Relevant []looseID `json:"relevant"`
	} `json:"cards"`
	EscalateAt *int `json:"escalate_at"`
}

// party takes the names that people write for who speaks.
func party(who string) call.Party {
	switch strings.ToLower(who) {
	case "caller", "customer", "user", "client":
		return call.Caller
	case "bot", "assistant", "system":
		return call.Bot
	default:
		return call.Agent
	}
}

// at is seconds as an offset.
func at(s float64) call.Offset { return call.Offset(s * float64(time.Second)) }

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

// readDialogues reads dir/dialogues.jsonl.
func readDialogues(dir string) ([]dialogue, error) {
	path := filepath.Join(dir, "dialogues.jsonl")
	if err := cli.Files(path); err != nil {
		return nil, err
	}
	var out []dialogue
	err := lines(path, func(line []byte) error {
		var d dialogue
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		if len(d.Turns) == 0 {
			return fmt.Errorf("has no turns")
		}
		for _, c := range d.Cards {
			if c.Turn < 0 || c.Turn >= len(d.Turns) {
				return fmt.Errorf("has a card at turn %d, the turns are 0 to %d", c.Turn, len(d.Turns)-1)
			}
		}
		if e := d.EscalateAt; e != nil && (*e < 0 || *e >= len(d.Turns)) {
			return fmt.Errorf("has escalate_at %d, the turns are 0 to %d", *e, len(d.Turns)-1)
		}
		if d.Lang == "" {
			d.Lang = knowledge.Language(d.Turns[0].Text)
		}
		out = append(out, d)
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("read %s: no dialogues; each line is {\"id\",\"lang\",\"turns\",\"cards\",\"escalate_at\"}", path)
	}
	return out, err
}

// readCorpus reads dir/kb.jsonl; each entry speaks the language of its text.
func readCorpus(dir string) ([]knowledge.Entry, error) {
	path := filepath.Join(dir, "kb.jsonl")
	if err := cli.Files(path); err != nil {
		return nil, err
	}
	var out []knowledge.Entry
	seen := map[string]bool{}
	err := lines(path, func(line []byte) error {
		var v struct {
			ID       looseID `json:"id"`
			Text     string  `json:"text"`
			Question string  `json:"question"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		switch id := string(v.ID); {
		case id == "":
			return fmt.Errorf("has no id")
		case seen[id]:
			return fmt.Errorf("id %q is used twice", id)
		case strings.TrimSpace(v.Text) == "" && strings.TrimSpace(v.Question) == "":
			return fmt.Errorf("has neither text nor question")
		default:
			seen[id] = true
			out = append(out, knowledge.Entry{
				ID: id, Question: strings.TrimSpace(v.Question), Answer: strings.TrimSpace(v.Text), Lang: knowledge.Language(v.Question + " " + v.Text),
			})
			return nil
		}
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("read %s: no entries; each line is {\"id\",\"text\"}", path)
	}
	return out, err
}

// lines calls f with each line that is not blank and says in which line f failed.
func lines(path string, f func(line []byte) error) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(raw, []byte{0xEF, 0xBB, 0xBF})) {
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
