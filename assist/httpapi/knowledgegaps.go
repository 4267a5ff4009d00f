package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Learning keeps what is learnt from calls: what happened with the knowledge, and what people decided about it.
type Learning interface {
	Steps(ctx context.Context, base string, since time.Time, limit int) ([]gaps.Step, error)
	Spoken(ctx context.Context, id call.ID) ([]gaps.Spoken, error)
	Dismiss(ctx context.Context, base string, asked []string, person string, at time.Time) error
	Dismissed(ctx context.Context, base string) (map[[2]string]time.Time, error)
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
	gapReply struct {
		Call call.ID `json:"call"`
		Turn int     `json:"turn"`
		Text string  `json:"text"`
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
		Nearest  *gapNearest  `json:"nearest,omitempty"`
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
			Items []gapReply `json:"items" doc:"What agents said in those calls that may answer it, masked; the likeliest first"`
		}
	}
	draftInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Base     string   `json:"base" minLength:"1" maxLength:"64"`
			Lang     string   `json:"lang" enum:"en,zh"`
			Question string   `json:"question" minLength:"1" maxLength:"500"`
			Similar  []string `json:"similar,omitempty" maxItems:"100"`
			Answer   string   `json:"answer" minLength:"1" maxLength:"6000"`
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
	mostGapTurns = 5000
	mostSteps    = 50_000
	mostGaps     = 100
	mostWordings = 20
	mostUses     = 500
	gapExamples  = 10
	gapNeighbour = 20 // gaps for which the nearest entry is looked up
	gapReplies   = 5
)

func (a *API) registerKnowledgeGaps(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("knowledge-gaps", http.MethodGet, "gaps", "What callers asked in vain, or were answered badly, by meaning"), a.listGaps)
	huma.Register(api, op("gap-replies", http.MethodGet, "gaps/{id}/replies", "What agents answered in the calls behind a gap"), a.gapReplies)
	huma.Register(api, op("draft-from-gap", http.MethodPost, "gaps/{id}/draft", "Keep an answer for review: masked, not heard by callers before it is published"), a.draftGap)
	huma.Register(api, op("dismiss-gap", http.MethodPost, "gaps/{id}/dismiss", "It is no gap: leave its questions out from now on"), a.dismissGap)
	huma.Register(api, op("knowledge-uses", http.MethodGet, "uses", "Shown, used, resolved: what became of entries in calls"), a.listUses)
}

// gapsOf works out the gaps of a base. Questions that were dismissed are left out unless they were asked since.
func (a *API) gapsOf(ctx context.Context, base string, days int) ([]gaps.Gap, error) {
	k := a.o.Knowledge
	since := time.Now().AddDate(0, 0, -days)
	var asked []gaps.Question
	if k.Gaps != nil {
		all, err := k.Gaps.Unanswered(ctx, base, since, mostGapTurns)
		if err != nil {
			return nil, err
		}
		for _, u := range all {
			asked = append(asked, questionOf(u))
		}
	}
	if k.Learning != nil {
		steps, err := k.Learning.Steps(ctx, base, since, mostSteps)
		if err != nil {
			return nil, err
		}
		asked = append(asked, gaps.Badly(steps)...)
		gone, err := k.Learning.Dismissed(ctx, base)
		if err != nil {
			return nil, err
		}
		asked = slices.DeleteFunc(asked, func(q gaps.Question) bool {
			at, ok := gone[[2]string{q.Base, knowledge.QuestionKey(q.Text)}]
			return ok && !q.At.After(at)
		})
	}
	return gaps.Find(ctx, k.embedder(), asked)
}

func questionOf(u record.Unanswered) gaps.Question {
	return gaps.Question{Call: u.Call, Turn: u.Turn, Text: u.Text, Lang: u.Lang, Base: u.Base, At: u.At}
}

// embedder is the one of the options, or one that knows nothing.
func (k KnowledgeOptions) embedder() gaps.Embedder {
	if k.Embedder == nil {
		return blind{}
	}
	return k.Embedder
}

type blind struct{}

func (blind) EmbedIn(_ context.Context, _ string, texts []string) ([][]float32, error) {
	return make([][]float32, len(texts)), nil
}

