package ingest

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

var (
	tagged  = regexp.MustCompile(`(?i)</?(?:p|br|div|span|ul|ol|li|strong|b|em|i|u|a|h[1-6]|table|tbody|tr|td|th|img|font|blockquote|pre|hr)(?:\s[^<>]*)?/?>`)
	escaped = regexp.MustCompile(`&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});`)
	mdImage = regexp.MustCompile(`!\[[^\]]*\]\([^)]*\)`)
	mdLink  = regexp.MustCompile(`\[([^\[\]]+)\]\((?:https?:|mailto:|tel:|[#/.])[^)\s]*(?:\s"[^"]*")?\)`)
	mdBold  = regexp.MustCompile(`\*\*([^*\n]+)\*\*`)
	struck  = regexp.MustCompile(`(?m)(^|[\s(（])~~[^\s~](?:[^~\n]*[^\s~])?~~(\s|$|[.,;!?)，。；！？）])`) // struck through, where ~~ may be a friendly end: 亲~~您好~~
	mdTitle = regexp.MustCompile(`(?m)^#{1,6}\s+`)
	slashN  = regexp.MustCompile(`\\n(?:\\n|[*•-] )|[.!?。！？]\\n`)
	joined  = strings.NewReplacer("\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl", "\ufb05", "st", "\ufb06", "st", "\u00ad", "", "\u200b", "", "\ufeff", "")
)

// unmarked is a text as it is said: help desks and question makers keep their texts as HTML or Markdown and write line ends as \n, type setters
// join letters.
func unmarked(s string) string {
	if !strings.Contains(s, "\n") && slashN.MatchString(s) {
		s = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n").Replace(s)
	}
	s = joined.Replace(s)
	switch {
	case tagged.MatchString(s):
		s = plainHTML(strings.ReplaceAll(s, "\n", "<br>"))
	case escaped.MatchString(s):
		s = html.UnescapeString(s)
	}
	s = struck.ReplaceAllString(mdImage.ReplaceAllString(s, ""), "$1")
	s = mdBold.ReplaceAllString(mdLink.ReplaceAllString(s, "$1"), "$1")
	return mdTitle.ReplaceAllString(s, "")
}
