package ingest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
)

// mostAbove is how many rows may stand above the one that names the columns: a title, when it was exported, by whom.
const mostAbove = 10

// grid makes entries of the rows of one table, wherever they come from: a text file, a sheet, or a table in a document.
type grid struct {
	c        *collector
	early    []gridRow         // the first rows, until it is known which of them names the columns
	header   []string          // that row
	fields   []string          // what each column means, "" for one that is left out
	langs    []string          // in which language it is, where its name says so
	lists    [][]string        // the fields of each list of questions, where several stand beside one another
	alone    *gridRow          // a row of one cell: a title of the rows below, or an entry that lacks something
	section  string            // the title of these rows
	last     int               // 1 + the entry that the row before became, 0 for none
	before   map[string]string // what that row said
	unusable bool              // what is wrong has been said
	padded   bool              // empty cells at the end of a row are left out, as spreadsheets do
	category string            // of entries that name none
	unknown  []int             // columns whose words are not all known, which the report names once
	inner    []bool            // columns of answers for people at the desk alone
	unfilled int               // rows that hold only numbers and words for how an entry stands
	first    int               // of them
}

type gridRow struct {
	n, line int // line of the file, 0 where there are none
	cells   []string
	goesOn  bool // with the question of the row above, which is one cell with this one's
}

// begun reports whether it is known what the columns mean.
func (g *grid) begun() bool { return g.fields != nil }

// row takes row n, which begins on a line of the file, 0 when it has none.
func (g *grid) row(n, line int, cells []string) { g.put(gridRow{n: n, line: line, cells: cells}) }

func (g *grid) put(r gridRow) {
	n, line, cells := r.n, r.line, r.cells
	switch {
	case g.unusable || blank(cells):
	case g.begun() && g.bare(cells):
		if g.unfilled++; g.unfilled == 1 {
			g.first = n
		}
	case g.begun():
		again := g.again(cells)
		g.titled(r, again)
		if g.alone == nil && !again {
			g.take(r)
		}
	case namesColumns(cells):
		g.begin(r)
	case len(g.early) < mostAbove:
		g.early = append(g.early, r)
	default:
		g.end()
		g.row(n, line, cells)
	}
}

// titled settles whether the row before r is a title of the rows below it: one cell that is neither question nor answer, or that stands over
// the names of the columns again. It keeps r when that is such a cell itself.
func (g *grid) titled(r gridRow, again bool) {
	at, only := onlyCell(r.cells)
	if a := g.alone; a != nil {
		g.alone = nil
		i, _ := onlyCell(a.cells)
		if f := g.field(i); again || f != "question" && f != "answer" {
			g.section = tidy(a.cells[i])
		} else {
			g.take(*a)
		}
	}
	if only && !r.goesOn && g.field(at) != "answer" {
		g.alone = &r
	}
}

