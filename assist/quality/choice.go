package quality

import "slices"

// spoken takes back what only the place or the case of a question named: "repeated at the end" is no goodbye, and thanks
// after a wait are part of how somebody was left waiting.
func (p *plan) spoken(list []concept) []concept {
	core := p.core["en"] + " ; " + p.core["zh"]
	is := func(names ...string) func(concept) bool {
		return func(c concept) bool { return slices.Contains(names, c.name) }
	}
	if again.in(core) && slices.ContainsFunc(list, is("need")) {
		list = slices.DeleteFunc(list, is("closing", "timeframe", "resolved", "fee"))
	}
	if notHad.in(p.when["en"]+" ; "+p.when["zh"]) && offers.in(core) && !slices.ContainsFunc(list, is("alternative")) {
		list = conceptsNamed("alternative")
	}
	if slices.ContainsFunc(list, is("hold")) && len(list) > 1 && !slices.ContainsFunc(list, func(c concept) bool { return !is("hold", "thanks", "empathy", "greeting", "politewords")(c) }) {
		return slices.DeleteFunc(list, func(c concept) bool { return c.name != "hold" })
	}
	if slices.ContainsFunc(list, is("alternative")) { // one is owed where something could not be had; else it is one way to help
		if notHad.in(p.when["en"] + " ; " + p.when["zh"]) {
			return slices.DeleteFunc(list, func(c concept) bool { return c.name != "alternative" })
		}
		list = slices.DeleteFunc(list, is("alternative"))
	}
	when := p.when["en"] + " ; " + p.when["zh"]
	if len(list) > 1 && waiting.MatchString(when) && !slices.ContainsFunc(list, func(c concept) bool { return !is("thanks", "empathy", "greeting", "politewords")(c) }) {
		return conceptsNamed("hold")
	}
	return list
}

// offers are the words for putting something forward.
var offers = pat(`\b(offer\w*|put forward|propos\w*|suggest\w*|given?|gave|provid\w*|on the table|alternatives?|plan b|another|something else)\b`, `给|提供|提出|拿出|推荐|替代|另外|别的`)

var again = pat(`\b(repeat\w*|restat\w*|read back|recap\w*|summ(ed|ari[sz]\w*)( up)?)\b`, `复述|重述|重复|归纳`)
