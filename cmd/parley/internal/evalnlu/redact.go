package evalnlu

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/nlu/redact"
)

// NewRedact returns "eval redact".
func NewRedact(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "redact FILE.jsonl", Short: "Measure what is masked and what is not",
		Long: `Measures on FILE.jsonl, one object per line: "text", and "secrets", the parts of the text that must not remain
(empty: nothing may be masked). "lang" (en or zh) may be given.

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

func evalRedact(raw []byte) ([]figure, error) {
	texts, secrets, masked, clean, plain, spansAll, spansRight := 0, 0, 0, 0, 0, 0, 0
	sc := bufio.NewScanner(bytes.NewReader(raw))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		var l struct {
			Text    string   `json:"text"`
			Lang    string   `json:"lang"`
			Secrets []string `json:"secrets"`
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		texts++
		out, spans := redact.Text(l.Text, l.Lang)
		spansAll += len(spans)
		touched := make([]bool, len(spans))
		for _, s := range l.Secrets {
			start := strings.Index(l.Text, s)
			if start < 0 || s == "" {
				return nil, fmt.Errorf("line %d: secret %q is not in the text", n, s)
			}
			secrets++
			left := len(s)
			for i, p := range spans {
				if a, b := max(start, p.Start), min(start+len(s), p.End); b > a {
					left -= b - a
					touched[i] = true
				}
			}
			if left <= 3 {
				masked++
			}
		}
		for _, t := range touched {
			if t {
				spansRight++
			}
		}
		if len(l.Secrets) == 0 {
			plain++
			if out == l.Text {
				clean++
			}
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if texts == 0 {
		return nil, fmt.Errorf("line 1: there are no texts")
	}
	return []figure{
		{"texts", float64(texts)}, {"secrets", float64(secrets)}, {"recall", share(masked, secrets)}, {"leaked", float64(secrets - masked)},
		{"clean", share(clean, plain)}, {"precision", share(spansRight, spansAll)},
	}, nil
}
