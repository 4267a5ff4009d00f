package ingest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// markdown reads "# category", "## question" and the answer under it. Lines "Similar: a | b" (相似问：) directly under
// the question, and "Lang: zh", "Valid until: 2026-12-31" and the other columns of a table, are taken as fields. Deeper headings belong to the answer.
func (c *collector) markdown(text string) {
	c.unit = "line"
	m := mdReader{c: c}
	lines := leveled(mdLines(text))
	if !slices.ContainsFunc(lines, func(l mdLine) bool { return l.level > 0 }) && c.askedInText(lines) {
		return
	}
	for i := 0; i < len(lines); i++ {
		m.n = lines[i].n
		if n := rowsOf(lines[i:]); n > 0 {
			m.table(lines[i : i+n])
			i += n - 1
			continue
		}
		m.line(lines[i])
	}
	m.flush()
	if m.questions == 0 && len(c.problems) == 0 {
		c.add(0, "no-question-markdown", `holds no question: write each as a heading "## question" with the answer under it`)
	}
}

type mdReader struct {
	c          *collector
	n, at      int // this line, the line of the open question
	category   string
	open       bool
	said       map[string]string // of the open question, by columns of a table
	similar    []string
	body       []string
	told       []string          // lines that were taken for what they tell
	untold     map[string]string // what was said before them
	questions  int
	loose      bool // text without a question was already reported
	underTitle bool // between a first-level heading and the first question, where an introduction may stand
}

// askedInText reads questions that are lines of text, where there are no headings. It reports whether there are any.
func (c *collector) askedInText(lines []mdLine) bool {
	var blocks []block
	asked := false
	for _, l := range lines {
		b := block{at: l.n, text: plain(l.text), cells: l.cells}
		if l.cells != nil {
			b = rowBlock(l.n, 1, l.cells)
		}
		blocks = append(blocks, b)
		asked = asked || qPrefix.MatchString(b.text) || b.cells != nil && namesColumns(b.cells)
	}
	if asked {
		c.document(blocks)
	}
	return asked
}

// rowsOf is how many lines at the beginning are rows of one table.
func rowsOf(lines []mdLine) int {
	n := 0
	for n < len(lines) && lines[n].cells != nil {
		n++
	}
	return n
}

// table takes the rows of a table: entries, when it names the columns, else part of an answer.
func (m *mdReader) table(lines []mdLine) {
	rows := make([]block, len(lines))
	for i, l := range lines {
		rows[i] = rowBlock(l.n, 1, l.cells)
	}
	if faqTable(rows) == 0 {
		for _, s := range spokenRows(rows) {
			m.text(s)
		}
		return
	}
	category := m.category
	if m.open && len(m.body) == 0 { // a heading over the table
		category, m.open = m.said["question"], false
	}
	m.flush()
	g := grid{c: m.c, padded: true, category: category}
	for _, b := range rows {
		g.row(b.at, 0, b.cells)
	}
	g.end()
	m.questions++
}

func (m *mdReader) line(l mdLine) {
	switch {
	case l.plain:
		m.text(l.text)
	case l.level == 0:
		m.text(strings.ReplaceAll(l.text, "<br>", "\n"))
	case l.level == 1:
		m.flush()
		m.category, m.underTitle = plain(l.text), true
	case l.level == 2:
		m.flush()
		m.open, m.at, m.underTitle = true, m.n, false
		m.questions++
		question, _ := unnumbered(plain(l.text))
		m.said, m.similar = map[string]string{"question": question, "category": m.category}, nil
	default:
		m.text(l.text)
	}
}

func (m *mdReader) text(s string) {
	if s == "" {
		return
	}
	if !m.open {
		if m.category == "" && !m.underTitle && !m.loose && hasWord(s) {
			m.loose = true
			m.c.add(m.n, "text-before", `text before the first question: write "## question" above it, or "# title" above an introduction`)
		}
		return
	}
	if len(m.body) == 0 && m.tells(s) {
		return
	}
	if name, value, ok := mdField(s); ok && len(m.body) == 0 {
		if m.said[name] = value; name == "similar" {
			m.similar = append(m.similar, splitSimilar(value)...)
		}
		return
	}
	m.body = append(m.body, plain(s))
}

// tells takes a line that tells in words of its own whether the open question is in use, for whom, and how long: "Status: archived". It reports whether
// it is one; any other word after such a name is the text of an answer.
func (m *mdReader) tells(s string) bool {
	key, value, ok := strings.Cut(strings.Replace(plain(s), "：", ":", 1), ":")
	kind := told[columnName(key)]
	if !ok || kind == "" || tidy(value) == "" || !stands(kind, value) {
		return false
	}
	if m.told == nil {
		m.untold = maps.Clone(m.said)
	}
	m.told = append(m.told, plain(s))
	return tell(kind, value, m.said)
}

func (m *mdReader) flush() {
	if last := len(m.body) - 1; m.open && last > 0 && m.tells(m.body[last]) { // below the answer
		m.body = m.body[:last]
	}
	if m.open && len(m.body) == 0 && len(m.told) > 0 { // nothing else is there: they are what is answered
		m.body, m.said = m.told, m.untold
	}
	if m.open {
		m.said["answer"] = strings.Join(m.body, "\n")
		m.c.row(m.at, m.said, m.similar)
	}
	m.open, m.body, m.told = false, nil, nil
}

func mdField(s string) (name, value string, ok bool) {
	key, value, ok := strings.Cut(strings.Replace(s, "：", ":", 1), ":")
	if !ok {
		return "", "", false
	}
	name = columns[columnName(strings.Trim(key, "*_- "))]
	switch name {
	case "", "question", "answer", "category":
		return "", "", false
	case "from", "until": // "截止时间：每天17:00" is the beginning of an answer
		_, err := readTime(value, time.UTC, false)
		return name, value, err == nil
	}
	return name, value, true
}

// heading returns the level of an ATX heading, 0 for any other line.
func heading(s string) (int, string) {
	t := strings.TrimLeft(s, " ")
	if len(s)-len(t) > 3 {
		return 0, ""
	}
	rest := strings.TrimLeft(t, "#")
	level := len(t) - len(rest)
	if level == 0 || level > 6 || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return 0, ""
	}
	return level, strings.TrimRight(strings.TrimSpace(rest), "# ")
}

var (
	mdAny   = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	mdMark  = regexp.MustCompile("\\*\\*|__|`")
	mdStart = regexp.MustCompile(`^\s*(?:[-*+]\s+(?:\[[ xX]\]\s+)?|>\s*)`)
	mdSlant = regexp.MustCompile(`(^|[\s(（“"])[*_]([^*_\s](?:[^*_]*[^*_\s])?)[*_]($|[\s).,;:!?，。！？”"）])`)
	mdAuto  = regexp.MustCompile(`<((?:https?://|mailto:)[^>\s]+)>`)
	mdNoted = regexp.MustCompile(`\[\^[^\]]+\]`)
	mdGone  = regexp.MustCompile(`~~[^~\n]+~~\s?`) // struck through
)

// plain takes the marks of Markdown out of a line: an answer is spoken.
func plain(s string) string {
	s = mdStart.ReplaceAllString(s, "")
	s = mdGone.ReplaceAllString(mdImage.ReplaceAllString(s, ""), "")
	s = mdAny.ReplaceAllString(mdNoted.ReplaceAllString(s, ""), "$1")
	s = mdAuto.ReplaceAllString(mdMark.ReplaceAllString(s, ""), "$1")
	return strings.TrimSpace(mdSlant.ReplaceAllString(s, "$1$2$3"))
}
