package ingest

import "math"

const (
	level     = 0.3 // heights of a line that two parts of one row stand apart at most
	leastRows = 2   // of a table
)

// tableOf reads a table at the beginning of lines: rows of as many parts each, every part under the one above it. It tells how many lines it takes, 0
// when there is none.
func tableOf(lines []textLine) (rows [][]string, n int) {
	above := rowOfLines(lines)
	if len(above) < 2 {
		return nil, 0
	}
	for row := above; len(row) == len(above) && under(above, row); row = rowOfLines(lines[n:]) {
		cells := make([]string, len(row))
		for i, l := range row {
			cells[i] = l.text
		}
		rows, above = append(rows, cells), row
		n += len(row)
	}
	if len(rows) < leastRows {
		return nil, 0
	}
	return rows, n
}

// rowOfLines are the lines at the beginning that stand beside one another.
func rowOfLines(lines []textLine) []textLine {
	n := min(1, len(lines))
	for n < len(lines) && n < mostCells && lines[n].page == lines[0].page && math.Abs(lines[n].bottom-lines[0].bottom) < level*lines[0].height() && lines[n].left > lines[n-1].right {
		n++
	}
	return lines[:n]
}

// under reports whether each part of a row stands under, or is, that of the row above it.
func under(above, row []textLine) bool {
	for i, l := range row {
		a := above[i]
		if l.page != a.page || l.bottom < a.bottom || min(l.right, a.right) <= max(l.left, a.left) {
			return false
		}
	}
	return true
}
