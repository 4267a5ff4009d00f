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

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
)

// Rehearser gives a bot that knows e in place of the stored entry with its ID, and nothing else differently.
type Rehearser interface {
	Rehearse(ctx context.Context, e knowledge.Entry) (Answerer, error)
}

// Voice makes the sound of a text as callers of a base hear it: a WAV file.
type Voice interface {
	// Speech says a text in a voice of Voices; "" is what callers of the base hear.
	Speech(ctx context.Context, base, text, lang, voice string) ([]byte, error)
	Voices(base string) []VoiceChoice
}

// VoiceChoice is a voice to listen to.
type VoiceChoice struct {
	Voice string `json:"voice"`
	Lang  string `json:"lang"`
	Route string `json:"route,omitempty" doc:"Callers of this line hear it"`
	Base  bool   `json:"base" doc:"That line answers from the base asked for"`
}

type (
	previewInput struct {
		EntryPath

		Body struct {
			Question string             `json:"question" minLength:"1" maxLength:"500"`
			Similar  []string           `json:"similar,omitempty" maxItems:"100"`
			Answer   string             `json:"answer" minLength:"1" maxLength:"6000"`
			Lang     string             `json:"lang" enum:"en,zh"`
			State    knowledge.State    `json:"state,omitempty" enum:"draft,review,published,expired" doc:"As it would be; empty = published"`
			Audience knowledge.Audience `json:"audience,omitempty" enum:"bot,agent"`
			Queues   []string           `json:"queues,omitempty" maxItems:"50"`
			From     *time.Time         `json:"from,omitempty"`
			Until    *time.Time         `json:"until,omitempty"`
			N        int                `json:"n,omitempty" minimum:"1" maximum:"500" default:"200" doc:"How many of the last questions are asked again, beside the golden set"`
		}
	}
	voicesOutput struct {
		Body struct {
			Items []VoiceChoice `json:"items" doc:"What callers of the base hear first; none when there is no voice here"`
		}
	}
	speechInput struct {
		EntryPath

		Body struct {
			Text  string `json:"text" minLength:"1" maxLength:"6000"`
			Lang  string `json:"lang" enum:"en,zh"`
			Voice string `json:"voice,omitempty" maxLength:"100" doc:"One of voices; empty is what callers of the base hear"`
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

func (a *API) previewEntry(ctx context.Context, in *previewInput) (*errandOutput, error) {
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
	e.Status = knowledge.Status{State: cmp.Or(b.State, knowledge.Published), Audience: b.Audience, Queues: b.Queues, From: b.From, Until: b.Until}
	if old, ok, err := k.Store.Entry(ctx, in.Base, in.ID); err != nil {
		return nil, a.failKnowledge(err)
	} else if ok && b.Audience == "" {
		e.Audience = old.Audience
	}
	probes, err := a.probes(ctx, in.Base, cmp.Or(b.N, 200))
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	after, err := k.Rehearse.Rehearse(ctx, e)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	x := a.errands.start(ctx, access.From(ctx).Person.ID, func(ctx context.Context, progress func(done, total int)) (any, error) {
		p, err := gaps.Compare(ctx, k.Bot, after, in.Base, probes, progress)
		if err != nil {
			return nil, err
		}
		p.Titles, err = a.titles(ctx, in.Base, p.Named)
		return p, err
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failKnowledge)
}

// probes are the golden set of a base and the last n questions of its callers.
func (a *API) probes(ctx context.Context, base string, n int) ([]gaps.Probe, error) {
	k := a.o.Knowledge
	steps, err := k.Learning.Steps(ctx, base, time.Now().AddDate(0, 0, -replayDays), gaps.MostSteps)
	if err != nil {
		return nil, err
	}
	var golden []gaps.Golden
	if k.Goldens != nil {
		if golden, err = k.Goldens.Golden(ctx, base); err != nil {
			return nil, err
		}
	}
	return gaps.LastQuestions(steps, golden, n), nil
}

func (a *API) entrySpeech(ctx context.Context, in *speechInput) (*speechOutput, error) {
	if a.o.Knowledge.Voice == nil {
		return nil, huma.Error501NotImplemented("there is no voice here")
	}
	ctx, cancel := context.WithTimeout(ctx, speechTime)
	defer cancel()
	wav, err := a.o.Knowledge.Voice.Speech(ctx, in.Base, in.Body.Text, in.Body.Lang, in.Body.Voice)
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
