package ingest

import (
	"regexp"
	"slices"
	"strings"
)

// mdLine is a line of Markdown: a heading of a level, a row of a table, or a text.
type mdLine struct {
	n     int
	level int // 0 for a text
	text  string
	cells []string
	plain bool // within a fence: nothing in it is a mark
}

var (
	mdRule     = regexp.MustCompile(`^(?:(?:-[ ]*){3,}|(?:\*[ ]*){3,}|(?:_[ ]*){3,}|\[\[?_?TOC_?\]?\]|\{:?[^}]*\}|\[\^?[^\]]+\]:\s.*)$`)
	mdUnder    = regexp.MustCompile(`^(?:=+|-{3,})$`)
	mdDelimit  = regexp.MustCompile(`^\|?(?:\s*:?-{1,}:?\s*\|)+(?:\s*:?-+:?\s*)?$`)
	mdComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	mdSummary  = regexp.MustCompile(`(?i)^(?:<details[^>]*>\s*)?<summary[^>]*>(.*?)</summary>`)
	mdDetails  = regexp.MustCompile(`(?i)^</?details[^>]*>$`)
	mdBoldLine = regexp.MustCompile(`^(?:\*\*([^*]+)\*\*|__([^_]+)__)[:：]?$`)
)

// mdLines are the lines of a text without what no reader sees: the front matter, comments, rules.
func mdLines(text string) (lines []mdLine) {
	text = mdComment.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	front, fenced := strings.HasPrefix(text, "---\n"), false
	n := 0
	for line := range strings.Lines(text) {
		n++
		s := strings.TrimRight(line, "\n")
		trimmed := strings.TrimSpace(s)
		if front {
			front = n == 1 || trimmed != "---" && trimmed != "..."
			continue
		}
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
			continue
		}
		l := mdLine{n: n, text: trimmed, plain: fenced}
		last := len(lines) - 1
		level, title := heading(s)
		summary := mdSummary.FindStringSubmatch(trimmed)
		switch {
		case fenced:
		case level > 0:
			l.level, l.text = level, title
		case summary != nil:
			l.level, l.text = 3, strings.TrimSpace(summary[1])
			if rest := strings.TrimSpace(strings.TrimSuffix(trimmed[len(summary[0]):], "</details>")); rest != "" {
				lines, l = append(lines, l), mdLine{n: n, text: rest}
			}
		case mdDetails.MatchString(trimmed):
			continue
		case mdUnder.MatchString(trimmed) && last >= 0 && lines[last].n == n-1 && lines[last].level == 0 && lines[last].text != "" && lines[last].cells == nil && !mdStart.MatchString(lines[last].text):
			lines[last].level = 2
			if trimmed[0] == '=' {
				lines[last].level = 1
			}
			continue
		case mdRule.MatchString(trimmed), mdDelimit.MatchString(trimmed) && last >= 0 && lines[last].cells != nil:
			continue
		case strings.HasPrefix(trimmed, "|") && strings.Count(trimmed, "|") > 2:
			l.cells = mdCells(trimmed)
		}
		lines = append(lines, l)
	}
	return lines
}

func mdCells(s string) []string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "|"), "|")
	cells := strings.Split(strings.ReplaceAll(s, `\|`, "\x00"), "|")
	for i, c := range cells {
		cells[i] = plain(strings.ReplaceAll(c, "\x00", "|"))
	}
	return cells
}

// leveled gives the headings of lines the levels that the reader knows, 1 over questions and 2 for a question: many a wiki has chapters of the
// second level with the questions below them, or writes questions in bold.
func leveled(lines []mdLine) []mdLine {
	lines = slices.Clone(lines)
	boldLines(lines)
	if !slices.ContainsFunc(lines, func(l mdLine) bool { return l.level >= 2 }) {
		asked := func(l mdLine) bool { return l.level == 1 && asks.MatchString(l.text) }
		if slices.ContainsFunc(lines, asked) {
			for i := range lines {
				if asked(lines[i]) {
					lines[i].level = 2
				}
			}
		}
		return lines
	}
	below := 0 // the level of questions under the chapter that is read, where it is not the second
	if !slices.ContainsFunc(lines, func(l mdLine) bool { return l.level == 2 }) {
		below = 9
		for _, l := range lines {
			if l.level > 2 {
				below = min(below, l.level)
			}
		}
	}
	everywhere := below
	for i := range lines {
		l := &lines[i]
		if l.level == 0 {
			continue
		}
		next := slices.IndexFunc(lines[i+1:], func(l mdLine) bool { return l.text != "" })
		over := next >= 0 && lines[i+1+next].level > l.level && !wonders.MatchString(l.text)
		switch {
		case l.level == 1:
			below = everywhere
		case over && (l.level == 2 || l.level == below):
			below, l.level = lines[i+1+next].level, 1
		case l.level == 2:
			below = everywhere
		case l.level <= below:
			below, l.level = l.level, 2
		}
	}
	return lines
}

// boldLines makes headings of bold lines where no heading has text of its own.
func boldLines(lines []mdLine) {
	var blocks []block
	var at []int
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		b := block{text: l.text, heading: l.level}
		if m := mdBoldLine.FindStringSubmatch(l.text); m != nil && l.level == 0 && !l.plain {
			b.text, b.bold = m[1]+m[2], true
		}
		blocks, at = append(blocks, b), append(at, i)
	}
	for k, b := range boldHeadings(blocks) {
		if b.bold && b.heading > 0 {
			l := &lines[at[k]]
			l.level, l.text = b.heading-boldOver+5, b.text // below what has marks of its own
		}
	}
}
