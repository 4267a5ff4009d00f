package quality

import (
	"regexp"
	"slices"
	"strings"
)

// fact is one sentence about what was true and due.
type fact struct {
	text   string  // folded
	claims []claim // its parts that have an amount
	amount []amount
	frees  bool // it says that something was not due
	terms  map[string]bool
}

var (
	frees   = regexp.MustCompile(`\b(no|not|never|without|nothing|nobody|neither)\b.{0,50}\b(due|needed|need|needs|required|requires?|necessary|apply|applies|applicable|relevant|involved|expected|mandatory|discussed|happened|occurred|sold|mentioned|opened|accessed|disclosed|asked for)\b|\b(has not|have not|had not|hasn't|haven't) to\b|\b(doesn't|didn't|does not|did not|don't|need not|needn't|isn't|wasn't|aren't|weren't) (have to|need|require|apply|involve|concern|touch)|\b(exempt|n/a)\b|\b(there (is|was|were|are)|had|has|with) no\b|\b(isn't|wasn't|aren't|weren't) (due|needed|required|necessary|relevant|put|placed|upset|angry)\b|\bno .{0,40}\b(was|were|is|are|has been|have been) (\w+ )?(taken|changed|made|moved|cancelled|canceled|opened|booked|given|extended|signed|touched|looked|used|stopped)\b|^no [a-z]+( [a-z]+){0,3}[.]?$|^no (\w+ )?(hold|fee|fees|charge|transfer|complaint|identity|id|account|sale|product|disclosure|verification|check|recording|risk|cooling)\b|^not (on|put|upset|angry|a)\b|\bnot (upset|angry|put on hold|on hold|transferred|a complaint|sold)\b|never (on|put on) hold|already (been )?(verified|identified|checked|authenticated|disclosed|played|announced|recorded)|general (question|enquiry|inquiry)|\b(needs?|requires?) no\b|\bno need\b|\b(nobody|no one) (was|were|is|had been|has been|had to|has to)\b|\bnothing\b.{0,40}\b(was|were|is) (\w+ )?(read|told|looked|changed|booked|arranged|given)\b|\bno (\w+ )?(check|verification|disclosure|fee|hold|identification|charge)\b`)
	freesZH = regexp.MustCompile(`无需|无须|没有(任何)?(必须|应|需|须|要)|不需要?|不用|不必|没必要|没有必要|不涉及|未涉及|不适用|不要求|不属于|没有(发生|要求|出现|进行|需要|等待|转接|投诉|不满|生气|查询|推荐|推销|销售|办理)|未(发生|出现|要求|等待|转接|查询|推荐|销售|办理)|不收(取|费)?|免(于|除)|没有.{0,6}(义务|情绪)|情绪(平稳|稳定|正常|平和)|已(经)?(由|通过|在).{0,12}(核实|验证|核验|播报|告知)|一般(性)?(咨询|问题)|通用(咨询|问题)`)
	// rules say what may not be done; their "not" frees nobody.
	rules = regexp.MustCompile(`\b(must|may|can|cannot|should|allowed|permitted|can't|mustn't|shouldn't)\b|不得|不能|不可|禁止|不允许|必须|应当|应该|须|需要|要`)
)

// claim is an amount with what it is about.
type claim struct {
	amount []amount
	terms  map[string]bool
}

var claimParts = regexp.MustCompile(`[;；,，。] ?|\.\s|\band\b|并且|而`)

func newFact(s string) fact {
	f := fold(strings.TrimSpace(s))
	var claims []claim
	for _, part := range claimParts.Split(f, -1) {
		if a := amounts(part); len(a) > 0 {
			claims = append(claims, claim{a, terms(digits(part))})
		}
	}
	return fact{claims: claims, text: f, amount: amounts(f), frees: frees.MatchString(f) || freesZH.MatchString(f), terms: terms(f)}
}

// about reports whether the fact speaks of c.
func (f fact) about(c concept) bool {
	if c.name == "accuracy" || c.name == "resolved" || c.name == "company" || c.name == "ownname" {
		return false
	}
	return c.asks.in(f.text) || c.topic.in(f.text)
}

