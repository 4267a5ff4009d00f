package ingest

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	mostCells   = 64   // of a row of a table of a page
	longestDown = 4096 // bytes of a cell that goes on over rows below
)

// table adds the rows of a table that holds no other one and no headings; one that does lays out a page and is read like the rest of it. It
// reports whether it has.
func (p *pageReader) table(t *html.Node) bool {
	if find(t, func(n *html.Node) bool { return n.DataAtom == atom.Table || headingOf(n) > 0 }) != nil {
		return false
	}
	p.flush(0)
	p.tables++
	var down []carried
	for n := range t.Descendants() {
		if n.Type != html.ElementNode || n.DataAtom != atom.Tr {
			continue
		}
		var cells []string
		if cells, down = p.cells(n, down); !blank(cells) {
			p.blocks = append(p.blocks, rowBlock(len(p.blocks)+1, p.tables, cells))
		}
	}
	return true
}

// carried is the text of a cell that goes on over rows below.
type carried struct {
	rows int
	text string
}

// cells are the texts of a row; down are those of rows above that go on in it, by columns, and what goes on after it.
func (p *pageReader) cells(row *html.Node, down []carried) (cells []string, next []carried) {
	put := func(text string, rows int) {
		cells, next = append(cells, text), append(next, carried{rows, text})
	}
	over := func() {
		for len(cells) < len(down) && down[len(cells)].rows > 0 {
			d := down[len(cells)]
			put(d.text, d.rows-1)
		}
	}
	for n := range row.ChildNodes() {
		if n.DataAtom != atom.Td && n.DataAtom != atom.Th || len(cells) >= mostCells {
			continue
		}
		over()
		text, rows := p.cellText(n), spanned(n, "rowspan")-1
		if len(text) > longestDown {
			rows = 0 // a short file must not become a thousand copies of a long text
		}
		put(text, rows)
		for range min(spanned(n, "colspan"), mostCells) - 1 {
			put("", rows)
		}
	}
	over()
	return cells, next
}

func (p *pageReader) cellText(cell *html.Node) string {
	in := pageReader{c: p.c, opens: p.opens, said: p.said}
	in.walk(cell, 0)
	in.flush(0)
	p.said = in.said
	return strings.Join(spokenLines(in.blocks), "\n")
}

func spanned(n *html.Node, name string) int {
	if v, err := strconv.Atoi(attr(n, name)); err == nil && v > 1 && v <= 1000 {
		return v
	}
	return 1
}
