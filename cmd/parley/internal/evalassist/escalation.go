package evalassist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
)

// late is how many turns after the labelled one a firing still counts: the caller's next turn.
const late = 2

// early is how many turns before the labelled one a right firing is counted as early, too.
const early = 4

// NewEscalation returns "parley eval escalation".
func NewEscalation(env *cli.Env) *cobra.Command {
	var files []string
	var wordsOnly bool
	cmd := &cobra.Command{
		Use: "escalation DIR", Short: "Measure when calls are handed to a person",
		Long: `Play DIR/dialogues.jsonl to the escalation rules. Each line is {"id","lang","turns":[{"who","text","start_s","end_s"}],
"escalate_at"}: the turn (counted from 0) at which a good supervisor would have been called, or null for never.

A dialogue is fired on when a rule hands it over; its first firing counts. The firing is right when the dialogue has an
escalate_at and the firing is at most ` + fmt.Sprint(late) + ` turns after it (that is by the caller's next turn).
precision: right firings among the dialogues fired on. recall: right firings among the dialogues with an escalate_at.
lead_turns: mean of escalate_at minus the turn of firing, over the right firings; above 0 is early. early: right firings
more than ` + fmt.Sprint(early) + ` turns ahead, which some would call hasty.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runEscalation(cmd.Context(), env, args[0], files, wordsOnly)
		},
	}
	cmd.Flags().StringArrayVar(&files, "rules", nil, "rule file to measure instead of the built-in escalation rules; can be repeated")
	cmd.Flags().BoolVar(&wordsOnly, "words-only", false, "do not judge meaning, which needs the embedding models")
	return cmd
}

// escalation is what is printed.
type escalation struct {
	Precision float64   `json:"precision"`
	Recall    float64   `json:"recall"`
	LeadTurns float64   `json:"lead_turns"`
	Dialogues int       `json:"dialogues"`
	Labelled  int       `json:"labelled"`
	Fired     int       `json:"fired"`
	Right     int       `json:"right"`
	TooLate   int       `json:"too_late"`
	Early     int       `json:"early"`
	Wrong     []verdict `json:"wrong"`
	Soon      []verdict `json:"soon"` // right, but early
}

// verdict is a dialogue that went wrong.
type verdict struct {
	ID         string `json:"id"`
	EscalateAt *int   `json:"escalate_at"`
	FiredAt    *int   `json:"fired_at"`
	Rule       string `json:"rule,omitempty"`
	Quote      string `json:"quote,omitempty"`
}

// loadRules compiles the files, or the built-in escalation rules when there are none.
func loadRules(files []string) (*rules.Set, error) {
	if len(files) == 0 {
		return rules.Escalation()
	}
	var raws [][]byte
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w: check the path", err)
		}
		raws = append(raws, raw)
	}
	return rules.Compile(raws...)
}

func runEscalation(ctx context.Context, env *cli.Env, dir string, files []string, wordsOnly bool) error {
	dialogues, err := readDialogues(dir)
	if err != nil {
		return err
	}
	set, err := loadRules(files)
	if err != nil {
		return err
	}
	res := escalation{Dialogues: len(dialogues), Wrong: []verdict{}, Soon: []verdict{}}
	var models knowledgecmd.Embedders
	if !wordsOnly {
		if models, err = knowledgecmd.OpenEmbedders(env, "en", "zh"); err != nil {
			return err
		}
		defer models.Close()
	}
	ears := judging.NewEars(models)
	lead := 0
	for _, d := range dialogues {
		first, err := play(ctx, set, ears.Listener(), d)
		if err != nil {
			return fmt.Errorf("dialogue %s: %w", d.ID, err)
		}
		lead += res.judge(d, first)
	}
	res.Precision, res.Recall = share(res.Right, res.Fired), share(res.Right, res.Labelled)
	if res.Right > 0 {
		res.LeadTurns = float64(lead) / float64(res.Right)
	}
	return env.Print(res, func(w io.Writer) { showEscalation(w, res) })
}

// play returns the first firing that hands the call over, nil for none.
func play(ctx context.Context, set *rules.Set, hear *listen.Listener, d dialogue) (*rules.Firing, error) {
	session := set.Session()
	var first *rules.Firing
	for i, t := range d.Turns {
		turn := rules.Turn{N: i, Who: party(t.Who), Text: t.Text, Lang: d.Lang, Start: at(t.Start), End: at(t.End)}
		if err := hear.Turn(ctx, &turn); err != nil {
			return nil, err
		}
		fired := session.Feed(turn)
		if i == len(d.Turns)-1 { // nobody replies to it
			fired = append(fired, session.Lapse(turn)...)
		}
		for _, f := range fired {
			if first == nil && f.Escalates() {
				first = &f
			}
		}
	}
	if err := session.Err(); err != nil {
		return nil, errors.Join(errors.New("a rule could not be evaluated"), err)
	}
	return first, nil
}

// judge counts one dialogue and returns the lead of a right firing.
func (e *escalation) judge(d dialogue, first *rules.Firing) int {
	v := verdict{ID: string(d.ID), EscalateAt: d.EscalateAt}
	if d.EscalateAt != nil {
		e.Labelled++
	}
	if first == nil {
		if d.EscalateAt != nil {
			e.Wrong = append(e.Wrong, v)
		}
		return 0
	}
	e.Fired++
	v.FiredAt, v.Rule = &first.Turn, first.Rule
	if len(first.Reasons) > 0 {
		v.Quote = first.Reasons[0].Quote
	}
	switch {
	case d.EscalateAt == nil:
		e.Wrong = append(e.Wrong, v)
	case first.Turn > *d.EscalateAt+late:
		e.TooLate++
		e.Wrong = append(e.Wrong, v)
	default:
		e.Right++
		if *d.EscalateAt-first.Turn > early {
			e.Early++
			e.Soon = append(e.Soon, v)
		}
		return *d.EscalateAt - first.Turn
	}
	return 0
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

func showEscalation(w io.Writer, r escalation) {
	fmt.Fprintf(w, "%d dialogues, %d to be handed over; fired on %d, right %d (%d of them early), too late %d\n", r.Dialogues, r.Labelled, r.Fired, r.Right, r.Early, r.TooLate)
	fmt.Fprintf(w, "precision %.3f, recall %.3f, lead %.2f turns\n", r.Precision, r.Recall, r.LeadTurns)
	for _, v := range r.Wrong {
		fmt.Fprintf(w, "  %s: should be %s, fired %s %s %q\n", v.ID, turnOf(v.EscalateAt), turnOf(v.FiredAt), v.Rule, v.Quote)
	}
	for _, v := range r.Soon {
		fmt.Fprintf(w, "  %s: early, should be %s, fired %s %s %q\n", v.ID, turnOf(v.EscalateAt), turnOf(v.FiredAt), v.Rule, v.Quote)
	}
}

func turnOf(n *int) string {
	if n == nil {
		return "never"
	}
	return fmt.Sprintf("at turn %d", *n)
}
