package ingest

import (
	"regexp"
	"strings"
	"time"
)

// markdown reads "# category", "## question" and the answer under it. Lines "Similar: a | b" (相似问：) directly under
// the question, and "Lang: zh", "Valid until: 2026-12-31" and the other columns of a table, are taken as fields. Deeper headings belong to the answer.
func (c *collector) markdown(text string) {
	c.unit = "line"
	m := mdReader{c: c}
	for line := range strings.Lines(text) {
		m.line(strings.TrimRight(line, "\n"))
	}
	m.flush()
	if m.questions == 0 && len(c.problems) == 0 {
		c.add(0, `holds no question: write each as a heading "## question" with the answer under it`)
	}
}

type mdReader struct {
	c          *collector
	n, at      int // this line, the line of the open question
	category   string
	open       bool
	fenced     bool
	said       map[string]string // of the open question, by columns of a table
	similar    []string
	body       []string
	questions  int
	loose      bool // text without a question was already reported
	underTitle bool // between a first-level heading and the first question, where an introduction may stand
}

func (m *mdReader) line(s string) {
	m.n++
	if m.n == 1 && strings.TrimSpace(s) == "" {
		return
	}
	trimmed := strings.TrimSpace(s)
	if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
		m.fenced = !m.fenced
		return
	}
	level, title := heading(s)
	switch {
	case m.fenced || level == 0:
		m.text(trimmed)
	case level == 1:
		m.flush()
		m.category, m.underTitle = plain(title), true
	case level == 2:
		m.flush()
		m.open, m.at, m.underTitle = true, m.n, false
		m.questions++
		m.said, m.similar = map[string]string{"question": plain(title), "category": m.category}, nil
	default:
		m.text(title)
	}
}

func (m *mdReader) text(s string) {
	if s == "" {
		return
	}
	if !m.open {
		if m.category == "" && !m.underTitle && !m.loose && hasWord(s) {
			m.loose = true
			m.c.add(m.n, `text before the first question: write "## question" above it, or "# title" above an introduction`)
		}
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

func (m *mdReader) flush() {
	if m.open {
		m.said["answer"] = strings.Join(m.body, "\n")
		m.c.row(m.at, m.said, m.similar)
	}
	m.open, m.body = false, nil
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
	mdLink  = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	mdMark  = regexp.MustCompile("\\*\\*|__|`")
	mdStart = regexp.MustCompile(`^\s*(?:[-*+]|>)\s+`)
)

// plain takes the marks of Markdown out of a line: an answer is spoken.
func plain(s string) string {
	s = mdStart.ReplaceAllString(s, "")
	s = mdLink.ReplaceAllString(s, "$1")
	return strings.TrimSpace(mdMark.ReplaceAllString(s, ""))
}
