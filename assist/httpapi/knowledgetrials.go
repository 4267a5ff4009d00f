package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

type (
	tryInput struct {
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"500"`
			Base string `json:"base,omitempty" maxLength:"64"`
			Lang string `json:"lang,omitempty" enum:"en,zh"`
		}
	}
	tryHit struct {
		ID       string          `json:"id"`
		Base     string          `json:"base"`
		Question string          `json:"question"`
		Answer   string          `json:"answer"`
		Score    float64         `json:"score"`
		PRight   float64         `json:"p_right" doc:"Probability that this entry answers the question, 0..1"`
		Ranks    knowledge.Ranks `json:"ranks" doc:"Places in the separate rankings; 0 = not ranked"`
	}
	tryOutput struct {
		Body struct {
			Decision string   `json:"decision" doc:"answer, clarify, offer_person or command; empty when no bot is there"`
			Entry    string   `json:"entry"`
			Text     string   `json:"text" doc:"What the caller would hear"`
			Bar      float64  `json:"bar"`
			Hits     []tryHit `json:"hits"`
		}
	}
	gapsInput struct {
		Base string `query:"base" maxLength:"64"`
		Days int    `query:"days" minimum:"1" maximum:"365" default:"30"`
	}
	gapExample struct {
		Call call.ID   `json:"call"`
		Turn int       `json:"turn"`
		Text string    `json:"text"`
		At   time.Time `json:"at"`
	}
	gapNearest struct {
		ID       string  `json:"id"`
		Base     string  `json:"base"`
		Question string  `json:"question"`
		PRight   float64 `json:"p_right"`
	}
	gapView struct {
		ID       string       `json:"id"`
		Question string       `json:"question" doc:"As it was asked last"`
		Base     string       `json:"base"`
		Lang     string       `json:"lang"`
		Count    int          `json:"count"`
		Examples []gapExample `json:"examples" doc:"At most 10, newest first"`
		Nearest  *gapNearest  `json:"nearest,omitempty"`
	}
	gapsOutput struct {
		Body struct {
			Items []gapView `json:"items" doc:"At most 100, the most asked first"`
		}
	}
)

const (
	triedHits    = 8
	mostGapTurns = 5000
	mostGaps     = 100
	gapExamples  = 10
	gapNeighbour = 20 // gaps for which the nearest entry is looked up
)

func (a *API) registerKnowledgeTrials(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("try-knowledge", http.MethodPost, "test", "What the bot would say to a question, and what it found"), a.tryKnowledge)
	huma.Register(api, op("knowledge-gaps", http.MethodGet, "gaps", "What callers asked in vain"), a.listGaps)
}

func (a *API) tryKnowledge(ctx context.Context, in *tryInput) (*tryOutput, error) {
	b, k := in.Body, a.o.Knowledge
	hits, err := k.Store.SearchAs(ctx, knowledge.View{}, b.Base, b.Text, b.Lang, triedHits)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out := &tryOutput{}
	out.Body.Bar, out.Body.Hits = k.Bar, []tryHit{}
	for _, h := range hits {
		out.Body.Hits = append(out.Body.Hits, tryHit{h.ID, h.Base, h.Question, h.Answer, h.Score, h.PRight, h.Ranks})
	}
	if k.Bot == nil {
		return out, nil
	}
	d, err := k.Bot.Answer(ctx, answer.Dialogue{}, answer.Query{Text: b.Text, Lang: b.Lang, Base: b.Base})
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out.Body.Decision, out.Body.Entry, out.Body.Text = d.Decision, d.Entry, d.Text
	return out, nil
}

func (a *API) listGaps(ctx context.Context, in *gapsInput) (*gapsOutput, error) {
	out := &gapsOutput{}
	out.Body.Items = []gapView{}
	if a.o.Knowledge.Gaps == nil {
		return out, nil
	}
	asked, err := a.o.Knowledge.Gaps.Unanswered(ctx, in.Base, time.Now().AddDate(0, 0, -in.Days), mostGapTurns)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out.Body.Items = groupGaps(asked)
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

// groupGaps puts together what was asked in the same words, the most asked first.
func groupGaps(asked []record.Unanswered) []gapView {
	at := map[[2]string]int{}
	out := []gapView{}
	for _, u := range asked {
		key := knowledge.QuestionKey(u.Text)
		if strings.TrimSpace(key) == "" {
			continue
		}
		i, ok := at[[2]string{u.Base, key}]
		if !ok {
			i = len(out)
			at[[2]string{u.Base, key}] = i
			out = append(out, gapView{ID: string(u.Call) + "-" + strconv.Itoa(u.Turn), Question: u.Text, Base: u.Base, Lang: u.Lang, Examples: []gapExample{}})
		}
		g := &out[i]
		if g.Count++; len(g.Examples) < gapExamples {
			g.Examples = append(g.Examples, gapExample{u.Call, u.Turn, u.Text, u.At})
		}
	}
	slices.SortStableFunc(out, func(x, y gapView) int { return cmp.Compare(y.Count, x.Count) })
	return out[:min(len(out), mostGaps)]
}
