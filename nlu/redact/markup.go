package redact

import (
	"regexp"
	"strings"
)

// tag is markup that people paste into a chat, or that a page sends along: how a text looks, and nothing of what it says.
var tag = regexp.MustCompile(`(?i)</?(?:b|i|u|s|em|strong|small|big|sub|sup|p|br|hr|div|span|ul|ol|li|h[1-6]|code|pre|blockquote) ?/?>`)

// unmarked is s with blanks for tags, so that what stands between them is read as if they were not there. Places stay as they are.
func unmarked(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	return tag.ReplaceAllStringFunc(s, func(t string) string { return strings.Repeat(" ", len(t)) })
}
