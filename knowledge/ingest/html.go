package ingest

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page reads HTML: the questions that a page declares for search engines (FAQPage) or, where it shows more than those, its headings, <dt>/<dd>, <summary>, tables and
// paragraphs of its main part. Scripts, styles, forms, navigation and what is hidden are left out.
func (c *collector) page(text string) {
	c.unit = "paragraph"
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		c.add(0, "not-html", "cannot be read as HTML: %v", err)
		return
	}
	declared := c.beside()
	declared.declared(root)
	shown := c.beside()
	shown.shownPage(root)
	if n := len(declared.entries); n > 0 && n >= len(shown.entries) {
		*c = *declared
		return
	}
	*c = *shown
}

// beside is a collector of the same file that has read nothing yet.
func (c *collector) beside() *collector {
	return &collector{file: c.file, into: c.into, unit: c.unit, questions: map[string]int{}, ids: map[string]string{}}
}

// shownPage reads what a page shows.
func (c *collector) shownPage(root *html.Node) {
	p := pageReader{c: c, opens: opened(root)}
	if content := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Main || attr(n, "role") == "main" }); content != nil {
		p.walk(content, 0)
		p.flush(0)
	}
	if len(p.blocks) == 0 {
		p.walk(root, 0)
		p.flush(0)
	}
	c.document(p.blocks)
}

type pageReader struct {
	c      *collector
	opens  map[string]bool // IDs of what is shown when somebody asks for it
	blocks []block
	text   strings.Builder
	light  strings.Builder // what of it is not bold
	off    strings.Builder // what of it leads to no other page
	bold   int             // elements around that make text bold
	link   int             // and that lead to another page
	said   map[string]bool // the report names what was left out of a page once
	tables int
}

// leave notes what was left out, each kind once.
func (p *pageReader) leave(kind, code, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if p.said == nil {
		p.said = map[string]bool{}
	}
	if !p.said[what] {
		p.said[what] = true
		p.c.note(0, kind, code, format, args...)
	}
}

const maxDepth = 500 // of nested elements

func (p *pageReader) flush(heading int) {
	if s := tidy(p.text.String()); s != "" {
		p.blocks = append(p.blocks, block{at: len(p.blocks) + 1, heading: heading, text: s, bold: tidy(p.light.String()) == "", link: tidy(p.off.String()) == ""})
	}
	p.text.Reset()
	p.light.Reset()
	p.off.Reset()
}

// write adds a text to the paragraph that is read.
func (p *pageReader) write(s string) {
	p.text.WriteString(s)
	if p.bold == 0 {
		p.light.WriteString(s)
	}
	if p.link == 0 {
		p.off.WriteString(s)
	}
}

// enter counts the elements around a text that make it bold or lead to another page.
func (p *pageReader) enter(n *html.Node, by int) {
	switch n.DataAtom {
	case atom.B, atom.Strong:
		p.bold += by
	case atom.A:
		if to := strings.ToLower(attr(n, "href")); to != "" && to[0] != '#' && !strings.HasPrefix(to, "javascript:") {
			p.link += by
		}
	}
}

func (p *pageReader) walk(n *html.Node, depth int) {
	if depth > maxDepth {
		return
	}
	if n.Type == html.TextNode {
		p.write(n.Data)
		return
	}
	heading := 0
	if n.Type == html.ElementNode {
		if p.passes(n) {
			return
		}
		heading = headingOf(n)
	}
	if n.DataAtom == atom.Table && depth+maxDepth/10 < maxDepth && p.table(n) {
		return
	}
	split := n.Type == html.ElementNode && blockLevel[n.DataAtom]
	if n.DataAtom == atom.Br && inHeading(n) {
		split = false
		p.write(" ")
	}
	if split || heading > 0 {
		p.flush(0)
	}
	p.enter(n, 1)
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		p.walk(k, depth+1)
	}
	p.enter(n, -1)
	if split || heading > 0 {
		p.flush(heading)
	}
	if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
		p.write(" ")
	}
}

var blockLevel = map[atom.Atom]bool{ //nolint:gochecknoglobals // a constant table
	atom.P: true, atom.Div: true, atom.Li: true, atom.Dd: true, atom.Tr: true, atom.Br: true, atom.Section: true, atom.Article: true,
	atom.Main: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Blockquote: true, atom.Pre: true, atom.Details: true, atom.Body: true,
}

