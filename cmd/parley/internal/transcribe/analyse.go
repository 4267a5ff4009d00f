package transcribe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/rulescmd"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// analysis is what was made of a recording beside its words. Turns are counted from 0, as in file.Turns.
type analysis struct {
	Scores    []quality.Card `json:"scores"`
	Alerts    []alert        `json:"alerts"`
	Sentiment []feeling      `json:"sentiment"`
	Talk      talk.Figures   `json:"talk"`
	Speakers  string         `json:"speakers"` // known or unknown
	Notes     []string       `json:"notes"`    // what could not be judged, and why
	Took      took           `json:"took"`
}

// took is how long the parts of the work took, in seconds.
type took struct {
	Voice float64 `json:"voice_s"` // finding speech
	Words float64 `json:"words_s"` // recognising it
	Score float64 `json:"score_s"`
}

// alert is a rule that would have warned agent and supervisor.
type alert struct {
	Rule    string         `json:"rule"`
	Level   string         `json:"level"`
	TextEn  string         `json:"text_en"`
	TextZh  string         `json:"text_zh"`
	Turn    int            `json:"turn"`
	At      float64        `json:"at_s"`
	Reasons []rules.Reason `json:"reasons"`
}

// feeling is how a turn sounds by its words, -1 (angry, sad) to 1 (pleased).
type feeling struct {
	Turn  int        `json:"turn"`
	Who   call.Party `json:"who"`
	At    float64    `json:"at_s"`
	Value float64    `json:"value"`
}

// general is the form of those who have none.
const general = "general"

// form is a form to score by.
type form struct {
	scoring.Form

	parsed *quality.Form
	named  bool // with --form: the queue does not matter
	stored bool
}

// judge makes the analysis of recordings.
type judge struct {
	forms  []form
	rules  *rules.Set
	scorer *quality.Scorer
	ears   *judging.Ears
	queue  string
}

// openJudge reads the forms and rules. models, the caller's, are those of meaning: without them wording decides alone.
func openJudge(ctx context.Context, forms []form, f flags, models knowledgecmd.Embedders) (*judge, error) {
	names := f.rules
	if len(names) == 0 {
		names = []string{rulescmd.Builtin}
		for _, fm := range forms {
			if slices.Contains(rules.Packs(), fm.ID) {
				names = append(names, fm.ID)
			}
		}
	}
	set, err := rulescmd.Load(names...)
	if err != nil {
		return nil, err
	}
	if f.wordsOnly {
		models = nil
	}
	j := &judge{forms: forms, rules: set, scorer: judging.Scorer(models, nil), ears: judging.NewEars(models), queue: f.queue}
	for i := range forms {
		if forms[i].parsed, err = j.scorer.Understand(ctx, forms[i].parsed); err != nil {
			return nil, fmt.Errorf("form %s: %w", forms[i].ID, err)
		}
	}
	return j, nil
}

