package wrapup

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	longestLine  = 200  // characters
	longestInput = 4000 // characters of one turn that are read
)

// sentence is one sentence of a turn.
type sentence struct {
	text     string
	turn     int // number
	at       int // place of the turn in the call
	who      call.Party
	zh       bool
	question bool
	words    []string // sorted, each once
	figures  []entity.Figure
	weight   float64 // how much of the call's content it carries
}

// document is a call cut into sentences and weighed.
type document struct {
	turns []call.Turn
	all   []sentence
	lang  string
}

func read(c Call) *document {
	d := &document{turns: c.Turns, lang: c.Lang}
	zh, heard := 0, 0
	for at, t := range c.Turns {
		if procedure(t) {
			continue
		}
		text := t.Text
		if utf8.RuneCountInString(text) > longestInput {
			text = string([]rune(text)[:longestInput])
		}
		isZH := hanzi.Share(text) > 0.5
		if heard++; isZH {
			zh++
		}
		for _, s := range split(text) {
			d.all = append(d.all, sentence{
				text: s, turn: t.N, at: at, who: t.Who, zh: isZH, question: asks(s, isZH), words: unique(content(s, isZH)), figures: figures(s),
			})
		}
	}
	if d.lang == "" {
		d.lang = "en"
		if zh*2 > heard {
			d.lang = "zh"
		}
	}
	d.weigh()
	return d
}

// pressed is a turn that is a key of the telephone: [0].
var pressed = regexp.MustCompile(`^\[[0-9A-D*#•]\]$`) //nolint:gochecknoglobals // compiled once, never changed

// procedure reports whether a turn says nothing of what the call is about: a key that was pressed, or how the call goes on, such as how
// long it takes until somebody comes.
func procedure(t call.Turn) bool {
	return t.Who == call.Caller && pressed.MatchString(t.Text) || t.Who == call.Bot && slices.Contains([]string{"waiting", "hand-off", "agent lost"}, t.Decision)
}

// figures are the numbers of a sentence. A masked name or address is none.
func figures(s string) []entity.Figure {
	return slices.DeleteFunc(entity.Find(s), func(f entity.Figure) bool {
		return f.Text == redact.MaskOf(redact.Name) || f.Text == redact.MaskOf(redact.Address)
	})
}

// split cuts a text into sentences and long ones at a pause.
func split(text string) []string {
	var out []string
	rs := []rune(strings.TrimSpace(text))
	from := 0
	for i, r := range rs {
		end := strings.ContainsRune("。！？!?；;\n", r)
		if r == '.' { // not in 3.5 or e.g.
			end = i+1 == len(rs) || unicode.IsSpace(rs[i+1])
		}
		if end {
			out = appendSentence(out, rs[from:i+1])
			from = i + 1
		}
	}
	return appendSentence(out, rs[from:])
}

func appendSentence(out []string, rs []rune) []string {
	s := strings.TrimSpace(string(rs))
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return out
	}
	return append(out, s)
}

// clip shortens a sentence at a pause, never inside a number.
func clip(s string) string {
	rs := []rune(s)
	if len(rs) <= longestLine {
		return s
	}
	end := longestLine
	for end > longestLine/2 && !strings.ContainsRune(" ,，、", rs[end]) {
		end--
	}
	if end == longestLine/2 {
		for end = longestLine; end > 0 && strings.ContainsRune("0123456789.,零〇一二两三四五六七八九十百千万亿点", rs[end-1]); {
			end--
		}
	}
	return strings.TrimRight(string(rs[:end]), " ,，、") + "…"
}

// asks reports whether a sentence is a question.
func asks(s string, zh bool) bool {
	if strings.HasSuffix(s, "?") || strings.HasSuffix(s, "？") {
		return true
	}
	if zh {
		return has(s, "吗", "呢", "怎么", "为什么", "为啥", "什么时候", "多少", "多久", "哪里", "能不能", "可不可以", "是不是", "有没有")
	}
	first, _, _ := strings.Cut(strings.ToLower(s), " ")
	return slices.Contains(strings.Fields("what when where why who how which can could would will is are do does did may"), first)
}

func has(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// stop are words that carry no content.
const stopEN = " a an and are as at be been but by can could did do does for from had has have he her him his how i if in is it its just like me my no not of oh ok okay on or our out please " +
	"so sorry than thank thanks that the their them then there they this to um uh up us was we well were what when which who will with would yeah yes you your i'm it's that's don't i've hello hi bye good morning " +
	"afternoon evening right sure great lovely let's i'll we'll you're got get know really very some any all also about "

const stopZH = " 的 了 是 我 你 您 他 她 们 我们 你们 这 那 这个 那个 就 也 都 和 在 有 没 不 吗 呢 啊 吧 嗯 哦 好 好的 对 对的 请 请问 谢谢 您好 你好 再见 一下 一个 什么 怎么 可以 还 要 会 去 来 说 把 被 给 让 跟 但 但是 因为 所以 然后 "

// content returns the words that carry content, in one form each.
func content(s string, zh bool) []string {
	var out []string
	if zh {
		for _, w := range hanzi.Segment(hanzi.Simplify(hanzi.Fold(s))) {
			if strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) != "" && !strings.Contains(stopZH, " "+w+" ") {
				out = append(out, w)
			}
		}
		return out
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '•' }) {
		if !strings.Contains(stopEN, " "+w+" ") {
			out = append(out, w)
		}
	}
	return out
}

// weigh gives each sentence the weight of its words: those the call comes back to, and figures, weigh more; a sentence
// does not win by being long.
func (d *document) weigh() {
	in := map[string]int{} // sentences with the word
	for _, s := range d.all {
		for _, w := range s.words {
			in[w]++
		}
	}
	for i := range d.all {
		s := &d.all[i]
		for _, w := range s.words {
			s.weight += math.Log2(1 + float64(in[w]))
		}
		if n := len(s.words); n > 0 {
			s.weight /= math.Sqrt(float64(n) + 3)
		}
		s.weight += 0.4 * math.Min(3, float64(len(s.figures)))
		if len(s.words) < 2 {
			s.weight *= 0.4
		}
	}
}

func unique(words []string) []string {
	out := slices.Clone(words)
	slices.Sort(out)
	return slices.Compact(out)
}

// alike is the share of the shorter sentence's words that the other has too; both as unique gives them.
func alike(a, b []string) float64 {
	n := min(len(a), len(b))
	if n == 0 {
		return 0
	}
	same := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok {
			same++
		}
	}
	return float64(same) / float64(n)
}
