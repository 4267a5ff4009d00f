package ingest

import (
	"encoding/json"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/parley-voice/parley/knowledge"
)

// thing is a thing as a page declares it (schema.org): a page of questions, a question, or an answer.
type thing struct {
	Type     looseTypes `json:"@type"`
	Name     string     `json:"name"`
	Text     string     `json:"text"`
	Graph    things     `json:"@graph"`
	Entities things     `json:"mainEntity"`
	Accepted things     `json:"acceptedAnswer"`
}

// declared makes entries of the questions that a page declares for search engines.
func (c *collector) declared(root *html.Node) {
	c.unit = "question"
	n := 0
	for s := range root.Descendants() {
		if s.DataAtom != atom.Script || !strings.EqualFold(strings.TrimSpace(attr(s, "type")), "application/ld+json") || s.FirstChild == nil {
			continue
		}
		var all things
		if json.Unmarshal([]byte(s.FirstChild.Data), &all) != nil {
			continue // what cannot be read is not there for search engines, either
		}
		for _, q := range questionsOf(all, 0) {
			n++
			c.entry(n, knowledge.Entry{Question: plainHTML(q.Name), Answer: plainHTML(q.Accepted[0].Text)}, status{})
		}
	}
}

const deepThings = 5

// questionsOf are the questions with an answer among things and those that are part of them.
func questionsOf(all things, depth int) []thing {
	var out []thing
	for _, t := range all {
		switch {
		case depth > deepThings:
		case t.Type.has("Question") && len(t.Accepted) > 0:
			out = append(out, t)
		case t.Type.has("FAQPage"), len(t.Graph) > 0:
			out = append(out, questionsOf(append(t.Graph, t.Entities...), depth+1)...)
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

// things are one thing or several.
type things []thing

// UnmarshalJSON reads either; what is no thing is left out.
func (t *things) UnmarshalJSON(b []byte) error {
	var several []json.RawMessage
	if json.Unmarshal(b, &several) != nil {
		several = []json.RawMessage{b}
	}
	for _, raw := range several {
		var one thing
		if json.Unmarshal(raw, &one) == nil {
			*t = append(*t, one)
		}
	}
	return nil
}

// looseTypes are one type or several.
type looseTypes []string

// UnmarshalJSON reads either.
func (l *looseTypes) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = looseTypes{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func (l looseTypes) has(name string) bool {
	for _, t := range l {
		if strings.TrimPrefix(strings.TrimPrefix(t, "https://schema.org/"), "http://schema.org/") == name {
			return true
		}
	}
	return false
}
