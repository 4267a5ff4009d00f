package nlu

import (
	"regexp"
	"strings"
)

// What surrounds a command without changing it.
var (
	fillersEN = set(`uh um er erm ah oh well so like just please hello hi hey okay ok alright now then actually kindly sorry thanks thank you
		can could would will i id want to lets me the a an yeah yes right and but listen look sir madam maam mate no`)
	politeEN = set("uh um er erm ah oh well so like please hello hi hey now then actually thanks sir madam maam mate and")
)

// Words for a person who could take the call.
const (
	someoneEN = `(?:(?:a|an|the|your|some|another|any|one of your|of|to|with|my)\s+)*(?:(?:real|live|actual|human|living|different|proper|customer|service|` +
		`services|support|care|sales|bank|call center|call centre|phone|first available|available)\s+)*(?:person|human(?: being)?|agents?|representatives?|reps?|` +
		`operators?|advis[eo]rs?|customer (?:service|services|support|care)|support team|help ?desk|receptionist|associate|staff(?: member)?|` +
		`member of staff|consultant|teller|clerk|specialist|live chat)\b`
	anyoneEN = `(?:(?:a|an|the|your|some|to|with)\s+)*(?:someone|somebody|anyone|anybody|manager|supervisor|people|real one|man|woman|team|live body|boss)\b`
	talkEN   = `\b(?:talk|talking|speak|speaking|chat|connect(?:ed)?(?: me)?|transfer(?:red)?(?: me)?(?: over)?|put me (?:through|on)(?: the (?:phone|line))?|patch me(?: through)?|pass me(?: on)?|` +
		`hand me(?: over)?|get(?: me)?(?: through)?|switch(?: me)?(?: over)?|forward me|redirect me|reach|bring me|take me|let me have)\s+(?:directly |over |through )?(?:to |with )?`
	wantEN    = `\b(?:want|need|like|give me|get me|prefer|demand|request|find me|can i (?:get|have)|could i (?:get|have)|may i have|is there|are there|do(?:nt)? you have|call|fetch|dial)\s+`
	machineEN = `(?:(?:a|an|the|this|your|stupid|fucking|damn|some)\s+)*(?:robots?|bots?|machines?|computers?|ai|automated (?:system|service|voice)|recordings?|voicebot|chatbot|system)\b`
)

var (
	wholePersonEN  = regexp.MustCompile(`^(?:` + someoneEN + `|someone real|somebody real|(?:a )?real (?:one|human|somebody|someone))(?:\s+(?:` + someoneEN + `|now|right now|immediately))*$`)
	askPersonEN    = regexp.MustCompile(talkEN + `(?:` + someoneEN + `|` + anyoneEN + `)`)
	wantPersonEN   = regexp.MustCompile(wantEN + someoneEN)
	throughEN      = regexp.MustCompile(`^(?:transfer|connect|put me through|transfer me|connect me|transfer me now|connect me now|put me on|transfer the call|transfer my call|transfer this call)$`)
	fromPersonEN   = regexp.MustCompile(`\b(?:help|assistance|support) from (?:` + someoneEN + `|` + anyoneEN + `)|\b(?:anyone|anybody|someone|somebody|` + someoneEN + `)(?: \w+){0,2} i can (?:talk|speak) (?:to|with)`)
	placeEN        = regexp.MustCompile(`^\s*(?:in|at|near)\b`)
	helpPersonEN   = regexp.MustCompile(`\b(?:can|could)\s+(?:` + someoneEN + `|(?:someone|somebody)(?: else)?)\s+(?:please )?(?:help|call|talk|speak|take|assist)\b`)
	noMachineEN    = regexp.MustCompile(`\b(?:dont|do not|not|never|hate|stop|instead of|rather than)\s+(?:(?:want|wanna|like|to|talk|talking|speak|speaking|with|this)\s+)*` + machineEN)
	talkingEN      = regexp.MustCompile(`\b(?:talk|speak|want|person|human|someone|somebody|deal)`)
	negatedEN      = regexp.MustCompile(`\b(?:dont|do not|didnt|did not|doesnt|never|not|without|rather not|no need|instead of|avoid|stop|do i need to|do i have to|must i|should i)\b(?:\s+\w+){0,4}\s*$`)
	questionNegEN  = regexp.MustCompile(`\b(?:dont you|why dont|do not you|not possible|not able)\b`)
	pastEN         = regexp.MustCompile(`\b(?:was|were|been|after|when i|yesterday|last time|already)\b(?:\s+\w+){0,3}\s*$`)
	mentionAfterEN = regexp.MustCompile(`^\s*(?:hours?|numbers?|readable|resources|rights|error|limit|count|per|id|phone|address|email|jobs?|fees?|name|training|was|were|told|said|did|hung|keeps?|is (?:rude|bad|slow)|who (?:i|was|told|said))\b`)
)

