package rules

import (
	"cmp"
	"slices"

	"github.com/parley-voice/parley/nlu/nearest"
)

// list is a named list of patterns: what a variable like said.anger stands for.
type list struct {
	name   string
	who    string // "caller" or "agent" (which stands for the bot, too)
	unless []string
}

// setting is a context, a reason not to count a word: it is negated, quoted, supposed, asked about ...
type setting struct {
	name  string
	scope string // before, clause, sentence, turn, inside
	reach int    // with scope before: units between the context and the word
}

// phrase is one pattern of a list or of a context.
type phrase struct {
	pattern pattern
	list    int     // index of the list, -1 for a context
	context int     // index of the context
	except  bool    // of a context: where it matches the context does not
	weight  float64 // of a list
	short   bool    // Chinese: its match must stand on the edges of words
}

// lexicon holds the phrases of one language, found by the first unit they can match.
type lexicon struct {
	phrases []phrase
	first   map[string][]int32
	stems   map[string][]int32 // by the first stemKey runes of a stem
}

const stemKey = 2

func newLexicon() *lexicon {
	return &lexicon{first: map[string][]int32{}, stems: map[string][]int32{}}
}

func (l *lexicon) add(p phrase) {
	n := int32(len(l.phrases))
	l.phrases = append(l.phrases, p)
	for _, a := range p.pattern.heads() {
		if u := a.units[0]; a.stem && len(a.units) == 1 {
			key := u[:min(stemKey, len(u))]
			l.stems[key] = appendOnce(l.stems[key], n)
		} else {
			l.first[u] = appendOnce(l.first[u], n)
		}
	}
}

func appendOnce(s []int32, n int32) []int32 {
	if slices.Contains(s, n) {
		return s
	}
	return append(s, n)
}

// hit is a place where a phrase matched: units from..to.
type hit struct {
	from, to int
	weight   float64
}

// found is what a text holds: hits by list.
type found map[int][]hit

// find returns the hits of the lists that may be said by a party, without those that their context takes back.
func (l *lexicon) find(t *text, lists []list, contexts []setting, agent bool) found {
	byList, byContext, excepted := map[int][]hit{}, map[int][]hit{}, map[int][]hit{}
	try := func(n int32, at int) {
		p := l.phrases[n]
		if p.list >= 0 && (lists[p.list].who == agentSide) != agent {
			return
		}
		end := p.pattern.match(t, at)
		if end <= at {
			return
		}
		if p.short && end-at <= 2 {
			t.segment()
			if !t.edges[at] || !t.edges[end] {
				return
			}
		}
		h := hit{at, end, p.weight}
		switch {
		case p.list >= 0:
			byList[p.list] = append(byList[p.list], h)
		case p.except:
			excepted[p.context] = append(excepted[p.context], h)
		default:
			byContext[p.context] = append(byContext[p.context], h)
		}
	}
	for at, u := range t.units {
		for _, n := range l.first[u] {
			try(n, at)
		}
		if len(u) >= stemKey {
			for _, n := range l.stems[u[:stemKey]] {
				try(n, at)
			}
		}
	}
	out := found{}
	for n, hits := range byList {
		kept := hits[:0]
		for _, h := range hits {
			if !t.takenBack(h, lists[n].unless, contexts, byContext, excepted) {
				kept = append(kept, h)
			}
		}
		if kept = apart(kept); len(kept) > 0 {
			out[n] = kept
		}
	}
	return out
}

// apart keeps the heaviest and longest of hits that overlap, in order.
func apart(hits []hit) []hit {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.from, b.from))
	})
	var out []hit
	for _, h := range hits {
		if !slices.ContainsFunc(out, func(o hit) bool { return h.from < o.to && o.from < h.to }) {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b hit) int { return cmp.Compare(a.from, b.from) })
	return out
}

// most bounds what one turn can add to a variable of words.
const most = 2

func weightOf(hits []hit) float64 {
	sum := 0.0
	for _, h := range hits {
		sum += h.weight
	}
	return min(most, sum)
}

// takenBack reports whether one of the contexts named in unless holds for h.
func (t *text) takenBack(h hit, unless []string, contexts []setting, by, excepted map[int][]hit) bool {
	for i, c := range contexts {
		if !slices.Contains(unless, c.name) {
			continue
		}
		for _, m := range by[i] {
			if slices.ContainsFunc(excepted[i], func(e hit) bool { return e.from < m.to && m.from < e.to }) {
				continue
			}
			if t.reaches(c, m, h) {
				return true
			}
		}
	}
	return slices.Contains(unless, "asked") && t.isQuestion(h)
}

// reaches reports whether context c, which matched at m, covers h.
func (t *text) reaches(c setting, m, h hit) bool {
	switch c.scope {
	case "turn":
		return true
	case "inside":
		return m.from < h.to && h.from < m.to
	case "sentence":
		lo, hi := min(m.to, h.to), max(m.from, h.from)
		return lo > hi || !slices.ContainsFunc(t.units[lo:hi], func(u string) bool { return isMark(u) && u != "," })
	}
	if m.to > h.from {
		return false
	}
	between := t.units[m.to:h.from]
	if c.scope == "before" && len(between) > c.reach {
		return false
	}
	if c.scope == "before" && t.lang == "en" && h.from < len(t.units) && startsClause(t.units[h.from]) {
		return false
	}
	return !slices.ContainsFunc(between, func(u string) bool { return isMark(u) || startsClause(u) })
}

// startsClause reports whether a negation before u is over at it: "you do not fix it, I will sue" negates no suing.
func startsClause(u string) bool {
	switch u {
	case "but", "because", "so", "though", "i", "im", "ill", "id", "ive", "then", "if":
		return true
	}
	return false
}

// isQuestion reports whether the sentence of h asks: it ends with a question mark.
func (t *text) isQuestion(h hit) bool {
	for i := h.to; i < len(t.units); i++ {
		if u := t.units[i]; u == "?" {
			return true
		} else if isMark(u) && u != "," {
			return false
		}
	}
	return false
}

// keys returns the names of m, in order.
func keys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// didYouMean is "; did you mean x?" for the name most like the wrong one, "" when none is like it.
func didYouMean(wrong string, names []string) string {
	if meant := nearest.To(wrong, names); meant != "" {
		return "; did you mean " + meant + "?"
	}
	return ""
}
