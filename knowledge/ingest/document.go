package ingest

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// block is a paragraph, a heading or a row of a table of a document.
type block struct {
	at      int // line, paragraph or page, counted from 1
	heading int // level, 0 for a paragraph
	text    string
	table   int      // that the row is of, counted from 1; 0 for none
	cells   []string // of the row
	bold    bool     // all of it
	link    bool     // all of it leads to another page
}

// rowBlock is a row of a table.
func rowBlock(at, table int, cells []string) block {
	return block{at: at, table: table, cells: cells, text: tidy(strings.Join(cells, " "))}
}

var (
	asks    = regexp.MustCompile(`[?？]$`)
	qPrefix = regexp.MustCompile(`^(?:(?:(?i:q(?:uestion)?)\s*\d*|问题?\s*\d*)\s*[.:：、)]|[【\[](?:(?i:q)|问题?)\d*[】\]][:：]?)\s*`)
	aPrefix = regexp.MustCompile(`^(?:(?:(?i:a(?:nswer)?)\s*\d*|答案?\s*\d*)\s*[.:：、)]|[【\[](?:(?i:a)|答案?)\d*[】\]][:：]?)\s*`)
)

const mostAsked = 120 // characters of a line that is a question by its question mark

// document makes entries of blocks: a heading under the title, a line "Q: ..." or a short line that ends with a question
// mark is a question, what follows is its answer. A table that names the columns question and answer is read as a table; any other one
// is text. A heading over nothing but deeper headings or such a table is a category.
func (c *collector) document(blocks []block) {
	blocks = boldHeadings(c.withoutLinks(blocks))
	d := docReader{c: c, title: titleLevel(blocks)}
	for i := 0; i < len(blocks); {
		switch n := tableLength(blocks[i:]); {
		case n == 0:
			d.block(blocks[i], isOver(blocks[i], blocks[i+1:]))
			i++
		case faqTable(blocks[i:i+n]) > 0:
			d.table(blocks[i : i+n])
			i += n
		default:
			d.rows(blocks[i : i+n])
			i += n
		}
	}
	d.flush()
	if len(c.entries) == 0 && len(c.problems) == 0 {
		c.plainTables(blocks)
	}
	if len(c.entries) == 0 && len(c.problems) == 0 {
		c.add(0, "no-question-document", "holds no question: write each as a heading, as a line that begins with Q: or ends with a question mark, or in a table with the columns question and answer")
		return
	}
	if d.bare > 0 {
		c.note(0, "left", "bare-questions", "%d questions that nothing answers, the first of them: %s", d.bare, short(d.firstBare))
	}
	if d.loose > 0 {
		c.note(0, "left", "loose", "%d paragraphs above the first question or under none, the first of them: %s", d.loose, short(d.first))
	}
}

// isOver reports whether b is a heading over the questions that follow it, so that it asks none itself; a title may have the level of the
// chapter below it.
func isOver(b block, rest []block) bool {
	return heads(b, rest) || len(rest) > 1 && b.heading > 0 && !asks.MatchString(b.text) && rest[0].heading == b.heading && heads(rest[0], rest[1:])
}

// heads reports whether b is a heading right over a question, a deeper heading or a table of questions.
func heads(b block, rest []block) bool {
	if b.heading == 0 || asks.MatchString(b.text) || len(rest) == 0 {
		return false
	}
	next := rest[0]
	return next.heading > b.heading || faqTable(rest) > 0 || next.heading == 0 && (next.asks() || qPrefix.MatchString(next.text))
}

// asks reports whether b is a question by its question mark.
func (b block) asks() bool {
	return asks.MatchString(b.text) && len([]rune(b.text)) <= mostAsked
}

// titleLevel is the level of the one heading, the first, that all others stand under, 0 when there is none.
func titleLevel(blocks []block) int {
	first, top := 0, math.MaxInt
	levels := map[int]int{}
	for _, b := range blocks {
		if b.heading > 0 {
			levels[b.heading]++
			first, top = cmp.Or(first, b.heading), min(top, b.heading)
		}
	}
	if first != top || levels[top] > 1 || len(levels) < 2 || isArticle(blocks, top) {
		return 0 // headings of one level are questions
	}
	return top
}

// isArticle reports whether a document answers the question that its title asks: text follows the title, and no heading below asks anything.
func isArticle(blocks []block, top int) bool {
	at := slices.IndexFunc(blocks, func(b block) bool { return b.heading == top })
	if !blocks[at].asks() || at+1 == len(blocks) || blocks[at+1].heading > 0 || blocks[at+1].asks() {
		return false
	}
	return !slices.ContainsFunc(blocks[at+1:], func(b block) bool { return b.heading > 0 && b.asks() })
}

