package scoring

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// Read is a recognised turn of a call that somebody went through: marked as reviewed, or with a word corrected in it.
type Read struct {
	Call  call.ID
	Route string
	Turn  int // from 1
	Text  string
}

// Misheard is a word that a person corrected.
type Misheard struct {
	Call  call.ID
	Turn  int // from 1
	Word  string
	Meant string
}

// Heard says how well the calls of a route were recognised, as far as people corrected them.
type Heard struct {
	Route string `json:"route"`
	Calls int    `json:"calls" doc:"That somebody marked as reviewed or corrected"`
	Turns int    `json:"turns" doc:"Recognised ones in these calls"`
	// Words counts English words and Chinese characters in what was really said, Errors those that were misheard.
	Words  int     `json:"words"`
	Errors int     `json:"errors"`
	Rate   float64 `json:"rate" doc:"Errors by words, 0 to 1: at least so many, since nobody corrects everything"`
	// RateRange comes from how the calls differ: the words of one call are misheard together.
	RateRange *quality.Range `json:"rate_range" doc:"95 % interval of the rate; null for fewer than two calls"`

	Hot []Hot `json:"hot" doc:"Words to tell the recogniser, those of most calls first"`
}

// Hot is what was said where other words were recognised.
type Hot struct {
	Word  string   `json:"word"`
	Calls int      `json:"calls"`
	Heard []string `json:"heard" doc:"What was recognised in its place"`
}

const (
	mostHot     = 50 // of a route
	longestHot  = 40 // characters
	mostHotHan  = 10
	mostHotWord = 4
)

// HowHeard adds up, by route in order of their names, what people corrected.
func HowHeard(turns []Read, wrong []Misheard) []Heard {
	type place struct {
		call call.ID
		turn int
	}
	fixes, routes := map[place][]Misheard{}, map[call.ID]string{}
	for _, m := range wrong {
		p := place{m.Call, m.Turn}
		fixes[p] = append(fixes[p], m)
	}
	by, calls := map[string]*Heard{}, map[call.ID]*counted{}
	of := map[string][]*counted{}
	var order []string
	for _, t := range turns {
		h := by[t.Route]
		if h == nil {
			h = &Heard{Route: t.Route, Hot: []Hot{}}
			by[t.Route] = h
			order = append(order, t.Route)
		}
		routes[t.Call] = t.Route
		one := calls[t.Call]
		if one == nil {
			one = &counted{}
			calls[t.Call], of[t.Route] = one, append(of[t.Route], one)
			h.Calls++
		}
		said := t.Text
		for _, m := range fixes[place{t.Call, t.Turn}] {
			said = mend(said, m)
		}
		c := score.Compare(score.MetricOf(said), said, t.Text)
		h.Turns++
		h.Words += c.Length
		h.Errors += c.Errors
		one.words, one.errors = one.words+float64(c.Length), one.errors+float64(c.Errors)
	}
	for route, h := range by {
		if h.Words > 0 {
			h.Rate = float64(h.Errors) / float64(h.Words)
			h.RateRange = rateRange(of[route], h)
		}
	}
	hotWords(by, routes, wrong)
	slices.Sort(order)
	out := make([]Heard, 0, len(order))
	for _, r := range order {
		out = append(out, *by[r])
	}
	return out
}

// counted are the words of one call, and those of them that were misheard.
type counted struct{ words, errors float64 }

// rateRange is the interval of a rate over calls of different lengths (the ratio estimator), and never less than that of so many
// words: calls that are all without an error do not show that there are none.
func rateRange(calls []*counted, h *Heard) *quality.Range {
	n := float64(len(calls))
	if n < 2 {
		return nil
	}
	out, squares := quality.Wilson(min(h.Errors, h.Words), h.Words), 0.0
	for _, c := range calls {
		d := c.errors - h.Rate*c.words
		squares += d * d
	}
	half := quality.StudentT(n-1) * math.Sqrt(n/(n-1)*squares) / float64(h.Words)
	return &quality.Range{Low: max(0, min(out.Low, h.Rate-half)), High: max(out.High, h.Rate+half)}
}

// mend writes what was said in place of what was recognised, once. What a person wrote as heard may differ in case; where it
// is not there at all it is taken as left out.
func mend(text string, m Misheard) string {
	low, word := strings.ToLower(text), strings.ToLower(m.Word)
	if at := strings.Index(low, word); at >= 0 && len(low) == len(text) && word != "" {
		return text[:at] + m.Meant + text[at+len(word):]
	}
	return text + " " + m.Meant
}

// hotWords lists for each route what it said that was not recognised.
func hotWords(by map[string]*Heard, routes map[call.ID]string, wrong []Misheard) {
	type found struct {
		word  string
		calls map[call.ID]bool
		heard []string
	}
	all := map[string]map[string]*found{}
	for _, m := range wrong {
		route, ok := routes[m.Call]
		word := strings.TrimFunc(m.Meant, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
		if !ok || !tellable(word) {
			continue
		}
		if all[route] == nil {
			all[route] = map[string]*found{}
		}
		f := all[route][strings.ToLower(word)]
		if f == nil {
			f = &found{word: word, calls: map[call.ID]bool{}}
			all[route][strings.ToLower(word)] = f
		}
		f.calls[m.Call] = true
		if !slices.Contains(f.heard, m.Word) {
			f.heard = append(f.heard, m.Word)
		}
	}
	for route, words := range all {
		h := by[route]
		for _, f := range words {
			h.Hot = append(h.Hot, Hot{f.word, len(f.calls), f.heard})
		}
		slices.SortFunc(h.Hot, func(a, b Hot) int {
			return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Word, b.Word))
		})
		h.Hot = h.Hot[:min(len(h.Hot), mostHot)]
	}
}

// tellable reports whether a word is worth telling a recogniser: short, no number, and not only words of everyday.
func tellable(w string) bool {
	n := len([]rune(w))
	if n < 2 || n > longestHot || strings.ContainsFunc(w, unicode.IsDigit) {
		return false
	}
	if hanzi.HasHan(w) {
		return n <= mostHotHan
	}
	words := strings.Fields(strings.ToLower(w))
	if len(words) > mostHotWord {
		return false
	}
	for _, x := range words {
		if len(x) > 2 && !everyday[x] {
			return true
		}
	}
	return false
}

// everyday are English words that every recogniser knows and mishears all the same.
var everyday = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`the and for you your are was were not but they them their there this that these those with from have has had what when where which who why how can could will would shall should may might must
one two three four five six seven eight nine ten yes yeah okay please thanks thank sorry hello goodbye bye well very just also only then than here now today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday
want need know think see say said tell told get got give gave take took make made come came call called pay paid send sent its it's i'm i've don't didn't can't won't out off about into over again some any all more most other new old good right wrong`) {
		m[w] = true
	}
	return m
}()
