package answer

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/redact"
)

// know answers from the knowledge.
func (r *request) know() error {
	text := r.q.Text
	if r.u.Command == nlu.Yes || r.u.Command == nlu.No {
		text = afterYes(text)
	}
	if rest, kinds := redact.Without(text); len(kinds) > 0 {
		switch {
		case slices.ContainsFunc(kinds, unwanted) && !asks.MatchString(rest):
			r.offer(sayNumber)
			return nil
		case redact.Bare(text): // a name, a number to call back: nothing is asked yet
			r.say(Obey, SayHelp)
			r.out.Choices = r.d.Offered
			r.out.Next.Person = r.d.Person
			return nil
		}
		text = rest
	}
	hits, err := r.find(text)
	if err != nil {
		return r.blind(err)
	}
	if parts := split(text); len(parts) > 1 {
		done, better, err := r.knowParts(parts, hits)
		if err != nil {
			return r.blind(err)
		}
		if done {
			return nil
		}
		hits = better
	}
	return r.judge(text, hits)
}

// unwanted reports whether a caller had better not say what was masked as k.
func unwanted(k redact.Kind) bool {
	return k == redact.Card || k == redact.ID || k == redact.Secret || k == redact.Number
}

// How long a search may take: a caller waits for it, and a database that hangs does not tell. Who writes waits longer, since a
// program that has just been started opens its models first.
const (
	lookTime        = 4 * time.Second
	lookTimeWritten = 20 * time.Second
)

// blind is the reply when the knowledge cannot be searched: a caller is offered a person, since saying it again would not
// help.
func (r *request) blind(err error) error {
	if r.ctx.Err() != nil || !r.q.Spoken { // nobody waits for it any more, or nobody talks
		return err
	}
	r.out.Failed = err
	r.failed(Offer, sayLater)
	return nil
}

// find searches and drops entries that say the same as a better one, and those in another language when there are some
// in the right one: across languages probabilities are not alike.
func (r *request) find(text string) ([]knowledge.Hit, error) {
	lang := nlu.Language(text, r.q.Lang)
	most := lookTimeWritten
	if r.q.Spoken {
		most = lookTime
	}
	ctx, cancel := context.WithTimeout(r.ctx, most)
	defer cancel()
	hits, err := r.search.Search(ctx, knowledge.Ask{View: knowledge.View{Queue: r.q.Queue}, Base: r.q.Base, Text: text, Lang: lang, Most: hitsWanted})
	if err != nil {
		return nil, fmt.Errorf("search knowledge: %w", err)
	}
	other := func(h knowledge.Hit) bool { return h.Lang != lang }
	if slices.ContainsFunc(hits, func(h knowledge.Hit) bool { return !other(h) }) {
		hits = slices.DeleteFunc(slices.Clone(hits), other)
	}
	seen := map[string]bool{}
	out := hits[:0:0]
	for _, h := range hits {
		if !seen[h.Answer] {
			seen[h.Answer] = true
			out = append(out, h)
		}
	}
	return out, nil
}

// judge chooses between answering, asking and admitting.
func (r *request) judge(text string, hits []knowledge.Hit) error {
	if len(hits) == 0 {
		r.unknown()
		return nil
	}
	best := hits[0]
	r.out.PRight = best.PRight
	if c, p, ok := r.offered(text, hits); ok {
		r.give(c, max(p, best.PRight))
		return nil
	}
	unsure := r.q.Spoken && r.q.Confidence > 0 && r.q.Confidence < r.opt.Sure
	bar := r.opt.Bar
	if unsure {
		bar = max(bar, 0.9)
	}
	rival := len(hits) > 1 && hits[1].PRight >= closeRatio*best.PRight && hits[1].PRight >= choicesMin
	known, foreign := best.PRight >= bar && !rival, r.foreign(text, best)
	switch {
	case known && !foreign:
		r.give(choiceOf(best), best.PRight)
	case unsure && best.PRight < bar:
		r.failed(Clarify, sayUnclear)
	case best.PRight >= r.opt.Ask:
		if r.phrase(text, hits) {
			return nil
		}
		switch {
		case !foreign:
			r.ask(hits)
		case known || len(hits) == 1 || hits[1].PRight < choicesMin:
			r.say(Clarify, sayForeign)
			r.out.PRight, r.out.Choices = best.PRight, []Choice{choiceOf(best)}
		default: // several questions in words they may not know are no choice
			r.elsewhere()
		}
	default:
		r.unknown()
	}
	return nil
}

