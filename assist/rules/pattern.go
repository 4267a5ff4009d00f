package rules

import (
	"slices"
	"strconv"
	"strings"
)

// pattern is a phrase with alternatives, optional parts and gaps, matched on the units of a text.
type pattern []element

// element is one step of a pattern: some alternatives, a gap of at most gap units, or an anchor.
type element struct {
	alts     []alternative
	optional bool
	gap      int
	start    bool // ^: nothing but the start of a clause may come before
	end      bool // $: nothing but the end of a clause may come after
}

// alternative is a run of units; stem lets the last one go on with any ending.
type alternative struct {
	units []string
	stem  bool
}

// maxGap bounds the work that one gap can cause.
const maxGap = 12

// parsePattern reads a pattern in lang. sets are the named alternatives that @name stands for.
func parsePattern(src, lang string, sets map[string][]string) (pattern, error) {
	var p pattern
	for _, word := range splitPattern(src) {
		e, err := parseElement(word, lang, sets)
		if err != nil {
			return nil, faultf(0, "pattern", "pattern %q: %w", src, err)
		}
		p = append(p, e)
	}
	if len(p) == 0 || !slices.ContainsFunc(p, func(e element) bool { return len(e.alts) > 0 && !e.optional }) {
		return nil, faultf(0, "pattern-optional", "pattern %q: needs a word that is not optional", src)
	}
	for _, e := range p {
		if e.start {
			continue
		}
		if len(e.alts) == 0 {
			return nil, faultf(0, "pattern-gap", "pattern %q: must begin with a word, not with a gap", src)
		}
		break
	}
	if len(p) > 16 {
		return nil, faultf(0, "pattern-long", "pattern %q: has %d parts, at most 16 are allowed", src, len(p))
	}
	return p, nil
}

// spread writes a pattern that is nothing but brackets as one pattern for each alternative, in which there may be gaps.
func spread(src string) []string {
	if !strings.HasPrefix(src, "(") || !strings.HasSuffix(src, ")") {
		return []string{src}
	}
	var out []string
	depth, from := 0, 1
	for i, r := range src {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		}
		if depth == 0 && i < len(src)-1 {
			return []string{src}
		}
		if depth == 1 && r == '|' || depth == 0 {
			out = append(out, strings.TrimSpace(src[from:i]))
			from = i + 1
		}
	}
	if depth != 0 {
		return []string{src}
	}
	return out
}

// splitPattern cuts at spaces outside brackets.
func splitPattern(src string) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range src + " " {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ' ' && depth <= 0:
			if from < i {
				out = append(out, src[from:i])
			}
			from = i + 1
		}
	}
	if from < len(src) {
		out = append(out, src[from:])
	}
	return out
}

func parseElement(word, lang string, sets map[string][]string) (element, error) {
	if word == "^" || word == "$" {
		return element{start: word == "^", end: word == "$"}, nil
	}
	if n, ok := strings.CutPrefix(word, "~"); ok {
		gap, err := strconv.Atoi(n)
		if err != nil || gap < 1 || gap > maxGap {
			return element{}, faultf(0, "gap", "gap %q: write ~1 to ~%d", word, maxGap)
		}
		return element{gap: gap}, nil
	}
	var e element
	word, e.optional = strings.CutSuffix(word, "?")
	options := []string{word}
	if strings.HasPrefix(word, "(") {
		inner, ok := strings.CutSuffix(word[1:], ")")
		if !ok || strings.ContainsAny(inner, "()") {
			return element{}, faultf(0, "brackets", "%q: brackets do not match, and they cannot be nested", word)
		}
		options = strings.Split(inner, "|")
	}
	for _, o := range options {
		name, named := strings.CutPrefix(strings.TrimSpace(o), "@")
		if !named {
			a, err := parseAlternative(o, lang)
			if err != nil {
				return element{}, err
			}
			e.alts = append(e.alts, a)
			continue
		}
		if len(sets[name]) == 0 {
			return element{}, faultf(0, "set", "@%s: no such set in this language%s", name, didYouMean(name, keys(sets)))
		}
		for _, s := range sets[name] {
			a, err := parseAlternative(s, lang)
			if err != nil {
				return element{}, err
			}
			e.alts = append(e.alts, a)
		}
	}
	return e, nil
}

func parseAlternative(s, lang string) (alternative, error) {
	s, stem := strings.CutSuffix(strings.TrimSpace(s), "*")
	if strings.ContainsAny(s, "~^$*?@") {
		return alternative{}, faultf(0, "only-words", "%q: only words can stand between brackets", s)
	}
	t := newText(s, lang)
	if len(t.units) == 0 {
		return alternative{}, faultf(0, "alternative", "%q: an alternative is empty", s)
	}
	return alternative{units: t.units, stem: stem}, nil
}

// heads are the alternatives that a match can begin with.
func (p pattern) heads() []alternative {
	var out []alternative
	for _, e := range p {
		out = append(out, e.alts...)
		if len(e.alts) > 0 && !e.optional {
			break
		}
	}
	return out
}

// match matches p at unit at and returns the end of the longest match of its last part, -1 for none.
func (p pattern) match(t *text, at int) int {
	if len(p) == 0 {
		return at
	}
	e := p[0]
	switch {
	case e.start:
		if at > 0 && !isMark(t.units[at-1]) {
			return -1
		}
		return p[1:].match(t, at)
	case e.end:
		if at < len(t.units) && !isMark(t.units[at]) {
			return -1
		}
		return p[1:].match(t, at)
	case e.gap > 0:
		for n := 0; n <= e.gap && at+n <= len(t.units); n++ {
			if end := p[1:].match(t, at+n); end >= 0 {
				return end
			}
			if at+n < len(t.units) && (isMark(t.units[at+n]) && t.units[at+n] != "," || t.negates(at+n)) {
				break
			}
		}
		return -1
	}
	best := -1
	for _, a := range e.alts {
		if end := a.match(t.units, at); end >= 0 {
			best = max(best, p[1:].match(t, end))
		}
	}
	if best < 0 && at < len(t.units) && t.units[at] == "," && at > 0 {
		best = p.match(t, at+1)
	}
	if best < 0 && e.optional {
		best = p[1:].match(t, at)
	}
	return best
}

func (a alternative) match(units []string, at int) int {
	end := at + len(a.units)
	if end > len(units) {
		return -1
	}
	for i, u := range a.units {
		if units[at+i] == u || a.stem && i == len(a.units)-1 && strings.HasPrefix(units[at+i], u) {
			continue
		}
		return -1
	}
	return end
}

// negates reports whether unit i turns what follows round, so that no gap may hide it: "I am not at all angry".
func (t *text) negates(i int) bool {
	switch u := t.units[i]; u {
	case "not", "never", "dont", "doesnt", "didnt", "isnt", "wont", "wouldnt", "arent", "wasnt":
		return i+1 >= len(t.units) || t.units[i+1] != "only" && t.units[i+1] != "just"
	case "不", "没", "别":
		// 能不能 asks, 对不起 and 不好意思 are courtesies.
		asks := i > 0 && i+1 < len(t.units) && t.units[i-1] == t.units[i+1]
		courtesy := i+1 < len(t.units) && (t.units[i+1] == "起" || t.units[i+1] == "好" || t.units[i+1] == "人")
		return !asks && !courtesy && (u != "别" || i == 0 || t.units[i-1] != "特")
	}
	return false
}
