package ingest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	numbered = regexp.MustCompile(`^(?:[（(]?(\d{1,3})(?:\.\d{1,2})*[.、)）．:：]|[（(]?[一二三四五六七八九十]{1,3}[、)）])\s*`)
	wonders  = regexp.MustCompile(`[?？]|怎么|怎样|怎麼|怎樣|如何|什么|什麼|为什么|为何|多少|多久|哪|吗$|嗎$|能否|是否|可否|(?i:^(?:how|what|when|where|which|who|why|can|could|do|does|is|are|may|should|will)\b)`)
	sentence = regexp.MustCompile(`[.!;:。！；：…,，]["'”’」）)\]]*$`)
)

// unnumbered takes the number off that a question has in its list, and tells it; it is 0 where there is none or it is a word.
func unnumbered(s string) (string, int) {
	m := numbered.FindStringSubmatch(s)
	if m == nil {
		return s, 0
	}
	rest := s[len(m[0]):]
	if first, _ := utf8.DecodeRuneInString(rest); !hasWord(rest) || unicode.IsDigit(first) {
		return s, 0 // 1.5 GB
	}
	n, _ := strconv.Atoi(m[1]) // digits, or nothing, which is 0
	return rest, n
}

// asksNext reports whether a line is the question after one with a number, by its own number and words: steps of an answer are counted, too.
func asksNext(text string, number int) bool {
	rest, n := unnumbered(text)
	return number > 0 && n == number+1 && utf8.RuneCountInString(rest) <= mostAsked && wonders.MatchString(rest) && !sentence.MatchString(rest)
}

const (
	boldOver = 7 // level of a bold line over bold questions: all headings with a style stand above it
	boldAsks = 8 // of a bold question
)

// boldHeadings makes headings of bold lines where the headings of a document are titles alone, or where it has none: many write questions
// so. Bold lines under a heading that has text of its own belong to the text.
func boldHeadings(blocks []block) []block {
	at := map[int]bool{}
	marked := 0
	for i, b := range blocks {
		last := i == len(blocks)-1
		if b.heading > 0 && !last && blocks[i+1].heading == 0 && !blocks[i+1].bold && !blocks[i+1].asks() && i > 0 {
			return blocks
		}
		if !b.bold || b.heading > 0 || b.table > 0 || last || utf8.RuneCountInString(b.text) > mostAsked || sentence.MatchString(b.text) || !hasWord(b.text) {
			continue
		}
		at[i] = true
		if marked++; b.asks() {
			marked++
		}
	}
	if marked < 2 {
		return blocks
	}
	blocks = slices.Clone(blocks)
	for i := range at {
		if blocks[i].heading = boldAsks; !blocks[i].asks() && at[i+1] {
			blocks[i].heading = boldOver
		}
	}
	return blocks
}

// withoutLinks takes out what leads to other pages: questions that are answered there, and lines that stand on every page.
func (c *collector) withoutLinks(blocks []block) []block {
	var out []block
	links, first := 0, ""
	for i, b := range blocks {
		next := block{link: true}
		if i+1 < len(blocks) {
			next = blocks[i+1]
		}
		answered := b.heading > 0 && next.heading == 0 && !next.link
		switch {
		case b.text == "":
		case b.table == 0 && furniture.MatchString(b.text):
			c.note(b.at, "furniture", "line", "line taken out: %s", short(b.text))
		case b.link && (b.heading > 0 || b.asks()) && !answered:
			if links++; links == 1 {
				first = b.text
			}
		default:
			out = append(out, b)
		}
	}
	if links > 0 {
		c.note(0, "left", "links", "%d questions that only lead to other pages, the first of them: %s", links, short(first))
	}
	return out
}

// spokenLines are the lines of blocks as they are said.
func spokenLines(blocks []block) (out []string) {
	for i := 0; i < len(blocks); {
		if n := tableLength(blocks[i:]); n > 1 {
			out = append(out, spokenRows(blocks[i:i+n])...)
			i += n
			continue
		}
		out = append(out, blocks[i].text)
		i++
	}
	return out
}

// spokenRows are the rows of a table within an answer as they are said: each thing with the names of its columns, where the first row names them.
func spokenRows(rows []block) []string {
	head := rows[0].cells
	named := len(head) > 1 && !slices.ContainsFunc(head, func(s string) bool { return strings.TrimSpace(s) == "" || strings.ContainsAny(s, "0123456789") })
	var out []string
	for i, b := range rows {
		comma, colon := ", ", ": "
		if strings.ContainsFunc(b.text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			comma, colon = "，", "："
		}
		var said []string
		for k, cell := range b.cells {
			switch cell = tidy(cell); {
			case cell == "":
			case named && k > 0 && k < len(head):
				said = append(said, tidy(head[k])+colon+cell)
			default:
				said = append(said, cell)
			}
		}
		if !named || i > 0 {
			out = append(out, strings.Join(said, comma))
		}
	}
	return out
}

// plainText reads a text file: lines that begin with Q: or end with a question mark and the lines under each, or a table.
func (c *collector) plainText(text string) {
	var blocks []block
	asked, divided := 0, 0
	for line := range strings.Lines(text) {
		b := block{at: len(blocks) + 1, text: tidy(line)}
		blocks = append(blocks, b)
		if qPrefix.MatchString(b.text) || b.asks() {
			asked++
		}
		if strings.ContainsAny(strings.TrimSpace(line), "\t;；") {
			divided++
		}
	}
	titleLines(blocks)
	if header, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); asked == 0 || divided > asked || namesColumns(strings.FieldsFunc(header, func(r rune) bool { return strings.ContainsRune(",;\t", r) })) {
		c.table(text)
		return
	}
	c.unit = "line"
	c.document(blocks)
}

// titleLines makes headings of lines that stand on their own over questions.
func titleLines(blocks []block) {
	asked := func(b block) bool { return b.asks() || qPrefix.MatchString(b.text) }
	answers := false // the line before is a question
	for i := range blocks {
		b := &blocks[i]
		if b.text == "" {
			continue
		}
		alone := (i == 0 || blocks[i-1].text == "") && i+1 < len(blocks) && blocks[i+1].text == ""
		next := slices.IndexFunc(blocks[i+1:], func(b block) bool { return b.text != "" })
		if alone && !answers && !asked(*b) && !sentence.MatchString(b.text) && next >= 0 && asked(blocks[i+1+next]) {
			b.heading = 1
		}
		answers = asked(*b)
	}
}
