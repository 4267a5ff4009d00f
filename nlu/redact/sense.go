package redact

import (
	"context"
	_ "embed" // what was learnt
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// Tagger judges each word of a text behind what was said before it, turn by turn (knowledge/embed has it): where the words
// stand, [start,end) in bytes, and of how many pieces each is, and how private each is, as a logit. look tells the looks of a word
// as bits: of the i-th turn of said, or of the text where i is len(said).
type Tagger interface {
	Tag(ctx context.Context, said []string, text string, look func(i int, at [3]int) uint64) (at [][3]int, logits []float32, err error)
}

// Sense finds private values that no rule describes: a small change of an embedding model, learnt from texts in which they are
// marked, judges each word by what stands around it, what was said before, by whom, and by its looks. It adds to the rules, stands
// in for those that only guess, and takes back what the others find where it is sure that nothing is private. It is safe for
// concurrent use.
type Sense struct {
	models map[string]Tagger
}

// NewSense returns a Sense over models by language ("en", "zh"). Texts in other languages, and all when models is empty, are
// left to the rules.
func NewSense(models map[string]Tagger) *Sense { return &Sense{models: models} }

//go:embed data/sense.en.onnxpart
var senseEN []byte

//go:embed data/sense.zh.onnxpart
var senseZH []byte

// learnt is what was learnt for each model, by its Hash: data/learn.py makes it.
var learnt = map[string][]byte{
	"b3ddde66c235c665de63db6e0ef5f8d31010a48ca3d6785a3636605f6c87df06": senseEN,
	"ec4c567cefb7e3c16344ee960ac1bac83a79a6049b8781eaef8e6ff846aa422b": senseZH,
}

// Part is what was learnt for the embedding model with a hash: the change of its matrices that a Tagger puts behind it. It is
// nil where there is none. It must not be changed.
func Part(hash string) []byte { return learnt[hash] }

// bars are how likely something must be, from 0 to 1.
type bars struct {
	sureness  float64 // a word that is at least as likely is private
	likeness  float64 // and so are those beside it that are as likely
	word      float64 // what has no digit is where one of its words is as likely
	certainty float64 // what is as likely is, whatever the words around it say
	doubt     float64 // what the rules hide because it was asked for or announced stays open where no word of it is as likely
	name      float64 // and so does a name
	guess     float64 // and what they hide for its looks
}

// judged are the bars that what was learnt for a language was judged with.
var judged = map[string]bars{
	"en": {sureness: 0.3, likeness: 0.1, word: 0.32, certainty: 0.9, doubt: 0.12, name: 0.15, guess: 0.3},
	"zh": {sureness: 0.4, likeness: 0.05, word: 0.65, certainty: 0.95, doubt: 0.2, name: 0.4, guess: 0.6},
}

// reading is what the model of a language makes of the words of a text, and the bars that it is held against; without words
// where none has read it.
type reading struct {
	bars
	words []likely
	until int // how much of the text was read, in bytes
}

// within is the reading of a part of the text, [from,to).
func (r reading) within(from, to int) reading {
	out := reading{bars: r.bars, until: min(max(r.until-from, 0), to-from)}
	for _, w := range r.words {
		if w.start >= from && w.end <= to {
			out.words = append(out.words, likely{w.start - from, w.end - from, w.p})
		}
	}
	return out
}

// senseTime bounds a run of the model: the caller waits for it.
const senseTime = time.Second

// Looks is how many things are told of a word by its looks.
const Looks = 16

// languageOf is the language whose model reads a text behind what was said.
func languageOf(said []saying, text string) string {
	if hanzi.HasHan(text) || short(text) && slices.ContainsFunc(said, func(t saying) bool { return hanzi.HasHan(t.text) }) { // digits, a code, a name in a Chinese call
		return "zh"
	}
	return "en"
}

// judge tells how likely each word of a text of who is private; nothing where the rules are alone. What is too long for one run of
// the model is read on behind its end, as long as there is time.
func (s *Sense) judge(said []saying, who call.Party, text string) reading {
	lang := languageOf(said, text)
	model := s.models[lang]
	if model == nil {
		return reading{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), senseTime)
	defer cancel()
	out := reading{bars: judged[lang]}
	for out.until < len(text) {
		rest := text[out.until:]
		part := rest[:wholeRune(rest, min(len(rest), mostAtOnce))]
		words := tagged(ctx, model, said, who, part)
		if len(words) == 0 {
			break // the rules alone, from here on
		}
		read := words[len(words)-1].end
		if !worth(rest[read:]) {
			read = len(rest)
		} else if end := breakBefore(part, read/2, read); end < read { // what follows on the last words may tell what they are
			read = end
		}
		for _, w := range words {
			if w.end <= read {
				out.words = append(out.words, likely{w.start + out.until, w.end + out.until, w.p})
			}
		}
		said = remember(said, who, rest[:read])
		out.until += read
	}
	return out
}

// tagged has a model judge the words at the beginning of a text of who, as many as it reads at once; none where it fails.
func tagged(ctx context.Context, model Tagger, said []saying, who call.Party, text string) []likely {
	before := make([]string, len(said))
	for i, t := range said {
		before[i] = t.text
	}
	at, logits, err := model.Tag(ctx, before, text, func(i int, at [3]int) uint64 {
		if i < len(said) {
			return lookOf(said[i].text, at, said[i].who)
		}
		return lookOf(text, at, who)
	})
	if err != nil || len(at) != len(logits) {
		return nil
	}
	out := make([]likely, len(at))
	for i, z := range logits {
		out[i] = likely{at[i][0], at[i][1], 1 / (1 + math.Exp(-float64(z)))}
	}
	return out
}

// likely is how likely a word is private.
type likely struct {
	start, end int
	p          float64
}

// parts joins the words that are private.
func (r reading) parts() []Span {
	var out []Span
	for i := 0; i < len(r.words); i++ {
		if r.words[i].p < r.sureness {
			continue
		}
		from, to := i, i
		for from > 0 && r.words[from-1].p >= r.likeness {
			from--
		}
		for to+1 < len(r.words) && r.words[to+1].p >= r.likeness {
			to++
		}
		out = append(out, Span{Start: r.words[from].start, End: r.words[to].end})
		i = to
	}
	return out
}

// surest is how likely the likeliest word of a part of a text is private; 1 where nothing is known of it.
func (r reading) surest(start, end int) float64 {
	most, known := 0.0, false
	for _, w := range r.words {
		if w.start < end && start < w.end {
			most, known = max(most, w.p), true
		}
	}
	if !known {
		return 1
	}
	return most
}

// longAnswer is of how many words an answer is more than a value.
const longAnswer = 6

// trimmed is p without the words at its ends that are said around a value, where it is an answer of many words that was taken whole.
func (r reading) trimmed(s string, p Span) Span {
	if p.Kind != Address && p.Kind != Email && p.Kind != Secret || codes(s[p.Start:p.End]) {
		return p
	}
	first, last, n := Span{}, Span{}, 0
	for _, w := range r.words {
		if w.start < p.Start || w.end > p.End {
			continue
		}
		n++
		if w.p < possible {
			continue
		}
		if last = (Span{Start: w.start, End: w.end}); first.End == 0 {
			first = last
		}
	}
	if n > longAnswer && first.End > 0 {
		p.Start, p.End = first.Start, last.End
	}
	return p
}

// digitWords are the words of figures that a look tells.
var digitWords = setOf("zero oh o nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety double triple")

// lookOf tells what a word of a text of who looks like. The order of the bits is that of data/marked.py.
func lookOf(text string, at [3]int, who call.Party) (bits uint64) {
	w := text[at[0]:at[1]]
	low := strings.ToLower(w)
	first, n := utf8.DecodeRuneInString(w)
	one := n == len(w)
	latin := strings.Trim(low, "abcdefghijklmnopqrstuvwxyz") == ""
	upper := unicode.IsUpper(first)
	for i, is := range [Looks]bool{
		at[2] > 1, digitWords[low], strings.Trim(w, "0123456789") == "", one && strings.ContainsRune(hanDigs, first), one && latin, upper,
		latin && given()[low], latin && more()[low], latin && len(w) > 2 && !common(low), one && soleSurname[first], !worth(w), upper && at[0] > 0,
		at[0] == 0, at[1] == len(text), who == call.Caller, who == call.Agent || who == call.Bot,
	} {
		if is {
			bits |= 1 << i
		}
	}
	return bits
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

// saying is a turn that was said, without what was masked of it.
type saying struct {
	who  call.Party
	text string
}

// mostSaid is how much of what was said before a text is read with it, in characters.
const mostSaid = 160

// remember returns what was said with a turn more, without what is too long ago. said is not changed.
func remember(said []saying, who call.Party, text string) []saying {
	var out []saying
	for left, i := mostSaid, len(said); left > 0 && i >= 0; i-- {
		t := saying{who, strings.TrimSpace(text)}
		if i < len(said) {
			t = said[i]
		}
		if t.text = lastRunes(t.text, left); t.text == "" {
			break
		}
		left -= utf8.RuneCountInString(t.text) + 1
		out = append(out, t)
	}
	slices.Reverse(out)
	return out
}

// sight is what was judged of a text, so that it is not read twice.
type sight struct {
	turns int // how many were heard before it
	who   call.Party
	text  string
	read  reading
}

// sense is what the session's Sense makes of the words of a text of who.
func (s *Session) sense(who call.Party, text string) reading {
	if s.Sense == nil {
		return reading{}
	}
	s.mu.Lock()
	said, turns, last := s.said, s.turns, s.seen
	s.mu.Unlock()
	if last.text != text || last.who != who || last.turns != turns {
		last = sight{turns, who, text, s.Sense.judge(said, who, text)}
		s.mu.Lock()
		s.seen = last
		s.mu.Unlock()
	}
	return last.read
}

// doubtOf is how likely a word of what the rules found must be at least, for it to be hidden. What has a check digit, a shape of
// its own or as many digits as a telephone number or a card needs no judgement, what was asked for, is announced or has many
// digits hardly one; the rest is a guess.
func doubtOf(s string, p Span, bar bars, h hint) float64 {
	text := s[p.Start:p.End]
	d := longestIn(text)
	switch {
	case p.Kind == Card || len(d) > mostThing:
		return 0
	case p.Kind == Email && mailSign.MatchString(text):
		if mailSpelled.MatchString(text) {
			return 0
		}
		return possible // 点 and 杠 are in other words, too, and "at" is one
	case telephone(d):
		if companys(h.who) && h.goesOn == "" && len(h.echo) == 0 && !question.MatchString(s) || ofThing(s, p.Start) {
			return possible // its own, or a thing's, most likely
		}
		return 0
	case len(d) >= minRun:
		return bar.doubt
	case p.Kind == Name && (spelled.MatchString(text) || companys(h.who) && addressed.MatchString(text) && spokenTo(s, p)):
		return 0 // whom the company addresses is the caller
	case h.goesOn == "" && !h.asks(p.Kind) && (p.Kind == Name || p.Kind == Address || p.Kind == Number && len(h.asked) == 0):
		return bar.guess
	case p.Kind == Name:
		return bar.name
	}
	return bar.doubt
}

// mailSpelled is what only a mail address is spelled with.
var mailSpelled = words(`@|艾特|爱特|圈\s?[aA]|\b(?:dot|underscore|hyphen)\b|[a-z\d] ?(?:点|下划线|杠|dot) ?[a-z]`)

// longestIn are the figures of the longest number in s.
func longestIn(s string) string {
	out := ""
	for _, r := range runs(lex(s)) {
		if len(r.digits) > len(out) {
			out = r.digits
		}
	}
	return out
}

// mostThing is how many digits what is printed on a thing has at most: a barcode. Cards have more.
const mostThing = 13

// addressed is a name with a form of address.
var addressed = words(`^(?:mr|mrs|ms|miss|mx|mister)\b|(?:先生|女士|小姐|太太)$`)

// spokenTo reports whether the name at p is that of the one whom the words around it are said to, and not of somebody they are about.
func spokenTo(s string, p Span) bool {
	if hanzi.HasHan(s[p.Start:p.End]) {
		return true
	}
	before := strings.TrimRight(upTo(s, p.Start), " ")
	return (before == "" || strings.ContainsAny(before[len(before)-1:], ",.?!") || greetsEnd.MatchString(before)) && (p.End == len(s) || strings.ContainsAny(s[p.End:p.End+1], ",.?!"))
}

// greetsEnd ends before the name of the one whom somebody speaks to.
var greetsEnd = words(`\b(?:hi|hello|hey|morning|afternoon|evening|thanks|you|okay|ok|right|lovely|perfect|great|sorry|yes|no|so|dear|bye|well|and)$`)

func hasPlace(s string) bool { return placeWord.MatchString(s) || placeHan.MatchString(s) }

// lastRunes is the end of s of at most n characters.
func lastRunes(s string, n int) string {
	for i := utf8.RuneCountInString(s) - n; i > 0; i-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}
