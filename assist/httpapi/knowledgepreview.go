package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
)

// Rehearser gives a bot that knows e in place of the stored entry with its ID, and nothing else differently.
type Rehearser interface {
	Rehearse(ctx context.Context, e knowledge.Entry) (Answerer, error)
}

// Voice makes the sound of a text as callers of a base hear it: a WAV file.
type Voice interface {
	Speech(ctx context.Context, base, text, lang string) ([]byte, error)
}

type (
	previewInput struct {
		EntryPath

		Body struct {
			Question string          `json:"question" minLength:"1" maxLength:"500"`
			Similar  []string        `json:"similar,omitempty" maxItems:"100"`
			Answer   string          `json:"answer" minLength:"1" maxLength:"6000"`
			Lang     string          `json:"lang" enum:"en,zh"`
			State    knowledge.State `json:"state,omitempty" enum:"draft,review,published,expired" doc:"As it would be; empty = published"`
			N        int             `json:"n,omitempty" minimum:"1" maximum:"500" default:"200" doc:"How many of the last questions are asked again"`
		}
	}
	outcomeView struct {
		Entry    string  `json:"entry"`
		Decision string  `json:"decision"`
		Text     string  `json:"text"`
		PRight   float64 `json:"p_right"`
	}
	previewChange struct {
		Query  string      `json:"query"`
		Lang   string      `json:"lang"`
		Before outcomeView `json:"before"`
		After  outcomeView `json:"after"`
	}
	previewOutput struct {
		Body struct {
			Changes []previewChange `json:"changes"`
			N       int             `json:"n" doc:"Questions that were asked again; 0 when there are no recorded calls yet"`
		}
	}
	speechInput struct {
		EntryPath

		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"6000"`
			Lang string `json:"lang" enum:"en,zh"`
		}
	}
	speechOutput struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
	calendarInput struct {
		Base string    `query:"base" maxLength:"64"`
		From time.Time `query:"from" doc:"Default: 30 days ago"`
		To   time.Time `query:"to" doc:"Default: in a year"`
	}
	calendarItem struct {
		At       time.Time       `json:"at"`
		What     string          `json:"what" enum:"begins,ends"`
		ID       string          `json:"id"`
		Base     string          `json:"base"`
		Lang     string          `json:"lang"`
		Question string          `json:"question"`
		State    knowledge.State `json:"state"`
		Past     bool            `json:"past"`
	}
	calendarOutput struct {
		Body struct {
			Items []calendarItem `json:"items" doc:"The earliest first, at most 1000"`
		}
	}
)

const (
	replayDays   = 90
	mostCalendar = 1000
	speechTime   = 25 * time.Second
)

func (a *API) previewEntry(ctx context.Context, in *previewInput) (*previewOutput, error) {
	k, b := a.o.Knowledge, in.Body
	if k.Rehearse == nil || k.Bot == nil || k.Learning == nil {
		return nil, huma.Error501NotImplemented("changes cannot be tried with this database")
	}
	e := knowledge.Entry{ID: in.ID, Base: in.Base, Question: strings.TrimSpace(b.Question), Answer: strings.TrimSpace(b.Answer), Lang: b.Lang}
	for _, s := range b.Similar {
		if s = strings.TrimSpace(s); s != "" {
			e.Similar = append(e.Similar, s)
		}
	}
	e.State = cmp.Or(b.State, knowledge.Published)
	if old, ok, err := k.Store.Entry(ctx, in.Base, in.ID); err != nil {
		return nil, a.failKnowledge(err)
	} else if ok {
		e.Status.Audience, e.Queues, e.From, e.Until = old.Audience, old.Queues, old.From, old.Until
	}
	steps, err := k.Learning.Steps(ctx, in.Base, time.Now().AddDate(0, 0, -replayDays), mostSteps)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	after, err := k.Rehearse.Rehearse(ctx, e)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &previewOutput{}
	out.Body.Changes = []previewChange{}
	for _, s := range lastQuestions(steps, cmp.Or(b.N, 200)) {
		q := answer.Query{Text: s.Query, Base: in.Base}
		was, err1 := k.Bot.Answer(ctx, answer.Dialogue{}, q)
		is, err2 := after.Answer(ctx, answer.Dialogue{}, q)
		if err := errors.Join(err1, err2); err != nil {
			return nil, a.failKnowledge(err)
		}
		out.Body.N++
		if x, y := viewDecision(was), viewDecision(is); x.Entry != y.Entry || x.Decision != y.Decision || x.Text != y.Text {
			out.Body.Changes = append(out.Body.Changes, previewChange{s.Query, s.Lang, x, y})
		}
	}
	return out, nil
}

func viewDecision(d answer.Decision) outcomeView {
	return outcomeView{d.Entry, d.Decision, d.Text, d.PRight}
}

// lastQuestions are the last n different questions among the steps, which come newest call first.
func lastQuestions(steps []gaps.Step, n int) []gaps.Step {
	seen := map[string]bool{}
	var out []gaps.Step
	for _, s := range steps {
		key := knowledge.QuestionKey(s.Query)
		if s.Kind != gaps.Said || s.Decision == answer.Obey || key == "" || seen[key] {
			continue
		}
		seen[key] = true
		if out = append(out, s); len(out) == n {
			break
		}
	}
	return out
}

func (a *API) entrySpeech(ctx context.Context, in *speechInput) (*speechOutput, error) {
	if a.o.Knowledge.Voice == nil {
		return nil, huma.Error501NotImplemented("there is no voice here")
	}
	ctx, cancel := context.WithTimeout(ctx, speechTime)
	defer cancel()
	wav, err := a.o.Knowledge.Voice.Speech(ctx, in.Base, in.Body.Text, in.Body.Lang)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, huma.NewError(http.StatusServiceUnavailable, "making the sound takes too long now: try again, what was made is kept")
	}
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	return &speechOutput{"audio/wav", wav}, nil
}

func (a *API) listCalendar(ctx context.Context, in *calendarInput) (*calendarOutput, error) {
	now := time.Now()
	from, to := in.From, in.To
	if from.IsZero() {
		from = now.AddDate(0, 0, -30)
	}
	if to.IsZero() {
		to = now.AddDate(1, 0, 0)
	}
	all, err := a.o.Knowledge.Store.Entries(ctx, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &calendarOutput{}
	out.Body.Items = []calendarItem{}
	for _, e := range all {
		add := func(at *time.Time, what string) {
			if at != nil && !at.Before(from) && at.Before(to) {
				out.Body.Items = append(out.Body.Items, calendarItem{*at, what, e.ID, e.Base, e.Lang, e.Question, e.StateAt(now), at.Before(now)})
			}
		}
		add(e.From, "begins")
		add(e.Until, "ends")
	}
	slices.SortStableFunc(out.Body.Items, func(x, y calendarItem) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Question, y.Question)) })
	out.Body.Items = out.Body.Items[:min(len(out.Body.Items), mostCalendar)]
	return out, nil
}
