// Package nearest tells which name was probably meant by one that does not exist.
package nearest

import "strings"

// To is the name most like the wrong one, "" when none is like it: when more than half of its bytes would have to change. The
// first name that begins with the wrong one is the most like it.
func To(wrong string, names []string) string {
	wrong = strings.ToLower(wrong)
	best, least := "", (len(wrong)+1)/2+1
	for _, n := range names {
		d := distance(wrong, n)
		if wrong != "" && strings.HasPrefix(n, wrong) {
			d = 0
		}
		if d < least {
			best, least = n, d
		}
	}
	return best
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
