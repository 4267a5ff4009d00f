package ingest

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// block is a paragraph or a heading of a document.
type block struct {
	at      int // line, paragraph or page, counted from 1
	heading int // level, 0 for a paragraph
	text    string
}

var (
	asks    = regexp.MustCompile(`[?？]$`)
	qPrefix = regexp.MustCompile(`^(?:(?i:q(?:uestion)?)\s*\d*|问题?\s*\d*)\s*[.:：、]\s*`)
	aPrefix = regexp.MustCompile(`^(?:(?i:a(?:nswer)?)\s*\d*|答案?\s*\d*)\s*[.:：、]\s*`)
)

// document makes entries of blocks: a heading under the title, a line "Q: ..." or a short line that ends with a question
// mark is a question, what follows is its answer.
func (c *collector) document(blocks []block) {
	top := 7
	levels := map[int]int{}
	for _, b := range blocks {
		if b.heading > 0 {
			levels[b.heading]++
			top = min(top, b.heading)
		}
	}
	title := top
	if levels[top] > 1 || len(levels) < 2 {
		title = 0 // headings of one level are questions
	}
	var e knowledge.Entry
	var body []string
	at, category, open := 0, "", false
	flush := func() {
		if open {
			e.Answer = strings.Join(body, "\n")
			c.entry(at, e)
		}
		open, body = false, nil
	}
	for _, b := range blocks {
		text := tidy(b.text)
		switch {
		case text == "":
		case b.heading > 0 && b.heading == title:
			flush()
			category = text
		case b.heading > 0, qPrefix.MatchString(text), asks.MatchString(text) && len([]rune(text)) <= 120 && (!open || len(body) > 0):
			flush()
			e = knowledge.Entry{Question: qPrefix.ReplaceAllString(text, ""), Category: category}
			at, open = b.at, true
		case open:
			if len(body) == 0 {
				text = aPrefix.ReplaceAllString(text, "")
			}
			body = append(body, text)
		}
	}
	flush()
	if len(c.entries) == 0 && len(c.problems) == 0 {
		c.add(0, "holds no question: write each as a heading, or as a line that begins with Q: or ends with a question mark")
	}
}