// bare reports whether a row says nothing but its number and how an entry stands: a row of a form that nobody has filled in. What it holds is
// no title of the rows below it.
func (g *grid) bare(cells []string) bool {
	for i, cell := range cells {
		switch f := g.field(i); {
		case strings.TrimSpace(cell) == "" || numeric.MatchString(tidy(cell)) && f != "question" && f != "answer":
		case f == "id" && numberedID.MatchString(tidy(cell)):
		case f == "state" || f == "audience" || meant[f] != nil || f == "validity" || f == "from" || f == "until" || f == "lang":
			if !stands(f, cell) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

var (
	numeric    = regexp.MustCompile(`^[\d.#-]+$`)
	numberedID = regexp.MustCompile(`^\pL{1,8}[-_# ]?\d+(?:[-_.]\d+)*$`)
)

// stands reports whether a cell says how an entry stands, in the words that its column has for that.
func stands(field, cell string) bool {
	var ok bool
	switch field {
	case "state":
		_, ok = named(knowledge.State(cell), states, knowledge.Draft, knowledge.Review, knowledge.Published, knowledge.Expired)
	case "audience":
		_, ok = named(knowledge.Audience(cell), audiences, knowledge.ForBot, knowledge.ForAgent)
	case "lang":
		_, ok = langOf(knowledge.Entry{Lang: strings.ToLower(tidy(cell))})
	case "from", "until":
		_, err := readTime(cell, time.UTC, false)
		ok = err == nil
	default:
		ok = tell(field, cell, map[string]string{})
	}
	return ok
}

func (g *grid) field(i int) string {
	if i < len(g.fields) {
		return g.fields[i]
	}
	return ""
}

// onlyCell is the first cell that holds something; only is true when no other one does.
func onlyCell(cells []string) (at int, only bool) {
	at = slices.IndexFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" })
	return at, at >= 0 && blank(cells[at+1:])
}

// again reports whether a row says question and answer as the header does: on every page, or under merged cells.
func (g *grid) again(cells []string) bool {
	for i, f := range g.fields {
		if (f == "question" || f == "answer") && (i >= len(cells) || columnName(cells[i]) != columnName(g.header[i])) {
			return false
		}
	}
	return namesColumns(g.header) // a table without a header has its first row there
}

// begin takes r as the row that names the columns.
func (g *grid) begin(r gridRow) {
	g.c.line = r.line
	fields, langs, ok := g.c.header(r.n, r.cells)
	if !ok {
		g.unusable = true
		return
	}
	g.header, g.fields, g.langs, g.lists = r.cells, fields, langs, lists(fields, langs)
	g.inner = make([]bool, len(fields))
	for i, f := range fields {
		if g.inner[i] = f == "answer" && inward.MatchString(columnName(r.cells[i])); g.inner[i] {
			g.c.note(r.n, "kept", "column-inner", "column %q is for the desk: its answers are for agents alone", short(tidy(r.cells[i])))
		}
	}
	for _, e := range g.early {
		g.c.note(e.n, "left", "above", "above the names of the columns: %s", short(tidy(strings.Join(e.cells, " "))))
	}
	var left []string
	for i, name := range r.cells {
		if name = tidy(name); fields[i] == "" && name != "" {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		g.c.note(r.n, "left", "columns-unused", "columns that mean nothing here: %s", shorten(strings.Join(left, ", "), 200))
	}
	g.early = nil
}

// end settles what the columns mean when no row has named them: a first row of exactly two cells is an entry - question and
// answer without a header is what Dialogflow writes -, any other one lacks something.
func (g *grid) end() {
	if a := g.alone; a != nil {
		g.alone = nil
		if i, _ := onlyCell(a.cells); g.field(i) == "" {
			g.c.note(a.n, "left", "below", "below the last question: %s", short(tidy(a.cells[i])))
		} else {
			g.take(*a)
		}
	}
	if g.unfilled > 0 {
		g.c.note(g.first, "left", "rows-unfilled", "rows without a question or an answer: %d, this one first", g.unfilled)
	}
	if g.begun() || g.unusable || len(g.early) == 0 {
		return
	}
	first := g.early[0].cells
	known := slices.ContainsFunc(first, func(s string) bool { return columns[columnName(s)] != "" })
	if known || len(first) != 2 || !hasWord(first[0]) || !hasWord(first[1]) {
		g.begin(g.early[0])
		return
	}
	g.header, g.fields, g.langs = first, []string{"question", "answer"}, make([]string, 2)
	g.lists = lists(g.fields, g.langs)
	for _, r := range g.early {
		g.take(r)
	}
	g.early = nil
}

// take makes an entry of a row.
func (g *grid) take(r gridRow) {
	c := g.c
	c.line = r.line
	for g.padded && len(r.cells) < len(g.header) {
		r.cells = append(r.cells, "")
	}
	if len(r.cells) > len(g.header) && !blank(r.cells[len(g.header):]) {
		c.add(r.n, "cells-more", "has %d cells, the header has %d: put texts that hold the separator in double quotes", len(r.cells), len(g.header))
		return
	}
	if len(r.cells) < len(g.header) && !enough(g.fields, len(r.cells)) {
		c.add(r.n, "cells-fewer", "has %d cells, the header has %d: a cell is missing", len(r.cells), len(g.header))
		return
	}
	var all []listed
	for _, fields := range g.lists {
		l, ok := g.said(r, fields)
		if !ok {
			return
		}
		if len(g.lists) == 1 || l.said["question"] != "" || l.said["answer"] != "" {
			all = append(all, l)
		}
	}
	if r.goesOn && len(all) == 1 && g.last > 0 && !tellsOther(g.before, all[0].said) {
		c.goOn(r.n, g.last-1, all[0])
		return
	}
	if len(all) == 2 {
		pairUp(c.into.Base, all[0].said, all[1].said)
	}
	before := len(c.entries)
	for _, l := range all {
		c.row(r.n, l.said, l.similar)
	}
	if g.last = 0; len(c.entries) > before {
		g.last, g.before = len(c.entries), all[0].said
	}
}

// tellsOther reports whether a row is for others, or in use at other times, than the one before: its answer must not go on that one's.
func tellsOther(before, said map[string]string) bool {
	return slices.ContainsFunc([]string{"audience", "state", "queues", "from", "until", "lang"}, func(f string) bool { return said[f] != "" && said[f] != before[f] })
}

// listed is what a row says in one list, by fields.
type listed struct {
	said    map[string]string
	similar []string
}

// said reads what row r says in the list of some fields. It is not ok when a cell holds an error, which is told.
func (g *grid) said(r gridRow, fields []string) (l listed, ok bool) {
	l.said = map[string]string{}
	inner := false
	for i, cell := range r.cells[:min(len(r.cells), len(fields))] {
		switch f := fields[i]; {
		case f == "":
		case errorCell.MatchString(strings.TrimSpace(cell)):
			g.c.add(r.n, "formula-error", "column %q holds an error of a formula (%s)", short(tidy(g.header[i])), strings.TrimSpace(cell))
			return l, false
		case meant[f] != nil || f == "validity":
			if !tell(f, cell, l.said) && !slices.Contains(g.unknown, i) {
				g.unknown = append(g.unknown, i)
				g.c.unknown(r.n, f, g.header[i], cell)
			}
		case f == "similar":
			l.similar = append(l.similar, splitSimilar(cell)...)
		case f == "category" && l.said[f] != "" && tidy(cell) != "":
			l.said[f] += " / " + tidy(cell)
		case f == "category":
			l.said[f] = cmp.Or(tidy(cell), l.said[f])
		default:
			if l.said[f] = strings.TrimSpace(cell); f == "question" && l.said["lang"] == "" {
				l.said["lang"] = g.langs[i]
			}
			inner = inner || i < len(g.inner) && g.inner[i] && l.said[f] != ""
		}
	}
	if inner && l.said["audience"] == "" {
		l.said["audience"] = string(knowledge.ForAgent)
	}
	l.said["category"] = cmp.Or(l.said["category"], g.section, g.category)
	return l, true
}

// pairUp makes what one row says in two languages a pair.
func pairUp(base string, a, b map[string]string) {
	tongue := func(m map[string]string) string {
		lang, _ := langOf(knowledge.Entry{Lang: m["lang"], Question: m["question"], Answer: m["answer"]})
		return lang
	}
	if a["pair"] != "" || a["question"] == "" || b["question"] == "" || tongue(a) == tongue(b) {
		return
	}
	if a["id"] = tidy(a["id"]); a["id"] != "" {
		b["id"] = a["id"] + "-" + tongue(b)
	}
	a["pair"] = cmp.Or(b["id"], knowledge.NewID(base, b["question"]))
	b["pair"] = cmp.Or(a["id"], knowledge.NewID(base, a["question"]))
}

// goOn adds what row n says to the answer of an entry: the question is one cell over both rows.
func (c *collector) goOn(n, entry int, l listed) {
	e := &c.entries[entry]
	more := knowledge.Entry{Question: e.Question, Answer: l.said["answer"]}
	c.cleaned(n, &more)
	if utf8.RuneCountInString(e.Answer) > MaxAnswer {
		return // has been told
	}
	if text := tidyAnswer(more.Answer); text != "" && !strings.HasSuffix("\n"+e.Answer, "\n"+text) {
		e.Answer += "\n" + text
	}
	if k := utf8.RuneCountInString(e.Answer); k > MaxAnswer {
		c.add(n, "answer-long", "answer has %d characters, the most is %d: it could not be listened to on the phone", k, MaxAnswer)
	}
	for _, s := range l.similar {
		if s = tidy(s); hasWord(s) && s != e.Question && !slices.Contains(e.Similar, s) {
			e.Similar = append(e.Similar, s)
		}
	}
}

// row makes an entry of what a file says at row n under the names of columns.
func (c *collector) row(n int, said map[string]string, similar []string) {
	c.entry(n, knowledge.Entry{
		ID: said["id"], Question: said["question"], Answer: said["answer"], Similar: similar, Category: said["category"], Lang: said["lang"],
	}, status{Audience: said["audience"], State: said["state"], Queues: splitSimilar(said["queues"]), From: said["from"], Until: said["until"], Pair: said["pair"]})
}

var errorCell = regexp.MustCompile(`^#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)$`)

// enough reports whether the first n columns hold both question and answer, so that only optional cells are missing.
func enough(fields []string, n int) bool {
	return slices.Contains(fields[:n], "question") && slices.Contains(fields[:n], "answer")
}

func blank(rec []string) bool {
	return !slices.ContainsFunc(rec, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}
