package llm

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// errEnough stops the model: the caller has broken off, or enough was said.
var errEnough = errors.New("enough")

// reader cuts the stream into sentences, checks them and hands on the good ones.
type reader struct {
	passages []answer.Passage
	yield    func(Sentence) bool
	buf      string
	said     int
	dropped  int
	stopped  bool // the consumer wants no more
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
	out, ok := check(s, r.passages)
	if !ok {
		r.dropped++
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

var (
	citation  = regexp.MustCompile(`\s*[\[【](\d{1,2})(?:\s*[,，]\s*(\d{1,2}))*[\]】]`)
	citedNums = regexp.MustCompile(`\d{1,2}`)
	number    = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
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

// check takes the citations out of a sentence. ok is false when it has none, when one points to no passage, or when a
// number in it is in none of the passages it cites.
func check(s string, passages []answer.Passage) (Sentence, bool) {
	var out Sentence
	var source strings.Builder
	for _, m := range citation.FindAllString(s, -1) {
		for _, d := range citedNums.FindAllString(m, -1) {
			n, err := strconv.Atoi(d)
			if err != nil || n < 1 || n > len(passages) {
				return out, false
			}
			p := passages[n-1]
			out.Used = append(out.Used, p.ID)
			source.WriteString(" " + p.Title + " " + p.Text)
		}
	}
	out.Text = strings.TrimSpace(citation.ReplaceAllString(s, ""))
	if len(out.Used) == 0 || out.Text == "" || strings.ContainsAny(out.Text, "[]<>{}") || strings.Trim(out.Text, ".。!？? ") == "NONE" {
		return out, false
	}
	have := numbers(source.String())
	for n := range numbers(out.Text) {
		if !have[n] {
			return out, false
		}
	}
	return out, true
}

// numbers are the numbers of a text in plain digits: spoken Chinese and English ones as well as written ones.
func numbers(s string) map[string]bool {
	out := map[string]bool{}
	s = hanzi.ParseNumbers(hanzi.Fold(s))
	for _, n := range number.FindAllString(s, -1) {
		out[strings.ReplaceAll(n, ",", "")] = true
	}
	words := map[string]string{
		"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
		"fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "thousand": "1000",
	}
	for _, w := range hanzi.Segment(s) {
		if d, ok := words[w]; ok {
			out[d] = true
		}
		if r := []rune(w); len(r) == 1 && hanzi.IsHan(r[0]) {
			if d, ok := hanzi.Digits(w); ok && d != "1" {
				out[d] = true
			}
		}
	}
	return out
}
