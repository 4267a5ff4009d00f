package ingest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textLine is a line of a page.
type textLine struct {
	page, block int     // from 1; a block is a piece of text that belongs together, all over the document
	top, bottom float64 // points from the upper edge of the page
	left, right float64 // points from its left edge
	tall        float64 // the page, in points
	size        float64 // of its letters, beside most of the text
	text        string
}

func (l textLine) height() float64 { return l.bottom - l.top }

// readLayout reads what pdftotext tells of a document: its pages with their lines in the order they are read in, column after column.
func readLayout(raw []byte) ([][]textLine, error) {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	var pages [][]textLine
	var line textLine
	var words []string
	tall, block, inWord := 1.0, 0, false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return pages, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "page":
				pages, tall = append(pages, nil), max(1, measure(t, "height"))
			case "block":
				block++
			case "line":
				line, words = textLine{
					page: len(pages), block: block, tall: tall, top: measure(t, "yMin"), bottom: measure(t, "yMax"), left: measure(t, "xMin"), right: measure(t, "xMax"),
				}, nil
			case "word":
				inWord, words = true, append(words, "")
			}
		case xml.CharData:
			if inWord {
				words[len(words)-1] += string(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "word":
				inWord = false
			case "line":
				if line.text = tidy(strings.Join(words, " ")); line.text != "" && len(pages) > 0 {
					pages[len(pages)-1] = append(pages[len(pages)-1], line)
				}
			}
		}
	}
}

func measure(t xml.StartElement, name string) float64 {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			v, _ := strconv.ParseFloat(a.Value, 64) // what is no number is at the edge
			return v
		}
	}
	return 0
}

const (
	edge     = 0.12 // of a page, at its top and its bottom, where a line may stand that is on every page
	leastSet = 3    // pages it has to be on
)

var digits = regexp.MustCompile(`\d+`)

// withoutFurniture takes out page numbers and what stands at the edge of many pages, and notes it.
func (c *collector) withoutFurniture(pages [][]textLine) (lines []textLine) {
	same := func(l textLine) string { return digits.ReplaceAllString(l.text, "#") }
	atEdge := func(l textLine) bool { return l.bottom < edge*l.tall || l.top > (1-edge)*l.tall }
	on := map[string]int{}
	for _, p := range pages {
		seen := map[string]bool{}
		for _, l := range p {
			if k := same(l); atEdge(l) && !seen[k] {
				seen[k] = true
				on[k]++
			}
		}
	}
	told := map[string]bool{}
	for _, p := range pages {
		for _, l := range p {
			k := same(l)
			if !furniture.MatchString(l.text) && !(atEdge(l) && on[k] >= max(leastSet, len(pages)/2)) {
				lines = append(lines, l)
				continue
			}
			if !told[k] {
				told[k] = true
				c.note(l.page, "furniture", "line taken out: %s", short(l.text))
			}
		}
	}
	return lines
}

const (
	larger      = 1.15 // than most of the text is a heading
	mostHeading = 200  // characters of one
)

// paragraphsOf joins the lines of a document: a paragraph ends with a sentence that ends a line, with a line that has room
// for more, and where the size changes.
func paragraphsOf(lines []textLine) []block {
	body := mostlyHigh(lines)
	sizes := []float64{}
	for i := range lines {
		l := &lines[i]
		if l.size = 1; l.height() >= larger*body {
			l.size = float64(int(10*l.height()/body+0.5)) / 10
			if !slices.Contains(sizes, l.size) {
				sizes = append(sizes, l.size)
			}
		}
	}
	slices.Sort(sizes)
	slices.Reverse(sizes) // the largest is the title
	width := columnsOf(lines)
	var out []block
	for i, l := range lines {
		if i > 0 && goesOn(lines[i-1], l, width(lines[i-1])) {
			last := &out[len(out)-1]
			last.text = join(last.text, l.text)
			continue
		}
		b := block{at: l.page, text: l.text}
		if l.size > 1 {
			b.heading = min(6, 1+slices.Index(sizes, l.size))
		}
		out = append(out, b)
	}
	for i := range out {
		if utf8.RuneCountInString(out[i].text) > mostHeading {
			out[i].heading = 0
		}
	}
	return out
}

// mostlyHigh is how high the lines are that hold most of the text.
func mostlyHigh(lines []textLine) float64 {
	by := map[float64]int{}
	best, most := 1.0, 0
	for _, l := range lines {
		h := float64(int(2*l.height()+0.5)) / 2
		by[h] += len(l.text)
		if by[h] > most || by[h] == most && h < best {
			best, most = h, by[h]
		}
	}
	return max(best, 1)
}

var (
	ended  = regexp.MustCompile(`[.!?;:。！？；：…][)"'”’」）\]]*$`)
	begins = regexp.MustCompile(`^(?:[•·▪●○◦‣*–—-]\s|\(?\d{1,3}[.)、）]\s?|[（(]?[一二三四五六七八九十]{1,3}[)）、])`)
)

const (
	fullLine = 0.8 // of the width of a column: a shorter line has room for more, so a paragraph ends with it
	farApart = 2.2 // heights of a line from one to the next, with all the space that people leave
)

// columnsOf is how far to the right lines go that begin at the same place of a page.
func columnsOf(lines []textLine) func(l textLine) float64 {
	type start struct{ page, left int }
	at := func(l textLine) start { return start{l.page, int(l.left / 20)} } // points
	widest := map[start]float64{}
	for _, l := range lines {
		widest[at(l)] = max(widest[at(l)], l.right-l.left)
	}
	return func(l textLine) float64 { return widest[at(l)] }
}

// goesOn reports whether line b goes on with the paragraph of a, in a column of some width.
func goesOn(a, b textLine, width float64) bool {
	near := a.block == b.block || a.page == b.page && b.top > a.top && b.top-a.top < farApart*a.height() && math.Abs(a.left-b.left) < farApart*a.height()
	return near && a.size == b.size && a.right-a.left >= fullLine*width && !ended.MatchString(a.text) &&
		!begins.MatchString(b.text) && !qPrefix.MatchString(b.text) && !aPrefix.MatchString(b.text)
}

// join puts a line after what goes before: a word that was divided is put together, and Chinese is written without spaces.
func join(before, line string) string {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(line)
	switch {
	case last == '-' && unicode.IsLower(first):
		return strings.TrimSuffix(before, "-") + line
	case wide(last) && wide(first):
		return before + line
	}
	return before + " " + line
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}
