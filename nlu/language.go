package nlu

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Language is the language of a text, "en" or "zh", judged by its script; names and single words of the other language
// do not change it. Text without letters is in the language fallback.
func Language(text, fallback string) string {
	share := hanzi.Share(text)
	switch {
	case share >= 0.3:
		return "zh"
	case share == 0 && !strings.ContainsFunc(text, unicode.IsLetter):
		return fallback
	default:
		return "en"
	}
}
