package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Reviewers keep what reviewers work with beside the scores. Deleting what is not there is no error for searches and
// scoring.ErrUnknown for clips.
type Reviewers interface {
	// Agents are the people who took part in a call, by id.
	Agents(ctx context.Context, id call.ID) ([]string, error)
	Checks(ctx context.Context, since time.Time) ([]scoring.Check, error)
	SaveSearch(ctx context.Context, person string, s scoring.Search) error
	DeleteSearch(ctx context.Context, person, name string) error
	Searches(ctx context.Context, person string) ([]scoring.Search, error)
	AddClip(ctx context.Context, k scoring.Clip) error
	DoneClip(ctx context.Context, agent, id string) error
	DeleteClip(ctx context.Context, id string) error
	Clips(ctx context.Context, agent string) ([]scoring.Clip, error)
}

type searchesOutput struct {
	Body struct {
		Items []scoring.Search `json:"items"`
	}
}

type saveSearchInput struct{ Body scoring.Search }

type deleteSearchInput struct {
	Name string `query:"name" required:"true" maxLength:"100"`
}

type clipsInput struct {
	Agent string `query:"agent" maxLength:"64" doc:"Empty for everybody; agents always get their own"`
}

type clipsOutput struct {
	Body struct {
		Items []scoring.Clip    `json:"items"`
		Names map[string]string `json:"names" doc:"Of the people in these, by id"`
	}
}

type addClipInput struct {
	Body struct {
		Agent string  `json:"agent" minLength:"1" maxLength:"64"`
		Call  call.ID `json:"call" pattern:"^[A-Za-z0-9_-]{1,64}$"`
		FromS float64 `json:"from_s" minimum:"0"`
		ToS   float64 `json:"to_s" minimum:"0"`
		Text  string  `json:"text" minLength:"1" maxLength:"2000"`
	}
}

type clipOutput struct{ Body scoring.Clip }

type clipInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *API) registerReview(api huma.API) {
	s := a.o.Quality.Scores
	me := func(ctx context.Context) string { return access.From(ctx).Person.ID }
	huma.Register(api, qop("quality-searches", http.MethodGet, "/api/quality/searches", "Your saved searches"), func(ctx context.Context, _ *struct{}) (*searchesOutput, error) {
		out := &searchesOutput{}
		var err error
		if out.Body.Items, err = s.Searches(ctx, me(ctx)); err != nil {
			return nil, a.failQuality(err)
		}
		return out, nil
	})
	huma.Register(api, qop("save-quality-search", http.MethodPost, "/api/quality/searches", "Save a search in place of one of the same name"), func(ctx context.Context, in *saveSearchInput) (*struct{}, error) {
		if err := s.SaveSearch(ctx, me(ctx), in.Body); err != nil {
			return nil, a.failQuality(err)
		}
		return nil, nil
	})
	huma.Register(api, qop("delete-quality-search", http.MethodDelete, "/api/quality/searches", "Forget a saved search"), func(ctx context.Context, in *deleteSearchInput) (*struct{}, error) {
		if err := s.DeleteSearch(ctx, me(ctx), in.Name); err != nil {
			return nil, a.failQuality(err)
		}
		return nil, nil
	})
	huma.Register(api, qop("quality-coaching", http.MethodGet, "/api/quality/coaching", "Stretches of calls that agents are to hear"), a.clips)
	huma.Register(api, qop("add-quality-coaching", http.MethodPost, "/api/quality/coaching", "Put a stretch of a call on an agent's list"), a.addClip)
	huma.Register(api, qop("delete-quality-coaching", http.MethodDelete, "/api/quality/coaching/{id}", "Take a stretch off the list"), func(ctx context.Context, in *clipInput) (*struct{}, error) {
		if err := a.deleteClip(ctx, in.ID); err != nil {
			return nil, a.failQuality(err)
		}
		return nil, a.noteReview(ctx, "", "coaching", "deleted "+in.ID)
	})
	huma.Register(api, qop("done-quality-coaching", http.MethodPost, "/api/quality/coaching/{id}/done", "The agent has heard it"), func(ctx context.Context, in *clipInput) (*struct{}, error) {
		if err := s.DoneClip(ctx, me(ctx), in.ID); err != nil {
			return nil, a.failQuality(err)
		}
		return nil, nil
	})
	huma.Register(api, qop("quality-agreement", http.MethodGet, "/api/quality/agreement", "How often people answered as the machine had, by question, where they answered or left answers as they were in calls they reviewed"), a.agreement)
}

// judges reports whether who asks may look at the calls of others.
func (a *API) judges(ctx context.Context) bool {
	return a.guard == nil || access.From(ctx).Person.Has(access.Quality)
}

