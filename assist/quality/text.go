package quality

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// sentence is a part of a turn.
type sentence struct {
	turn       int
	who        string
	start, end int    // runes in the turn's text
	text       string // folded: lower case, simplified, plain quotes
	raw        string // as it stands in the turn
	asks       bool   // ends in a question mark or has a question's words
	sure       bool   // recognised well enough to decide anything
}

// fold writes s for matching. It keeps the number of runes unless s is malformed, so that offsets hold.
func fold(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r == '’' || r == '‘' || r == '`':
			return '\''
		case r == '“' || r == '”':
			return '"'
		case r >= 0xFF01 && r <= 0xFF5E && r != '，' && r != '？' && r != '！' && r != '；' && r != '：':
			return unicode.ToLower(r - 0xFEE0)
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, s)
	simple := hanzi.Simplify(out)
	if len(simple) == len(out) {
		return simple
	}
	return out
}

// mostRunes is where a sentence without punctuation is cut, so that one word decides a place and not a minute.
const mostRunes = 240

// split cuts a turn into sentences.
func split(turn int, t Turn, sure bool) []sentence {
	rs := []rune(t.Text)
	var out []sentence
	add := func(from, to int) {
		for from < to && unicode.IsSpace(rs[from]) {
			from++
		}
		for to > from && unicode.IsSpace(rs[to-1]) {
			to--
		}
		if from == to {
			return
		}
		raw := string(rs[from:to])
		text := fold(raw)
		out = append(out, sentence{turn: turn, who: side(t.Who), start: from, end: to, raw: raw, text: text, asks: isQuestion(text), sure: sure && !garbled.MatchString(text)})
	}
	from := 0
	for i, r := range rs {
		next := rune(' ')
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		switch {
		case strings.ContainsRune("。！？；!?;\n", r), r == '.' && unicode.IsSpace(next) && !abbreviation(rs[from:i]):
			add(from, i+1)
			from = i + 1
		case i-from >= mostRunes && (unicode.IsSpace(r) || strings.ContainsRune("，,", r)):
			add(from, i+1)
			from = i + 1
		}
	}
	add(from, len(rs))
	return out
}

func abbreviation(before []rune) bool {
	s := strings.ToLower(string(before))
	for _, a := range []string{"mr", "mrs", "ms", "dr", "st", "no"} {
		if s == a || strings.HasSuffix(s, " "+a) {
			return true
		}
	}
	return false
}

var (
	garbled  = regexp.MustCompile(`\[(inaudible|unclear|unintelligible|crosstalk|noise|\?+|听不清|不清|杂音|噪音)[^\]]*\]|\((inaudible|unclear|unintelligible|听不清|不清|杂音)[^)]*\)|（(听不清|不清|杂音)[^）]*）|<(unk|inaudible|noise|听不清)>|听不清楚?】|#{3,}|\*{4,}`)
	question = regexp.MustCompile(`[?？]$|^(may|can|could|would|shall|do|does|did|is|are|what|which|who|when|where|how|have you) |(吗|呢)[。?？!！]?$|^请问|(什么|哪(个|里|位|天)|多少|几位)[^。]*$`)
)

func isQuestion(s string) bool { return question.MatchString(s) }

// side is who a turn counts for.
func side(who string) string {
	switch strings.ToLower(strings.TrimSpace(who)) {
	case "agent", "bot", "客服", "坐席", "operator", "rep", "advisor":
		return Agent
	case "caller", "customer", "client", "user", "客户", "来电人":
		return Caller
	}
	return ""
}

// pair is a pattern per language. An empty one matches nothing.
type pair struct{ en, zh *regexp.Regexp }

func pat(en, zh string) pair {
	var p pair
	if en != "" {
		p.en = regexp.MustCompile(en)
	}
	if zh != "" {
		p.zh = regexp.MustCompile(zh)
	}
	return p
}

// find returns the bytes of the first match in s, nil without one. Both patterns are tried: calls mix languages.
func (p pair) find(s string) []int {
	if p.en != nil {
		if m := p.en.FindStringIndex(s); m != nil {
			return m
		}
	}
	if p.zh != nil {
		if m := p.zh.FindStringIndex(s); m != nil {
			return m
		}
	}
	return nil
}

