package quality

import "regexp"

var (
	guess = pat(`\b(i don't know|no idea|not sure|i('m| am) guessing|i guess|couldn't tell you|can't remember)\b`, `不知道|不清楚|不太清楚|不确定|说不准|好像是吧|大概吧`)
	duty  = pat(`\b(had to|has to|have to|must|due|should|required|requires?|mandatory|needs? to|compulsory|obligatory)\b`, `必须|应当|应该|须|需要|要求`)
)

func (j *judge) accuracy(q *Question) outcome {
	fine, broken := Yes, No
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	if !q.plan.good && falsehood.MatchString(ask) {
		fine, broken = No, Yes
	}
	var heard *sentence
	for _, f := range j.facts {
		if s := j.contradicts(f); s != nil {
			o := j.found(*s, nil, 0.75, "facts", "it contradicts a fact")
			o.value = broken
			return o
		}
	}
	for i, s := range j.sents {
		if s.who != Agent || s.asks {
			continue
		}
		for _, f := range j.facts {
			if meet(amounts(s.text), f.amount) {
				return outcome{value: fine, conf: 0.85, ev: []Evidence{j.evidence(s, nil)}, by: "facts", why: "it agrees with a fact", turns: []int{s.turn}}
			}
		}
		if guess.in(s.text) && heard == nil {
			heard = &j.sents[i]
		}
	}
	if heard != nil && broken == No {
		o := j.found(*heard, guess.find(heard.text), 0.55, "wording", "the agent did not know")
		o.value = No
		return o
	}
	return outcome{value: fine, conf: 0.55, by: "absence", why: "nothing that was said contradicts the facts"}
}

// contradicts finds the agent's sentence that gives another value than f, nil if there is none.
func (j *judge) contradicts(f fact) *sentence {
	var found *sentence
	for k := range 5 * len(f.claims) {
		unit, cl := []string{"money", "percent", "days", "clock", "weekday"}[k%5], f.claims[k/5]
		due := of(cl.amount, unit)
		if len(due) == 0 {
			continue
		}
		agreed, wrong := false, (*sentence)(nil)
		for i, s := range j.sents {
			if s.who != Agent || s.asks && !confirmAsk.in(s.text) {
				continue
			}
			text, near := s.text, j.around(s)
			if m := totals.find(text); m != nil && unit == "money" && !meet(of(amounts(text), unit), due) {
				text = text[:m[0]]
			}
			if unit != "money" && unit != "percent" && !j.askedFor(unit, s.turn) {
				near = terms(s.text) // other times are named in most answers
			}
			said := without(of(amounts(text), unit), j.callerSaid(s.turn))
			switch {
			case len(said) == 0 && unit == "money" && plainly(due, cl.terms, s, j.claims(unit) == 1):
				agreed = true
			case len(said) == 0 && unit == "money" && j.claims(unit) == 1 && j.askedFor(unit, s.turn) && loneNumber.MatchString(digits(s.text)):
				wrong = &j.sents[i] // "How much?" - "Eighty."
			case len(said) == 0:
				if m := freeOf.find(s.text); unit == "money" && m != nil && s.text[m[0]:m[1]] != "free" && !freeOf.in(f.text) && (j.askedFor(unit, s.turn) && j.claims(unit) == 1 || share(topical(cl.terms), j.around(s)) >= 0.2) {
					wrong = &j.sents[i]
				}
			case meet(said, due), plainly(due, cl.terms, s, j.claims(unit) == 1):
				agreed = true
			case j.elsewhere(said):
			case sumOf(said, j.facts):
				agreed = true
			case share(topical(cl.terms), near) >= likeness[unit] || unit == "money" && sameThing(cl.terms, near), j.claims(unit) == 1 && (unit == "money" || j.askedFor(unit, s.turn)):
				wrong = &j.sents[i]
			}
		}
		if !agreed && wrong != nil {
			found = wrong
		}
	}
	if found == nil && freeOf.in(f.text) && !rules.MatchString(f.text) {
		for i, s := range j.sents {
			if s.who == Agent && !s.asks && len(of(amounts(s.text), "money")) > 0 && share(topical(f.terms), j.around(s)) >= 0.2 {
				return &j.sents[i]
			}
		}
	}
	if found == nil && len(f.amount) == 0 && !duty.in(f.text) && !f.frees && f.decided() == nil && !theCaller.MatchString(f.text) {
		return j.opposite(f)
	}
	return found
}

