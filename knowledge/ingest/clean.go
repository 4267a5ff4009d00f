package ingest

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// residue finds a reading in brackets after a Chinese character, such as 關(guān): it has a tone mark or is the reading
// of the characters before it. An abbreviation, 识别(ASR), is neither.
var residue = regexp.MustCompile(`(\p{Han}+)[(（]([\p{Latin}\d ]{1,40})[)）]`)

// withoutResidue takes the readings out of s and tells which they were.
func withoutResidue(s string) (string, []string) {
	var gone []string
	out := residue.ReplaceAllStringFunc(s, func(m string) string {
		sub := residue.FindStringSubmatch(m)
		if !isReading(sub[1], sub[2]) {
			return m
		}
		gone = append(gone, m)
		return sub[1]
	})
	return out, gone
}

const toned = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"

func isReading(han, in string) bool {
	low := strings.ToLower(in)
	if strings.ContainsAny(low, toned) {
		return true
	}
	if low != in { // capitals are an abbreviation
		return false
	}
	letters := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }), "")
	}
	bare, read := letters(low), letters(strings.Join(hanzi.Syllables(hanzi.Simplify(han)), ""))
	return bare != "" && strings.HasSuffix(read, bare)
}

// furniture is a line that belongs to a page, not to an answer.
var furniture = regexp.MustCompile(`(?i)^(?:` +
	`(?:page|第)\s*\d+(?:\s*(?:of|/|页|頁|共)\s*\d*\s*(?:页|頁)?)?|\d+\s*/\s*\d+|` +
	`(?:(?:back|return) to top|print this page|skip to (?:main )?content|返回顶部|打印本页|上一篇|下一篇|上一页|下一页|首页|分享到)[:：]?.{0,20}|` +
	`(?:was this (?:article|page|answer|information) (?:helpful|useful)|did (?:this|we) answer your question|have more questions|still need help)\?.{0,40}|` +
	`\d+ out of \d+ found this helpful|(?:written by .{0,40}|last )?updated (?:over |about )?(?:an?|\d+) (?:day|week|month|year)s? ago|(?:an?|\d+) (?:day|week|month|year)s? ago|updated|` +
	`attachments:?|\S+\.(?:png|jpe?g|gif) \(image/\w+\)|` +
	`(?:related|recently viewed|popular|recommended) (?:articles|questions|topics|pages)[:：]?|articles in this section|table of contents|` +
	`(?:以上|该|此|这篇)?(?:内容|文章|回答|答案)?(?:是否)?对您(?:是否)?有(?:所)?帮助(?:吗)?[?？]?.{0,20}|(?:以上|该|此)(?:内容|文章|回答|答案)是否(?:对您)?有(?:所)?(?:帮助|用)[?？]?.{0,20}|` +
	`(?:相关(?:问题|文章|阅读|推荐)|热门(?:问题|文章)|猜你想问|推荐阅读)[:：]?|(?:当前位置|您(?:现在)?的位置)[:：].{0,80}|.{0,60}ICP[备証证].{0,40}|` +
	`(?:©|copyright\b|版权所有).{0,80})$`)

// cleaned takes residue and furniture out of the texts of an entry read at row n, and names what looks like an attack.
func (c *collector) cleaned(n int, e *knowledge.Entry) {
	for _, s := range []*string{&e.Question, &e.Answer} {
		text, gone := withoutResidue(unmarked(*s))
		for _, g := range gone {
			c.note(n, "residue", "reading", "reading taken out: %s", short(g))
		}
		*s = text
		if m := knowledge.Orders(text); m != "" {
			c.note(n, "injection", "order", "reads like an order to a machine and is kept as plain text: %s", short(m))
		}
		if strings.HasPrefix(strings.TrimSpace(text), "=") {
			c.note(n, "formula", "formula", "begins like a formula and is kept as plain text: %s", short(text))
		}
	}
	var lines []string
	for line := range strings.Lines(e.Answer) {
		if furniture.MatchString(strings.TrimSpace(line)) && strings.Contains(strings.TrimSpace(e.Answer), "\n") {
			c.note(n, "furniture", "line", "line taken out: %s", short(strings.TrimSpace(line)))
			continue
		}
		lines = append(lines, line)
	}
	e.Answer = strings.Join(lines, "")
}
