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

const (
	mostDrafts  = 500
	mostGapDays = 90 // how far back the gap of a published draft is looked for
)

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
	b, book := in.Body, a.book()
	e := knowledge.Entry{Base: b.Base, Lang: b.Lang, Question: book.Masked(strings.TrimSpace(b.Question), b.Lang), Answer: book.Masked(strings.TrimSpace(b.Answer), b.Lang)}
	for _, s := range b.Similar {
		if s = book.Masked(strings.TrimSpace(s), b.Lang); s != "" && s != e.Question && !slices.Contains(e.Similar, s) {
			e.Similar = append(e.Similar, s)
		}
	}
	e.ID, e.State = knowledge.NewID(b.Base, e.Question), knowledge.Review
	if _, taken, err := a.o.Knowledge.Store.Entry(ctx, e.Base, e.ID); err != nil {
		return nil, a.failKnowledge(err)
	} else if taken {
		return nil, huma.Error409Conflict("an entry asks this already: change that one")
	}
	out, err := a.changeEntry(ctx, EntryPath{e.Base, e.ID}, func(by string) (knowledge.Entry, error) { return a.o.Knowledge.Store.Save(ctx, e, by) })
	if err != nil || a.o.Knowledge.Learning == nil {
		return out, err
	}
	var reply *gaps.CallTurn
	if r := b.Reply; r != nil {
		reply = &gaps.CallTurn{Call: r.Call, Turn: r.Turn}
	}
	g, err := book.One(ctx, in.ID, "", in.Days)
	if err != nil && !errors.Is(err, gaps.ErrGone) {
		return nil, a.failKnowledge(err)
	}
	o := gaps.OriginOf(g, reply)
	o.Gap = in.ID
	o.Base, o.Entry, o.By, o.At = e.Base, e.ID, author(ctx), time.Now().UTC().Truncate(time.Millisecond)
	if err := a.o.Knowledge.Learning.SetOrigin(ctx, o); err != nil {
		return nil, a.failKnowledge(err)
	}
	return out, nil
}

func (a *API) dismissGap(ctx context.Context, in *dismissInput) (*struct{}, error) {
	if a.o.Knowledge.Learning == nil {
		return nil, huma.Error404NotFound("gaps are not kept here")
	}
	g, err := a.book().One(ctx, in.ID, in.Base, in.Days)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	d := gaps.Dismissal{Base: g.Base, Question: g.Question, Reason: strings.TrimSpace(in.Body.Reason), By: author(ctx), At: time.Now()}
	if err := a.o.Knowledge.Learning.Dismiss(ctx, d, g.Keys()); err != nil {
		return nil, a.failKnowledge(err)
	}
	return nil, nil //nolint:nilnil // 204
}

func (a *API) listDrafts(ctx context.Context, in *baseQuery) (*draftsOutput, error) {
	all, err := a.o.Knowledge.Store.Entries(ctx, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	origins := map[[2]string]gaps.Origin{}
	if a.o.Knowledge.Learning != nil {
		if origins, err = a.o.Knowledge.Learning.Origins(ctx, in.Base); err != nil {
			return nil, a.failKnowledge(err)
		}
	}
	out := &draftsOutput{}
	out.Body.Items = []draftView{}
	for _, e := range all {
		if e.State != knowledge.Review && e.State != knowledge.Draft {
			continue
		}
		v := draftView{Entry: viewOf(e, nil)}
		if o, ok := origins[[2]string{e.Base, e.ID}]; ok {
			v.Origin = &o
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	slices.SortStableFunc(out.Body.Items, func(x, y draftView) int {
		return cmp.Or(cmp.Compare(waits(y), waits(x)), cmp.Compare(y.asked(), x.asked()), y.Entry.Updated.Compare(x.Entry.Updated))
	})
	out.Body.Items = out.Body.Items[:min(len(out.Body.Items), mostDrafts)]
	return out, nil
}

func waits(v draftView) int {
	if v.Entry.State == knowledge.Review {
		return 1
	}
	return 0
}

func (v draftView) asked() int {
	if v.Origin == nil {
		return 0
	}
	return v.Origin.Count
}

func (a *API) decideDraft(ctx context.Context, in *decideDraftInput) (*draftOutput, error) {
	k := a.o.Knowledge
	e, ok, err := k.Store.Entry(ctx, in.Base, in.ID)
	switch {
	case err == nil && !ok:
		err = knowledge.ErrUnknown
	case err == nil && e.Version != in.Body.Version:
		err = knowledge.ErrStale
	}
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	if e.State != knowledge.Review && e.State != knowledge.Draft {
		return nil, huma.Error409Conflict("this was decided already: look at the list again")
	}
	to := knowledge.Published
	if in.Body.Decision == gaps.Returned {
		to = knowledge.Draft
	}
	changed, err := a.changeEntry(ctx, in.EntryPath, func(by string) (knowledge.Entry, error) {
		return k.Store.SetState(ctx, in.Base, in.ID, to, by)
	})
	if err != nil {
		return nil, err
	}
	out := &draftOutput{draftView{Entry: changed.Body}}
	if k.Learning == nil {
		return out, nil
	}
	o, _, err := k.Learning.Origin(ctx, in.Base, in.ID)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	o.Decision, o.Reason, o.Decider, o.Decided = in.Body.Decision, strings.TrimSpace(in.Body.Reason), author(ctx), &now
	if o.Calls == nil {
		o.Calls = []gaps.CallTurn{}
	}
	if o.At.IsZero() {
		o.By, o.At = e.By, e.Updated
	}
	if err := errors.Join(k.Learning.SetOrigin(ctx, o), a.closeGap(ctx, o, changed.Body)); err != nil {
		return nil, a.failKnowledge(err)
	}
	out.Body.Origin = &o
	return out, nil
}

// closeGap takes the gap from which an entry was made off the list when the entry is published: should it be asked in vain
// again, it comes back.
func (a *API) closeGap(ctx context.Context, o gaps.Origin, e entryView) error {
	if o.Gap == "" || o.Decision != gaps.Approved {
		return nil
	}
	g, err := a.book().One(ctx, o.Gap, "", mostGapDays)
	if errors.Is(err, gaps.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	d := gaps.Dismissal{Base: g.Base, Question: g.Question, Reason: "→ " + e.Question, By: author(ctx), At: time.Now()}
	return a.o.Knowledge.Learning.Dismiss(ctx, d, g.Keys())
}
