// Package evalquality is "parley eval quality": how often the machine's scorecards agree with people's.
package evalquality

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu"
)

// result is what the command prints.
type result struct {
	Kappa         float64    `json:"kappa"`
	Agreement     float64    `json:"agreement"`
	FailPrecision float64    `json:"fail_precision"`
	FailRecall    float64    `json:"fail_recall"`
	FailCalls     failCalls  `json:"fail_calls"`
	CannotTell    float64    `json:"cannot_tell"`
	Answers       int        `json:"answers"`
	Calls         int        `json:"calls"`
	Rater         string     `json:"rater"`
	Raters        []pairing  `json:"raters"`
	Questions     []perQ     `json:"questions"`
	Untranscribed []string   `json:"untranscribed"`
	P50MS         float64    `json:"p50_ms"`
	MaxMS         float64    `json:"max_ms"`
	Wrong         []mismatch `json:"wrong,omitempty"`

	Cards []quality.Card `json:"cards,omitempty"`
}

// failCalls are the automatic fails counted by call.
type failCalls struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	Machine   int     `json:"machine"`
	Person    int     `json:"person"`
}

// pairing is how two people agree.
type pairing struct {
	First     string  `json:"first"`
	Second    string  `json:"second"`
	N         int     `json:"n"`
	Kappa     float64 `json:"kappa"`
	Agreement float64 `json:"agreement"`
}

// perQ is one question's figures. Confusion counts by the person's answer, then the machine's.
type perQ struct {
	ID        string                                  `json:"id"`
	Type      string                                  `json:"type"`
	Asks      string                                  `json:"asks"`  // what it was understood to ask for, "" for what its own words say
	Fails     bool                                    `json:"fails"` // the bad answer fails the call
	N         int                                     `json:"n"`
	Agreement float64                                 `json:"agreement"`
	Kappa     float64                                 `json:"kappa"`
	WithinOne *float64                                `json:"within_one,omitempty"` // of a scale: share of answers at most one level apart
	Confusion map[quality.Value]map[quality.Value]int `json:"confusion"`
}

