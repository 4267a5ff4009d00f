package redact

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/pipeline/call"
)

// Some of what looks like a value is said beside one: a greeting, a cry, how old somebody is, how many there are, the name of a firm.

const agesEN = `(?:\d{1,3}|(?:` + tensEN + `)(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|\w+teen)`

var (
	// cries are words that are said for themselves, and thanks and greetings of several languages.
	cries = setOf(`blimey crikey gosh golly jeez jeepers phew yikes yay wow whoa ouch oops whoops ugh argh aargh alas bravo hooray hurrah cheerio toodle tara ciao adios gracias merci danke grazie obrigado obrigada arigato namaste salaam slainte sláinte diolch tapadh leat leibh
		bonjour hola salut hallo tschuss bitte prego grand magic ace champion smashing fab super righto righty okey dokey okie doke hiya hey hi hello howdy morning evening afternoon heavens goodness gracious me flip flipping heck hell lord sakes bother drat crumbs strewth och aye ach`)
	// callsOut is how somebody is spoken to before the name.
	callsOut = words(`^(?:hiya|hi|hello|hey|howdy|cheers|thanks|thank you|morning|good (?:morning|afternoon|evening))[,]? +`)
	// kinAlone is what somebody is to somebody, and no name of his.
	kinAlone = regexp.MustCompile(`^(?:gran|granny|nan|nana|nanna|grandad|grandpa|grandma|mum|mummy|mom|mam|dad|daddy|auntie|aunty|uncle|sis|hubby|missus|missis)(?:'s|’s)?$`)
	// howOld is what stands before how old somebody is, and aged how old that is.
	howOld = words(`\b(?:i|he|she|they|who)(?:'?[msr]e?| am| is| are| was)? (?:only |just |now |about |nearly |almost |already )*$`)
	aged   = words(`^(?:[msr]e? )?(` + agesEN + `)$`)
	agedBy = words(`^(?:[,.!?;]| (?:years?|now|and|but|next|this|in|on|so|she|he|last)\b|$)`)
	// firmHead is the name of a firm with which its people begin, before who speaks; firmJoins joins two names of one.
	firmHead  = regexp.MustCompile(`^(?:[Gg]ood (?:morning|afternoon|evening)[,.] |[Hh]ello[,.] |[Mm]orning[,.] )?(` + companyName + `)(?:, | and |\. |; )(?:(?:this|it)(?:'s| is) )?\p{Lu}\p{L}+ (?:here|speaking)\b`)
	firmJoins = words(` (?:and|of|&) `)
	// sailed is a thing that people name, before its name; nothing but whose it is stands before it, or somebody may be spoken of.
	sailed = words(`(?:^|[.,;!?] )(?:(?:and|so|but|oh|well|yes|yeah|it's|it was|that's|this is) )*(?:my|our|the|a|an|his|her|their) (?:\w+ )?(?:(?:sloop|yacht|ketch|dinghy|cruiser|narrowboat|barge|trawler|catamaran|schooner|boat|ship)(?:,? (?:she's|it's|which is|that's)| is| was)|(?:caravan|camper(?:van)?|motorhome|tractor|locomotive|engine|glider|van|car|bus)(?:,? (?:it's|which is|that's)| is| was)) (?:called|named) +$`)
	// someonesStaff shows behind a name that it is that of somebody who serves those who call.
	someonesStaff = words(`^(?:,? who(?:'s| is| was)| is| was) (?:his|her|my|our|their|the) (?:\w+ )?(?:tutor|form tutor|teacher|coach|instructor|key ?worker|head ?teacher|supervisor|case ?worker|consultant|physio)\b`)
)

// greeted is p without the words with which the one whose name it is was spoken to.
func greeted(s string, p Span) Span {
	if m := callsOut.FindStringIndex(s[p.Start:p.End]); m != nil && p.Kind != Secret && p.Kind != Email && capital(s[p.Start+m[1]:p.End]) {
		p.Start += m[1]
	}
	return p
}

// aside reports whether p is said beside a value and is none.
func aside(s string, p Span, h hint) bool {
	switch p.Kind {
	case Secret, Email, Card:
		return false
	case Name:
		if h.asks(Name) || introduces(s, p) {
			return false
		}
	}
	text := s[p.Start:p.End]
	if h.asks(wordSecret) {
		return false
	}
	if m := callsOut.FindString(s[p.Start:]); len(m) > len(text) || kinAlone.MatchString(text) || cried(text) && alone(s, p) || age(s, p, h) {
		return true
	}
	if p.Kind != Name {
		return false
	}
	if companys(h.who) {
		m := firmHead.FindStringSubmatchIndex(s)
		return m != nil && m[2] <= p.Start && p.End <= m[3] && firm(s[m[2]:m[3]])
	}
	return sailed.MatchString(upTo(s, p.Start)) || h.who == call.Caller && title.MatchString(text) && someonesStaff.MatchString(s[p.End:])
}

// firm reports whether a name that a company's people begin with is a firm's, and not that of the one they speak to.
func firm(name string) bool {
	first, _, _ := strings.Cut(strings.ToLower(name), " ")
	return firmJoins.MatchString(name) || !given()[first] && !more()[first]
}

// cried reports whether all the words of text are cries, and not only names that are cries, too.
func cried(text string) bool {
	called := true
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		w = strings.Trim(w, ".,!'’")
		if !cries[w] {
			return false
		}
		called = called && (given()[w] || more()[w])
	}
	return !called
}

// alone reports whether nothing but signs stands beside p in its part of the sentence.
func alone(s string, p Span) bool {
	before, after := strings.TrimRight(upTo(s, p.Start), " "), strings.TrimLeft(s[p.End:], " ")
	return (before == "" || strings.ContainsAny(before[len(before)-1:], ",.!?;")) && (after == "" || strings.ContainsAny(after[:1], ",.!?;"))
}

// age reports whether p is how old somebody is: the same words that end a date of birth.
func age(s string, p Span, h hint) bool {
	m := aged.FindStringSubmatchIndex(s[p.Start:p.End])
	if m == nil || p.Kind != Birth && p.Kind != Number {
		return false
	}
	told := func(k Kind) bool { return k != Name && (k != Birth || !runsIn(s[p.End:])) } // "I'm 42" answers where somebody lives, too
	return howOld.MatchString(upTo(s, p.Start+m[2])) && agedBy.MatchString(s[p.End:]) && !slices.ContainsFunc(h.asked, told)
}
