// Package sheet keeps tables safe to open in a spreadsheet: nothing that callers or people wrote is taken for a formula there.
package sheet

import (
	"strconv"
	"strings"
)

// Mark goes before a table in UTF-8, so that spreadsheets read Chinese.
const Mark = "\ufeff"

// Cell is a text as a cell: one that begins like a formula gets an apostrophe before it, as somebody typing it would give it. Numbers
// stay as they are.
func Cell(s string) string {
	if _, err := strconv.ParseFloat(s, 64); err == nil && s[0] != '+' {
		return s
	}
	r := []rune(strings.TrimLeft(s, " \u00a0\u3000\ufeff"))
	if len(r) > 0 && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", r[0]) {
		return "'" + s
	}
	return s
}
