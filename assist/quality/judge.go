package quality

import (
	"context"
	"slices"

	"github.com/parley-voice/parley/assist/quality/reads"
	live "github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// judge is one call being judged. It is used by one goroutine.
type judge struct {
	ctx       context.Context //nolint:containedctx // of the Finish that runs
	scorer    *Scorer
	call      Call
	lang      string
	sents     []sentence
	agent     []int // turns of the agent
	facts     []fact
	vectors   map[string][]float32
	centred   map[string][]float32       // vectors beside the middle of all sentences
	said      map[string]map[string]bool // terms of sentences
	acted     map[string]did             // what sentences do
	kept      *Vectors                   // of the call, from judging it before or for later
	readTurns []reads.Said               // what was read of the turns so far
	readFacts []reads.Said               // and of the facts
	spent     int                        // texts embedded
	known     bool                       // somebody is known to be the agent
	rule      map[string]live.Firing
	broken    func(rule string) error
}

// outcome is an answer in the making.
type outcome struct {
	value Value
	conf  float64
	ev    []Evidence
	by    string
	why   string
	turns []int // the turns it rests on
	guess bool  // na because nothing says that the question applies, and nothing that it does not
}

func newJudge(s *Scorer, c Call) *judge {
	j := &judge{scorer: s, call: c, lang: languageOf(c), vectors: map[string][]float32{}, centred: map[string][]float32{}, said: map[string]map[string]bool{}, acted: map[string]did{}, kept: &Vectors{}}
	for i, t := range c.Turns {
		sure := t.Confidence == nil || *t.Confidence >= s.opt.MinConfidence
		j.sents = append(j.sents, split(i, t, sure)...)
		if side(t.Who) == Agent {
			j.agent = append(j.agent, i)
			j.known = true
		}
	}
	for _, f := range c.Facts {
		j.facts = append(j.facts, newFact(f))
	}
	return j
}

// languageOf is the language that c is judged in: its own, or by the script of its turns.
func languageOf(c Call) string {
	if c.Lang == "en" || c.Lang == "zh" {
		return c.Lang
	}
	han := 0.0
	for _, t := range c.Turns {
		han += hanzi.Share(t.Text)
	}
	if han > 0.4*float64(len(c.Turns)) {
		return "zh"
	}
	return "en"
}

// words are the terms of s.
func (j *judge) words(s sentence) map[string]bool {
	t, ok := j.said[s.text]
	if !ok {
		t = terms(s.text)
		j.said[s.text] = t
	}
	return t
}

func (j *judge) answer(q *Question) (Answer, error) {
	o, st, err := j.decide(q)
	if err != nil {
		return Answer{}, err
	}
	a := o.answer(q)
	if o.by == "absence" && j.known && j.scorer.opt.Embedders[j.lang] == nil {
		a.Confidence *= unheard
	}
	if st != nil {
		a.FailOdds, a.standing = &st.odds, st
	}
	return a, nil
}

// answer is o as the answer to q.
func (o outcome) answer(q *Question) Answer {
	a := Answer{Question: q.ID, Value: o.value, Confidence: min(max(o.conf, 0), 1), Evidence: o.ev, By: o.by, Why: o.why}
	if a.Evidence == nil {
		a.Evidence = []Evidence{}
	}
	return a
}

// unheard is what is left of the confidence that something was not said where only its usual words were looked for.
const unheard = 0.8

func (j *judge) decide(q *Question) (outcome, *standing, error) {
	o, err := j.decided(q)
	if err != nil || q.Kind() != YesNo || q.By != "" || q.plan.sense == nil || o.value == CannotTell {
		return o, nil, err
	}
	return j.weigh(q, o)
}

// decided is the answer before it is weighed.
func (j *judge) decided(q *Question) (outcome, error) {
	switch q.By { // by a person and by a model also where nobody is known to be the agent
	case ByPerson:
		return forPerson("a person answers this"), nil
	case ByLLM:
		return outcome{value: CannotTell, by: ByLLM, why: "no language model was asked: a person answers this"}, nil
	}
	if !j.known {
		return outcome{value: CannotTell, conf: 0.9, by: "absence", why: "nobody in the call is known to be the agent"}, nil
	}
	switch {
	case q.Kind() == Scale:
		return j.levels(q)
	case q.Kind() == Several:
		return j.options(q)
	case q.By == ByRule:
		return j.byRule(q), nil
	}
	return j.asRead(q)
}

// asRead answers a question as it was read.
func (j *judge) asRead(q *Question) (outcome, error) {
	na, exempt := j.exempt(q)
	if exempt && (!na.guess || q.prohibits()) {
		return na, nil
	}
	o, err := j.look(q)
	if err != nil {
		return outcome{}, err
	}
	kept := Yes
	if q.plan.bad {
		kept = No
	}
	if exempt && o.value != kept { // who does what is asked for had a reason to
		return na, nil
	}
	return o, nil
}

// prohibits reports whether the question is about what must not be.
func (q *Question) prohibits() bool {
	if len(q.plan.want) == 0 {
		return q.plan.good || q.FailOn == Yes
	}
	return q.plan.want[0].kind == forbidden
}

// look answers a question that applies to the call.
func (j *judge) look(q *Question) (o outcome, err error) {
	p := q.plan
	window := j.window(p)
	switch {
	case q.By == ByMeaning:
		o, err = j.meaning(q, j.within(p.who, p.part))
	case len(p.want) == 0 && q.prohibits():
		o, err = j.unwanted(q, window)
	case len(p.want) == 0:
		o, err = j.meaning(q, window)
	default:
		o, err = j.wanted(q, window)
	}
	if err != nil {
		return outcome{}, err
	}
	o = j.doubt(p, window, j.ordered(p, o))
	if p.bad {
		o = inverted(o)
	}
	return o, nil
}

// window are the sentences in which p's statement has to stand.
func (j *judge) window(p plan) []sentence {
	where := p.part
	if where == anywhere && len(p.want) > 0 {
		where = p.want[0].part
		for _, c := range p.want {
			if c.part != where {
				where = anywhere
			}
		}
	}
	return j.within(p.who, where)
}

// within are the sentences of who in a part of the call: the first three turns, or the last four (at least a third).
func (j *judge) within(who string, where part) []sentence {
	var turns []int
	for i, t := range j.call.Turns {
		if side(t.Who) == who {
			turns = append(turns, i)
		}
	}
	first, last := 0, len(j.call.Turns)
	if where == opening && len(turns) > 3 {
		last = turns[3]
	}
	if where == closing && len(turns) > 4 {
		first = turns[len(turns)-max(4, len(turns)/3)]
	}
	var out []sentence
	for _, s := range j.sents {
		if s.who == who && s.turn >= first && s.turn < last {
			out = append(out, s)
		}
	}
	return out
}

// ordered turns a yes into a no when what was asked came too late.
func (j *judge) ordered(p plan, o outcome) outcome {
	if p.before == "" || o.value != Yes || len(o.turns) == 0 || len(p.want) > 0 && p.want[0].name == "identity" {
		return o
	}
	details := len(p.want) > 0 && p.want[0].states && takesDetails.in(p.before)
	var named []concept
	for _, c := range concepts() {
		if c.kind != forbidden && c.part == anywhere && c.name != "accuracy" && c.name != "complaintroute" && (c.asks.in(p.before) || c.topic.in(p.before)) {
			named = append(named, c)
		}
	}
	for _, s := range j.sents {
		if s.who != Agent || s.turn >= o.turns[0] {
			continue
		}
		taken := details && (s.asks || requests.in(s.text)) && (checks.in(s.text) || weakChecks.in(s.text))
		if taken || slices.ContainsFunc(named, func(c concept) bool { return j.hit(c, s) != nil }) {
			o.value, o.conf, o.by, o.why = No, 0.6, "timing", "it was said, but too late"
			o.ev = append(o.ev, j.evidence(s, nil))
			return o
		}
	}
	return o
}

// takesDetails are words of an agent who asks for what is personal.
var takesDetails = pat(`\b(ask\w*|tak\w+|took|collect\w*|request\w*|not(?:e|ing|ed)|obtain\w*|gather\w*|record\w*)\b.{0,40}\b(details?|particulars|names?|address\w*|post ?codes?|phone|numbers?|data|information)\b`,
	`(询问|核对|索取|登记|收集|记录|采集|录入|问|要).{0,10}(信息|资料|姓名|名字|电话|手机|地址|住址|身份证|号码)`)

// doubt turns an answer that rests on badly heard words into cannot tell.
func (j *judge) doubt(p plan, window []sentence, o outcome) outcome {
	unsure := func(turn int) bool {
		c := j.call.Turns[turn].Confidence
		return c != nil && *c < j.scorer.opt.MinConfidence
	}
	if len(o.turns) > 0 {
		for _, t := range o.turns {
			if !unsure(t) {
				return o
			}
		}
		o.value, o.conf, o.why = CannotTell, 0.6, "the words that decide were not heard well enough"
		return o
	}
	if o.value != No || o.by != "absence" || len(p.want) > 0 && (p.want[0].kind == forbidden || p.want[0].name == "accuracy") {
		return o
	}
	bad, all := 0, 0
	var first *sentence
	for i, s := range window {
		all += s.end - s.start
		if !s.sure {
			bad += s.end - s.start
			if first == nil {
				first = &window[i]
			}
		}
	}
	place := p.part
	if place == anywhere && len(p.want) > 0 {
		if place = p.want[0].part; p.want[0].name == "recording" {
			place = opening
		}
	}
	if first != nil && (place == opening && first.turn <= j.agent[min(1, len(j.agent)-1)] || 4*bad >= all) {
		return outcome{value: CannotTell, conf: 0.6, ev: []Evidence{j.evidence(*first, nil)}, by: "absence", why: "where it would have been said was not heard well enough"}
	}
	return o
}
