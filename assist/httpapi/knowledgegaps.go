package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Learning keeps what is learnt from calls: what happened with the knowledge, and what people decided about it.
type Learning interface {
	Steps(ctx context.Context, base string, since time.Time, limit int) ([]gaps.Step, error)
	Spoken(ctx context.Context, id call.ID) ([]gaps.Spoken, error)
	Dismissed(ctx context.Context, base string) (map[[2]string]time.Time, error)
	gaps.Decisions
}

type (
	gapsInput struct {
		Base string `query:"base" maxLength:"64"`
		Days int    `query:"days" minimum:"1" maximum:"365" default:"30"`
	}
	gapExample struct {
		Call  call.ID   `json:"call"`
		Turn  int       `json:"turn" doc:"Of the caller; 0 when it is not known"`
		Text  string    `json:"text"`
		At    time.Time `json:"at"`
		Rated bool      `json:"rated_bad" doc:"It was answered, and the answer taken badly"`
		Entry string    `json:"entry,omitempty" doc:"The entry that was answered with"`
	}
	gapNearest struct {
		ID       string  `json:"id"`
		Base     string  `json:"base"`
		Question string  `json:"question"`
		PRight   float64 `json:"p_right"`
	}
	gapDraft struct {
		Base string `json:"base"`
		ID   string `json:"id"`
	}
	gapView struct {
		ID       string       `json:"id"`
		Question string       `json:"question" doc:"The wording nearest to all of them"`
		Texts    []string     `json:"texts" doc:"The different wordings, the most asked first, at most 20"`
		Base     string       `json:"base"`
		Lang     string       `json:"lang"`
		Count    int          `json:"count"`
		RatedBad int          `json:"rated_bad" doc:"Of count, those that were answered badly rather than not"`
		Examples []gapExample `json:"examples" doc:"At most 10, newest first"`
		Last     time.Time    `json:"last" doc:"When it was asked last"`
		Nearest  *gapNearest  `json:"nearest,omitempty"`
		Draft    *gapDraft    `json:"draft,omitempty" doc:"An answer was drafted already"`
	}
	gapsOutput struct {
		Body struct {
			Items []gapView `json:"items" doc:"At most 100, the most asked first"`
		}
	}
	gapInput struct {
		ID   string `path:"id" maxLength:"64"`
		Base string `query:"base" maxLength:"64"`
		Days int    `query:"days" minimum:"1" maximum:"365" default:"30"`
	}
	repliesOutput struct {
		Body struct {
			Items []gaps.Reply `json:"items" doc:"What agents said in those calls that may answer it, masked; the likeliest first"`
		}
	}
	useView struct {
		ID       string `json:"id"`
		Base     string `json:"base"`
		Question string `json:"question"`
		gaps.Use
	}
	usesOutput struct {
		Body struct {
			Items []useView `json:"items" doc:"Entries that were shown, the most shown first, at most 500"`
		}
	}
)

const (
	mostGaps     = 100
	mostWordings = 20
	mostUses     = 500
	gapExamples  = 10
	gapNeighbour = 20 // gaps for which the nearest entry is looked up
)

func (a *API) registerKnowledgeGaps(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("knowledge-gaps", http.MethodGet, "gaps", "What callers asked in vain, or were answered badly, by meaning"), a.listGaps)
	huma.Register(api, op("gap-replies", http.MethodGet, "gaps/{id}/replies", "What agents answered in the calls behind a gap"), a.gapReplies)
	huma.Register(api, op("knowledge-uses", http.MethodGet, "uses", "Shown, used, resolved: what became of entries in calls"), a.listUses)
}

// book finds gaps in what is on record.
func (a *API) book() gaps.Book {
	k := a.o.Knowledge
	b := gaps.Book{Embedder: k.Embedder, Mask: k.Mask}
	if k.Gaps != nil {
		b.Asked = k.Gaps
	}
	if k.Learning != nil {
		b.Records, b.Decisions = k.Learning, k.Learning
	}
	return b
}

func (a *API) listGaps(ctx context.Context, in *gapsInput) (*gapsOutput, error) {
	found, err := a.book().List(ctx, in.Base, in.Days)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &gapsOutput{}
	out.Body.Items = []gapView{}
	for _, g := range found[:min(len(found), mostGaps)] {
		v := gapView{ID: g.ID, Question: g.Question, Texts: g.Texts[:min(len(g.Texts), mostWordings)], Base: g.Base, Lang: g.Lang, Count: len(g.Asked), RatedBad: g.Rated, Examples: []gapExample{}, Last: g.Last}
		for _, q := range g.Asked[:min(len(g.Asked), gapExamples)] {
			v.Examples = append(v.Examples, gapExample{q.Call, q.Turn, q.Text, q.At, q.Rated, q.Entry})
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	if err := a.addDrafts(ctx, in.Base, out.Body.Items); err != nil {
		return nil, a.failKnowledge(err)
	}
	for i := range out.Body.Items[:min(gapNeighbour, len(out.Body.Items))] {
		g := &out.Body.Items[i]
		hits, err := a.o.Knowledge.Store.Search(ctx, knowledge.Ask{Base: g.Base, Text: g.Question, Lang: g.Lang, Most: 1})
		if err != nil { // a base that was renamed or removed has no neighbours
			a.log.Debug("the nearest entry of a gap is not known", "err", err)
			continue
		}
		if len(hits) > 0 {
			g.Nearest = &gapNearest{hits[0].ID, hits[0].Base, hits[0].Question, hits[0].PRight}
		}
	}
	return out, nil
}

// addDrafts names the drafts that were made of gaps and are there still.
func (a *API) addDrafts(ctx context.Context, base string, items []gapView) error {
	if a.o.Knowledge.Learning == nil || len(items) == 0 {
		return nil
	}
	origins, err := a.o.Knowledge.Learning.Origins(ctx, base)
	if err != nil {
		return err
	}
	for at, o := range origins {
		i := slices.IndexFunc(items, func(g gapView) bool { return g.ID == o.Gap })
		if i < 0 {
			continue
		}
		e, ok, err := a.o.Knowledge.Store.Entry(ctx, at[0], at[1])
		if err != nil {
			return err
		}
		if ok && (e.State == knowledge.Review || e.State == knowledge.Draft) {
			items[i].Draft = &gapDraft{e.Base, e.ID}
		}
	}
	return nil
}

func (a *API) gapReplies(ctx context.Context, in *gapInput) (*repliesOutput, error) {
	g, err := a.book().One(ctx, in.ID, in.Base, in.Days)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &repliesOutput{}
	if out.Body.Items, err = a.book().Answers(ctx, g); err != nil {
		return nil, a.failKnowledge(err)
	}
	return out, nil
}

func (a *API) listUses(ctx context.Context, in *gapsInput) (*usesOutput, error) {
	out := &usesOutput{}
	out.Body.Items = []useView{}
	if a.o.Knowledge.Learning == nil {
		return out, nil
	}
	steps, err := a.o.Knowledge.Learning.Steps(ctx, in.Base, time.Now().AddDate(0, 0, -in.Days), gaps.MostSteps)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	all, err := a.o.Knowledge.Store.Entries(ctx, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	uses := gaps.Uses(steps)
	for _, e := range all {
		if u, ok := uses[[2]string{e.Base, e.ID}]; ok {
			out.Body.Items = append(out.Body.Items, useView{e.ID, e.Base, e.Question, u})
		}
	}
	slices.SortStableFunc(out.Body.Items, func(x, y useView) int { return y.Shown - x.Shown })
	out.Body.Items = out.Body.Items[:min(len(out.Body.Items), mostUses)]
	return out, nil
}
