package kokoro

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// lexicon holds the phonemes of English words: a checked list and a larger, less certain one. It is read only.
type lexicon struct {
	gold, silver map[string]entry
}

// entry is what the lexicon says about a word: one pronunciation, or several by part of speech.
type entry struct {
	sound string
	// byTag, seldom set, has other pronunciations by part of speech: NOUN, VERB, ADJ, ADV, VBD, ..., and "None" for the
	// last word before a pause. An empty value means the word is spelled there.
	byTag map[string]string
}

// UnmarshalJSON reads a string or an object of strings or nulls.
func (e *entry) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.sound)
	}
	if err := json.Unmarshal(b, &e.byTag); err != nil {
		return fmt.Errorf("read a lexicon entry: %w", err)
	}
	e.sound = e.byTag["DEFAULT"]
	delete(e.byTag, "DEFAULT")
	return nil
}

func (e entry) as(t tag) string {
	for _, name := range t.names() {
		if s, ok := e.byTag[name]; ok {
			return s
		}
	}
	return e.sound
}

// openLexicon reads us_gold.json and us_silver.json of dir. The second may be missing.
func openLexicon(dir string) (*lexicon, error) {
	l := &lexicon{}
	for name, m := range map[string]*map[string]entry{"us_gold.json": &l.gold, "us_silver.json": &l.silver} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if name == "us_silver.json" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the English lexicon (parley models pull kokoro-82m fetches it): %w", err)
		}
		if err := json.Unmarshal(b, m); err != nil {
			return nil, fmt.Errorf("read the English lexicon %s: %w", name, err)
		}
	}
	return l, nil
}

// find returns the phonemes of word exactly as written, or with the first letter in the other case.
func (l *lexicon) find(word string, t tag) (string, bool) {
	for _, m := range []map[string]entry{l.gold, l.silver} {
		if e, ok := m[word]; ok {
			s := e.as(t)
			return s, s != ""
		}
	}
	if swapped := swapFirst(word); swapped != word && len(word) > 1 {
		for _, m := range []map[string]entry{l.gold, l.silver} {
			if e, ok := m[swapped]; ok {
				s := e.as(t)
				return s, s != ""
			}
		}
	}
	return "", false
}

func swapFirst(w string) string {
	if w == "" || w[1:] != strings.ToLower(w[1:]) {
		return w
	}
	if r := rune(w[0]); unicode.IsUpper(r) {
		return strings.ToLower(w[:1]) + w[1:]
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// word returns the phonemes of word, if need be by taking off a plural, possessive, past or -ing ending.
func (l *lexicon) word(word string, t tag) (string, bool) {
	if s, ok := l.find(word, t); ok {
		return s, true
	}
	for _, inflect := range []func(string, tag) (string, bool){l.plural, l.past, l.ing} {
		if s, ok := inflect(word, t); ok {
			return s, true
		}
	}
	return "", false
}

// stem looks up the first of candidates the lexicon has.
func (l *lexicon) stem(t tag, candidates ...string) (string, bool) {
	for _, c := range candidates {
		if len(c) < 2 {
			continue
		}
		if s, ok := l.find(c, t); ok {
			return s, true
		}
	}
	return "", false
}

func (l *lexicon) plural(w string, t tag) (string, bool) {
	if len(w) < 3 || !strings.HasSuffix(w, "s") {
		return "", false
	}
	var from []string
	if !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "'s") {
		from = append(from, w[:len(w)-1])
	}
	switch {
	case strings.HasSuffix(w, "'s"):
		return l.possessive(w[:len(w)-2], t)
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		from = append(from, w[:len(w)-3]+"y")
	case strings.HasSuffix(w, "es") && len(w) > 4:
		from = append(from, w[:len(w)-2])
	}
	s, ok := l.stem(t, from...)
	return addS(s), ok
}

func (l *lexicon) possessive(w string, t tag) (string, bool) {
	if s, ok := l.find(w, t); ok {
		return addS(s), true
	}
	if s, ok := l.plural(w, t); ok && w != "" {
		return addS(s), true
	}
	return "", false
}

func (l *lexicon) past(w string, t tag) (string, bool) {
	if len(w) < 4 || !strings.HasSuffix(w, "ed") {
		return "", false
	}
	base := w[:len(w)-2]
	from := []string{base, base + "e"}
	if strings.HasSuffix(w, "ied") {
		from = append(from, w[:len(w)-3]+"y")
	}
	s, ok := l.stem(t.verb(), append(from, undouble(base))...)
	return addEd(s), ok
}

func (l *lexicon) ing(w string, t tag) (string, bool) {
	if len(w) < 5 || !strings.HasSuffix(w, "ing") {
		return "", false
	}
	base := w[:len(w)-3]
	s, ok := l.stem(t.verb(), base, base+"e", undouble(base))
	return addIng(s), ok
}

// undouble takes the doubled consonant off "stopp"; "" when there is none.
func undouble(w string) string {
	n := len(w)
	if n < 3 || w[n-1] != w[n-2] || strings.ContainsRune("aeiou", rune(w[n-1])) {
		return ""
	}
	return w[:n-1]
}

// lastOf returns the last phoneme of s and the one before it, 0 where there is none.
func lastOf(s string) (last, before rune) {
	r := []rune(s)
	if n := len(r); n > 1 {
		return r[n-1], r[n-2]
	} else if n == 1 {
		return r[0], 0
	}
	return 0, 0
}

func addS(s string) string {
	switch last, _ := lastOf(s); {
	case s == "":
		return ""
	case strings.ContainsRune("ptkfθ", last):
		return s + "s"
	case strings.ContainsRune("szʃʒʧʤ", last):
		return s + "ᵻz"
	}
	return s + "z"
}

// flapped are the vowels between which and another vowel an American t is flapped.
const flapped = "AIOWYiuæɑəɛɪɹʊʌ"

func addEd(s string) string {
	last, before := lastOf(s)
	switch {
	case s == "":
		return ""
	case strings.ContainsRune("pkfθʃsʧ", last):
		return s + "t"
	case last == 'd':
		return s + "ᵻd"
	case last != 't':
		return s + "d"
	case before != 0 && strings.ContainsRune(flapped, before):
		return strings.TrimSuffix(s, "t") + "ɾᵻd"
	}
	return s + "ᵻd"
}

func addIng(s string) string {
	if last, before := lastOf(s); last == 't' && before != 0 && strings.ContainsRune(flapped, before) {
		return strings.TrimSuffix(s, "t") + "ɾɪŋ"
	}
	if s == "" {
		return ""
	}
	return s + "ɪŋ"
}
