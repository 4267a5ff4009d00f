package llm

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// Why a sentence is dropped.
const (
	whyMarkup   = "markup"   // it is no sentence that can be spoken
	whyCitation = "citation" // it names no passage, or one that is not there
	whyNumber   = "number"   // a number, or its unit, is in none of the passages it names
	whyDate     = "date"     // so is a date, a weekday or a time
	whyName     = "name"     // so is a name, an address or a product
	whyNegation = "negation" // it denies what they say, or says what they deny
	whyWords    = "words"    // too many of its words are in none of them
	whyDeed     = "deed"     // it says that something was or will be done, or is so for this caller, which they do not
	whyLanguage = "language" // it is not in the language asked for, or they are in another, so that nobody can compare
)

// Whys lists the reasons for which sentences are dropped.
func Whys() []string {
	return []string{whyCitation, whyMarkup, whyNumber, whyDate, whyName, whyNegation, whyWords, whyDeed, whyLanguage}
}

// errEnough stops the model: the caller has broken off, or enough was said.
var errEnough = errors.New("enough")

// reader cuts the stream into sentences, checks them and hands on the good ones.
type reader struct {
	lang     string
	asked    string // what the caller said: it is no knowledge
	passages []answer.Passage
	yield    func(Sentence) bool
	buf      string
	said     int
	dropped  map[string]int // by reason
	stopped  bool           // the consumer wants no more
}

func (r *reader) piece(_ context.Context, b []byte) error {
	r.buf += string(b)
	if len(r.buf) > 1<<14 {
		return errors.New("the sentence does not end")
	}
	for {
		n := sentenceEnd(r.buf)
		if n == 0 {
			return nil
		}
		s := r.buf[:n]
		r.buf = r.buf[n:]
		if err := r.take(s); err != nil {
			return err
		}
	}
}

// end takes what is left when the stream is over.
func (r *reader) end() error {
	s := r.buf
	r.buf = ""
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return r.take(s)
}

func (r *reader) take(s string) error {
	if r.stopped {
		return errEnough
	}
	out, why := check(s, r.lang, r.passages)
	if why == "" && echoes(out.Text, r.asked) {
		why = whyWords
	}
	if why != "" {
		if r.dropped == nil {
			r.dropped = map[string]int{}
		}
		r.dropped[why]++
		return nil
	}
	r.said++
	if !r.yield(out) {
		r.stopped = true
		return errEnough
	}
	if r.said >= maxSentences {
		return errEnough
	}
	return nil
}