// isPersonEN reports whether the caller asks for a person, and whether that is all they said.
func isPersonEN(plain string) (asked, alone bool) {
	stripped := stripWords(plain, fillersEN)
	if (wholePersonEN.MatchString(stripped) || throughEN.MatchString(stripWords(plain, politeEN))) && !strings.Contains(" "+plain+" ", " not ") {
		return true, true
	}
	for _, re := range []*regexp.Regexp{askPersonEN, wantPersonEN, helpPersonEN, fromPersonEN} {
		for _, m := range re.FindAllStringIndex(plain, -1) {
			before, after := plain[:m[0]], plain[m[1]:]
			negated := negatedEN.MatchString(before) && !questionNegEN.MatchString(before) || pastEN.MatchString(before)
			if negated || mentionAfterEN.MatchString(after) || re == wantPersonEN && placeEN.MatchString(after) {
				continue
			}
			return true, len(strings.Fields(before))+len(strings.Fields(after)) <= 6
		}
	}
	if noMachineEN.MatchString(plain) && talkingEN.MatchString(plain) {
		return true, true
	}
	return false, false
}

// clausePersonEN reports whether the last clause of a short utterance is nothing but the word for a person: "forget it,
// human".
func clausePersonEN(raw, plain string) bool {
	if len(strings.Fields(plain)) > 8 {
		return false
	}
	clauses := strings.FieldsFunc(raw, func(r rune) bool { return strings.ContainsRune(",.!?;", r) })
	if len(clauses) < 2 {
		return false
	}
	return wholePersonEN.MatchString(stripWords(normal(clauses[len(clauses)-1]), fillersEN))
}

// Whole utterances, after politeness is taken off both ends.
var (
	repeatEN = phraseSet(`repeat, repeat that, repeat it, say that again, say it again, say again, come again, pardon, pardon me, i beg your pardon, beg your pardon, sorry,
		im sorry, excuse me, what, what was that, what did you say, what did you just say, huh, once more, one more time, again, i didnt hear that, i didnt hear you,
		i didnt catch that, i didnt get that, i didnt hear, i missed that, i cant hear you, can you repeat, can you repeat that, could you repeat that, could you repeat,
		repeat again, sorry what, sorry what was that, what do you mean, say what, can you say that again, could you say that again, tell me again,
		i didnt understand, i dont understand, could you say it again, can you say it again, slower, speak slower, speak more slowly, can you speak slower`)
	repeatInsideEN = regexp.MustCompile(`\b(?:repeat (?:that|it|yourself|what you (?:just )?said|the last|your answer|the answer)|say (?:that|it) (?:again|once more|one more time)|didnt (?:quite )?(?:catch|hear|get) (?:that|you|what you))\b`)
	stopEN         = phraseSet(`stop, wait, hold on, hang on, one moment, just a moment, a moment, one second, just a second, a second, one sec, just a minute, one minute, wait a minute,
		wait a second, wait wait, wait a moment, stop stop, stop it, be quiet, quiet, shut up, pause, stop talking, hold on a second, hold on a minute, give me a second,
		give me a moment, give me a minute, let me think, enough, thats enough, silence, hush, bear with me, hold it, stop that`)
	goodbyeEN = phraseSet(`bye, goodbye, good bye, bye bye, bye now, see you, see you later, thats all, that is all, thats it bye, thats everything, that is everything, nothing else,
		no thats all, no nothing else, no thats it, thats all for now, thats all for today, thats all i need, thats all i needed, im done, i am done, were done, have a good day,
		have a nice day, have a great day, you too bye, hang up, end the call, end call, no more questions, i have no more questions, no thats everything, ok bye,
		okay bye, thank you bye, thank you goodbye, nothing more, good night, no im good, im good, no im all set, im all set, all set, that will be all, thatll be all, you can hang up,
		thats all thank you, no thats all thank you, thats everything thank you, nothing else thank you, no nothing else thank you, bye thank you, goodbye thank you, cheers bye`)
	goodbyeEndEN = regexp.MustCompile(`\b(?:good ?bye|bye)(?: bye| now)*$`)
	yesEN        = phraseSet(`yes, yeah, yep, yup, ya, yea, yes yes, yeah yeah, sure, sure thing, ok, okay, right, correct, thats right, that is right, thats correct, that is correct, thats it,
		exactly, of course, do it, please do, go ahead, go on, i do, i would, i am, uh huh, mhm, mm hmm, mmhmm, absolutely, definitely, certainly, sounds good, thats the one, thats what i mean,
		thats what i meant, that one, this one, it is, yes it is, yes i do, yes i would, yes that one, yes thats it, yes thats right, yes sure, yes do, yeah sure, ok sure, affirmative, indeed,
		fine, alright, all right, why not, id like that, i would like that, id love to, yes you can, you got it, perfect, great, good, yeah thats it, yeah that one, yes correct, by all means`)
	noEN = phraseSet(`no, nope, nah, no no, no no no, no thank you, no thanks, no thank, not really, not now, not that, not this, not those, neither, neither of them, neither of those, none, none of them,
		none of those, none of these, wrong, incorrect, thats wrong, thats not it, that is not it, thats not right, thats not what i mean, thats not what i meant, thats not what i asked, i dont think so,
		i dont, no i dont, no i didnt, dont, no its not, its not, no thats not it, no thats wrong, no neither, negative, never, no way, not at all, never mind, nevermind, something else,
		no something else, no not that, not yet, neither one, not that one, not quite, no not really, no need`)
	englishEN = regexp.MustCompile(`^(?:(?:can|could|would|do|please|lets|let us|you|we|i|want|to|prefer|just|only|id like|like|me) )*(?:(?:speak|talk|switch to|change to|use|in|continue in|go with|speak in|talk in|speak to me in|talk to me in|switch to speaking|speaking) )*(?:in )?english(?: please| now| instead| only)*$`)
	chineseEN = regexp.MustCompile(`^(?:(?:can|could|would|do|please|lets|let us|you|we|i|want|to|prefer|just|only|id like|like|me) )*(?:(?:speak|talk|switch to|change to|use|in|continue in|go with|speak in|talk in|speak to me in|talk to me in|switch to speaking|speaking) )*(?:in )?(?:mandarin(?: chinese)?|chinese)(?: please| now| instead| only)*$`)
	choiceEN  = regexp.MustCompile(`^(?:(?:the|number|option|choice|its|it is|id like|i want|i mean|i meant|i think|yes|yeah|no|um|uh|that would be|thats|definitely|probably|maybe|oh|i choose|ill take|take|choose|go with|i said|my|question) )*` +
		`(first|1st|one|1|second|2nd|two|2|third|3rd|three|3|last|latter|former)(?: (?:one|option|choice|question|please|of those|of them|of these|thing|thanks|thank you|i think|of course))*$`)
	backchannelEN = set("uh huh mhm mm mmm hmm hm mmhmm mm-hmm right okay ok yeah yep i see got it alright ah oh sure aha uhuh great good cool understood fine")
)

