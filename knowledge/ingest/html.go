package ingest

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page reads HTML: headings, <dt>/<dd>, <summary> and paragraphs. Scripts, styles, forms, navigation and what is hidden
// are left out.
func (c *collector) page(text string) {
	c.unit = "paragraph"
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		c.add(0, "cannot be read as HTML: %v", err)
		return
	}
	p := pageReader{c: c}
	p.walk(root, 0)
	p.flush(0)
	c.document(p.blocks)
}

type pageReader struct {
	c      *collector
	blocks []block
	text   strings.Builder
	said   bool // the report names the scripts of a page once
}

const maxDepth = 500 // of nested elements

func (p *pageReader) flush(heading int) {
	if s := tidy(p.text.String()); s != "" {
		p.blocks = append(p.blocks, block{len(p.blocks) + 1, heading, s})
	}
	p.text.Reset()
}

func (p *pageReader) walk(n *html.Node, depth int) {
	if depth > maxDepth {
		return
	}
	if n.Type == html.TextNode {
		p.text.WriteString(n.Data)
		return
	}
	heading := 0
	if n.Type == html.ElementNode {
		switch n.DataAtom {
		case atom.Script, atom.Iframe, atom.Object, atom.Embed:
			if !p.said {
				p.said = true
				p.c.note(0, "script", "scripts and embedded objects were left out")
			}
			return
		case atom.Style, atom.Template, atom.Noscript, atom.Nav, atom.Header, atom.Footer, atom.Form, atom.Head, atom.Svg, atom.Aside:
			return
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			heading = int(n.Data[1] - '0')
		case atom.Dt, atom.Summary:
			heading = 6
		}
		if hidden(n) {
			return
		}
	}
	split := n.Type == html.ElementNode && blockLevel[n.DataAtom]
	if split || heading > 0 {
		p.flush(0)
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		p.walk(k, depth+1)
	}
	if split || heading > 0 {
		p.flush(heading)
	}
	if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
		p.text.WriteString(" ")
	}
}

var blockLevel = map[atom.Atom]bool{ //nolint:gochecknoglobals // a constant table
	atom.P: true, atom.Div: true, atom.Li: true, atom.Dd: true, atom.Tr: true, atom.Br: true, atom.Section: true, atom.Article: true,
	atom.Main: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Blockquote: true, atom.Pre: true, atom.Details: true, atom.Body: true,
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
