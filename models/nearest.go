package models

import (
	"fmt"
	"strings"
)

// nearest says which of names was probably meant, or nothing when none is near.
func nearest(name string, names []string) string {
	best, found := 1+len(name)/2, ""
	for _, n := range names {
		d := distance(name, n)
		if name != "" && strings.HasPrefix(n, name) {
			d = 0
		}
		if d < best {
			best, found = d, n
		}
	}
	if found == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", found)
}

// distance is the number of bytes to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