// chooseForms reads the forms named: a form in use, one to begin with, or a file. Without a name they are those in use, or
// the general one where none is.
func chooseForms(ctx context.Context, st *store.Store, named []string) ([]form, error) {
	var stored []scoring.Form
	if st != nil {
		var err error
		if stored, err = st.Scores().Forms(ctx); err != nil {
			return nil, err
		}
	}
	packs, err := scoring.Packs()
	if err != nil {
		return nil, err
	}
	var out []form
	add := func(f scoring.Form, named, kept bool) error {
		parsed, err := quality.Parse([]byte(f.YAML))
		if err != nil {
			return fmt.Errorf("form %s: %w", f.ID, err)
		}
		out = append(out, form{f, parsed, named, kept})
		return nil
	}
	for _, name := range named {
		by := func(f scoring.Form) bool { return f.ID == name }
		var err error
		if i := slices.IndexFunc(stored, by); i >= 0 {
			err = add(stored[i], true, true)
		} else if i := slices.IndexFunc(packs, by); i >= 0 {
			err = add(packs[i], true, false)
		} else if raw, readErr := os.ReadFile(name); readErr == nil {
			err = add(scoring.Form{ID: formID(name), YAML: string(raw)}, true, false)
		} else {
			err = cli.Usagef("--form %s: it is no form in use, none of %v, and no file that can be read", name, ids(packs))
		}
		if err != nil {
			return nil, err
		}
	}
	if len(named) > 0 {
		return out, nil
	}
	for _, f := range stored {
		if f.Retired {
			continue
		}
		if err := add(f, false, true); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		i := slices.IndexFunc(packs, func(f scoring.Form) bool { return f.ID == general })
		if err := add(packs[i], true, false); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func ids(forms []scoring.Form) []string {
	var out []string
	for _, f := range forms {
		out = append(out, f.ID)
	}
	return out
}

// analyse judges one recording. other is the language spoken when it is none that forms are for.
func (j *judge) analyse(ctx context.Context, f *file, figures talk.Figures, known bool, other string) (*analysis, error) {
	began := time.Now()
	a := &analysis{Scores: []quality.Card{}, Alerts: []alert{}, Sentiment: []feeling{}, Talk: figures, Speakers: "known", Notes: []string{}}
	if !known {
		a.Speakers = "unknown"
		a.Notes = append(a.Notes, "who speaks is not known in a mono recording: questions about the agent cannot be told, and rules about a speaker do not fire")
	}
	said := make([]talk.Said, 0, len(f.Turns))
	for _, t := range f.Turns {
		said = append(said, talk.Said{Who: t.Who, Text: t.Text})
	}
	a.Talk.Say(said)
	switch {
	case len(f.Turns) == 0:
		a.Notes = append(a.Notes, "nothing was said, so there is nothing to score")
	case other != "":
		a.Notes = append(a.Notes, fmt.Sprintf("the call is in another language (%s): it was written down, but neither forms, rules nor sentiment are made for it", other))
	default:
		if err := j.turns(ctx, f, a); err != nil {
			return nil, err
		}
		if err := j.score(ctx, f, a); err != nil {
			return nil, err
		}
	}
	a.Took.Score = time.Since(began).Seconds()
	return a, nil
}

// turns judges sentiment and plays the call to the rules.
func (j *judge) turns(ctx context.Context, f *file, a *analysis) error {
	c, hear := rules.Call{}, j.ears.Listener()
	for i, t := range f.Turns {
		r := rules.Turn{N: i + 1, Who: t.Who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence}
		if err := hear.Turn(ctx, &r); err != nil {
			return fmt.Errorf("understand turn %d: %w", i, err)
		}
		if t.Who != call.Caller {
			r.Sentiment = sentiment.Score(t.Text, t.Lang)
		}
		c.Turns = append(c.Turns, r)
		a.Sentiment = append(a.Sentiment, feeling{i, t.Who, t.Start.Seconds(), r.Sentiment})
	}
	fired, err := rules.Play(j.rules, c)
	if err != nil {
		return fmt.Errorf("play the call to the rules: %w", err)
	}
	for _, x := range fired {
		for _, d := range x.Do {
			if d.Kind != rules.Alert {
				continue
			}
			al := alert{x.Rule, d.Params["level"], x.TextEn, x.TextZh, x.Turn - 1, x.Start.Seconds(), slices.Clone(x.Reasons)}
			for i := range al.Reasons {
				al.Reasons[i].Turn--
			}
			a.Alerts = append(a.Alerts, al)
		}
	}
	return nil
}

// score judges the call by every form that is for it.
func (j *judge) score(ctx context.Context, f *file, a *analysis) error {
	c := quality.Call{ID: f.Path, Lang: f.Lang, Queue: j.queue, Turns: f.judged()}
	for _, fm := range j.forms {
		asked := c
		if fm.named {
			asked.Queue = ""
			if len(fm.parsed.Queues) > 0 {
				asked.Queue = fm.parsed.Queues[0]
			}
		}
		if !scoring.For(fm.parsed, asked) {
			a.Notes = append(a.Notes, fmt.Sprintf("form %s is not for language %s and queue %s", fm.ID, f.Lang, j.queue))
			continue
		}
		card, err := j.scorer.Judge(ctx, fm.parsed, c)
		if errors.Is(err, quality.ErrNoTurns) {
			continue
		}
		if err != nil {
			return err
		}
		a.Scores = append(a.Scores, card)
	}
	return nil
}
