package quality

import "slices"

// inCase picks among the concepts that the words of a question name those that are meant in its case: "if the caller was angry,
// was that acknowledged?" is about soothing, "thanks after a wait" about waiting, and who offers another day where the one that
// was wanted was full puts an alternative forward.
func (p *plan) inCase(list []concept) []concept {
	core, when := p.core["en"]+" ; "+p.core["zh"], p.inCaseOf()
	for _, c := range concepts() {
		is := func(o concept) bool { return o.name == c.name }
		named := slices.ContainsFunc(list, is)
		if !c.owed.in(when) {
			continue
		}
		other := slices.ContainsFunc(list, func(o concept) bool { return !is(o) && !slices.Contains(c.beats, o.name) })
		if !other && (named || c.ways.none() || c.ways.in(core)) {
			if !named {
				p.before = ""
			}
			return []concept{c}
		}
	}
	return list
}

// inCaseOf is the case in which something is asked for, in both languages.
func (p *plan) inCaseOf() string { return p.before + " ; " + p.when["en"] + " ; " + p.when["zh"] }

// responds are the words for meeting a feeling, when the feeling itself stands in the condition.
var responds = pat(`acknowledg|recogni[sz]|respond|react|address|deal|handle|attend|care|calm|kind|warm|support|listen|notice|validat|defus|de-?escalat|show|sorry`, `回应|关注|照顾|处理|缓解|疏导|倾听|关切|平复|劝|体谅|体会|理解`)

// offers are the words for putting something forward.
var offers = pat(`\b(offer\w*|put forward|propos\w*|suggest\w*|given?|gave|provid\w*|on the table|alternatives?|plan b|another|something else)\b`, `给|提供|提出|拿出|推荐|替代|另外|别的`)

// again are the words for saying once more what was said.
var again = pat(`\b(repeat\w*|restat\w*|read back|recap\w*|summ(ed|ari[sz]\w*)( up)?|(gone|go|went|run|ran) (over|through)|said (over|again))\b`, `复述|重述|重复|归纳|过一遍|再说一遍|又说了一遍`)
