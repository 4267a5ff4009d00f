package ingest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// spreadsheet reads every sheet of an .xlsx file that names the columns; when none does, the first that holds anything.
func (c *collector) spreadsheet(raw []byte) {
	z, ok := c.archive(raw)
	if !ok {
		return
	}
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		c.add(0, "not-sheet", "cannot be read as a spreadsheet: open it and save it again")
		return
	}
	defer f.Close()
	props, err := f.GetWorkbookProps()
	b := &book{c: c, f: f, merges: anyMerged(z), since1904: err == nil && props.Date1904 != nil && *props.Date1904}
	all := f.GetSheetList()
	var read, plain []string
	for _, name := range all {
		b.in(name, len(all))
		if visible, err := f.GetSheetVisible(name); err == nil && !visible && len(all) > 1 {
			c.note(0, "left", "sheet-hidden", "the sheet is hidden")
			continue
		}
		switch named, empty := b.look(name); {
		case named:
			read = append(read, name)
		case !empty:
			plain = append(plain, name)
		}
	}
	if len(read) == 0 && len(plain) > 0 {
		read, plain = plain[:1], plain[1:]
	}
	for _, name := range plain {
		b.in(name, len(all))
		c.note(0, "left", "sheet-plain", "the sheet names no columns question and answer")
	}
	for _, name := range read {
		b.in(name, len(all))
		b.sheet(name)
	}
	c.part = ""
}

// book is an open spreadsheet.
type book struct {
	c         *collector
	f         *excelize.File
	merges    bool // some cells are merged
	since1904 bool // how days are counted
	goesOn    bool // the question of this row is one cell with that above it
	hidden    int  // rows of the sheet
	first     int  // of them
}

// in says that what follows is in a sheet, where there is more than one.
func (b *book) in(sheet string, sheets int) {
	if b.c.part = ""; sheets > 1 {
		b.c.part = "sheet " + short(tidy(sheet))
	}
}

// look reports whether one of the first rows of a sheet names the columns, and whether the sheet holds nothing.
func (b *book) look(sheet string) (named, empty bool) {
	above := 0
	b.each(sheet, nil, func(_ int, cells []string) bool {
		named = namesColumns(cells)
		if !blank(cells) {
			above++
		}
		return !named && above <= mostAbove
	})
	return named, above == 0
}

// sheet makes entries of the rows of a sheet.
func (b *book) sheet(sheet string) {
	g := grid{c: b.c, padded: true}
	b.each(sheet, &g, func(n int, cells []string) bool {
		g.put(gridRow{n: n, cells: cells, goesOn: b.goesOn})
		return !g.unusable
	})
	g.end()
	if b.hidden > 0 {
		b.c.note(b.first, "left", "rows-hidden", "hidden rows: %d, this one first", b.hidden)
	}
}

// each gives f the rows of a sheet with their numbers until it returns false: what is merged downwards stands in every row, and days stand in
// the columns that g takes for times as they are counted, whatever they look like.
func (b *book) each(sheet string, g *grid, f func(n int, cells []string) bool) {
	var spans []span
	b.hidden, b.first = 0, 0
	if b.merges && g != nil {
		spans = b.spans(sheet)
	}
	rows, err := b.f.Rows(sheet)
	if err != nil {
		b.c.add(0, "unread", "cannot be read")
		return
	}
	defer rows.Close()
	plain := &stored{f: b.f, sheet: sheet}
	defer plain.close()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			b.c.add(n, "unread", "cannot be read")
			return
		}
		if rows.GetRowOpts().Hidden && !blank(cells) {
			if b.hidden++; b.first == 0 {
				b.first = n
			}
			continue
		}
		if g != nil {
			b.goesOn = slices.ContainsFunc(spans, func(s span) bool { return n > s.from && n <= s.to && g.field(s.column) == "question" })
			if err := b.dates(plain, n, g, cells); err != nil {
				b.c.add(n, "unread", "cannot be read")
				return
			}
			cells = fill(spans, n, cells)
		}
		if !f(n, cells) {
			return
		}
	}
	if err := rows.Error(); err != nil {
		b.c.add(0, "cut", "cannot be read to its end: %v", err)
	}
}

