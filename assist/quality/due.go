package quality

import "slices"

// named reports whether a fact says that what the question asks for was due, in the question's own words.
func (j *judge) named(q *Question) bool {
	want := terms(q.plan.core[j.lang])
	for _, f := range j.facts {
		identity := slices.ContainsFunc(q.plan.want, func(c concept) bool { return c.name == "identity" })
		if f.frees || !duty.in(f.text) || identityFact.in(f.text) && !identity {
			continue
		}
		if share(want, f.terms) >= 0.5 {
			return true
		}
		for _, c := range q.plan.want {
			if c.kind != forbidden && f.about(c) && c.name != "need" && c.name != "recap" && c.name != "empathy" {
				return true
			}
		}
	}
	return false
}

// lifted reports whether a part of a fact denies, in the question's own words, that it was due.
func (j *judge) lifted(q *Question) bool {
	for _, c := range q.plan.want {
		if c.kind == forbidden || c.always && c.name != "timeframe" && c.name != "disclosure" {
			return false
		}
	}
	for _, f := range j.facts {
		if len(q.plan.want) == 1 && q.plan.want[0].name == "identity" && !f.frees && identityFact.in(f.text) {
			return false
		}
	}
	want := things(terms(q.plan.core[j.lang] + " " + q.plan.when[j.lang] + " " + q.plan.before))
	for _, f := range j.facts {
		if !f.frees || duty.in(f.text) || rules.MatchString(f.text) && j.lang == "en" {
			continue
		}
		for _, part := range parts.Split(f.text, -1) {
			have := things(terms(part))
			if (frees.MatchString(part) || freesZH.MatchString(part)) && !emotion.in(part) && len(have) > 0 && (share(have, want) >= 0.4 || sameThing(have, want)) {
				return true
			}
		}
	}
	return false
}

// things are the topical terms that do not name the caller.
func things(t map[string]bool) map[string]bool {
	out := topical(t)
	for w := range out {
		if theCaller.MatchString(w) {
			delete(out, w)
		}
	}
	return out
}
