package evalassist

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/evalset"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// seen is how many cards of the column count as seen.
const seen = 3

// NewAssist returns "parley eval assist".
func NewAssist(env *cli.Env) *cobra.Command {
	var opt cards.Options
	cmd := &cobra.Command{
		Use: "assist DIR", Short: "Measure which cards an agent would have seen",
		Long: `Play DIR/dialogues.jsonl to the chooser of cards over the entries of DIR/kb.jsonl ({"id","text"} with an optional
"question"). Each dialogue is {"id","lang","turns":[{"who","text","start_s","end_s"}],"cards":[{"turn","relevant":[ids]}]};
turns are counted from 0.

The cards lie in a column, newest first: those a turn brings on top, in their order; one that is needed again is raised
instead of being pushed a second time; after 90 s a card is gone.
right_top1, right_top3: share of the labelled turns after which a relevant entry is the first card of the column, or one
of the first three. pushed_top3: the same among the cards that the turn itself pushes, which misses what lies there already.
cards_per_minute: cards pushed over the length of the dialogues, of which those shorter than a minute tell little;
most_in_a_minute: the most that were pushed within any 60 s of a dialogue. repeats: share of the cards that had been pushed before.
raised: cards raised. unasked_cards: share of the cards pushed at turns without a label. ms_p95: time of choosing, over
the caller's turns.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runAssist(cmd.Context(), env, args[0], opt) },
	}
	cmd.Flags().Float64Var(&opt.Bar, "bar", 0, "probability from which a card is shown (default of the desk when 0)")
	cmd.Flags().IntVar(&opt.PerMinute, "per-minute", 0, "most cards in a minute (default of the desk when 0)")
	return cmd
}

// assist is what is printed.
type assist struct {
	RightTop1      float64 `json:"right_top1"`
	RightTop3      float64 `json:"right_top3"`
	PushedTop3     float64 `json:"pushed_top3"`
	CardsPerMinute float64 `json:"cards_per_minute"`
	MostInAMinute  int     `json:"most_in_a_minute"`
	Repeats        float64 `json:"repeats"`
	UnaskedCards   float64 `json:"unasked_cards"`
	MSP95          float64 `json:"ms_p95"`
	Dialogues      int     `json:"dialogues"`
	Labels         int     `json:"labels"`
	Cards          int     `json:"cards"`
	Raised         int     `json:"raised"`
	Missed         []miss  `json:"missed"`
}

// miss is a label that no card met.
type miss struct {
	ID     string   `json:"id"`
	Turn   int      `json:"turn"`
	Text   string   `json:"text"`
	Wanted []string `json:"wanted"`
	Got    []string `json:"got"`
}

// tally adds up the dialogues.
type tally struct {
	assist
	top1, top3, pushed, repeated, unasked int
	minutes                               float64
	ms                                    []float64
}

func runAssist(ctx context.Context, env *cli.Env, dir string, opt cards.Options) error {
	dialogues, err := readDialogues(dir)
	if err != nil {
		return err
	}
	entries, err := readCorpus(dir)
	if err != nil {
		return err
	}
	embedders, err := knowledgecmd.OpenEmbedders(env, evalset.Languages(entries)...)
	if err != nil {
		return err
	}
	defer embedders.Close()
	base, err := newBase(ctx, embedders, entries)
	if err != nil {
		return err
	}
	sum := tally{assist: assist{Missed: []miss{}}}
	for _, d := range dialogues {
		if err := sum.play(ctx, base, opt, d); err != nil {
			return fmt.Errorf("dialogue %s: %w", d.ID, err)
		}
	}
	res := sum.result()
	return env.Print(res, func(w io.Writer) { showAssist(w, res) })
}

// play counts one dialogue.
func (s *tally) play(ctx context.Context, base *base, opt cards.Options, d dialogue) error {
	chooser := cards.New(base, opt)
	s.Dialogues++
	var column []cards.Card
	pushed := map[string]bool{}
	var when []float64 // of each card pushed
	for i, t := range d.Turns {
		who := party(t.Who)
		if who == call.Bot { // the column is looked at all through the dialogue, as by an agent
			who = call.Agent
		}
		began := time.Now()
		got, err := chooser.Feed(ctx, cards.Turn{N: i, Who: who, Text: t.Text, Lang: d.Lang, Start: at(t.Start), End: at(t.End)})
		if err != nil {
			return err
		}
		if who == call.Caller {
			s.ms = append(s.ms, float64(time.Since(began).Microseconds())/1000)
		}
		var fresh []cards.Card
		for _, c := range got {
			if c.Again {
				s.Raised++
				continue
			}
			fresh, when = append(fresh, c), append(when, t.End)
			if pushed[c.Entry.ID] {
				s.repeated++
			}
			pushed[c.Entry.ID] = true
		}
		s.Cards += len(fresh)
		column = onTop(column, got, at(t.End))
		labelled := false
		for _, label := range d.Cards {
			if label.Turn == i && len(label.Relevant) > 0 {
				labelled = true
				s.judge(d, i, label.Relevant, column, fresh)
			}
		}
		if !labelled {
			s.unasked += len(fresh)
		}
	}
	s.MostInAMinute = max(s.MostInAMinute, mostWithin(when, 60))
	s.minutes += max(0, d.Turns[len(d.Turns)-1].End-d.Turns[0].Start) / 60
	return nil
}

// mostWithin is the largest number of times, which are in order, within a window of seconds.
func mostWithin(when []float64, window float64) int {
	most, from := 0, 0
	for i, t := range when {
		for t-when[from] >= window {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// onTop lays cards on a column, in place of the same ones in it, and takes away what has lain there for too long.
func onTop(column, cs []cards.Card, now call.Offset) []cards.Card {
	out := slices.Clone(cs)
	for _, old := range column {
		if now-old.At <= desk.CardLife && !slices.ContainsFunc(cs, func(c cards.Card) bool { return c.Entry.ID == old.Entry.ID }) {
			out = append(out, old)
		}
	}
	return out
}

// judge compares the column, and the cards that a turn has brought, with a label.
func (s *tally) judge(d dialogue, turn int, relevant []evalset.ID, column, fresh []cards.Card) {
	s.Labels++
	right := func(c cards.Card) bool { return slices.Contains(relevant, evalset.ID(c.Entry.ID)) }
	if slices.ContainsFunc(fresh[:min(seen, len(fresh))], right) {
		s.pushed++
	}
	top := column[:min(seen, len(column))]
	if slices.ContainsFunc(top, right) {
		s.top3++
		if right(top[0]) {
			s.top1++
		}
		return
	}
	m := miss{ID: string(d.ID), Turn: turn, Text: d.Turns[turn].Text, Got: []string{}}
	for _, r := range relevant {
		m.Wanted = append(m.Wanted, string(r))
	}
	for _, c := range top {
		m.Got = append(m.Got, c.Entry.ID)
	}
	s.Missed = append(s.Missed, m)
}

func (s *tally) result() assist {
	r := s.assist
	r.RightTop1, r.RightTop3, r.PushedTop3 = share(s.top1, r.Labels), share(s.top3, r.Labels), share(s.pushed, r.Labels)
	r.Repeats, r.UnaskedCards = share(s.repeated, r.Cards), share(s.unasked, r.Cards)
	if s.minutes > 0 {
		r.CardsPerMinute = math.Round(1000*float64(r.Cards)/s.minutes) / 1000
	}
	slices.Sort(s.ms)
	if n := len(s.ms); n > 0 {
		r.MSP95 = s.ms[min(n-1, int(0.95*float64(n)))]
	}
	return r
}

func showAssist(w io.Writer, r assist) {
	fmt.Fprintf(w, "%d dialogues, %d labelled turns, %d cards\n", r.Dialogues, r.Labels, r.Cards)
	fmt.Fprintf(w, "right first %.3f, among three %.3f; %.2f cards a minute (at most %d in one), repeats %.3f, unasked %.3f; p95 %.1f ms\n",
		r.RightTop1, r.RightTop3, r.CardsPerMinute, r.MostInAMinute, r.Repeats, r.UnaskedCards, r.MSP95)
	for _, m := range r.Missed {
		fmt.Fprintf(w, "  %s turn %d: %q wants %v, got %v\n", m.ID, m.Turn, m.Text, m.Wanted, m.Got)
	}
}

// base is the knowledge in both languages.
type base struct {
	embedders knowledgecmd.Embedders
	indexes   map[string]*knowledge.Index
}

func newBase(ctx context.Context, embedders knowledgecmd.Embedders, entries []knowledge.Entry) (*base, error) {
	b := &base{embedders, map[string]*knowledge.Index{}}
	byLang := map[string][]knowledge.Item{}
	for _, e := range entries {
		vecs, err := embedders[e.Lang].Embed(ctx, []string{e.Question, e.Answer})
		if err != nil {
			return nil, fmt.Errorf("embed entry %s: %w", e.ID, err)
		}
		it := knowledge.Item{Entry: e}
		if e.Question != "" {
			it.Question = vecs[0]
		}
		if e.Answer != "" {
			it.Answer = vecs[1]
		}
		byLang[e.Lang] = append(byLang[e.Lang], it)
	}
	for lang, items := range byLang {
		b.indexes[lang] = knowledge.NewIndex(items, lang)
	}
	return b, nil
}

// Search looks in the entries of lang, or in what there is when there are none.
func (b *base) Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	ix, lang := b.indexes[a.Lang], a.Lang
	if ix == nil {
		for _, l := range slices.Sorted(maps.Keys(b.indexes)) {
			ix, lang = b.indexes[l], l
		}
	}
	q, err := knowledge.NewQuery(ctx, b.embedders[lang], knowledge.Clean(a.Text, lang))
	if err != nil {
		return nil, fmt.Errorf("embed query: %w", err)
	}
	if a.Unread {
		q.Fits = nil
	}
	return ix.Search(q, a.Most), nil
}