// passes reports whether an element is left out: what a reader of the page does not read.
func (p *pageReader) passes(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Iframe, atom.Object, atom.Embed:
		p.leave("script", "scripts", "scripts and embedded objects were left out")
		return true
	case atom.Style, atom.Template, atom.Noscript, atom.Nav, atom.Form, atom.Head, atom.Svg, atom.Aside, atom.Rt, atom.Rp:
		return true
	case atom.Header, atom.Footer:
		return !within(n, atom.Article, atom.Section, atom.Main)
	case atom.Button:
		return headingOf(n) == 0 && !inHeading(n)
	}
	switch attr(n, "role") {
	case "navigation", "banner", "contentinfo", "search", "dialog", "menu", "menubar":
		return true
	}
	switch n.DataAtom {
	case atom.Div, atom.Ul, atom.Ol, atom.Section, atom.Footer, atom.P, atom.Span:
		if name := furnitureOf(attr(n, "class") + " " + attr(n, "id")); name != "" {
			p.leave("furniture", "page-part", "part of the page left out for its name: %s", name)
			return true
		}
	}
	return hidden(n) && !p.opens[attr(n, "id")] && !folded(n)
}

// folded reports whether what is hidden is the answer under a question that a script of the page opens: it stands right behind it, and the names of
// either say so.
func folded(n *html.Node) bool {
	before := n.PrevSibling
	for before != nil && before.Type != html.ElementNode {
		before = before.PrevSibling
	}
	if before == nil {
		return false
	}
	named := []*html.Node{before, n}
	if headingOf(before) > 0 || attr(before, "onclick") != "" || asks.MatchString(textOf(before)) { // not a note behind the answer
		named = append(named, n.Parent)
	}
	for _, name := range namesOf(named...) {
		if slices.Contains(foldedNames, name) {
			return true
		}
	}
	return false
}

var foldedNames = []string{"accordion", "collapse", "collapsible", "faq", "faqs", "question", "answer"} //nolint:gochecknoglobals // a constant table

// namesOf are the words of the names of elements.
func namesOf(of ...*html.Node) (out []string) {
	for _, n := range of {
		out = append(out, strings.FieldsFunc(strings.ToLower(attr(n, "class")+" "+attr(n, "id")), func(r rune) bool { return !unicode.IsLetter(r) })...)
	}
	return out
}

// furnished are the names of the parts of a page that stand on every page.
var furnished = map[string]bool{ //nolint:gochecknoglobals // a constant table
	"nav": true, "navbar": true, "navigation": true, "breadcrumb": true, "breadcrumbs": true, "sidebar": true, "cookie": true, "cookies": true,
	"consent": true, "footer": true, "pagination": true, "toc": true, "share": true, "social": true,
	"crumb": true, "crumbs": true, "votes": true, "feedback": true, "comments": true, "related": true, "relatives": true, "metadata": true,
	"reaction": true, "copyright": true,
}

// furnitureOf is the first of the names of an element that says it is such a part, "" for none: one that has such a part, or lacks it
// (has-sidebar, no-footer), lays out the page.
func furnitureOf(names string) string {
	for _, name := range strings.Fields(strings.ToLower(names)) {
		words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
		at := slices.IndexFunc(words, func(w string) bool { return furnished[w] })
		if at >= 0 && !slices.ContainsFunc(words[:at], func(w string) bool { return slices.Contains([]string{"has", "with", "no", "without"}, w) }) {
			return words[at]
		}
	}
	return ""
}

func headingOf(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	case atom.Dt, atom.Summary:
		return 6
	case atom.Button: // one that opens an answer is a question, unless a heading around it is
		if inHeading(n) {
			return 0
		}
		if attr(n, "aria-expanded") != "" || attr(n, "data-toggle")+attr(n, "data-bs-toggle") == "collapse" || asks.MatchString(textOf(n)) || slices.ContainsFunc(namesOf(n), func(s string) bool { return slices.Contains(foldedNames, s) }) {
			return 6
		}
	}
	return 0
}

// textOf is the text of an element, as it is written.
func textOf(n *html.Node) string {
	var b strings.Builder
	for k := range n.Descendants() {
		if k.Type == html.TextNode {
			b.WriteString(k.Data)
		}
	}
	return tidy(b.String())
}

func inHeading(n *html.Node) bool {
	return within(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt, atom.Summary)
}

func within(n *html.Node, kinds ...atom.Atom) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		if slices.Contains(kinds, up.DataAtom) {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// find returns the first element that is wanted, nil for none.
func find(root *html.Node, wanted func(n *html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && wanted(n) {
			return n
		}
	}
	return nil
}

// opened are the IDs of what a control of the page shows: an answer under its question.
func opened(root *html.Node) map[string]bool {
	out := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom != atom.Input {
			for _, id := range strings.Fields(attr(n, "aria-controls")) {
				out[id] = true
			}
		}
	}
	return out
}

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
		if a.Key == "hidden" || a.Key == "aria-hidden" && a.Val == "true" ||
			a.Key == "style" && (strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") || strings.Contains(style, "font-size:0")) {
			return true
		}
	}
	return false
}