func (a *API) clips(ctx context.Context, in *clipsInput) (*clipsOutput, error) {
	agent := in.Agent
	if !a.judges(ctx) {
		agent = access.From(ctx).Person.ID
	}
	all, err := a.o.Quality.Scores.Clips(ctx, agent)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &clipsOutput{}
	out.Body.Items = []scoring.Clip{}
	var people []string
	for _, k := range all {
		ok, err := a.maySee(ctx, k.Call)
		if err != nil {
			return nil, a.failQuality(err)
		}
		if ok {
			out.Body.Items = append(out.Body.Items, k)
			people = append(people, k.Agent, k.By)
		}
	}
	out.Body.Names = a.namesOf(ctx, people, nil, nil)
	return out, nil
}

// deleteClip takes a stretch of a call that who asks may see off its list.
func (a *API) deleteClip(ctx context.Context, id string) error {
	all, err := a.o.Quality.Scores.Clips(ctx, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k scoring.Clip) bool { return k.ID == id })
	if i < 0 {
		return scoring.ErrUnknown
	}
	if ok, err := a.maySee(ctx, all[i].Call); err != nil || !ok {
		return errors.Join(err, scoring.ErrUnknown)
	}
	return a.o.Quality.Scores.DeleteClip(ctx, id)
}

func (a *API) addClip(ctx context.Context, in *addClipInput) (*clipOutput, error) {
	b := in.Body
	if b.ToS < b.FromS {
		return nil, huma.Error422UnprocessableEntity("to_s must not be before from_s")
	}
	ok, err := a.maySee(ctx, b.Call)
	if err == nil && ok {
		_, err = a.o.Records.Get(ctx, b.Call)
	} else if err == nil {
		err = scoring.ErrUnknown
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	k := scoring.Clip{ID: string(call.NewID()), Agent: b.Agent, Call: b.Call, FromS: b.FromS, ToS: b.ToS, Text: b.Text, By: access.From(ctx).Person.ID, At: time.Now().UTC()}
	if err := a.o.Quality.Scores.AddClip(ctx, k); err != nil {
		return nil, a.failQuality(err)
	}
	return &clipOutput{k}, a.noteReview(ctx, k.Call, "coaching", "for "+k.Agent)
}

// noteReview writes into the audit trail what a reviewer did. It is done already, so a trail that fails is an error for the
// log and the answer.
func (a *API) noteReview(ctx context.Context, id call.ID, what, detail string) error {
	if a.o.Access == nil {
		return nil
	}
	e := by(ctx)
	e.What, e.Call, e.Detail = access.Reviewed+what, id, clip(detail, 300)
	if err := a.o.Access.Note(ctx, e); err != nil {
		a.log.Error("what a reviewer did is missing in the audit trail", "err", err)
		return huma.Error503ServiceUnavailable("it was saved, but the audit trail cannot be written")
	}
	return nil
}

// whoNotes is who adds a note with this request.
func (a *API) whoNotes(ctx context.Context) scoring.Who {
	me := access.From(ctx)
	return scoring.Who{Alone: a.guard == nil || me.Kind != access.Human, Leads: me.Person.Has(access.Supervisor), Within: a.o.Quality.AppealTime}
}

// heardThere refuses a corrected word of a turn that is not in the call.
func (a *API) heardThere(ctx context.Context, id call.ID, n scoring.Note) error {
	d, err := a.o.Records.Get(ctx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(d.Turns, func(t call.Turn) bool { return t.N == n.Turn }) {
		return huma.Error422UnprocessableEntity("turn must be one of the call")
	}
	return nil
}

// newAnswer is an answer that a decision gives in place of the one appealed against.
type newAnswer struct {
	Form     string        `json:"form" maxLength:"64"`
	Question string        `json:"question" maxLength:"100"`
	Answer   quality.Value `json:"answer" pattern:"^[a-z0-9_,-]{1,999}$"`
}

// settle stores a decision with its answers, all of them or nothing.
func (a *API) settle(ctx context.Context, id call.ID, n scoring.Note, answers []newAnswer) error {
	if err := a.answerFirst(ctx, id, ""); err != nil {
		return err
	}
	sheets, err := a.o.Quality.Scores.Sheets(ctx, id)
	if err != nil {
		return err
	}
	for _, x := range answers {
		if !slices.ContainsFunc(sheets, func(s scoring.Sheet) bool { return s.Form == x.Form }) {
			return scoring.ErrUnknown
		}
	}
	return a.o.Quality.Scores.Decide(ctx, id, n, a.whoNotes(ctx), func(s scoring.Sheet) (quality.Card, []string, error) {
		card, reasons := s.Card, []string{}
		for _, x := range answers {
			if x.Form != s.Form {
				continue
			}
			form, err := a.formOf(ctx, s)
			if err == nil {
				card, err = scoring.Overrule(form, card, x.Question, x.Answer, n.Text)
			}
			if err != nil {
				return card, nil, err
			}
			reasons = append(reasons, x.Question+": "+string(x.Answer)+": "+n.Text)
		}
		return card, reasons, nil
	})
}