// foreign reports whether an entry is in a language the caller does not use, neither now nor in this conversation, and has
// not agreed to.
func (r *request) foreign(text string, h knowledge.Hit) bool {
	return h.Lang != r.q.Reply && h.Lang != nlu.Language(text, r.q.Lang) && !r.d.Foreign
}

// elsewhere admits that there is an answer in another language at most.
func (r *request) elsewhere() {
	p := r.out.PRight
	r.failed(Offer, sayElsewhere)
	r.out.PRight = p
}

func choiceOf(h knowledge.Hit) Choice {
	return Choice{Entry: h.ID, Question: h.Question, Answer: h.Answer, Lang: h.Lang}
}

// unknown admits that there is no answer, or, when the words themselves may have been misheard, asks again.
func (r *request) unknown() {
	p := r.out.PRight
	r.failed(Offer, sayUnknown)
	r.out.PRight = p
}

// offered finds the choice that was meant among those the last reply offered: the caller repeats a part of it.
func (r *request) offered(text string, hits []knowledge.Hit) (Choice, float64, bool) {
	if len(r.d.Offered) == 0 {
		return Choice{}, 0, false
	}
	best, second, at := 0, 0, -1
	for i, c := range r.d.Offered {
		n := shared(text, c.Question)
		if n > best {
			best, second, at = n, best, i
		} else {
			second = max(second, n)
		}
	}
	for i, h := range hits[:min(3, len(hits))] {
		for k, c := range r.d.Offered {
			if h.ID != c.Entry {
				continue
			}
			if i == 0 && h.PRight >= knowledge.OfferBar && (at == k || best == second) {
				return c, h.PRight, true
			}
			if at == k && best > second && h.PRight >= hits[0].PRight/3 {
				return c, h.PRight, true
			}
		}
	}
	// A few words that occur in one of the choices alone: "the card one".
	if at >= 0 && best > second && len(hanzi.Segment(text)) <= 4 && hits[0].PRight < r.opt.Bar {
		return r.d.Offered[at], r.opt.Bar, true
	}
	return Choice{}, 0, false
}

// shared counts the words of a that are also in b, small words aside.
func shared(a, b string) int {
	in := map[string]bool{}
	for _, w := range hanzi.Segment(hanzi.Fold(b)) {
		in[w] = true
	}
	n := 0
	for _, w := range hanzi.Segment(hanzi.Fold(a)) {
		if in[w] && (hanzi.HasHan(w) && !strings.Contains("的了吗我是不一个怎么什么有要想可以", w) || !hanzi.HasHan(w) && len(w) > 3) {
			n++
		}
	}
	return n
}

// ask offers the likeliest entries. Asking twice without an answer in between is a failure.
func (r *request) ask(hits []knowledge.Hit) {
	n := choicesMax
	if r.q.Reply == "en" {
		n = fitting(hits)
	}
	var choices []Choice
	var questions []string
	for _, h := range hits {
		if len(choices) > 0 && h.Lang != choices[0].Lang {
			continue // one voice speaks the whole sentence
		}
		if len(choices) < n && (h.PRight >= choicesMin || len(choices) == 0) && h.Question != "" {
			choices = append(choices, choiceOf(h))
			questions = append(questions, h.Question)
		}
	}
	if len(choices) == 0 || r.d.Failures >= 2 {
		r.unknown()
		return
	}
	p := r.out.PRight
	r.say(Clarify, sayWhich)
	r.out.PRight, r.out.Choices = p, choices
	r.out.Text = didYouMean(questions, questionsLang(questions, r.q.Reply))
	r.out.Lang = questionsLang(questions, r.q.Reply)
	if len(r.d.Offered) > 0 {
		r.out.Next.Failures = r.d.Failures + 1
	}
}

// fitting is how many questions can be listened to in one sentence.
func fitting(hits []knowledge.Hit) int {
	total := 0
	for i, h := range hits[:min(choicesMax, len(hits))] {
		total += utf8.RuneCountInString(h.Question)
		if total > spokenMax && i > 0 {
			return i
		}
	}
	return choicesMax
}

// questionsLang is the language the questions are in: one voice must speak the whole sentence.
func questionsLang(questions []string, reply string) string {
	return nlu.Language(strings.Join(questions, " "), reply)
}

