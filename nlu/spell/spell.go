// Package spell knows how letters are said on the telephone: the words of the spelling alphabet, and what recognisers
// write for the names of the letters. The end of a turn, the masking and the reading of codes go by the same words.
package spell

import "strings"

var alphabet = table(`A alpha alfa B bravo C charlie D delta E echo F foxtrot G golf H hotel I india J juliet juliett K kilo L lima
	M mike N november O oscar P papa Q quebec R romeo S sierra T tango U uniform V victor W whiskey whisky X x-ray xray Y yankee
	Z zulu`)

var names = table(`B bee C cee see D dee F ef eff G gee H aitch haitch J jay K kay L el M em N en P pee Q queue cue R are S ess
	T tea tee U you V vee X ex Y why Z zed zee`)

// table reads words, each after its letter.
func table(s string) map[string]byte {
	m := map[string]byte{}
	var letter byte
	for w := range strings.FieldsSeq(s) {
		if len(w) == 1 {
			letter = w[0]
			continue
		}
		m[w] = letter
	}
	return m
}

// Alphabet returns the letter (A to Z) that a word of the spelling alphabet stands for, 0 for other words. The word is
// given in lower case.
func Alphabet(word string) byte { return alphabet[word] }

// Name returns the letter (A to Z) whose name sounds like word, 0 for other words. Most of them are words of their own
// (see, you, why) and letters only among letters. The word is given in lower case.
func Name(word string) byte { return names[word] }
