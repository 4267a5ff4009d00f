package hanzi

import (
	"unicode"
)

// Segment cuts s into words: Chinese by the likeliest path through a dictionary of 83,000 words, other scripts into runs
// of letters and digits ("iPhone15", "don't", "3.5" are one word each). Spaces and punctuation are left out. The
// dictionary is read at the first call that meets Chinese (about 0.1 s, 12 MB).
func Segment(s string) []string {
	var out []string
	rs := []rune(s)
	for i := 0; i < len(rs); {
		switch {
		case IsHan(rs[i]):
			j := i + 1
			for j < len(rs) && IsHan(rs[j]) {
				j++
			}
			out = cut(out, rs[i:j])
			i = j
		case isWord(rs[i]):
			j := wordEnd(rs, i)
			out = append(out, string(rs[i:j]))
			i = j
		default:
			i++
		}
	}
	return out
}

func isWord(r rune) bool {
	return !IsHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// wordEnd is the end of the word that starts at i: one apostrophe, point or comma may stand inside.
func wordEnd(rs []rune, i int) int {
	j := i
	for j < len(rs) {
		if isWord(rs[j]) {
			j++
			continue
		}
		inside := j+1 < len(rs) && isWord(rs[j+1])
		letter := (rs[j] == '\'' || rs[j] == '’') && inside && unicode.IsLetter(rs[j-1])
		digit := (rs[j] == '.' || rs[j] == ',') && inside && unicode.IsDigit(rs[j-1]) && unicode.IsDigit(rs[j+1])
		if !letter && !digit {
			break
		}
		j++
	}
	return j
}

// Cost is how unlikely the Chinese in s is, in nats: the negative log probability of its likeliest words, whatever stands
// beside them. Other scripts cost nothing. The dictionary is read as by Segment.
func Cost(s string) float64 {
	sum := 0.0
	rs := []rune(s)
	for i := 0; i < len(rs); {
		j := i
		for j < len(rs) && IsHan(rs[j]) {
			j++
		}
		if j > i {
			cost, _ := likeliest(rs[i:j])
			sum += float64(cost)
		}
		i = j + 1
	}
	return sum
}

// cut appends the words of a run of Chinese characters.
func cut(out []string, rs []rune) []string {
	_, next := likeliest(rs)
	for i := 0; i < len(rs); i = next[i] {
		out = append(out, string(rs[i:next[i]]))
	}
	return out
}

// likeliest is the path of least cost through a run of Chinese characters, found from the end: its cost, and where the word
// that starts at each character ends.
func likeliest(rs []rune) (cost float32, next []int) {
	t := words()
	n := len(rs)
	best := make([]float32, n+1)
	next = make([]int, n)
	for i := n - 1; i >= 0; i-- {
		best[i], next[i] = t.unknown+best[i+1], i+1
		for j := i + 1; j <= min(n, i+t.longest); j++ {
			if c, ok := t.cost[string(rs[i:j])]; ok && c+best[j] < best[i] {
				best[i], next[i] = c+best[j], j
			}
		}
	}
	return best[0], next
}
