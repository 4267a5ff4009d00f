package quality

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// mustTell are the concepts that are said because the caller has to know them.
var mustTell = []string{"recording", "coolingoff", "risk", "interest", "fee", "terms", "privacy", "warranty", "fraudwarning"}

// disclosure answers whether all was said that had to be: what the facts name, or without facts what the question names.
func (j *judge) disclosure(q *Question, window []sentence) (outcome, error) {
	all, excused, err := j.disclosedByFacts(q, window)
	if err == nil && len(all) == 0 {
		all, err = j.dueByName(q, window)
	}
	if err != nil {
		return outcome{}, err
	}
	if len(all) == 0 && (len(j.facts) > 0 || excused) {
		return outcome{value: NA, conf: 0.7, by: "facts", why: "no fact says that anything had to be disclosed"}, nil
	}
	if len(all) == 0 {
		for _, c := range conceptsNamed(mustTell...) {
			if !c.asks.in(q.plan.core["en"] + " ; " + q.plan.core["zh"]) {
				continue
			}
			o, err := j.tells(q, c, window)
			if err != nil {
				return outcome{}, err
			}
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return j.meaning(q, window)
	}
	whole := all[0]
	for _, o := range all[1:] {
		whole = merge(whole, o, false)
	}
	return whole, nil
}

// disclosedByFacts answers about each thing that the facts name, and whether one says that something was not due.
func (j *judge) disclosedByFacts(q *Question, window []sentence) (all []outcome, excused bool, err error) {
	for _, f := range j.facts {
		known := false
		for _, c := range conceptsNamed(mustTell...) {
			if !c.asks.in(f.text) {
				continue
			}
			if f.excuses(c) {
				known, excused = true, true
				continue
			}
			if c.name == "fee" && len(of(f.amount, "money"))+len(of(f.amount, "percent")) == 0 && !disclose.in(f.text) {
				continue
			}
			known = true
			o, err := j.tells(q, c, window)
			if err != nil {
				return nil, false, err
			}
			all = append(all, o)
		}
		if known || !disclose.in(f.text) {
			continue
		}
		if f.frees {
			excused = true
			continue
		}
		o, err := j.tellsFact(f, window)
		if err != nil {
			return nil, false, err
		}
		all = append(all, o)
	}
	return all, excused, nil
}

// dueByName answers what facts say was due by its name only ("so the deposit is due") and tell in others (its amount): first
// by the facts that tell about what was named, else by a hint, else by the facts that name it.
func (j *judge) dueByName(q *Question, window []sentence) ([]outcome, error) {
	about := things(terms(q.plan.core[j.lang]))
	for _, w := range []string{"told", "tell", "call", "said", "that", "告知", "通话", "说明", "提醒"} {
		delete(about, w)
	}
	names := j.naming(about)
	if len(names) == 0 {
		return nil, nil
	}
	for _, f := range names {
		for w := range topical(f.terms) {
			about[w] = true
		}
	}
	if out, err := j.toldOf(about, window); err != nil || len(out) > 0 {
		return out, err
	}
	for _, s := range window {
		if m := hinted(q.Hints[j.lang], s); m != nil && !negated(s.text, m[0]) {
			return []outcome{j.found(s, m, 0.7, "wording", "a phrase of the hints was said")}, nil
		}
	}
	var out []outcome
	for _, f := range names {
		o, err := j.tellsName(q, f, window)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// naming are the facts that say that something was due and share a word with about.
func (j *judge) naming(about map[string]bool) []fact {
	var out []fact
	for _, f := range j.facts {
		if !f.frees && duty.in(f.text) && !identityFact.in(f.text) && f.shares(about) {
			out = append(out, f)
		}
	}
	return out
}

// shares reports whether f is about something in about.
func (f fact) shares(about map[string]bool) bool {
	return share(about, f.terms) > 0 || sameThing(f.terms, about)
}

// toldOf answers for each fact that tells something about what is due whether that was said.
func (j *judge) toldOf(about map[string]bool, window []sentence) ([]outcome, error) {
	var out []outcome
	for _, f := range j.facts {
		if f.frees || identityFact.in(f.text) || !f.shares(about) {
			continue
		}
		bare := duty.in(f.text) || theCaller.MatchString(f.text) || f.decided() != nil || len(topical(f.terms)) < 3
		if bare && len(f.amount) == 0 {
			continue // it tells nothing that could be said
		}
		if s := j.addsUp(f, window); s != nil {
			out = append(out, j.found(*s, nil, 0.7, "facts", "the sum of a fact was said"))
			continue
		}
		for _, part := range f.apart() {
			o, err := j.tellsFact(part, window)
			if err != nil {
				return nil, err
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// tellsName looks for what f says was due, also by what the question and its hints mean.
func (j *judge) tellsName(q *Question, f fact, window []sentence) (outcome, error) {
	o, err := j.tellsFact(f, window)
	if err != nil || o.value != No {
		return o, err
	}
	s, sim, err := j.nearest(append([]string{q.plan.core[j.lang]}, q.Hints[j.lang]...), window)
	if err == nil && sim >= j.near()-0.06 && !s.asks {
		o = j.found(s, nil, 0.55, "meaning", "something close to what is due was said")
	}
	return o, err
}

// addsUp is where the sum of the amounts of f was said, nil if it was not.
func (j *judge) addsUp(f fact, window []sentence) *sentence {
	for i, s := range window {
		if !s.asks && sumOf(amounts(s.text), []fact{f}) {
			return &window[i]
		}
	}
	return nil
}

// apart are the claims of a fact that names several amounts of money, each to be told; else the fact itself.
func (f fact) apart() []fact {
	var out []fact
	for _, part := range claimParts.Split(f.text, -1) {
		if len(of(amounts(part), "money")) > 0 {
			out = append(out, newFact(part))
		}
	}
	if len(out) < 2 {
		return []fact{f}
	}
	return out
}

// allDue joins what dueByName answers, nil for nothing.
func (j *judge) allDue(q *Question, window []sentence) (*outcome, error) {
	list, err := j.dueByName(q, window)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	all := list[0]
	for _, o := range list[1:] {
		all = merge(all, o, false)
	}
	return &all, nil
}

// plainly reports whether a number of s is an amount of money that is due, its unit left out: "a deposit of three hundred".
// alone: there is no other amount, so that s need not say what it is about.
func plainly(due []amount, about map[string]bool, s sentence, alone bool) bool {
	text := digits(s.text)
	if !alone && share(topical(about), terms(text)) == 0 {
		return false
	}
	for _, m := range bareNumber.FindAllString(text, -1) {
		v, err := strconv.ParseFloat(strings.ReplaceAll(m, ",", ""), 64)
		for _, a := range of(due, "money") {
			if err == nil && v == a.value && (v >= 10 || share(topical(about), terms(text)) > 0) {
				return true
			}
		}
	}
	return false
}

var bareNumber = regexp.MustCompile(`\b\d[\d,]*(?:\.\d+)?\b`)

var disclose = pat(`\b(disclos\w*|told|stated?|mention\w*|announc\w*|inform\w*|explain\w*|warn\w*|say|said)\b`, `披露|告知|说明|提示|声明|提醒`)

func (j *judge) tells(q *Question, c concept, window []sentence) (outcome, error) {
	if c.name == "fee" {
		return j.fee(q, window), nil
	}
	o, err := j.stated(q, c, window)
	if err != nil || o.value != No || o.by != "absence" {
		return o, err
	}
	for _, f := range j.facts { // in other words, with the figure of the fact
		if f.frees || len(f.amount) == 0 || !c.asks.in(f.text) {
			continue
		}
		for _, s := range window {
			if !s.asks && same(f.amount, amounts(s.text)) {
				return j.found(s, nil, 0.65, "facts", "the figure of a fact was said"), nil
			}
		}
	}
	return o, nil
}

// dutyWords are what a fact says about having to tell, not about what to tell.
var dutyWords = pat(`\b(the |every )?(agent|patients?|callers?|customers?|advisor|they) (had to|has to|have to|must|should|needs? to) (be )?(say|state|mention|tell|told|disclose|warn\w*|inform\w*|explain|point out)( the caller| them| it| this| so)?( of| about| that)?\b|which must be (mentioned|said|stated|disclosed|told)[^;.]*|\b(so )?this (must|had to) be (said|told|mentioned|disclosed)\b`, `(客服|坐席)?(必须|应当|应该|应|需要|须|要)(主动|明确)?(告知|说明|提醒|提示|披露|讲明)(客户|来电人|市民)?`)

// same reports whether an amount of a fact was said; a year is as good as twelve months.
func same(due, said []amount) bool {
	for _, d := range due {
		for _, s := range said {
			if d.unit == s.unit && d.unit != "weekday" && d.unit != "clock" && math.Abs(d.value-s.value) <= 0.03*d.value {
				return true
			}
		}
	}
	return false
}

// tellsFact looks for a sentence that says what a fact says.
func (j *judge) tellsFact(f fact, window []sentence) (outcome, error) {
	due := dutyWords.en.ReplaceAllString(dutyWords.zh.ReplaceAllString(f.text, " "), " ")
	want := terms(digits(due))
	for _, s := range window {
		if !s.asks && plainly(f.amount, f.terms, s, false) {
			return j.found(s, nil, 0.65, "facts", "the figure of a fact was said"), nil
		}
		if !s.asks && same(f.amount, amounts(s.text)) { // the figure is what there is to tell
			return j.found(s, nil, 0.7, "facts", "the figure of a fact was said"), nil
		}
		if !s.asks && (share(f.terms, terms(digits(s.text))) >= 0.5 || len(want) > 1 && share(want, terms(digits(s.text))) >= 0.5) {
			return j.found(s, nil, 0.65, "wording", "the words of a fact were said"), nil
		}
	}
	if s, sim, err := j.nearest([]string{due}, window); err != nil {
		return outcome{}, err
	} else if sim >= j.near()-0.02 && !s.asks {
		return j.found(s, nil, 0.55, "meaning", "something close to a fact was said"), nil
	}
	return absent("what a fact says had to be said was not"), nil
}
