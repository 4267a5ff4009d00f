package evalnlu

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// NewRedact returns "eval redact".
func NewRedact(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "redact FILE.jsonl", Short: "Measure what is masked and what is not",
		Long: `Measures on FILE.jsonl, one object per line: "text", and "secrets", the parts of the text that must not remain
(empty: nothing may be masked). "lang" (en or zh) may be given. A conversation has "turns" instead of "text", each with
"who" (caller, bot or agent), "text" and "secrets" of its own, and is masked as a call is: what was asked for, or was
announced at the end of the turn before, is known.

recall: share of the secrets of which nothing longer than 3 characters remains in its place; leaked: how many remain;
clean: share of the texts without secrets that came through unchanged; precision: share of the masked parts that touch a
secret.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := cli.Files(args...); err != nil {
				return err
			}
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			figures, err := evalRedact(raw)
			if err != nil {
				return fmt.Errorf("%s, %w", args[0], err)
			}
			return printFigures(env, figures)
		},
	}
}

// maskCount counts what was masked.
type maskCount struct {
	texts, secrets, masked, plain, clean, spans, spansRight int
}

func evalRedact(raw []byte) ([]figure, error) {
	var c maskCount
	sc := bufio.NewScanner(bytes.NewReader(raw))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		if err := c.line(sc.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if c.texts == 0 {
		return nil, errors.New("line 1: there are no texts")
	}
	return []figure{
		{"texts", float64(c.texts)}, {"secrets", float64(c.secrets)}, {"recall", share(c.masked, c.secrets)},
		{"leaked", float64(c.secrets - c.masked)}, {"clean", share(c.clean, c.plain)}, {"precision", share(c.spansRight, c.spans)},
	}, nil
}

// turn is one text to be masked.
type turn struct {
	Who     call.Party `json:"who"`
	Text    string     `json:"text"`
	Secrets []string   `json:"secrets"`
}

// line judges one line of the file.
func (c *maskCount) line(raw []byte) error {
	var l struct {
		turn
		Lang  string `json:"lang"`
		Turns []turn `json:"turns"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	if l.Turns == nil {
		out, spans := redact.Text(l.Text, l.Lang)
		return c.judge(l.turn, out, spans)
	}
	var s redact.Session
	for _, t := range l.Turns {
		out, spans := s.Text(t.Who, t.Text)
		s.Heard(t.Who, t.Text)
		if err := c.judge(t, out, spans); err != nil {
			return err
		}
	}
	return nil
}

// judge counts what became of the secrets of one text.
func (c *maskCount) judge(t turn, out string, spans []redact.Span) error {
	c.texts++
	c.spans += len(spans)
	touched := map[int]bool{}
	from := map[string]int{} // the same secret said twice is looked for behind its first place
	for _, s := range t.Secrets {
		start := strings.Index(t.Text[from[s]:], s)
		if start < 0 || s == "" {
			return fmt.Errorf("secret %q is not in the text", s)
		}
		start += from[s]
		from[s] = start + len(s)
		c.secrets++
		left := len(s)
		for i, p := range spans {
			if a, b := max(start, p.Start), min(start+len(s), p.End); b > a {
				left -= b - a
				touched[i] = true
			}
		}
		if left <= 3 {
			c.masked++
		}
	}
	c.spansRight += len(touched)
	if len(t.Secrets) == 0 {
		c.plain++
		if out == t.Text {
			c.clean++
		}
	}
	return nil
}
