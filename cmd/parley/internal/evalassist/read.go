// Package evalassist is "parley eval assist" and "parley eval escalation": it plays written dialogues to the engines of
// the agent desk and measures which cards they would have shown and when they would have called a person.
package evalassist

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/evalset"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// dialogue is one line of dialogues.jsonl. Turns are counted from 0.
type dialogue struct {
	ID    evalset.ID `json:"id"`
	Lang  string     `json:"lang"`
	Turns []struct {
		Who   string  `json:"who"`
		Text  string  `json:"text"`
		Start float64 `json:"start_s"`
		End   float64 `json:"end_s"`
	} `json:"turns"`
	Cards []struct {
		Turn     int          `json:"turn"`
		Relevant []evalset.ID `json:"relevant"`
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

// readDialogues reads dir/dialogues.jsonl.
func readDialogues(dir string) ([]dialogue, error) {
	path := filepath.Join(dir, "dialogues.jsonl")
	if err := cli.Files(path); err != nil {
		return nil, err
	}
	var out []dialogue
	err := evalset.Lines(path, func(line []byte) error {
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
	return evalset.Entries(path)
}