var (
	// asks tells a question, or a trouble, from a number that is only given.
	asks = regexp.MustCompile(`(?i)\b(?:what|how|when|where|why|who|which|can|could|want|need|lost|stolen|block|cancel|help|problem|wrong|not|never|didn.?t|hasn.?t)\b|^\s*(?:is|are|do|does|did|will)\b|怎么|什么|吗|多少|几|哪|为什么|能|可以|想|要|丢|没|不`)

	sentenceEnd = regexp.MustCompile(`[.!?;。！？；]+\s*`)
	another     = regexp.MustCompile(`(?i)[,，]?\s*\b(?:and also|and|also|plus)\s+(what|how|when|where|why|who|which|can|could|do|does|is|are|will|would)\b|[,，]?(?:另外|还有就是|还有|以及|而且我还想问|顺便问一下|再问一下)[，,]?`)
)

// split cuts a text into the questions it may consist of. One part means that it is one question.
func split(text string) []string {
	text = another.ReplaceAllString(text, ". $1")
	var out []string
	for _, p := range sentenceEnd.Split(text, -1) {
		p = strings.TrimSpace(p)
		if len(hanzi.Segment(p)) >= 3 {
			out = append(out, p)
		}
	}
	if len(out) > 4 {
		return nil // a story, no list of questions
	}
	return out
}

// knowParts looks at a text of several sentences: two of them with an answer each are two questions; one of them with
// an answer, while the whole has none, is the question.
func (r *request) knowParts(parts []string, whole []knowledge.Hit) (done bool, better []knowledge.Hit, err error) {
	better = whole
	var sure []knowledge.Hit
	for _, p := range parts {
		hits, err := r.find(p)
		if err != nil {
			return false, nil, err
		}
		if len(hits) == 0 || hits[0].PRight < r.opt.Bar {
			continue
		}
		if len(sure) == 0 || sure[0].ID != hits[0].ID {
			sure = append(sure, hits[0])
		}
		if len(better) == 0 || better[0].PRight < r.opt.Bar {
			better = hits
		}
	}
	if len(sure) < 2 || r.foreign(r.q.Text, sure[0]) || len(whole) > 0 && whole[0].PRight >= 0.9 && whole[0].ID != sure[0].ID && whole[0].ID != sure[1].ID {
		return false, better, nil
	}
	questions := []string{sure[0].Question, sure[1].Question}
	r.say(Clarify, sayWhich)
	r.out.PRight = sure[0].PRight
	r.out.Choices = []Choice{choiceOf(sure[0]), choiceOf(sure[1])}
	r.out.Lang = questionsLang(questions, r.q.Reply)
	r.out.Text = twoThings(questions, r.out.Lang)
	return true, better, nil
}

// phrase lets the language model word a reply from what was found. It reports whether there is one.
func (r *request) phrase(text string, hits []knowledge.Hit) bool {
	if r.opt.Phraser == nil || r.q.Quick {
		return false
	}
	var passages []Passage
	for _, h := range hits {
		if h.PRight >= choicesMin && len(passages) < choicesMax && knowledge.Orders(h.Question) == "" && knowledge.Orders(h.Answer) == "" {
			passages = append(passages, Passage{ID: h.ID, Title: h.Question, Text: h.Answer})
		}
	}
	if len(passages) == 0 {
		return false
	}
	began := time.Now()
	if r.q.Asking != nil {
		r.q.Asking(r.u)
	}
	said, used, more, err := r.word(text, passages)
	if err != nil || said == "" || len(used) == 0 {
		r.log.Warn("no phrased reply, asking instead", "took", time.Since(began), "err", err)
		return false
	}
	p := r.out.PRight
	r.out.Decision, r.out.Text, r.out.Lang = Known, said, r.q.Reply
	r.out.Entry, r.out.Cited, r.out.PRight, r.out.More = used[0], used, p, more
	r.out.Next.Person, r.out.Next.Failures = false, 0
	return true
}

// word has the reply worded: whole, or its first sentence and the way to the others.
func (r *request) word(text string, passages []Passage) (said string, used []string, more iter.Seq[string], err error) {
	streamer, ok := r.opt.Phraser.(Streamer)
	if !ok || !r.q.Stream {
		said, used, err = r.opt.Phraser.Phrase(r.ctx, r.q.Reply, text, passages)
		return said, used, nil, err
	}
	s := newStream(r.ctx, streamer.Sentences(r.ctx, r.q.Reply, text, passages))
	first, ok, err := s.next()
	if err != nil || !ok {
		s.stop()
		return "", nil, nil, err
	}
	return first.Text, first.Used, s.rest, nil
}