// all returns the bytes of every match.
func (p pair) all(s string) [][]int {
	var out [][]int
	if p.en != nil {
		out = p.en.FindAllStringIndex(s, -1)
	}
	if p.zh != nil {
		out = append(out, p.zh.FindAllStringIndex(s, -1)...)
	}
	return out
}

func (p pair) in(s string) bool { return p.find(s) != nil }

func (p pair) none() bool { return p.en == nil && p.zh == nil }

// clause ends before at: the words of s that a negation before at would stand in.
func clauseBefore(s string, at int) string {
	b := s[:at]
	if i := strings.LastIndexAny(b, ",.;:!?"); i >= 0 {
		b = b[i+1:]
	}
	for _, sep := range []string{"，", "。", "；", "！", "？", " but ", " and ", " 但", "但是"} {
		if i := strings.LastIndex(b, sep); i >= 0 {
			b = b[i+len(sep):]
		}
	}
	return b
}

var (
	negEN = regexp.MustCompile(`(?:\b(?:not|never|no|cannot|cant|unable|without|hardly|neither|nobody|refuse|avoid)\b|n't\b)(?: [\w']+){0,4}\s*$`)
	negZH = regexp.MustCompile(`(不能|不会|不可|不敢|不给|不做|不是|不用|不需|无法|无需|没法|没办法|没有|不|没|未|别|勿|非|难以)[\p{Han}]{0,4}$`)
)

// negated reports whether what starts at byte at of s is denied.
func negated(s string, at int) bool {
	b := clauseBefore(s, at)
	return negEN.MatchString(b) || negZH.MatchString(strings.TrimSpace(b))
}

// has reports whether s denies something anywhere.
var denies = regexp.MustCompile(`\b(not|never|no|cannot|without|none|nothing|isn't|wasn't|don't|doesn't|didn't|can't|won't|needn't|aren't|weren't)\b|不|没|无|未|免`)

var stop = words(`a an the and or of to in on at for by with from is are was were be been being do does did has have had i you he she it we they me him her us them my your his its our their this that
these those there here what which who whom whose when where how why if then than so as not no yes can could will would shall should may might must agent caller customer client call calls company representative operator
advisor rep any all each every about into up out over under before after during while correctly clearly properly explicitly say said says tell told tells state stated mention mentioned explain explained give gave
given make made ask asked confirm confirmed inform informed let know also just only own please thank thanks s t re ll ve d m`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

var wordEN = regexp.MustCompile(`[a-z][a-z'-]*|[0-9]+`)

var stopZH = words(`客服 坐席 客户 是否 有没有 有无 进行 告知 说明 告诉 提醒 主动 明确 正确 清楚 向 对 在 的 了 吗 和 与 及 或 并 是 有 没有 我 你 您 他 们 我们 您的 这 那 请 就 都 也 会 能 可以 要 给 把 被 来 去 电话 本次 通话 来电 一下 个 什么 呢`)

// terms are the words of s that carry meaning, stems for English and words for Chinese.
func terms(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range wordEN.FindAllString(s, -1) {
		if w = strings.Trim(w, "'-"); len(w) > 1 && !stop[w] {
			out[stem(w)] = true
		}
	}
	if hanzi.HasHan(s) {
		for _, w := range hanzi.Segment(s) {
			if hanzi.HasHan(w) && !stopZH[w] {
				out[w] = true
			}
		}
	}
	return out
}

// stem cuts endings so that forms of a word meet.
func stem(w string) string {
	w = strings.TrimSuffix(w, "'s")
	for _, end := range []string{"ations", "ation", "ings", "ing", "ies", "ied", "ements", "ement", "als", "al", "es", "ed", "s", "e", "y"} {
		if least := 4; len(w)-len(end) >= least || (end == "es" || end == "ed" || end == "e") && len(w)-len(end) == least-1 && !strings.HasSuffix(w, "eed") {
			if strings.HasSuffix(w, end) {
				w = strings.TrimSuffix(w, end)
				break
			}
		}
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] != 's' { // "cancelled", "stopped"
		w = w[:n-1]
	}
	return w
}

// share is the part of want that is in have, 0 when want is empty.
func share(want, have map[string]bool) float64 {
	if len(want) == 0 {
		return 0
	}
	n := 0
	for w := range want {
		if have[w] {
			n++
		}
	}
	return float64(n) / float64(len(want))
}