// likeness is how much of what a fact says about an amount has to be there to hold another amount against it: a call names
// many times, and few prices.
var likeness = map[string]float64{"money": 0.2, "percent": 0.2, "days": 0.4, "clock": 0.4, "weekday": 0.4}

var loneNumber = regexp.MustCompile(`^(?:it's |that's |就|是)?\d[\d,.]*[.。!！]?$`)

// callerSaid are the amounts that the caller has named before a turn: who says them back claims nothing.
func (j *judge) callerSaid(turn int) []amount {
	var out []amount
	for _, s := range j.sents {
		if s.who == Caller && s.turn < turn {
			out = append(out, amounts(s.text)...)
		}
	}
	return out
}

// without are the amounts of a that are not in b.
func without(a, b []amount) []amount {
	var out []amount
	for _, x := range a {
		if !meet([]amount{x}, b) {
			out = append(out, x)
		}
	}
	return out
}

// askedFor reports whether the caller has just asked for an amount of a unit.
func (j *judge) askedFor(unit string, turn int) bool {
	for at := turn - 1; at >= max(0, turn-3); at-- {
		if t := j.call.Turns[at]; side(t.Who) == Caller && unitAsked[unit].in(fold(t.Text)) {
			return true
		}
	}
	return false
}

var unitAsked = map[string]pair{
	"days":    pat(`\bhow (long|soon|many (days|weeks))|\bwhen\b`, `多久|多长时间|几天|什么时候|何时|啥时候`),
	"money":   pat(`\bhow much|what.{0,24}(cost|charge|price|fee)`, `多少钱|怎么收费|什么价|贵不贵|多少`),
	"percent": pat(`\b(what|which).{0,16}rate|how much interest|what percent`, `利率|利息|多少`),
	"clock":   pat(`\bwhat time|\bwhen\b`, `几点|什么时间`),
	"weekday": pat(`\b(what|which) day|\bwhen\b`, `星期几|周几|礼拜几|哪天`),
}

// claims is how many facts name an amount of a unit.
func (j *judge) claims(unit string) int {
	n := 0
	for _, f := range j.facts {
		if len(of(f.amount, unit)) > 0 {
			n++
		}
	}
	return n
}

// around are the terms of a sentence with those of its turn and of the turn before, which it may answer.
func (j *judge) around(s sentence) map[string]bool {
	out := map[string]bool{}
	for _, o := range j.sents {
		if o.turn == s.turn || o.turn == s.turn-1 {
			for w := range terms(o.text) {
				out[w] = true
			}
		}
	}
	return out
}

// elsewhere reports whether another fact has the amount.
func (j *judge) elsewhere(said []amount) bool {
	for _, f := range j.facts {
		if meet(said, f.amount) {
			return true
		}
	}
	return false
}

// opposite finds a sentence that says of the same things what f denies, or denies what f says.
func (j *judge) opposite(f fact) *sentence {
	if len(f.terms) < 2 {
		return nil
	}
	for i, s := range j.sents {
		if s.who != Agent || s.asks || share(f.terms, terms(s.text)) < 0.6 {
			continue
		}
		if denies.MatchString(f.text) != denies.MatchString(s.text) {
			return &j.sents[i]
		}
	}
	return nil
}

var falsehood = regexp.MustCompile(`wrong|incorrect|false|mislead|misinform|untrue|mistake|\berrors?\b|conflict|contradict|inconsistent|错|误导|不符|出入|偏差|冲突|矛盾|违背|违反|不实|失实|对不上`)
