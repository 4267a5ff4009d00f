package redact

import (
	"regexp"
	"strings"
)

// Markup is what people paste into a chat, or what a page sends along: how a text looks, and nothing of what it says.
var (
	tag = regexp.MustCompile(`(?i)</?(?:b|i|u|s|em|strong|small|big|sub|sup|p|br|hr|div|span|ul|ol|li|h[1-6]|code|pre|blockquote) ?/?>`)
	// lineTag is a tag that parts what stands beside it, as a line break does; others stand inside words, too.
	lineTag = regexp.MustCompile(`(?i)^</?(?:p|br|hr|div|ul|ol|li|h[1-6]|pre|blockquote)\b`)
)

// unmarked is s as it is read, without tags, and from where in s each of its bytes is; no places where there are no tags.
func unmarked(s string) (read string, places []int) {
	if !strings.Contains(s, "<") {
		return s, nil
	}
	tags := tag.FindAllStringIndex(s, -1)
	if len(tags) == 0 {
		return s, nil
	}
	var b strings.Builder
	places = make([]int, 0, len(s))
	keep := func(text string, from int) {
		b.WriteString(text)
		for i := range len(text) {
			places = append(places, from+i)
		}
	}
	at := 0
	for _, t := range tags {
		keep(s[at:t[0]], at)
		if lineTag.MatchString(s[t[0]:t[1]]) {
			keep(" ", t[0])
		}
		at = t[1]
	}
	keep(s[at:], at)
	return b.String(), places
}
