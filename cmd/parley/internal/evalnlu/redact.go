package evalnlu

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// NewRedact returns "eval redact".
func NewRedact(env *cli.Env) *cobra.Command {
	var peers []string
	var misses, rules bool
	var parts map[string]string
	cmd := &cobra.Command{
		Use: "redact FILE.jsonl", Short: "Measure what is masked and what is not",
		Long: `Measures on FILE.jsonl, one object per line: "text", and "secrets", the parts of the text that must not remain
(empty: nothing may be masked). "lang" (en or zh) may be given. A conversation has "turns" instead of "text", each with
"who" (caller, bot or agent), "text" and "secrets" of its own, and is masked as a call is: what was asked for, or was
announced at the end of the turn before, is known.

recall: share of the secrets of which nothing longer than 3 characters remains in its place; leaked: how many remain;
clean: share of the texts without secrets that came through unchanged; precision: share of the masked parts that touch a
secret; model: 1 when the embedding models helped the rules, as in a call, 0 when they are not there or --rules was given.

--peer presidio has presidio-analyzer find what is personal in the same lines, each turn with the one before as its
context, and judges that in the same way (presidio_recall and so on). It is installed into the data folder by pip the
first time and runs as a program of its own. --misses prints each part that remained and each that was masked in vain.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if i := slices.IndexFunc(peers, func(p string) bool { return p != presidio }); i >= 0 {
				return cli.Usagef("eval redact: peer %q is not known, %s is", peers[i], presidio)
			}
			in, err := env.Open(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			items, err := readItems(in, args[0])
			if err != nil {
				return err
			}
			c := maskCount{}
			if misses {
				c.out = env.Err
			}
			sense, done, err := senseOf(env, rules, parts)
			if err != nil {
				return err
			}
			defer done()
			figures := c.all(items, masks(items, sense))
			figures = append(figures, figure{"model", map[bool]float64{true: 1}[sense != nil]})
			if len(peers) > 0 {
				theirs, err := presidioFigures(cmd.Context(), env, items)
				if err != nil {
					return err
				}
				figures = append(figures, theirs...)
			}
			return printFigures(env, figures)
		},
	}
	cmd.Flags().StringSliceVar(&peers, "peer", nil, "measure this beside it: presidio")
	cmd.Flags().BoolVar(&rules, "rules", false, "the rules alone, without the embedding models")
	cmd.Flags().StringToStringVar(&parts, "part", nil, "what was learnt for a language in place of what is built in, as en=FILE.onnxpart")
	cmd.Flags().BoolVar(&misses, "misses", false, "print what remained and what was masked in vain")
	return cmd
}

// presidioFigures are those of Presidio over the same items.
func presidioFigures(ctx context.Context, env *cli.Env, items []item) (out []figure, err error) {
	found, err := askPresidio(ctx, env, items)
	if err != nil {
		return nil, err
	}
	var c maskCount
	for _, f := range c.all(items, found) {
		if f.name != "texts" && f.name != "secrets" {
			out = append(out, figure{presidio + "_" + f.name, f.value})
		}
	}
	return out, nil
}

// turn is one text to be masked.
type turn struct {
	Who     call.Party `json:"who"`
	Text    string     `json:"text"`
	Secrets []string   `json:"secrets"`
}

// item is a line of the file: a text alone, or a conversation.
type item struct {
	lang  string
	turns []turn
}

// part is a stretch of a text, in bytes.
type part struct{ start, end int }

// readItems reads the file called name and holds every secret against its text.
func readItems(in io.Reader, name string) ([]item, error) {
	var out []item
	err := cli.Lines(in, name, func(line []byte) error {
		var l struct {
			turn
			Lang  string `json:"lang"`
			Turns []turn `json:"turns"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		it := item{lang: l.Lang, turns: l.Turns}
		if l.Turns == nil {
			it.turns = []turn{l.turn}
		}
		for _, t := range it.turns {
			if _, err := secretParts(t); err != nil {
				return err
			}
		}
		out = append(out, it)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no texts", name)
	}
	return out, nil
}

