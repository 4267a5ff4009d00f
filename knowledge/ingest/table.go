package ingest

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// table reads CSV.
func (c *collector) table(text string) {
	text, sep, above := separator(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = sep, -1
	pos := position{text: text}
	g := grid{c: c}
	for !g.unusable {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var p *csv.ParseError
		if err != nil && !errors.As(err, &p) {
			c.add(0, "unread-why", "cannot be read: %v", err)
			return
		}
		if err != nil {
			row := pos.advance(r, p.StartLine)
			c.line = above + p.StartLine
			c.tell(row, csvWhy(err))
			if errors.Is(p.Err, csv.ErrQuote) && pos.offset >= len(text) {
				break // a quote that never closes has swallowed the rest
			}
			continue
		}
		line, _ := r.FieldPos(0)
		g.row(pos.advance(r, line), above+line, rec)
	}
	g.end()
	if !g.begun() && len(c.problems) == 0 {
		c.add(1, "no-names", needed)
	}
}

// position counts rows as a spreadsheet does: a cell with line breaks in it is in one row, a blank line is a row.
type position struct {
	text             string
	row, end, offset int // of the last record: its row, the line it ends on, where the next one begins
}

// advance returns the row of the record that r has read last, which begins on line start.
func (p *position) advance(r *csv.Reader, start int) int {
	p.row += max(1, start-p.end)
	to := int(r.InputOffset())
	p.end = start
	if first := strings.Count(p.text[p.offset:to], "\n"); first > 0 {
		blank := len(p.text[p.offset:to]) - len(strings.TrimLeft(p.text[p.offset:to], "\n"))
		p.end = start + first - blank
		if strings.HasSuffix(p.text[:to], "\n") {
			p.end--
		}
	}
	p.offset = to
	return p.row
}

// declared is a first line that tells a spreadsheet how cells are divided.
var declared = regexp.MustCompile(`^(?i:sep)=(.)[,;\t]*\n`)

// separator picks the one of comma, semicolon and tab with which one of the first rows names the columns, else the most
// frequent of them in the first row; above is 1 when a line before the table says it, which is taken off.
func separator(text string) (table string, sep rune, above int) {
	if m := declared.FindStringSubmatch(text); m != nil {
		if r := []rune(m[1])[0]; r != '"' && r != utf8.RuneError {
			return text[len(m[0]):], r, 1
		}
	}
	lines := strings.SplitN(strings.TrimLeft(text, "\n"), "\n", mostAbove+2)
	if len(lines) > mostAbove+1 {
		lines = lines[:mostAbove+1]
	}
	best, most := ',', -1
	for _, sep := range []rune{',', ';', '\t'} {
		known := 0
		for _, l := range lines {
			fields, _ := fieldsOf(strings.Split(l, string(sep)))
			known = max(known, len(slices.DeleteFunc(fields, func(f string) bool { return f == "" })))
		}
		if n := known*1000 + strings.Count(lines[0], string(sep)); n > most {
			best, most = sep, n
		}
	}
	return text, best, 0
}

func csvWhy(err error) message {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return say("quote-inside", `a double quote inside a cell that does not begin with one: put the whole cell in double quotes and write "" for each inner one`)
	case errors.Is(err, csv.ErrQuote):
		return say("quote-open", `a double quote is not closed, or text follows the closing one: write "" for a quote inside a quoted cell`)
	}
	return say("not-table", "cannot be read as a table")
}
