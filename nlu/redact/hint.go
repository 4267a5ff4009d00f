package redact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// hint is what a conversation tells about a turn before it is read. The zero value tells nothing.
type hint struct {
	who     call.Party
	asked   []Kind // what the other side has asked for, or the speaker has announced, lately
	echo    []Kind // what the speaker has asked for and may repeat
	goesOn  Kind   // the speaker was reading out a value of this kind and may go on; "" when not
	idle    int    // numbers of at most so many digits are nobody's: an amount, a count or the number of a thing was just asked for
	partial bool   // more of the turn is still to come
	open    bool   // the other side has just asked for something that nothing is known of
	public  bool   // the caller has just asked the company for something of its own

	asking   bool   // the caller has just asked the company something
	hours    bool   // the turn itself tells when the company is open, see tellsHours
	password bool   // a turn before has spoken of one
	thing    bool   // the other side has just asked for the name of a thing or an animal
	openly   string // what the company's side has told openly of late, in lower case

	when bool   // the other side has just asked when something happened
	told string // the figures that the company's side has told openly of late

	staff  map[string]bool  // words of the names of the company's people, in lower case
	hidden map[string]proof // what tells the values that were hidden before, see valuesIn

	sensed func(text string) reading // what a model of language makes of the words, nil where there is none
}

func (h hint) asks(k Kind) bool { return slices.Contains(h.asked, k) }

// What may be asked for and is answered by words. They are told apart from Secret and Account, which are answered by digits
// and letters, and never leave the package.
const (
	wordSecret Kind = "a word"      // a password, the answer to a security question
	userName   Kind = "a user name" // what one signs in with
)

// outward is the kind that is told for k.
func outward(k Kind) Kind {
	switch k {
	case wordSecret:
		return Secret
	case userName:
		return Account
	}
	return k
}

// simple is s in Simplified Chinese, for looking only: its places are those of s. Where they would not be, it is s.
func simple(s string) string {
	if !hanzi.HasHan(s) {
		return s
	}
	if t := hanzi.Simplify(s); len(t) == len(s) && utf8.RuneCountInString(t) == utf8.RuneCountInString(s) {
		return t
	}
	return s
}

// short reports whether a turn has so few words that a bare noun in it is a question: "Date of birth?", 卡号.
func short(s string) bool {
	han := 0
	for _, r := range s {
		if hanzi.IsHan(r) {
			han++
		}
	}
	return han <= 10 && len(strings.Fields(s)) <= 7
}
