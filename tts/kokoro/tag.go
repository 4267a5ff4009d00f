package kokoro

import (
	"slices"
	"strings"
)

// tag is a guess at a word's part of speech from its neighbours, enough to tell a REcord from to reCORD.
type tag int

const (
	plain tag = iota
	noun
	verb
	past     // read as in "have read"
	adj      // only where a noun follows
	atPause  // last word before a pause
	capitals // written in capitals
)

// names returns the lexicon's names of t, most specific first.
func (t tag) names() []string {
	switch t {
	case noun, capitals:
		return []string{"NOUN"}
	case verb:
		return []string{"VERB"}
	case past:
		return []string{"VBN", "VBD", "VERB"}
	case adj:
		return []string{"ADJ"}
	case atPause:
		return []string{"None"}
	}
	return nil
}

// verb is the tag of a stem whose ending shows that it is a verb.
func (t tag) verb() tag { return verb }

// Words behind which a verb, a noun or a participle follows.
const (
	beforeVerb = " to will would can could cannot can't may might must shall should don't doesn't didn't won't please not i you we they let's lets never always who "
	beforeNoun = " the a an my your his her its our their this that these those any no each every some another one of for from in on with by per full new such "
	beforePast = " have has had having been be was were is are get got already "
	articles   = " the a an my your his her its our their this that these those some any "
)

func in(list, word string) bool { return word != "" && strings.Contains(list, " "+word+" ") }

// guess tags words[i]; last tells that a pause follows.
func guess(words []string, i int, last bool) tag {
	prev, next := "", ""
	if i > 0 {
		prev = strings.ToLower(words[i-1])
	}
	if i+1 < len(words) && !last {
		next = strings.ToLower(words[i+1])
	}
	switch w := strings.ToLower(words[i]); {
	case in(beforePast, prev) && (w == "read" || w == "used"):
		return past
	case in(beforeVerb, prev):
		return verb
	case w == "live" && next != "" && !slices.Contains([]string{"in", "at", "on", "with", "near"}, next):
		return adj
	case in(beforeNoun, prev):
		return noun
	case in(articles, next) || next == "it" || next == "them" || next == "us" || next == "me":
		return verb
	case last:
		return atPause
	case i > 0:
		return noun
	}
	return plain
}
