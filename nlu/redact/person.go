package redact

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/spell"
)

// People are named with words that no dictionary has. So where somebody speaks of a person, by what he is to him, by his
// part in the matter or by what is done in his name, such words are the name, and a given name with such a word behind it is
// one anywhere.

// word is a word of Latin letters in a text.
type word struct {
	start, end int
	text, low  string
	known      nameLevel
}

// nameLevel is how much a word looks like a part of a name.
type nameLevel int

const (
	noName    nameLevel = iota
	rareWord            // in no dictionary
	listed              // on the long list of given names
	givenName           // a common given name that is no word
)

// latinWords are the words of s, with how much they look like names. In a text with capitals a name has one.
func latinWords(s string) []word {
	cased := mixedCase(s)
	var out []word
	for i := 0; i < len(s); {
		w := latinName.FindString(s[i:])
		if w == "" || unicode.Is(unicode.Han, firstRune(w)) {
			i += max(1, len(string(firstRune(s[i:]))))
			continue
		}
		bare := strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(w, "'’-"), "'s"), "’s")
		if bare == "" {
			i += len(w)
			continue
		}
		x := word{start: i, end: i + len(bare), text: bare, low: strings.ToLower(bare)}
		x.known = levelOf(x, cased)
		out = append(out, x)
		i += len(w)
	}
	return out
}

// mixedCase reports whether a text is written with capitals, beside those that begin it and "I".
func mixedCase(s string) bool {
	return capitalInside.MatchString(s)
}

var capitalInside = words(`[\p{L}\d,;:'’]\s+(?-i:\p{Lu}\p{Ll}+)`)

func levelOf(w word, cased bool) nameLevel {
	if len(w.text) < 2 || !content(w.low) || cased && !capital(w.text) || strings.ToUpper(w.text) == w.text {
		return noName
	}
	first, _, _ := strings.Cut(w.low, "-")
	switch {
	case given()[first] && !wordNames[first]:
		return givenName
	case spell.Alphabet(w.low) != 0, spell.Name(w.low) != 0, dateToken.MatchString(w.low), notPerson.MatchString(w.text):
		return noName
	case more()[first] && !wordNames[first] && !common(first):
		return listed
	case len(w.low) > 2 && !common(w.low) && (cased && w.start > 0 || !inflected(w.low)):
		return rareWord
	}
	return noName
}

// inflected reports whether w is a word of the dictionary, or made of two, or one with an ending.
func inflected(w string) bool {
	if common(w) {
		return true
	}
	for _, end := range []string{"s", "es", "ed", "d", "ing", "ly", "'ll", "'d", "'ve", "'re", "n't", "in", "y", "er", "ish"} {
		if stem, ok := strings.CutSuffix(w, end); ok && len(stem) > 2 && common(stem) {
			return true
		}
	}
	for _, head := range []string{"un", "re", "non", "pre", "mis", "auto", "multi", "anti", "over", "out", "super", "inter"} {
		if rest, ok := strings.CutPrefix(w, head); ok && len(rest) > 3 && common(rest) {
			return true
		}
	}
	for k := range w {
		if w[k] == '-' && k > 0 && (common(w[:k]) && common(w[k+1:])) {
			return true
		}
	}
	return false
}

