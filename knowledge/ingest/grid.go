package ingest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// mostAbove is how many rows may stand above the one that names the columns: a title, when it was exported, by whom.
const mostAbove = 10

// grid makes entries of the rows of one table, wherever they come from: a text file, a sheet, or a table in a document.
type grid struct {
	c        *collector
	early    []gridRow // the first rows, until it is known which of them names the columns
	header   []string  // that row
	fields   []string  // what each column means, "" for one that is left out
	unusable bool      // what is wrong has been said
	padded   bool      // empty cells at the end of a row are left out, as spreadsheets do
	category string    // of entries that name none
}

type gridRow struct {
	n, line int // line of the file, 0 where there are none
	cells   []string
}

// begun reports whether it is known what the columns mean.
func (g *grid) begun() bool { return g.fields != nil }

// row takes row n, which begins on a line of the file, 0 when it has none.
func (g *grid) row(n, line int, cells []string) {
	r := gridRow{n, line, cells}
	switch {
	case g.unusable || blank(cells):
	case g.begun():
		if !g.again(cells) {
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
	fields, ok := g.c.header(r.n, r.cells)
	if !ok {
		g.unusable = true
		return
	}
	g.header, g.fields = r.cells, fields
	for _, e := range g.early {
		g.c.note(e.n, "left", "above the names of the columns: %s", short(tidy(strings.Join(e.cells, " "))))
	}
	var left []string
	for i, name := range r.cells {
		if name = tidy(name); fields[i] == "" && name != "" {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		g.c.note(r.n, "left", "columns that mean nothing here: %s", shorten(strings.Join(left, ", "), 200))
	}
	g.early = nil
}

// end settles what the columns mean when no row has named them: a first row of exactly two cells is an entry - question and
// answer without a header is what Dialogflow writes -, any other one lacks something.
func (g *grid) end() {
	if g.begun() || g.unusable || len(g.early) == 0 {
		return
	}
	first := g.early[0].cells
	known := slices.ContainsFunc(first, func(s string) bool { return columns[columnName(s)] != "" })
	if known || len(first) != 2 || !hasWord(first[0]) || !hasWord(first[1]) {
		g.begin(g.early[0])
		return
	}
	g.header, g.fields = first, []string{"question", "answer"}
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
		c.add(r.n, "has %d cells, the header has %d: put texts that hold the separator in double quotes", len(r.cells), len(g.header))
		return
	}
	if len(r.cells) < len(g.header) && !enough(g.fields, len(r.cells)) {
		c.add(r.n, "has %d cells, the header has %d: a cell is missing", len(r.cells), len(g.header))
		return
	}
	said := map[string]string{}
	var similar []string
	for i, cell := range r.cells[:min(len(r.cells), len(g.fields))] {
		switch f := g.fields[i]; {
		case f == "":
		case errorCell.MatchString(strings.TrimSpace(cell)):
			c.add(r.n, "column %q holds an error of a formula (%s)", short(tidy(g.header[i])), strings.TrimSpace(cell))
			return
		case f == "similar":
			similar = append(similar, splitSimilar(cell)...)
		default:
			said[f] = cell
		}
	}
	said["category"] = cmp.Or(tidy(said["category"]), g.category)
	c.row(r.n, said, similar)
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