// dates puts days into the cells of row n that hold times.
func (b *book) dates(plain *stored, n int, g *grid, cells []string) error {
	for i := range min(len(cells), len(g.fields)) {
		if g.fields[i] != "from" && g.fields[i] != "until" || cells[i] == "" {
			continue
		}
		raw, err := plain.row(n)
		if err != nil {
			return err
		}
		if i >= len(raw) {
			continue
		}
		days, err := strconv.ParseFloat(raw[i], 64)
		if err != nil {
			continue // a text
		}
		if t, err := excelize.ExcelDateToTime(days, b.since1904); err == nil {
			if cells[i] = t.Format(time.DateOnly); days != math.Trunc(days) {
				cells[i] = t.Round(time.Second).Format(time.DateTime)
			}
		}
	}
	return nil
}

// stored gives the cells of a sheet as they are stored, which is not how they look, row after row.
type stored struct {
	f     *excelize.File
	sheet string
	rows  *excelize.Rows // opened when it is needed
	n     int
	cells []string // of row n
}

// row returns the cells of row n, which is not before the last one asked for.
func (s *stored) row(n int) ([]string, error) {
	if s.rows == nil {
		rows, err := s.f.Rows(s.sheet)
		if err != nil {
			return nil, err
		}
		s.rows = rows
	}
	for s.n < n && s.rows.Next() {
		cells, err := s.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, err
		}
		s.n, s.cells = s.n+1, cells
	}
	return s.cells, nil
}

func (s *stored) close() {
	if s.rows != nil {
		_ = s.rows.Close() // only read
	}
}

// span is one cell over several rows, with its text.
type span struct {
	column, from, to int
	text             string
}

// fill puts the text of merged cells into row n. The first row of each has it already.
func fill(spans []span, n int, cells []string) []string {
	if blank(cells) {
		return cells
	}
	for i := range spans {
		s := &spans[i]
		if n < s.from || n > s.to {
			continue
		}
		for len(cells) <= s.column {
			cells = append(cells, "")
		}
		if n == s.from {
			s.text = cells[s.column]
		} else if cells[s.column] == "" {
			cells[s.column] = s.text
		}
	}
	return cells
}

const mostSpans = 10_000 // merged cells of a sheet

// spans are the cells of a sheet that are merged downwards.
func (b *book) spans(sheet string) []span {
	all, err := b.f.GetMergeCells(sheet, true)
	if err != nil {
		return nil
	}
	var out []span
	for _, m := range all {
		column, from, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			continue
		}
		if _, to, err := excelize.CellNameToCoordinates(m.GetEndAxis()); err == nil && to > from && len(out) < mostSpans {
			out = append(out, span{column: column - 1, from: from, to: to})
		}
	}
	return out
}

// anyMerged reports whether cells are merged in any sheet: to find out which takes the whole sheet into memory.
func anyMerged(z *zip.Reader) bool {
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") {
			continue
		}
		if r, err := f.Open(); err == nil {
			found := holdsText(io.LimitReader(r, maxUnpacked), "mergeCell")
			_ = r.Close() // only read
			if found {
				return true
			}
		}
	}
	return false
}

// holdsText reports whether what r reads holds a short text.
func holdsText(r io.Reader, text string) bool {
	s := bufio.NewReaderSize(r, 1<<16)
	for {
		part, err := s.Peek(1 << 16)
		if bytes.Contains(part, []byte(text)) {
			return true
		}
		if err != nil || len(part) < len(text) {
			return false
		}
		if _, err := s.Discard(len(part) - len(text) + 1); err != nil {
			return false
		}
	}
}