// echoes reports whether a sentence only says back what the caller said.
func echoes(said, asked string) bool {
	bare := func(s string) string {
		return strings.Join(strings.FieldsFunc(plainText(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
	}
	return strings.Contains(" "+bare(asked)+" ", " "+bare(said)+" ")
}

var (
	citation  = regexp.MustCompile(`\s*[\[【](\d{1,2})(?:\s*[,，]\s*(\d{1,2}))*[\]】]`)
	citedNums = regexp.MustCompile(`\d{1,2}`)
)

// sentenceEnd is the end of the first whole sentence of s with its citations, 0 when it is not there yet: what follows
// the full stop decides, since a citation may come after it.
func sentenceEnd(s string) int {
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		after := i + size
		rest := s[after:]
		switch r {
		case '.':
			if i > 0 && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1]) {
				continue
			}
			if rest != "" && !strings.ContainsAny(rest[:1], " \n[\"") {
				continue
			}
		case '!', '?', '。', '！', '？', '\n':
		default:
			continue
		}
		trimmed := strings.TrimLeft(rest, " ")
		for strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "【") {
			m := citation.FindStringIndex(trimmed)
			if m == nil || m[0] != 0 {
				return 0 // the citation is not complete
			}
			trimmed = strings.TrimLeft(trimmed[m[1]:], " ")
		}
		if strings.TrimLeft(trimmed, ".。 ") == "" {
			return 0 // more may come
		}
		return len(s) - len(trimmed)
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// check takes the citations out of a sentence and holds it against the passages it cites. With one passage alone a
// sentence without a mark can only rest on that one. why is "" when they support it.
func check(s, lang string, passages []answer.Passage) (out Sentence, why string) {
	var cited []answer.Passage
	for _, m := range citation.FindAllString(s, -1) {
		for _, d := range citedNums.FindAllString(m, -1) {
			n, err := strconv.Atoi(d)
			if err != nil || n < 1 || n > len(passages) {
				return out, whyCitation
			}
			if p := passages[n-1]; !slices.Contains(out.Used, p.ID) {
				out.Used, cited = append(out.Used, p.ID), append(cited, p)
			}
		}
	}
	if len(cited) == 0 && len(passages) == 1 {
		out.Used, cited = []string{passages[0].ID}, passages
	}
	out.Text = strings.TrimSpace(listMark.ReplaceAllString(strings.TrimSpace(citation.ReplaceAllString(s, "")), ""))
	switch {
	case strings.Trim(out.Text, ".。!！？? ") == "NONE" || out.Text == "":
		return out, whyCitation
	case len(out.Used) == 0:
		return out, whyCitation
	case strings.ContainsAny(out.Text, "[]<>{}|`#*_") || !strings.ContainsFunc(out.Text, unicode.IsLetter):
		return out, whyMarkup
	}
	return out, unsupported(out.Text, lang, cited)
}

var listMark = regexp.MustCompile(`^(?:[-•–]|\d{1,2}[.)、])\s+`)

// unsupported tells what of a sentence the passages do not support, "" when nothing.
func unsupported(text, lang string, cited []answer.Passage) string {
	var source, answers strings.Builder
	for _, p := range cited {
		source.WriteString("\n" + p.Title + "\n" + p.Text)
		answers.WriteString("\n" + p.Text)
		if text := plainText(p.Text); yep.MatchString(text) || nope.MatchString(text) { // a yes or no says what was asked
			answers.WriteString("\n" + p.Title)
		}
	}
	if why, ok := factsOf(text).within(factsOf(source.String())); !ok {
		return why
	}
	if !named(text, source.String()) {
		return whyName
	}
	same := slices.DeleteFunc(slices.Clone(cited), func(p answer.Passage) bool { return knowledge.Language(p.Text) != lang })
	if knowledge.Language(text) != lang || len(same) == 0 {
		return whyLanguage
	}
	if denied(text, lang, cited) {
		return whyNegation
	}
	if !worded(text, lang, same, answers.String()) {
		return whyWords
	}
	if claimed(text, lang, answers.String()) {
		return whyDeed
	}
	return ""
}

var (
	address   = regexp.MustCompile(`(?i)[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s，。]+|\b(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|org|net|io|co|uk|info|app)\b(?:/[^\s，。]*)?`)
	latinWord = regexp.MustCompile(`[A-Za-z][A-Za-z0-9'’&+-]*`)
	titled    = regexp.MustCompile(`[《“「『"]([^》”」』"]{1,40})[》”」』"]`)
	personZh  = regexp.MustCompile(`(\p{Han}{1,2})(先生|女士|小姐|经理|主任|总监|医生|律师|老师)`)
	placeZh   = regexp.MustCompile(`\p{Han}{2}(?:银行|公司|医院|大学|集团|商城|大厦|广场|路|街|省|市|县|区)`)
	nobodyZh  = regexp.MustCompile(`[我你您本贵各该这那位名客的]|原路|任何|其他|有限`)
	// opener is a word that often begins a sentence and then has a capital without being a name.
	opener   = regexp.MustCompile(`^(?:Call|Visit|Contact|Bring|Check|Use|Send|Take|Choose|Select|Press|Click|Sign|Log|Open|Enter|Fill|Follow|Keep|Make|Return|Pay|Order|Book|Show|Write|Ring|Come|Simply|Usually|Normally|Typically|Generally|Additionally|Therefore|Otherwise|However|Once|Most|All|Every|Each|Both|Many|After|Before|During|Within|Until|Under|Over|Otherwise|First|Next|Finally|Yes|No|Not|Nothing|Everything|Anyone|Everyone|Unfortunately|Delivery|Shipping|Payment|Returns?|Refunds?|Orders?|Customers?|Members?|Callers?|Items?|Goods)$`)
	ordinary = regexp.MustCompile(`^(?:i|i'm|i'll|i've|ok|okay|mr|mrs|ms|dr|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|am|pm|yes|no)$`)
)

// named reports whether every name of a sentence is in the source: words written like names in the middle of a sentence,
// anything in Latin letters in a Chinese one, addresses, titles, people with a title, places.
func named(text, source string) bool {
	low := hanzi.Fold(hanzi.Simplify(source))
	have := map[string]bool{}
	for _, w := range latinWord.FindAllString(low, -1) {
		have[bareName(w)] = true
	}
	for _, a := range address.FindAllString(text, -1) {
		if !strings.Contains(low, strings.Trim(hanzi.Fold(a), ".,/")) {
			return false
		}
	}
	rest := address.ReplaceAllString(text, " ")
	words := contentOf(low, "en")
	for _, n := range namesIn(rest) {
		if w := bareName(hanzi.Fold(n)); !have[w] && !slices.ContainsFunc(contentOf(w, "en"), func(t string) bool { return slices.Contains(words, t) }) {
			return false
		}
	}
	simple := hanzi.Fold(hanzi.Simplify(rest))
	for _, m := range titled.FindAllStringSubmatch(simple, -1) {
		if !strings.Contains(low, m[1]) {
			return false
		}
	}
	for _, re := range []*regexp.Regexp{personZh, placeZh} {
		for _, m := range re.FindAllString(simple, -1) {
			if !nobodyZh.MatchString(m) && !strings.Contains(low, m) {
				return false
			}
		}
	}
	return true
}

func bareName(w string) string {
	return strings.TrimSuffix(strings.ReplaceAll(strings.Trim(w, "'’"), "’", "'"), "'s")
}

// namesIn are the words of a text that are written like names.
func namesIn(text string) []string {
	var out []string
	han := hanzi.HasHan(text)
	for _, at := range latinWord.FindAllStringIndex(text, -1) {
		w := text[at[0]:at[1]]
		first, _ := utf8.DecodeRuneInString(w)
		inside := strings.ContainsFunc(w[1:], func(r rune) bool { return unicode.IsUpper(r) || unicode.IsDigit(r) })
		begins := strings.TrimRight(text[:at[0]], " \"'“‘(") == "" || strings.ContainsAny(lastChar(text[:at[0]]), ".!?:\n")
		switch {
		case ordinary.MatchString(strings.ToLower(w)):
		case han, inside, unicode.IsUpper(first) && !(begins && (opener.MatchString(w) || len(contentOf(w, "en")) == 0)):
			out = append(out, w)
		}
	}
	return out
}

// lastChar is the last character of s that is no space.
func lastChar(s string) string {
	s = strings.TrimRight(s, " ")
	if s == "" {
		return ""
	}
	return s[len(s)-1:]
}
