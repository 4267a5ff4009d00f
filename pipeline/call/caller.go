package call

import "strings"

// Anonymous stands for the number of a caller who is not shown (RFC 3323, section 4.1.1.3).
const Anonymous = "anonymous"

// Nameless reports whether what a telephone network gives as the number of a caller says that there is none to show, in the word
// for it or in those that gateways have of their own: an Asterisk that knows no number gives its name.
func Nameless(number string) bool {
	switch strings.ToLower(number) {
	case "", Anonymous, "restricted", "unavailable", "unknown", "private", "withheld", "asterisk":
		return true
	}
	return false
}
