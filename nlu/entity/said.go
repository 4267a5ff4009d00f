package entity

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/spell"
)

// said is one word of what was said, in lower case, letters and digits only, with its place in the text.
type said struct {
	text     string
	from, to int // bytes
}

// saidIn splits text into its words. Signs part words, an apostrophe and the sign in x-ray do not.
func saidIn(text string) []said {
	var out []said
	start := -1
	low := strings.ToLower(text)
	if len(low) != len(text) { // a capital whose small letter has another length; places would not fit
		low = lower(text)
	}
	for i, r := range low + " " {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' || r == '-' && start >= 0 && low[start:i] == "x" && strings.HasPrefix(low[i:], "-ray")
		switch {
		case inside && start < 0:
			start = i
		case !inside && start >= 0:
			out = append(out, said{low[start:i], start, i})
			start = -1
		}
	}
	return out
}

var (
	ones  = strings.Fields("zero one two three four five six seven eight nine")
	teens = strings.Fields("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens  = strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
)

// texts are the first few of ws as they were said.
func texts(ws []said) []string {
	out := make([]string, min(len(ws), 3))
	for i := range out {
		out[i] = ws[i].text
	}
	return out
}

// told is how many words behind a letter tell it again: "b as in boy", "m for mother", "d david".
func told(letter string, ws []string) int {
	n := 0
	switch {
	case len(ws) > 2 && ws[0] == "as" && ws[1] == "in":
		n = 2
	case len(ws) > 1 && (ws[0] == "for" || ws[0] == "like"):
		n = 1
	}
	if len(ws) <= n {
		return 0
	}
	if w := ws[n]; len(w) > 2 && strings.HasPrefix(w, letter) && index(ones, w) < 0 && spell.Name(w) == 0 {
		return n + 1
	}
	return 0
}

func index(list []string, w string) int {
	for i, x := range list {
		if x == w {
			return i
		}
	}
	return -1
}
