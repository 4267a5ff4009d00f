package quality

import "slices"

// mustTell are the concepts that are said because the caller has to know them.
var mustTell = []string{"recording", "coolingoff", "risk", "interest", "fee", "terms", "privacy", "warranty", "fraudwarning"}

// disclosure answers whether all was said that had to be: what the facts name, or without facts what the question names.
func (j *judge) disclosure(q *Question, window []sentence) (outcome, error) {
	var all *outcome
	add := func(o outcome) {
		if all == nil {
			all = &o
			return
		}
		o = merge(*all, o, false)
		all = &o
	}
	excused := false
	for _, f := range j.facts {
		known := false
		for _, c := range concepts() {
			if !slices.Contains(mustTell, c.name) || !c.asks.in(f.text) {
				continue
			}
			if excused = excused || f.excuses(c); f.excuses(c) {
				known = true
				continue
			}
			if c.name == "fee" && len(f.amount) == 0 && !disclose.in(f.text) {
				continue
			}
			known = true
			o, err := j.tells(q, c, window)
			if err != nil {
				return outcome{}, err
			}
			add(o)
		}
		if !known && disclose.in(f.text) {
			if f.frees {
				excused = true
				continue
			}
			o, err := j.tellsFact(f, window)
			if err != nil {
				return outcome{}, err
			}
			add(o)
		}
	}
	if all != nil {
		return *all, nil
	}
	if len(j.facts) > 0 || excused {
		return outcome{value: NA, conf: 0.7, by: "facts", why: "no fact says that anything had to be disclosed"}, nil
	}
	for _, c := range concepts() {
		if !slices.Contains(mustTell, c.name) || !c.asks.in(q.plan.core["en"]+" ; "+q.plan.core["zh"]) {
			continue
		}
		o, err := j.tells(q, c, window)
		if err != nil {
			return outcome{}, err
		}
		add(o)
	}
	if all != nil {
		return *all, nil
	}
	return j.meaning(q, window)
}

var disclose = pat(`\b(disclos\w*|told|stated?|mention\w*|announc\w*|inform\w*|explain\w*|warn\w*|say|said)\b`, `披露|告知|说明|提示|声明|提醒`)

func (j *judge) tells(q *Question, c concept, window []sentence) (outcome, error) {
	if c.name == "fee" {
		return j.fee(q, window), nil
	}
	return j.stated(q, c, window)
}

// tellsFact looks for a sentence that says what a fact says.
func (j *judge) tellsFact(f fact, window []sentence) (outcome, error) {
	for _, s := range window {
		if share(f.terms, terms(digits(s.text))) >= 0.5 && !s.asks {
			return j.found(s, nil, 0.65, "wording", "the words of a fact were said"), nil
		}
	}
	if s, sim, err := j.nearest([]string{f.text}, window); err != nil {
		return outcome{}, err
	} else if sim >= j.near()-0.02 && !s.asks {
		return j.found(s, nil, 0.55, "meaning", "something close to a fact was said"), nil
	}
	return absent("what a fact says had to be said was not"), nil
}