func commandEN(raw, plain string, offered bool) heard {
	h := heard{backchannel: isBackchannelEN(plain)}
	if asked, alone := isPersonEN(plain); asked {
		return heard{command: Person, alone: alone}
	}
	if clausePersonEN(raw, plain) {
		return heard{command: Person}
	}
	if m := choiceEN.FindStringSubmatch(plain); m != nil && offered {
		return heard{command: Choice, choice: choiceOf(m[1]), alone: true}
	}
	core := stripWords(plain, politeEN)
	if core == "" {
		core = plain
	}
	h.alone = true
	switch {
	case englishEN.MatchString(core):
		h.command = English
	case chineseEN.MatchString(core):
		h.command = Chinese
	case goodbyeEN[plain] || goodbyeEN[core]:
		h.command = Goodbye
	case yesEN[plain] || yesEN[core]:
		h.command = Yes
	case noEN[plain] || noEN[core]:
		h.command = No
	case repeatEN[plain] || repeatEN[core]:
		h.command = Repeat
	case stopEN[plain] || stopEN[core]:
		h.command = Stop
	default:
		h.alone = false
		h.command = insideEN(plain, offered)
	}
	return h
}

// insideEN finds a command that is only a part of what was said.
func insideEN(plain string, offered bool) Command {
	first, _, _ := strings.Cut(plain, " ")
	words := len(strings.Fields(plain))
	switch {
	case repeatInsideEN.MatchString(plain) && words <= 14:
		return Repeat
	case goodbyeEndEN.MatchString(plain) && words <= 8:
		return Goodbye
	case !offered:
		return None
	case yesEN[first] && first != "right" && first != "good" && first != "fine":
		return Yes
	case first == "no" || first == "nope" || first == "neither":
		return No
	}
	return None
}

func isBackchannelEN(plain string) bool {
	f := strings.Fields(plain)
	for _, w := range f {
		if !backchannelEN[w] {
			return false
		}
	}
	return len(f) > 0 && len(f) <= 4
}

func choiceOf(word string) int {
	switch word {
	case "first", "1st", "one", "1", "former":
		return 1
	case "second", "2nd", "two", "2":
		return 2
	case "third", "3rd", "three", "3":
		return 3
	}
	return -1
}
