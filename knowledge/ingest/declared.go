package ingest

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/parley-voice/parley/knowledge"
)

// declared makes entries of the questions that a page declares for search engines.
func (c *collector) declared(root *html.Node) {
	c.unit = "question"
	n := 0
	for s := range root.Descendants() {
		if s.DataAtom != atom.Script || !strings.EqualFold(strings.TrimSpace(attr(s, "type")), "application/ld+json") || s.FirstChild == nil {
			continue
		}
		var all any
		if json.Unmarshal([]byte(s.FirstChild.Data), &all) != nil {
			continue // what cannot be read is not there for search engines, either
		}
		for _, q := range questionsOf(all, 0) {
			n++
			c.entry(n, knowledge.Entry{Question: plainHTML(q.text("name")), Answer: plainHTML(things(q["acceptedAnswer"])[0].text("text"))}, status{})
		}
	}
}

const deepThings = 5

// questionsOf are the questions with an answer among what is declared and those that are part of it.
func questionsOf(declared any, depth int) []thing {
	var out []thing
	for _, t := range things(declared) {
		switch graph := things(t["@graph"]); {
		case depth > deepThings:
		case t.is("Question") && len(things(t["acceptedAnswer"])) > 0:
			out = append(out, t)
		case t.is("FAQPage"), len(graph) > 0:
			out = append(out, questionsOf(t["@graph"], depth+1)...)
			out = append(out, questionsOf(t["mainEntity"], depth+1)...)
		}
	}
	return out
}

// plainHTML is the text of a piece of HTML, a line a paragraph.
func plainHTML(s string) string {
	root, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return ""
	}
	p := pageReader{c: &collector{}}
	return p.cellText(root)
}

// thing is a thing as a page declares it (schema.org): a page of questions, a question, or an answer.
type thing map[string]any

// things are one thing or several; what is no thing is left out.
func things(declared any) []thing {
	var out []thing
	for _, v := range several(declared) {
		if t, ok := v.(map[string]any); ok {
			out = append(out, t)
		}
	}
	return out
}

func several(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func (t thing) text(name string) string {
	s, _ := t[name].(string) // anything else is no text
	return s
}

func (t thing) is(name string) bool {
	return slices.ContainsFunc(several(t["@type"]), func(v any) bool {
		s, _ := v.(string)
		return strings.TrimPrefix(strings.TrimPrefix(s, "https://schema.org/"), "http://schema.org/") == name
	})
}
