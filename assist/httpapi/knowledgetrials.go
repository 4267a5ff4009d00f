package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
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
		Reasons  []reason        `json:"reasons"`
	}
	reason struct {
		Kind  string   `json:"kind" enum:"same,words,sound,meaning,rival,bar" doc:"same: a question of the entry word for word; words: they share words; sound: it sounds alike; meaning: it means nearly the same; rival: another entry is nearly as likely; bar: whether the bot would answer"`
		Words []string `json:"words,omitempty"`
		Rank  int      `json:"rank,omitempty" doc:"Place in that ranking"`
		Yes   bool     `json:"yes,omitempty" doc:"Of bar: it would"`
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
)

const triedHits = 8

func (a *API) registerKnowledgeTrials(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("try-knowledge", http.MethodPost, "test", "What the bot would say to a question, and what it found"), a.tryKnowledge)
	huma.Register(api, op("preview-entry", http.MethodPost, "entries/{base}/{id}/preview", "What would change: the golden set and the last questions of callers, before and after; see tasks for how far it is"), a.previewEntry)
	huma.Register(api, op("entry-speech", http.MethodPost, "entries/{base}/{id}/speech", "A text as callers hear it, a WAV file"), a.entrySpeech)
	huma.Register(api, op("knowledge-voices", http.MethodGet, "voices", "The voices an answer can be listened to in"), func(_ context.Context, in *baseQuery) (*voicesOutput, error) {
		out := &voicesOutput{}
		out.Body.Items = []VoiceChoice{}
		if a.o.Knowledge.Voice != nil {
			out.Body.Items = append(out.Body.Items, a.o.Knowledge.Voice.Voices(in.Base)...)
		}
		return out, nil
	})
	huma.Register(api, op("knowledge-calendar", http.MethodGet, "calendar", "What comes into force and what ends, in order"), a.listCalendar)
}

func (a *API) tryKnowledge(ctx context.Context, in *tryInput) (*tryOutput, error) {
	b, k := in.Body, a.o.Knowledge
	hits, err := k.Store.Search(ctx, knowledge.Ask{Base: b.Base, Text: b.Text, Lang: b.Lang, Most: triedHits})
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	out, bar := &tryOutput{}, k.Bar()
	out.Body.Bar, out.Body.Hits = bar, []tryHit{}
	for i, h := range hits {
		out.Body.Hits = append(out.Body.Hits, tryHit{h.ID, h.Base, h.Question, h.Answer, h.Score, h.PRight, h.Ranks, reasons(b.Text, hits, i, bar)})
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

// topRank is the last place of a ranking that counts as a reason.
const topRank = 3

// reasons tell why hit i was found where it was.
func reasons(text string, hits []knowledge.Hit, i int, bar float64) []reason {
	h := hits[i]
	out := []reason{}
	asked := append([]string{h.Question}, h.Similar...)
	if slices.ContainsFunc(asked, func(q string) bool { return knowledge.QuestionKey(q) == knowledge.QuestionKey(text) }) {
		out = append(out, reason{Kind: "same"})
	}
	if shared := sharedWords(text, strings.Join(asked, "\n")+"\n"+h.Answer, h.Lang); len(shared) > 0 {
		out = append(out, reason{Kind: "words", Words: shared, Rank: h.Ranks.Lexical})
	}
	if r := h.Ranks.Pinyin; r > 0 && r <= topRank {
		out = append(out, reason{Kind: "sound", Rank: r})
	}
	if r := h.Ranks.Dense; r > 0 && r <= topRank {
		out = append(out, reason{Kind: "meaning", Rank: r})
	}
	if i == 0 && len(hits) > 1 && hits[1].PRight >= 0.7*h.PRight && hits[1].PRight > 0.1 {
		out = append(out, reason{Kind: "rival"})
	}
	return append(out, reason{Kind: "bar", Yes: h.PRight >= bar})
}

// sharedWords are the words of a question that an entry has too, as they are compared.
func sharedWords(question, entry, lang string) []string {
	have := knowledge.Terms(entry, lang)
	var out []string
	for _, t := range knowledge.Terms(knowledge.Clean(question, lang), lang) {
		if !strings.HasPrefix(t, "+") && slices.Contains(have, t) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