// tableLength is how many blocks at the beginning are rows of one table.
func tableLength(blocks []block) int {
	n := 0
	for n < len(blocks) && blocks[n].table > 0 && blocks[n].table == blocks[0].table {
		n++
	}
	return n
}

// faqTable is how many blocks at the beginning are rows of a table that names the columns question and answer, 0 when there is none.
func faqTable(blocks []block) int {
	first := blocks[:min(len(blocks), mostAbove+1)] // not all of a long table again for each of its rows
	if !slices.ContainsFunc(first[:tableLength(first)], func(b block) bool { return namesColumns(b.cells) }) {
		return 0
	}
	return tableLength(blocks)
}

// docReader goes through the blocks of a document.
type docReader struct {
	c        *collector
	title    int
	category string
	open     bool // a question has been read
	under    int  // level of a heading that asks it: deeper ones that ask nothing belong to the answer; 0 for none
	at       int  // where
	e        knowledge.Entry
	body     []string
	number   int // of the question, where its text begins with one
	loose    int // paragraphs that belong to no question
	first    string

	marked    bool // the question is one by its question mark alone
	bare      int  // questions in a list of nothing but questions, which other pages answer
	firstBare string
	listed    bool // the question before was one
}

func (d *docReader) flush() {
	switch {
	case !d.open:
	case d.listsQuestions():
		if d.bare == 0 {
			d.firstBare = d.e.Question
		}
		d.bare += 1 + len(d.body)
		d.listed = true
	default:
		d.listed = false
		d.e.Answer = strings.Join(d.body, "\n")
		d.c.entry(d.at, d.e, status{})
	}
	d.open, d.body = false, nil
}

// listsQuestions reports whether what stands under a question is questions again: a list of what else is asked, and no answer.
func (d *docReader) listsQuestions() bool {
	answered := slices.ContainsFunc(d.body, func(s string) bool { return !asks.MatchString(s) })
	return d.marked && !answered && (len(d.body) > 0 || d.listed)
}

// table makes entries of the rows of a table that names the columns.
func (d *docReader) table(rows []block) {
	d.flush()
	g := grid{c: d.c, padded: true, category: d.category}
	for _, b := range rows {
		g.row(b.at, 0, b.cells)
	}
	g.end()
}

// rows takes the rows of a table that names no columns: they belong to the answer that is read, or one of them asks.
func (d *docReader) rows(rows []block) {
	for i, b := range rows {
		if rest := rows[i:]; d.open && len(rest) > 1 {
			d.body = append(d.body, spokenRows(rest)...)
			return
		}
		d.block(b, false)
	}
}

// block takes a block that is not in such a table; over says that it is a heading over them.
func (d *docReader) block(b block, over bool) {
	text := b.text
	question := b.asks()
	switch {
	case d.open && d.under > 0 && b.heading > d.under && !question:
		d.body = append(d.body, text)
	case over || b.heading > 0 && b.heading == d.title:
		d.flush()
		d.category = text
	case b.heading > 0, qPrefix.MatchString(text), question && (!d.open || len(d.body) > 0), d.open && len(d.body) > 0 && asksNext(text, d.number):
		d.flush()
		if d.under = 0; question {
			d.under = b.heading
		}
		text, d.number = unnumbered(qPrefix.ReplaceAllString(text, ""))
		d.e = knowledge.Entry{Question: text, Category: d.category}
		d.at, d.open, d.marked = b.at, true, b.heading == 0 && !qPrefix.MatchString(b.text)
	case d.open:
		if len(d.body) == 0 {
			text = aPrefix.ReplaceAllString(text, "")
		}
		d.body = append(d.body, text)
	default:
		if d.loose++; d.loose == 1 {
			d.first = text
		}
	}
}

// plainTables makes entries of tables whose rows are two cells each: question and answer without names of the columns.
func (c *collector) plainTables(blocks []block) {
	for i := 0; i < len(blocks); i++ {
		n := tableLength(blocks[i:])
		if n == 0 {
			continue
		}
		rows := blocks[i : i+n]
		i += n - 1
		if slices.ContainsFunc(rows, func(b block) bool { return len(b.cells) != 2 || !hasWord(b.cells[0]) || !hasWord(b.cells[1]) }) {
			continue
		}
		g := grid{c: c}
		for _, b := range rows {
			g.row(b.at, 0, b.cells)
		}
		g.end()
	}
}
