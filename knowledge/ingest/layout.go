package ingest

import (
	"bytes"
	"cmp"
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
	bold        bool // from one end to the other
}

func (l textLine) height() float64 { return l.bottom - l.top }

// ordered puts the lines of the pages in order on which a line goes over two columns.
func ordered(pages [][]textLine, crossed map[int]bool) [][]textLine {
	for i, is := range crossed {
		if is {
			pages[i] = inColumns(pages[i])
		}
	}
	return pages
}

// word is a word of a line.
type word struct {
	left, right, top, bottom float64
	text                     string
}

// readLayout reads what pdftotext tells of a document: its pages with their lines in the order they are read in, column after column.
func readLayout(raw []byte) ([][]textLine, error) {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	var pages [][]textLine
	var words []word
	tall, block, inWord := 1.0, 0, false
	crossed := map[int]bool{} // pages on which a line went over two columns
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return ordered(pages, crossed), nil
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
				words, inWord = nil, false
			case "word":
				inWord = true
				words = append(words, word{measure(t, "xMin"), measure(t, "xMax"), measure(t, "yMin"), measure(t, "yMax"), ""})
			}
		case xml.CharData:
			if inWord {
				words[len(words)-1].text += string(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "word":
				inWord = false
			case "line":
				if last := len(pages) - 1; last >= 0 {
					parts := divided(words)
					crossed[last] = crossed[last] || len(parts) > 1
					for _, part := range parts {
						if l := lineOfWords(part); l.text != "" {
							l.page, l.block, l.tall = last+1, block, tall
							pages[last] = append(pages[last], l)
						}
						block += min(1, len(parts)-1)
					}
				}
			}
		}
	}
}

const (
	gutter  = 0.75 // heights of a word, the least space between two columns
	unusual = 2.5  // times the space that is usual in the line
	shifted = 0.3  // heights of a word that it stands lower or higher than the one before
)

// divided takes a line apart where it goes over from one column to another: at a space that is much wider than the others, or where the words
// stand lower or higher.
func divided(words []word) (parts [][]word) {
	var spaces []float64
	for i := 1; i < len(words); i++ {
		spaces = append(spaces, words[i].left-words[i-1].right)
	}
	if len(spaces) < 2 {
		return [][]word{words}
	}
	usual := slices.Sorted(slices.Values(spaces))[len(spaces)/2]
	from := 0
	for i, space := range spaces {
		a, b := words[i], words[i+1]
		high := max(1, min(a.bottom-a.top, b.bottom-b.top))
		if space > gutter*high && (space > unusual*usual || math.Abs(a.bottom-b.bottom) > shifted*high) {
			parts, from = append(parts, words[from:i+1]), i+1
		}
	}
	return append(parts, words[from:])
}

func lineOfWords(words []word) textLine {
	var l textLine
	texts := make([]string, len(words))
	for i, w := range words {
		if i == 0 {
			l.left, l.right, l.top, l.bottom = w.left, w.right, w.top, w.bottom
		}
		l.left, l.right, l.top, l.bottom = min(l.left, w.left), max(l.right, w.right), min(l.top, w.top), max(l.bottom, w.bottom)
		texts[i] = w.text
	}
	l.text = tidy(strings.Join(texts, " "))
	return l
}

// inColumns puts the lines of a page in the order they are read in: what stands over all columns first, then column after column, then what stands
// below them.
func inColumns(lines []textLine) []textLine {
	if len(lines) > mostLines {
		return lines
	}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b textLine) int { return cmp.Compare(a.top, b.top) })
	for from := range lines {
		for to := len(lines); to > from+2*leastColumn-1; to-- {
			left, right, ok := twoColumns(lines[from:to])
			if !ok {
				continue
			}
			out := append(slices.Clone(lines[:from]), inColumns(left)...)
			return append(append(out, inColumns(right)...), inColumns(lines[to:])...)
		}
	}
	return lines
}

