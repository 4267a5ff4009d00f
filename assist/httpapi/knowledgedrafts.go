package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

type (
	draftInput struct {
		ID   string `path:"id" maxLength:"64"`
		Days int    `query:"days" minimum:"1" maximum:"365" default:"30"`
		Body struct {
			Base     string   `json:"base" minLength:"1" maxLength:"64"`
			Lang     string   `json:"lang" enum:"en,zh"`
			Question string   `json:"question" minLength:"1" maxLength:"500"`
			Similar  []string `json:"similar,omitempty" maxItems:"100"`
			Answer   string   `json:"answer" minLength:"1" maxLength:"6000"`
			Reply    *struct {
				Call call.ID `json:"call" maxLength:"64"`
				Turn int     `json:"turn"`
			} `json:"reply,omitempty" doc:"The agent's turn the answer was taken from"`
		}
	}
	dismissInput struct {
		ID   string `path:"id" maxLength:"64"`
		Base string `query:"base" maxLength:"64"`
		Days int    `query:"days" minimum:"1" maximum:"365" default:"30"`
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"500"`
		}
	}
	dismissalsOutput struct {
		Body struct {
			Items []gaps.Dismissal `json:"items" doc:"The newest first"`
		}
	}
	reopenInput struct {
		Body struct {
			Base     string `json:"base" maxLength:"64"`
			Question string `json:"question" minLength:"1" maxLength:"500"`
		}
	}
	draftView struct {
		Entry  entryView    `json:"entry"`
		Origin *gaps.Origin `json:"origin,omitempty" doc:"Of a draft made from a gap, or one that was decided"`
	}
	draftsOutput struct {
		Body struct {
			Items []draftView `json:"items" doc:"What waits for review first, the most asked first; then drafts; at most 500"`
		}
	}
	decideDraftInput struct {
		EntryPath

		Body struct {
			Decision string `json:"decision" enum:"approved,returned" doc:"approved: callers hear it; returned: it is a draft again"`
			Reason   string `json:"reason,omitempty" maxLength:"500"`
			Version  int    `json:"version" minimum:"1" doc:"That was looked at; 409 when it was changed since"`
		}
	}
	draftOutput struct{ Body draftView }
)

const mostDrafts = 500

func (a *API) registerKnowledgeDrafts(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("draft-from-gap", http.MethodPost, "gaps/{id}/draft", "Keep an answer for review: masked, not heard by callers before it is published"), a.draftGap)
	huma.Register(api, op("dismiss-gap", http.MethodPost, "gaps/{id}/dismiss", "It is no gap: leave its questions out until they are asked again"), a.dismissGap)
	huma.Register(api, op("dismissed-gaps", http.MethodGet, "dismissed", "Gaps that were dismissed, with the reasons"), func(ctx context.Context, in *baseQuery) (*dismissalsOutput, error) {
		out := &dismissalsOutput{}
		out.Body.Items = []gaps.Dismissal{}
		if a.o.Knowledge.Learning == nil {
			return out, nil
		}
		var err error
		if out.Body.Items, err = a.o.Knowledge.Learning.Dismissals(ctx, in.Base); err != nil {
			return nil, a.failKnowledge(err)
		}
		return out, nil
	})
	huma.Register(api, op("reopen-gap", http.MethodPost, "dismissed/reopen", "It is a gap after all"), func(ctx context.Context, in *reopenInput) (*struct{}, error) {
		if a.o.Knowledge.Learning == nil {
			return nil, huma.Error404NotFound("gaps are not kept here")
		}
		was, err := a.o.Knowledge.Learning.Reopen(ctx, in.Body.Base, in.Body.Question)
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		if !was {
			return nil, huma.Error404NotFound("this gap is not dismissed")
		}
		return nil, nil //nolint:nilnil // 204
	})
	huma.Register(api, op("list-drafts", http.MethodGet, "drafts", "Entries that callers do not hear yet, with where they come from"), a.listDrafts)
	huma.Register(api, op("decide-draft", http.MethodPost, "entries/{base}/{id}/decide", "Publish what waits for review, or send it back with a reason"), a.decideDraft)
}

func (a *API) draftGap(ctx context.Context, in *draftInput) (*entryOutput, error) {
	b := in.Body
	d := gaps.Draft{Base: b.Base, Lang: b.Lang, Question: b.Question, Answer: b.Answer, Similar: b.Similar}
	if r := b.Reply; r != nil {
		d.Reply = &gaps.CallTurn{Call: r.Call, Turn: r.Turn}
	}
	at := EntryPath{b.Base, knowledge.NewID(b.Base, strings.TrimSpace(b.Question))}
	return a.changeEntry(ctx, at, func(by string) (knowledge.Entry, error) {
		return a.book().Propose(ctx, a.o.Knowledge.Store, in.ID, in.Days, d, by)
	})
}

func (a *API) dismissGap(ctx context.Context, in *dismissInput) (*struct{}, error) {
	if a.o.Knowledge.Learning == nil {
		return nil, huma.Error404NotFound("gaps are not kept here")
	}
	g, err := a.book().One(ctx, in.ID, in.Base, in.Days)
	if err == nil {
		err = a.book().Dismiss(ctx, g, in.Body.Reason, author(ctx))
	}
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	return nil, nil //nolint:nilnil // 204
}

func (a *API) listDrafts(ctx context.Context, in *baseQuery) (*draftsOutput, error) {
	all, err := a.book().Waiting(ctx, a.o.Knowledge.Store, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &draftsOutput{}
	out.Body.Items = []draftView{}
	for _, w := range all[:min(len(all), mostDrafts)] {
		out.Body.Items = append(out.Body.Items, draftView{viewOf(w.Entry, nil), w.Origin})
	}
	return out, nil
}

func (a *API) decideDraft(ctx context.Context, in *decideDraftInput) (*draftOutput, error) {
	var o gaps.Origin
	b := in.Body
	e, err := a.changeEntry(ctx, in.EntryPath, func(by string) (e knowledge.Entry, err error) {
		e, o, err = a.book().Decide(ctx, a.o.Knowledge.Store, gaps.Verdict{Base: in.Base, ID: in.ID, Version: b.Version, Decision: b.Decision, Reason: b.Reason}, by)
		return e, err
	})
	if err != nil {
		return nil, err
	}
	return &draftOutput{draftView{e.Body, &o}}, nil
}