// freed is how sure it is that a fact frees from what the question asks for, 0 where none does.
func (j *judge) freed(q *Question) float64 {
	p := q.plan
	for _, f := range j.facts {
		if !f.frees {
			continue
		}
		if strings.Contains(f.text, strings.ToLower(q.ID)) && strings.Contains(q.ID, "_") {
			return 0.9
		}
		for _, c := range p.want {
			if c.kind == forbidden && rules.MatchString(f.text) {
				continue
			}
			if c.name != "fee" && f.excuses(c) && !(c.name == "empathy" && !emotion.in(f.text)) {
				return 0.85
			}
			if c.name == "fee" && len(f.amount) == 0 && f.excuses(c) && (cond(p.when, j.lang) == "" || j.holds(cond(p.when, j.lang), p.when[j.lang] == "") != met) {
				return 0.85
			}
		}
	}
	return 0
}

// exempt finds out whether the question does not apply to this call.
func (j *judge) exempt(q *Question) (outcome, bool) {
	na := func(conf float64, by, why string) (outcome, bool) {
		return outcome{value: NA, conf: conf, by: by, why: why, guess: by == "absence"}, true
	}
	p := q.plan
	if conf := j.freed(q); conf > 0 {
		return na(conf, "facts", "a fact says that it was not due")
	}
	if len(p.want) == 1 && p.want[0].name == "hold" && j.neverHeld() {
		return na(0.8, "facts", "a fact says that nobody had to wait")
	}
	if j.lifted(q) {
		return na(0.75, "facts", "a fact says that it was not due")
	}
	if j.named(q) {
		return outcome{}, false
	}
	when := cond(p.when, j.lang)
	if when == "" && len(p.want) == 1 && p.want[0].name == "empathy" {
		when = p.after
	}
	if len(p.want) > 0 && p.want[0].kind == forbidden && p.want[0].always {
		when = "" // what must never be was not, whatever held
	}
	if w := when; w != "" && !(len(p.want) > 0 && p.want[0].name == "fee" && moneyWords.in(w)) {
		switch j.holds(w, p.when[j.lang] == "" && w != p.after) {
		case met:
			return outcome{}, false
		case unmentioned:
			if len(p.want) > 0 && p.want[0].name == "fee" && j.factSays(w, false) == 0 && j.feeDue() {
				break // no fact denies it, and one names the price
			}
			return na(0.6, "absence", "neither the facts nor the call speak of the condition")
		case refuted:
			return na(0.8, "facts", "the condition of the question did not hold")
		}
	}
	if len(p.want) == 1 && p.want[0].name == "identity" && (p.before != "" || p.bad || p.good) && !j.identityDue() {
		return na(0.7, "absence", "nothing was discussed that it had to come before")
	}
	if len(p.want) == 0 {
		return j.untouched(q)
	}
	for _, c := range p.want {
		if j.due(q, c) {
			return outcome{}, false
		}
	}
	return na(0.65, "absence", "neither the facts nor the call make it due")
}

// cond is the condition in the call's language, or in the other one.
func cond(when map[string]string, lang string) string {
	if w := when[lang]; w != "" {
		return w
	}
	return when["en"] + when["zh"]
}

// excuses reports whether a part of the fact says that c was not due.
func (f fact) excuses(c concept) bool {
	if c.name == "empathy" && feltFact.in(f.text) {
		return false // "was angry about having no signal"
	}
	switch c.name {
	case "need", "recap", "resolved", "accuracy", "company", "ownname", "greeting", "furtherhelp", "closing", "thanks":
		return false // due in every call
	}
	if !f.frees {
		return false
	}
	for _, part := range parts.Split(f.text, -1) {
		if (frees.MatchString(part) || freesZH.MatchString(part)) && (c.asks.in(part) || c.name == "empathy" && emotion.in(part) || c.kind == statement && c.name != "coolingoff" && c.topic.in(part)) {
			return true
		}
	}
	return false
}

var parts = regexp.MustCompile(`[;；,，。.] ?|\b(?:so|and|but)\b`)

// moneyWords are those of a condition that asks no more than whether there was anything to pay.
var moneyWords = pat(`\b(money|fees?|charges?|costs?|pay(able|ment)?|price)\b`, `费|钱|价`)

