package redact

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// States computes what a model of language makes of each word of a text behind what was said before it (knowledge/embed has
// it): where the words stand, [start,end) in bytes, of how many pieces each is, and one vector a word.
type States interface {
	Words(ctx context.Context, before, text string) (at [][3]int, states [][]float32, err error)
}

// Sense finds private values that no rule describes: a linear head, learnt from texts in which they are marked, judges each
// word by what an embedding model makes of it where it stands and by its looks. It adds to the rules and takes nothing from
// them. It is safe for concurrent use.
type Sense struct {
	models map[string]States
}

// NewSense returns a Sense over models by language ("en", "zh"). Texts in other languages, and all when models is empty, are
// left to the rules.
func NewSense(models map[string]States) *Sense { return &Sense{models: models} }

//go:embed data/head-en.bin
var headEN []byte

//go:embed data/head-zh.bin
var headZH []byte

// head is what was learnt for a language: data/learn.py makes it. A word is private when it is at least as sure as bar, and so
// are the words beside it that are likelier than not.
type head struct {
	weights []float32 // one a feature, and what is added
	bar     float64
}

var heads = map[string]head{"en": {floats(headEN), 0.75}, "zh": {floats(headZH), 0.75}}

func floats(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, out); err != nil {
		return nil // then no word is private
	}
	return out
}

// senseTime bounds a run of the model: the caller waits for it.
const senseTime = time.Second

// looks is how many things are told of a word by its looks.
const looks = 14

// find returns the private parts of text, in order.
func (s *Sense) find(before, text string) [][2]int {
	lang := "en"
	if hanzi.HasHan(text) {
		lang = "zh"
	}
	model, h := s.models[lang], heads[lang]
	if model == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), senseTime)
	defer cancel()
	at, states, err := model.Words(ctx, before, text)
	if err != nil || len(at) == 0 || len(h.weights) != 3*len(states[0])+5*looks+1 {
		return nil // the rules alone
	}
	return h.parts(text, at, states)
}

// parts joins the words that are private.
func (h head) parts(text string, at [][3]int, states [][]float32) [][2]int {
	seen := make([][looks]float32, len(at))
	for i, w := range at {
		seen[i] = lookOf(text, w)
	}
	p := make([]float64, len(at))
	for i := range at {
		p[i] = h.likely(i, states, seen)
	}
	var out [][2]int
	for i := 0; i < len(p); i++ {
		if p[i] < h.bar {
			continue
		}
		from, to := i, i
		for from > 0 && p[from-1] >= 0.5 {
			from--
		}
		for to+1 < len(p) && p[to+1] >= 0.5 {
			to++
		}
		out = append(out, [2]int{at[from][0], at[to][1]})
		i = to
	}
	return out
}

// likely is how likely the i-th word is private.
func (h head) likely(i int, states [][]float32, seen [][looks]float32) float64 {
	width := len(states[0])
	sum := float64(h.weights[len(h.weights)-1])
	for k, near := range []int{i, i - 1, i + 1} {
		if near < 0 || near >= len(states) {
			continue
		}
		share := float32(1)
		if k > 0 {
			share = 0.5
		}
		for j, w := range h.weights[k*width : (k+1)*width] {
			sum += float64(w * share * states[near][j])
		}
	}
	for k, near := range []int{i, i - 1, i + 1, i - 2, i + 2} {
		if near < 0 || near >= len(seen) {
			continue
		}
		for j, w := range h.weights[3*width+k*looks : 3*width+(k+1)*looks] {
			sum += float64(w * seen[near][j])
		}
	}
	return 1 / (1 + math.Exp(-sum))
}

// digitWords are the words of figures that a look tells.
var digitWords = setOf("zero oh o nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety double triple")

// lookOf tells what a word looks like. The order is that of data/learn.py.
func lookOf(text string, at [3]int) [looks]float32 {
	w := text[at[0]:at[1]]
	low := strings.ToLower(w)
	first, n := utf8.DecodeRuneInString(w)
	one := n == len(w)
	latin := strings.Trim(low, "abcdefghijklmnopqrstuvwxyz") == ""
	upper := unicode.IsUpper(first)
	var out [looks]float32
	for i, is := range []bool{
		at[2] > 1, digitWords[low], strings.Trim(w, "0123456789") == "", one && strings.ContainsRune(hanDigs, first), one && latin, upper,
		latin && given()[low], latin && more()[low], latin && len(w) > 2 && !common(low), one && soleSurname[first], !worth(w), upper && at[0] > 0,
		at[0] == 0, at[1] == len(text),
	} {
		if is {
			out[i] = 1
		}
	}
	return out
}

// soleSurname are the family names of one character.
var soleSurname = func() map[rune]bool {
	out := map[rune]bool{}
	for _, n := range surnames {
		if r, size := utf8.DecodeRuneInString(n); size == len(n) {
			out[r] = true
		}
	}
	return out
}()

// sight is what was found in a text, so that it is not looked for twice.
type sight struct {
	before, text string
	found        [][2]int
}

// mostSaid is how much of what was said before a text is read with it, in characters.
const mostSaid = 160

// sense is what the session's Sense finds in text as spans of no kind; nil where there is none.
func (s *Session) sense(text string) []Span {
	if s.Sense == nil {
		return nil
	}
	s.mu.Lock()
	before, last := s.said, s.seen
	s.mu.Unlock()
	if last.text != text || last.before != before {
		last = sight{before, text, s.Sense.find(before, text)}
		s.mu.Lock()
		s.seen = last
		s.mu.Unlock()
	}
	var out []Span
	for _, p := range last.found {
		out = append(out, Span{Start: p[0], End: p[1]})
	}
	return out
}

// sensible gives what was sensed a kind, and leaves out numbers of which the words around them say that they are nobody's, and
// what is no value.
func sensible(s string, found []Span, h hint) []Span {
	var out []Span
	for _, p := range found {
		text := s[p.Start:p.End]
		rs := seriesIn(text)
		switch {
		case !worth(text) || valueless(text):
			continue
		case len(rs) > 0 && rs[0].start == 0 && rs[len(rs)-1].end == len(text):
			if harmlessAt(s, p, h) {
				continue
			}
			p.Kind = Number
		case mailSign.MatchString(text):
			p.Kind = Email
		case len(h.asked) > 0:
			p.Kind = outward(h.asked[0])
		case strings.ContainsFunc(text, unicode.IsDigit) || hasPlace(text):
			p.Kind = Address
		default:
			p.Kind = Name
		}
		p.Mask = MaskOf(p.Kind)
		out = append(out, p)
	}
	return out
}

// harmlessAt reports whether p, digits and letters alone, is a part of a number that is nobody's: the rules know numbers better.
func harmlessAt(s string, p Span, h hint) bool {
	for _, r := range seriesIn(s) {
		if r.start < p.End && p.Start < r.end {
			return harmless(s, r) || r.chars < 4 && len(h.asked) == 0 && h.goesOn == "" || h.idle && r.chars < 5
		}
	}
	return true
}

func hasPlace(s string) bool { return placeWord.MatchString(s) || placeHan.MatchString(s) }

// valueless reports whether a text has nothing but words that tie sentences together.
func valueless(s string) bool {
	if hanzi.HasHan(s) {
		return strings.Trim(s, stopZH) == ""
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		if !closed[w] || english[w] != "" {
			return false
		}
	}
	return true
}

// lastRunes is the end of s of at most n characters.
func lastRunes(s string, n int) string {
	for i := utf8.RuneCountInString(s) - n; i > 0; i-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}