const (
	leastColumn = 2   // lines of a column
	mostLines   = 300 // of a page of which columns are looked for: every stretch of its lines is tried
)

// twoColumns divides lines at a space that none of them crosses, when there is one with columns on both its sides.
func twoColumns(lines []textLine) (left, right []textLine, ok bool) {
	byLeft := slices.Clone(lines)
	slices.SortFunc(byLeft, func(a, b textLine) int { return cmp.Compare(a.left, b.left) })
	edge := byLeft[0].right
	for i, l := range byLeft[1:] {
		if l.left-edge >= 1 && i+1 >= leastColumn && len(byLeft)-i-1 >= leastColumn {
			at := l.left
			for _, x := range lines {
				if x.left < at {
					left = append(left, x)
				} else {
					right = append(right, x)
				}
			}
			return left, right, true
		}
		edge = max(edge, l.right)
	}
	return nil, nil, false
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
	leastSet = 3    // pages it has to be on, or both of two
)

var (
	digits  = regexp.MustCompile(`\d+`)
	printed = regexp.MustCompile(`^(?:(?:https?|file)://\S+|\d+[./-]\d+[./-]\d+,? \d+:\d+.{0,80})$`) // by a browser, at the edge of a page
)

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
	told, least := map[string]bool{}, max(min(leastSet, len(pages)), 2, len(pages)/2)
	for _, p := range pages {
		for _, l := range p {
			k := same(l)
			if !furniture.MatchString(l.text) && !(atEdge(l) && (on[k] >= least || printed.MatchString(l.text))) {
				lines = append(lines, l)
				continue
			}
			if !told[k] {
				told[k] = true
				c.note(l.page, "furniture", "line", "line taken out: %s", short(l.text))
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
	width := widths(lines)
	var out []block
	tables := 0
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if rows, n := tableOf(lines[i:]); n > 0 {
			tables++
			for _, cells := range rows {
				out = append(out, rowBlock(l.page, tables, cells))
			}
			i += n - 1
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].table == 0 && goesOn(lines[i-1], l, width(lines[i-1])) {
			out[last].text, out[last].bold = join(out[last].text, l.text), out[last].bold && l.bold
			continue
		}
		b := block{at: l.page, text: l.text, bold: l.bold}
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
	longLine = 40  // characters of a line that no heading of its own fills
	fullLine = 0.8 // of the width of a column: a shorter line has room for more, so a paragraph ends with it
	farApart = 2.2 // heights of a line from one to the next, with all the space that people leave
)

// widths tells how wide the text is around a line: its block, or where that is this line alone what most lines do not exceed that begin at the same
// place of the page.
func widths(lines []textLine) func(l textLine) float64 {
	type start struct{ page, left int }
	at := func(l textLine) start { return start{l.page, int(l.left / 20)} } // points
	blocks, lone, all := map[int]float64{}, map[int]int{}, map[start][]float64{}
	for _, l := range lines {
		blocks[l.block] = max(blocks[l.block], l.right-l.left)
		lone[l.block]++
		all[at(l)] = append(all[at(l)], l.right-l.left)
	}
	for _, w := range all {
		slices.Sort(w)
	}
	return func(l textLine) float64 {
		if lone[l.block] > 1 {
			return blocks[l.block]
		}
		w := all[at(l)]
		return w[len(w)*4/5]
	}
}

// goesOn reports whether line b goes on with the paragraph of a, in a column of some width.
func goesOn(a, b textLine, width float64) bool {
	near := a.block == b.block || a.page == b.page && b.top > a.top && b.top-a.top < farApart*a.height() && math.Abs(a.left-b.left) < farApart*a.height()
	full := a.size > 1 || a.right-a.left >= fullLine*width // a heading is broken where it reads well
	if a.bold != b.bold {                                  // words of a sentence that fill a line by chance
		full = full && utf8.RuneCountInString(a.text) >= longLine
	} else {
		full = full || a.bold
	}
	return near && a.size == b.size && full && !ended.MatchString(a.text) &&
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