// mismatch is an answer in which person and machine differ.
type mismatch struct {
	Call     string        `json:"call"`
	Question string        `json:"question"`
	Person   quality.Value `json:"person"`
	Machine  quality.Value `json:"machine"`
	By       string        `json:"by"`
	Why      string        `json:"why"`
	Turn     int           `json:"turn"` // -1: none
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var show shown
	var wording bool
	cmd := &cobra.Command{
		Use: "quality DIR", Short: "Measure how well calls are judged",
		Long: `Judges the calls of DIR by its form and compares with the answers of people. DIR holds form.yaml, calls/ID.json
or calls/ID.wav (also .flac) and answers.tsv (header: call, question, answer, rater). Sound without turns in a .json beside
it is transcribed first, with two channels as caller and agent; of a call in one channel nobody can tell who speaks, so
every answer is cannot_tell. An answer is yes, no, na or cannot_tell; of a scale the key of a level, of several options
their keys with commas between, or none: these count as right when they are the same, and within_one tells how often the
levels of a scale are at most one apart.

kappa, agreement: machine and first rater over all questions; fail_precision, fail_recall: over the answers to questions
with auto_fail, fail_calls the same by call; cannot_tell: share of the machine's answers; raters: people among
themselves; p50_ms, max_ms: per call.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), env, args[0], show, wording) },
	}
	cmd.Flags().BoolVar(&show.cards, "cards", false, "print every answer with what it rests on (with --json)")
	cmd.Flags().BoolVar(&show.table, "table", false, "print the figures of each question as a table in Markdown, with what is answered wrongly")
	cmd.Flags().BoolVar(&show.wrong, "wrong", false, "list the answers in which the machine and the first rater differ")
	cmd.Flags().BoolVar(&wording, "wording", false, "judge by wording alone, without embedding models")
	return cmd
}

// shown is what is printed beside the figures.
type shown struct{ wrong, cards, table bool }

func run(ctx context.Context, env *cli.Env, dir string, show shown, wording bool) (err error) {
	if err := cli.Files(filepath.Join(dir, "form.yaml"), filepath.Join(dir, "answers.tsv"), filepath.Join(dir, "calls")); err != nil {
		return err
	}
	set, err := quality.ReadSet(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for _, p := range set.Unknown {
		env.Infof("form.yaml, %v: not used", p)
	}
	left, err := hear(ctx, env, dir, set)
	if err != nil {
		return err
	}
	if len(set.Calls) == 0 {
		return errors.New("none of the calls has a transcript, and none could be made: run parley models pull")
	}
	var models knowledgecmd.Embedders
	if !wording {
		if models, err = knowledgecmd.OpenEmbedders(env, languages(set)...); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, models.Close()) }()
	}
	scorer := judging.Scorer(models, nil)
	if set.Form, err = scorer.Understand(ctx, set.Form); err != nil {
		return err
	}
	r, err := measure(ctx, scorer, set)
	if err != nil {
		return err
	}
	r.Untranscribed = left
	if !show.wrong {
		r.Wrong = nil
	}
	if !show.cards {
		r.Cards = nil
	}
	return env.Print(r, func(w io.Writer) {
		if show.table {
			table(w, filepath.Base(filepath.Clean(dir)), r)
			return
		}
		print(w, r)
	})
}

// languages are those of the calls, and those in which the form asks: it is read in all of them, as a node does.
func languages(set *quality.Set) []string {
	var out []string
	add := func(lang string) {
		if !slices.Contains(out, lang) {
			out = append(out, lang)
		}
	}
	for _, c := range set.Calls {
		lang := c.Lang
		if lang != "en" && lang != "zh" {
			lang = "en"
			if len(c.Turns) > 0 {
				lang = nlu.Language(c.Turns[0].Text, "en")
			}
		}
		add(lang)
	}
	for _, q := range set.Form.Questions {
		if q.TextEn != "" {
			add("en")
		}
		if q.TextZh != "" {
			add("zh")
		}
	}
	return out
}

// key is one answer's place.
type key struct{ call, question string }

func measure(ctx context.Context, s *quality.Scorer, set *quality.Set) (result, error) {
	cards, all := map[string]quality.Card{}, []quality.Card{}
	var ms []float64
	tell, answers := 0, 0
	for _, c := range set.Calls {
		began := time.Now()
		card, err := s.Judge(ctx, set.Form, c)
		if errors.Is(err, quality.ErrNoTurns) {
			card = silent(set.Form, c.ID)
		} else if err != nil {
			return result{}, err
		}
		ms = append(ms, float64(time.Since(began).Microseconds())/1000)
		all = append(all, card)
	}
	others := slices.Clone(all[:min(len(all), quality.MostBeside+1)])
	for i := range all {
		var err error
		if all[i], err = set.Form.Beside(all[i], others); err != nil {
			return result{}, err
		}
		cards[all[i].Call] = all[i]
		for _, a := range all[i].Answers {
			answers++
			if a.Value == quality.CannotTell {
				tell++
			}
		}
	}
	slices.Sort(ms)
	r := compare(set, cards)
	r.CannotTell, r.Calls, r.Cards = share(tell, answers), len(set.Calls), all
	r.P50MS, r.MaxMS = ms[len(ms)/2], ms[len(ms)-1]
	return r, nil
}

// silent is the card of a call in which nobody spoke: nobody can tell anything.
func silent(f *quality.Form, id string) quality.Card {
	var answers []quality.Answer
	for _, q := range f.Questions {
		answers = append(answers, quality.Answer{Question: q.ID, Value: quality.CannotTell, By: "absence", Why: "the call is empty", Evidence: []quality.Evidence{}})
	}
	return quality.NewCard(f, id, answers)
}

// compare counts people's answers against the machine's.
func compare(set *quality.Set, cards map[string]quality.Card) result {
	r := result{Rater: set.Labels[0].Rater, Raters: raters(set.Labels)}
	var all quality.Agreement
	per, near := map[string]*quality.Agreement{}, map[string][2]int{}
	var answers, calls fails
	failedBy := map[string]*[2]bool{}
	for _, l := range set.Labels {
		card, ok := cards[l.Call]
		if l.Rater != r.Rater || !ok {
			continue
		}
		at := slices.IndexFunc(card.Answers, func(a quality.Answer) bool { return a.Question == l.Question })
		a, q := card.Answers[at], set.Form.Question(l.Question)
		all.Add(l.Answer, a.Value)
		if per[l.Question] == nil {
			per[l.Question] = &quality.Agreement{}
		}
		per[l.Question].Add(l.Answer, a.Value)
		if a.Value != l.Answer {
			turn := -1
			if len(a.Evidence) > 0 {
				turn = a.Evidence[0].Turn
			}
			r.Wrong = append(r.Wrong, mismatch{l.Call, l.Question, l.Answer, a.Value, a.By, a.Why, turn})
		}
		if d, ok := q.Distance(l.Answer, a.Value); ok {
			n := near[l.Question]
			near[l.Question] = [2]int{n[0] + btoi(d <= 1), n[1] + 1}
		}
		if q.CanFail() {
			if failedBy[l.Call] == nil {
				failedBy[l.Call] = &[2]bool{}
			}
			person, machine := q.Fails(l.Answer), q.Fails(a.Value)
			answers.add(person, machine)
			failedBy[l.Call][0] = failedBy[l.Call][0] || person
			failedBy[l.Call][1] = failedBy[l.Call][1] || machine
		}
	}
	for _, f := range failedBy {
		calls.add(f[0], f[1])
	}
	r.Kappa, r.Agreement, r.Answers = all.Kappa(), all.Share(), all.N
	r.FailPrecision, r.FailRecall = answers.precision(), answers.recall()
	r.FailCalls = failCalls{calls.precision(), calls.recall(), calls.machine, calls.person}
	r.Questions = []perQ{}
	for _, q := range set.Form.Questions {
		if a := per[q.ID]; a != nil {
			one := perQ{q.ID, q.Kind(), q.Asks(), q.CanFail(), a.N, a.Share(), a.Kappa(), nil, a.Confusion()}
			if n := near[q.ID]; n[1] > 0 {
				within := share(n[0], n[1])
				one.WithinOne = &within
			}
			r.Questions = append(r.Questions, one)
		}
	}
	return r
}

// raters pairs every two people who answered the same.
func raters(labels []quality.Label) []pairing {
	var names []string
	by := map[string]map[key]quality.Value{}
	for _, l := range labels {
		if by[l.Rater] == nil {
			by[l.Rater] = map[key]quality.Value{}
			names = append(names, l.Rater)
		}
		by[l.Rater][key{l.Call, l.Question}] = l.Answer
	}
	out := []pairing{}
	for i, a := range names {
		for _, b := range names[i+1:] {
			var g quality.Agreement
			for k, v := range by[a] {
				if w, ok := by[b][k]; ok {
					g.Add(v, w)
				}
			}
			if g.N > 0 {
				out = append(out, pairing{a, b, g.N, g.Kappa(), g.Share()})
			}
		}
	}
	return out
}

// fails counts automatic fails.
type fails struct{ both, machine, person int }

func (f *fails) add(person, machine bool) {
	if person {
		f.person++
	}
	if machine {
		f.machine++
	}
	if person && machine {
		f.both++
	}
}

// precision is 1 when the machine failed nothing: nothing was failed wrongly.
func (f *fails) precision() float64 {
	if f.machine == 0 {
		return 1
	}
	return share(f.both, f.machine)
}

func (f *fails) recall() float64 {
	if f.person == 0 {
		return 1
	}
	return share(f.both, f.person)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

func print(w io.Writer, r result) {
	fmt.Fprintf(w, "kappa: %.3f\nagreement: %.3f\nfail_precision: %.3f\nfail_recall: %.3f\ncannot_tell: %.3f\nanswers: %d in %d calls, rater %s\n", r.Kappa, r.Agreement, r.FailPrecision, r.FailRecall, r.CannotTell, r.Answers, r.Calls, r.Rater)
	fmt.Fprintf(w, "fails by call: precision %.3f, recall %.3f (machine %d, person %d)\n", r.FailCalls.Precision, r.FailCalls.Recall, r.FailCalls.Machine, r.FailCalls.Person)
	fmt.Fprintf(w, "p50_ms: %.1f, max_ms: %.1f\n", r.P50MS, r.MaxMS)
	for _, p := range r.Raters {
		fmt.Fprintf(w, "%s and %s: kappa %.3f, agreement %.3f, %d answers\n", p.First, p.Second, p.Kappa, p.Agreement, p.N)
	}
	for _, q := range r.Questions {
		fmt.Fprintf(w, "%-20s n %3d  agreement %.3f  kappa %6.3f\n", q.ID, q.N, q.Agreement, q.Kappa)
	}
	for _, m := range r.Wrong {
		fmt.Fprintf(w, "%s %s: person %s, machine %s (%s: %s; turn %d)\n", m.Call, m.Question, m.Person, m.Machine, m.By, m.Why, m.Turn)
	}
}