// due reports whether c had to be done in this call.
func (j *judge) due(q *Question, c concept) bool {
	for _, f := range j.facts {
		if f.about(c) && !f.frees && c.name != "fee" && c.name != "identity" {
			return true
		}
	}
	switch c.name {
	case "identity":
		return j.identityDue()
	case "fee":
		return j.feeDue()
	case "hold":
		return j.held() >= 0 || j.saysHold()
	case "empathy":
		return j.upset() || j.plainEmpathy(q, c)
	}
	if c.always {
		return true
	}
	if len(j.facts) == 0 && c.name != "transfer" {
		return true
	}
	for _, s := range j.sents {
		if c.topic.in(s.text) || s.who == Agent && j.hit(c, s) != nil {
			return true
		}
	}
	return false
}

// state is how it stands with the condition of a question.
type state int

const (
	unknown     state = iota // nobody can say
	met                      // a fact or the call says so
	refuted                  // a fact or the call says otherwise
	unmentioned              // facts are there, and neither they nor the call speak of it
)

// holds says how it stands with a condition of a question. The words of a foreign one, of the other language than the call's,
// are not looked for.
func (j *judge) holds(when string, foreign bool) state {
	if st, ok := j.holdsByName(when, foreign); ok {
		return st
	}
	alternatives := either(when)
	say := 0
	for _, a := range alternatives {
		v := j.factSays(a, len(alternatives) > 1)
		if v > 0 {
			return met
		}
		say = min(say, v)
	}
	if say < 0 {
		return refuted
	}
	for _, a := range alternatives {
		want := terms(a)
		if len(alternatives) > 1 && len(want) < 2 && len(j.facts) > 0 {
			continue // one word of several is said in any call
		}
		for _, s := range j.sents {
			if n := share(want, terms(s.text)); n >= 0.5 && !denies.MatchString(s.text) && !(s.asks && s.who == Agent) {
				return met
			}
		}
	}
	for _, c := range concepts() {
		if c.topic.in(when) {
			if slices.ContainsFunc(j.sents, func(s sentence) bool { return c.topic.in(s.text) }) {
				return met
			}
			return refuted
		}
	}
	if len(j.facts) > 0 {
		return unmentioned
	}
	return unknown
}

// holdsByName is holds for conditions that many forms have, each looked for in its own way; false for others.
func (j *judge) holdsByName(when string, foreign bool) (state, bool) {
	var is bool
	switch {
	case callerMood.in(when) || emotion.in(when):
		is = j.upset()
	case notHad.in(when) && !foreign:
		is = slices.ContainsFunc(j.facts, func(f fact) bool { return refused.in(strings.TrimRight(f.text, ".。;； ")) })
	case waiting.MatchString(when):
		is = j.held() >= 0 || j.factSays(when, false) > 0 || j.waitFact() || j.saysHold()
	case sale.in(when):
		is = j.sold()
	case hardship.in(when):
		is = j.struggles()
	case ifNeeded.MatchString(when) && len(terms(when)) <= 2, foreign:
		return unknown, true
	default:
		return unknown, false
	}
	if is {
		return met, true
	}
	return refuted, true
}

// factSays looks for a fact that is about the condition; for one of several alternatives more of it has to be there.
func (j *judge) factSays(when string, strict bool) int {
	want, least := terms(when), 0.5
	if strict {
		least = 0.6
	}
	best, say := 0.0, 0
	for _, f := range j.facts {
		for _, part := range parts.Split(f.text, -1) {
			n := share(want, terms(part))
			if n < least || n <= best {
				continue
			}
			best, say = n, 1
			if frees.MatchString(part) || freesZH.MatchString(part) || denies.MatchString(part) && !denies.MatchString(when) {
				say = -1
			}
		}
		if n := share(want, f.terms); n >= least && n > best {
			best, say = n, 1
			if f.frees || denies.MatchString(f.text) && !denies.MatchString(when) {
				say = -1
			}
		}
	}
	return say
}

// untouched finds out whether a question without a known concept is outside this call.
func (j *judge) untouched(q *Question) (outcome, bool) {
	core := q.plan.core[j.lang]
	want := terms(core)
	for _, f := range j.facts {
		if f.frees && share(want, f.terms) >= 0.5 {
			return outcome{value: NA, conf: 0.75, by: "facts", why: "a fact says that it was not due"}, true
		}
	}
	return outcome{}, false
}

// ifNeeded are the words of a condition that leaves it open.
var ifNeeded = regexp.MustCompile(`applicable|needed|necessary|required|appropriate|possible|需要|适用|必要`)