func (a *API) listGaps(ctx context.Context, in *gapsInput) (*gapsOutput, error) {
	found, err := a.gapsOf(ctx, in.Base, in.Days)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &gapsOutput{}
	out.Body.Items = []gapView{}
	for _, g := range found[:min(len(found), mostGaps)] {
		v := gapView{ID: g.ID, Question: g.Question, Texts: g.Texts[:min(len(g.Texts), mostWordings)], Base: g.Base, Lang: g.Lang, Count: len(g.Asked), RatedBad: g.Rated, Examples: []gapExample{}}
		for _, q := range g.Asked[:min(len(g.Asked), gapExamples)] {
			v.Examples = append(v.Examples, gapExample{q.Call, q.Turn, q.Text, q.At, q.Rated, q.Entry})
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	for i := range out.Body.Items[:min(gapNeighbour, len(out.Body.Items))] {
		g := &out.Body.Items[i]
		hits, err := a.o.Knowledge.Store.SearchAs(ctx, knowledge.View{}, g.Base, g.Question, g.Lang, 1)
		if err != nil { // a base that was renamed or removed has no neighbours
			a.log.Debug("the nearest entry of a gap is not known", "error", err)
			continue
		}
		if len(hits) > 0 {
			g.Nearest = &gapNearest{hits[0].ID, hits[0].Base, hits[0].Question, hits[0].PRight}
		}
	}
	return out, nil
}

func (a *API) findGap(ctx context.Context, id, base string, days int) (gaps.Gap, error) {
	found, err := a.gapsOf(ctx, base, days)
	if err != nil {
		return gaps.Gap{}, a.failKnowledge(err)
	}
	i := slices.IndexFunc(found, func(g gaps.Gap) bool { return g.ID == id })
	if i < 0 {
		return gaps.Gap{}, huma.Error404NotFound("there is no such gap any more: look at the list again")
	}
	return found[i], nil
}

func (a *API) gapReplies(ctx context.Context, in *gapInput) (*repliesOutput, error) {
	out := &repliesOutput{}
	out.Body.Items = []gapReply{}
	if a.o.Knowledge.Learning == nil {
		return out, nil
	}
	g, err := a.findGap(ctx, in.ID, in.Base, in.Days)
	if err != nil {
		return nil, err
	}
	seen := map[call.ID]bool{}
	for _, q := range g.Asked {
		if seen[q.Call] || len(out.Body.Items) >= gapReplies {
			continue
		}
		seen[q.Call] = true
		turns, err := a.o.Knowledge.Learning.Spoken(ctx, q.Call)
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		for _, r := range gaps.Replies(turns, q.Turn, q.Text, g.Lang) {
			out.Body.Items = append(out.Body.Items, gapReply{q.Call, r.N, a.masked(r.Text, g.Lang)})
		}
	}
	out.Body.Items = out.Body.Items[:min(len(out.Body.Items), gapReplies)]
	return out, nil
}

// masked takes what is private out of a text. What calls keep is masked already; a person may have written more.
func (a *API) masked(text, lang string) string {
	if a.o.Knowledge.Mask == nil {
		return text
	}
	return a.o.Knowledge.Mask(text, lang)
}

func (a *API) draftGap(ctx context.Context, in *draftInput) (*entryOutput, error) {
	b := in.Body
	e := knowledge.Entry{Base: b.Base, Lang: b.Lang, Question: a.masked(strings.TrimSpace(b.Question), b.Lang), Answer: a.masked(strings.TrimSpace(b.Answer), b.Lang)}
	for _, s := range b.Similar {
		if s = a.masked(strings.TrimSpace(s), b.Lang); s != "" && s != e.Question && !slices.Contains(e.Similar, s) {
			e.Similar = append(e.Similar, s)
		}
	}
	e.ID, e.State = knowledge.NewID(b.Base, e.Question), knowledge.Review
	if _, taken, err := a.o.Knowledge.Store.Entry(ctx, e.Base, e.ID); err != nil {
		return nil, a.failKnowledge(err)
	} else if taken {
		return nil, huma.Error409Conflict("an entry asks this already: change that one")
	}
	return a.changeEntry(ctx, EntryPath{e.Base, e.ID}, func(by string) (knowledge.Entry, error) { return a.o.Knowledge.Store.Save(ctx, e, by) })
}

func (a *API) dismissGap(ctx context.Context, in *gapInput) (*struct{}, error) {
	if a.o.Knowledge.Learning == nil {
		return nil, huma.Error404NotFound("gaps are not kept here")
	}
	g, err := a.findGap(ctx, in.ID, in.Base, in.Days)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, t := range g.Texts {
		keys = append(keys, knowledge.QuestionKey(t))
	}
	if err := a.o.Knowledge.Learning.Dismiss(ctx, g.Base, keys, access.From(ctx).Person.ID, time.Now()); err != nil {
		return nil, a.failKnowledge(err)
	}
	return nil, nil //nolint:nilnil // 204
}

func (a *API) listUses(ctx context.Context, in *gapsInput) (*usesOutput, error) {
	out := &usesOutput{}
	out.Body.Items = []useView{}
	if a.o.Knowledge.Learning == nil {
		return out, nil
	}
	steps, err := a.o.Knowledge.Learning.Steps(ctx, in.Base, time.Now().AddDate(0, 0, -in.Days), mostSteps)
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