var (
	// of whom somebody speaks: what he is to somebody, or his part in the matter; the name may follow a copula
	personBefore = words(`\b(?:(?:my|his|her|our|their|your|the|a) (?:[a-z]+ )?)?(?:wife|husband|son|daughter|mother|father|brother|sister|mum|mom|mam|dad|partner|fianc[eé]e?|girlfriend|boyfriend|flatmate|roommate|housemate|uncle|aunt|auntie|aunty|cousin|nephew|niece|gran|granny|nan|nana|grandad|grandpa|grandma|grand(?:mother|father|son|daughter)|` +
		`stepson|stepdaughter|stepfather|stepmother|twin|baby|kid|child|friend|mate|neighbou?r|landlord|landlady|tenant|lodger|colleague|boss|manager|supervisor|assistant|carer|nurse|doctor|dentist|teacher|solicitor|lawyer|accountant|secretary|driver|engineer|technician|plumber|` +
		`patient|client|passenger|guest|traveller|resident|beneficiary|payee|recipient|addressee|executor|guardian|next of kin|emergency contact|applicant|claimant|policy ?holder|account ?holder|card ?holder|joint holder|owner|keeper|buyer|seller|director|spouse|ex|ex-wife|ex-husband|in-law|mother-in-law|father-in-law|sister-in-law|brother-in-law|mr|mrs|ms|miss|mister|missus|dr|sir|madam)\b` +
		`(?:'s)?[\s,:]+(?:(?:full |first |last )?name[\s,]+)?(?:(?:is|was|are|called|named|as|it's|that's|um+|uh+|er+m?|a|mr|mrs|ms|miss|mister|doctor)[\s,]+)*$`)
	// in whose name something is, or who speaks
	namedBefore = words(`(?:\b(?:under|registered (?:to|under)|belongs to|in (?:the )?names? of|made out to|payable to|addressed to|on behalf of|care of|signed (?:by|for by)|sold to|(?:speak|talk|spoke|spoken|talking|speaking)(?: (?:to|with))|ask(?:ed)? for|asking for|dealt with|i (?:put|said|wrote|typed|chose|gave)|goes by|known as|formerly|n[eé]e|maiden name|` +
		`(?:down|listed|registered|saved|put|entered|filed|booked|recorded|spelled|spelt|written|appears|shows?|have (?:me|it|him|her)|got (?:me|it|him|her)) (?:it )?(?:as|under)|named|called|attn|attention|this is|it is|it's|that's|that is|i'm|i am|me|am|name(?:'s| is| was)?|surname(?:'s| is)?|dear|regards|sincerely|signed)[\s,:]+(?:(?:is|was|be|still|a|mr|mrs|ms|miss|mister|doctor|um+|uh+|er+m?|yes|yeah|just|it's|both|under|as)[\s,]+)*)$`)
	// what shows that a name was said before it
	namedBehind = words(`^(?:[\s,]+(?:family\b|household\b|residence\b|here\b|speaking\b|calling\b|again\b|by the way|is (?:my|the|his|her|our) (?:name|full name|surname)|with (?:a|an|one|two|double) \w|spelled|spelt|that's (?:spelled|spelt)|[a-z](?:[\s-][a-z]){2,}\b)|['’]s (?:account|card|phone|mobile|number|policy|booking|order|email|address|appointment|birthday|date of birth|dob|details|passport|name|house|flat|place|line)\b)`)
)

// people finds names by the words around them.
func people(l look) []Span {
	s := l.s
	if len(l.words) == 0 {
		return nil
	}
	ws := latinWords(s)
	var out []Span
	for i := 0; i < len(ws); i++ {
		if ws[i].known == noName {
			continue
		}
		j := i + 1
		for j < len(ws) && j < i+4 && ws[j].known != noName && joinsName(s[ws[j-1].end:ws[j].start]) {
			j++
		}
		if isPerson(s, ws[i:j]) {
			start := ws[i].start
			if k := foundBefore(initials, s, start); k >= 0 {
				start = k
			}
			out = append(out, Span{Name, start, ws[j-1].end, MaskOf(Name)})
		}
		i = j - 1
	}
	return out
}

// initials stand before a name: "T Oyelaran".
var initials = regexp.MustCompile(`(?:\b[A-Z]\.?\s)+$`)

// joinsName reports whether what stands between two words may do so inside a name.
func joinsName(between string) bool { return between == " " || between == "-" || between == ". " }

// isPerson reports whether ws, which look like a name, are one where they stand.
func isPerson(s string, ws []word) bool {
	first, last := ws[0], ws[len(ws)-1]
	if notPerson.MatchString(s[first.start:last.end]) || placed.MatchString(upTo(s, first.start)) && !surely.MatchString(upTo(s, first.start)) {
		return false
	}
	head := initials.ReplaceAllString(upTo(s, first.start), "")
	if personBefore.MatchString(head) {
		return true
	}
	best := noName
	for _, w := range ws {
		best = max(best, w.known)
	}
	behind := namedBehind.MatchString(s[last.end:])
	before := namedBefore.MatchString(head)
	switch {
	case first.known == givenName && len(ws) > 1:
		return true
	case first.known >= listed && len(ws) > 1:
		return before || behind || ws[1].known == rareWord && !mixedCase(s)
	case best >= listed:
		return before || behind
	}
	return behind && last.end < len(s) || before && (len(ws) > 1 || surely.MatchString(head))
}

var (
	// placed stands before a place or a thing rather than a person
	placed = words(`\b(?:in|at|to|near|around|outside|the|a|an|on|via|through|using|called the|this|that|some|any|of the|branch|city of|brand|model|app|website|company|firm|store|shop|hotel|restaurant|road|street)\s+$`)
	// surely are those cues behind which a single word that no dictionary has is a name
	surely = words(`\b(?:under|in (?:the )?names? of|on behalf of|care of|signed (?:by|for by)|known as|(?:down|listed|registered|saved|filed|booked|recorded|have me|got me|put me) (?:as|under)|i (?:put|said|wrote|typed|chose|gave)|registered to|maiden name|name(?:'s| is| was)?|surname(?:'s| is)?|ask(?:ed)? for|made out to|payable to|addressed to|registered to|i'm|i am|dear)[\s,:]+(?:\w+[\s,]+)?$`)
)