// secretParts finds the secrets in the text; one that is given twice is looked for behind its first place.
func secretParts(t turn) ([]part, error) {
	var out []part
	from := map[string]int{}
	for _, s := range t.Secrets {
		start := strings.Index(t.Text[from[s]:], s)
		if start < 0 || s == "" {
			return nil, fmt.Errorf("secret %q is not in the text", s)
		}
		start += from[s]
		from[s] = start + len(s)
		out = append(out, part{start, start + len(s)})
	}
	return out, nil
}

// senseOf loads the embedding models for masking, unless rules alone are wanted or the models are not there. files are parts by
// language in place of the built-in ones. done frees the models.
func senseOf(env *cli.Env, rules bool, files map[string]string) (sense *redact.Sense, done func(), err error) {
	parts := map[string][]byte{}
	for lang, name := range files {
		if parts[lang], err = os.ReadFile(name); err != nil {
			return nil, nil, err
		}
	}
	if rules {
		return nil, func() {}, nil
	}
	embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
	if err != nil {
		fmt.Fprintf(env.Err, "the rules alone: %v\n", err)
		return nil, func() {}, nil
	}
	done = func() {
		if err := embedders.Close(); err != nil {
			fmt.Fprintf(env.Err, "close the models: %v\n", err)
		}
	}
	if sense, err = embedders.Sense(parts); err != nil {
		done()
		return nil, nil, err
	}
	return sense, done, nil
}

// masks has each item masked as a call is, and returns what of each turn was.
func masks(items []item, sense *redact.Sense) [][][]part {
	out := make([][][]part, len(items))
	for i, it := range items {
		s := redact.Session{Sense: sense}
		for _, t := range it.turns {
			masked, spans := s.Text(t.Who, t.Text)
			s.Heard(t.Who, masked)
			var ps []part
			for _, p := range spans {
				ps = append(ps, part{p.Start, p.End})
			}
			out[i] = append(out[i], ps)
		}
	}
	return out
}

// maskCount counts what was masked.
type maskCount struct {
	texts, secrets, masked, plain, clean, spans, spansRight int
	out                                                     io.Writer // where misses are told; nil: nowhere
}

func (c *maskCount) all(items []item, found [][][]part) []figure {
	for i, it := range items {
		for j, t := range it.turns {
			c.judge(t, found[i][j])
		}
	}
	return []figure{
		{"texts", float64(c.texts)}, {"secrets", float64(c.secrets)}, {"recall", share(c.masked, c.secrets)},
		{"leaked", float64(c.secrets - c.masked)}, {"clean", share(c.clean, c.plain)}, {"precision", share(c.spansRight, c.spans)},
	}
}

// judge counts what became of the secrets of one text.
func (c *maskCount) judge(t turn, spans []part) {
	c.texts++
	c.spans += len(spans)
	secrets, _ := secretParts(t) // held against the text when it was read
	touched := map[int]bool{}
	for _, s := range secrets {
		c.secrets++
		left := s.end - s.start
		for i, p := range spans {
			if a, b := max(s.start, p.start), min(s.end, p.end); b > a {
				left -= b - a
				touched[i] = true
			}
		}
		if left <= 3 {
			c.masked++
		} else {
			c.tell("remained", t.Text, s)
		}
	}
	for i, p := range spans {
		if !touched[i] {
			c.tell("in vain", t.Text, p)
		}
	}
	c.spansRight += len(touched)
	if len(t.Secrets) == 0 {
		c.plain++
		if !slices.ContainsFunc(spans, func(p part) bool { return p.end > p.start }) {
			c.clean++
		}
	}
}

func (c *maskCount) tell(what, text string, p part) {
	if c.out != nil {
		fmt.Fprintf(c.out, "%s: %s«%s»%s\n", what, text[:p.start], text[p.start:p.end], text[p.end:])
	}
}
