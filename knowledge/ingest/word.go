package ingest

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// wordDocument reads the paragraphs of a .docx file with their heading styles, and its tables. Deleted and moved text of tracked
// changes is left out where it was; so is hidden text.
func (c *collector) wordDocument(raw []byte) {
	c.unit = "paragraph"
	z, ok := c.archive(raw)
	if !ok {
		return
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		c.add(0, "not-word", "is not a Word document: it holds no text")
		return
	}
	defer f.Close()
	w := wordReader{dec: xml.NewDecoder(io.LimitReader(f, maxUnpacked)), levels: styles(z)}
	if err := w.read(); errors.Is(err, errDoctype) {
		c.add(0, "doctype", "holds a document type or entities, which no Word document has: it was refused")
		return
	} else if err != nil {
		c.add(0, "damaged", "is damaged: %v", err)
		return
	}
	if w.hid {
		c.note(0, "left", "text-hidden", "hidden text")
	}
	if w.notes > 0 {
		c.note(0, "left", "footnotes", "footnotes: %d, the first of them: %s", w.notes, short(firstNote(z)))
	}
	c.document(w.blocks)
}

// firstNote is the text of the first footnote of a document, else of the first note at its end.
func firstNote(z *zip.Reader) string {
	for _, name := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		f, err := z.Open(name)
		if err != nil {
			continue
		}
		w := wordReader{dec: xml.NewDecoder(io.LimitReader(f, maxUnpacked))}
		err = w.read()
		_ = f.Close() // only read
		if err == nil && len(w.blocks) > 0 {
			return w.blocks[0].text
		}
	}
	return ""
}

var errDoctype = errors.New("a document type")

// passed are the elements that hold text which the document does not show, or shows a second time.
var passed = map[string]bool{ //nolint:gochecknoglobals // a constant table
	"del": true, "moveFrom": true, "Fallback": true, "rt": true, "instrText": true, "delText": true,
}

// wordReader reads the body of a document.
type wordReader struct {
	dec    *xml.Decoder
	levels map[string]int // of headings, by the ID of their style
	blocks []block
	texts  []*paragraph // that are open: one may stand in another, in a text box
	rows   []row        // of tables that are open
	tables int          // begun so far
	inText bool
	inRun  bool
	bold   bool // this run
	hidden bool // this run
	hid    bool // any was
	notes  int  // places that lead to a footnote, which is not read
}

// paragraph is a paragraph while it is read: its lines, each with what of it is not bold.
type paragraph struct {
	text    strings.Builder
	light   strings.Builder
	heading int
}

// lines are the lines of a paragraph; a heading is one, however it is broken.
func (p *paragraph) lines(at int) (out []block) {
	if p.heading > 0 {
		return []block{{at: at, heading: p.heading, text: tidy(p.text.String())}}
	}
	light := strings.Split(p.light.String(), "\n")
	for i, s := range strings.Split(p.text.String(), "\n") {
		if s = tidy(s); s != "" {
			out = append(out, block{at: at, text: s, bold: tidy(light[i]) == ""})
		}
	}
	return out
}

// row is a row of a table while it is read.
type row struct {
	cells []string
	above []string // the row before, for cells that go on downwards
	goes  bool     // this cell is the one above it
	wide  int      // columns of this cell
}

func (w *wordReader) read() error {
	for {
		tok, err := w.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.Directive:
			return errDoctype
		case xml.StartElement:
			if passed[t.Name.Local] {
				if err := w.dec.Skip(); err != nil {
					return err
				}
				continue
			}
			w.start(t)
		case xml.CharData:
			if w.inText && w.hidden {
				w.hid = true
			} else if w.inText {
				w.write(strings.ReplaceAll(string(t), "\n", " ")) // only w:br ends a line
			}
		case xml.EndElement:
			w.end(t.Name.Local)
		}
	}
}

func (w *wordReader) write(s string) {
	if n := len(w.texts); n > 0 {
		w.texts[n-1].text.WriteString(s)
		if !w.bold || s == "\n" {
			w.texts[n-1].light.WriteString(s)
		}
	}
}

func (w *wordReader) start(t xml.StartElement) {
	switch t.Name.Local {
	case "p":
		w.texts = append(w.texts, &paragraph{})
	case "r":
		w.hidden, w.bold, w.inRun = false, false, true
	case "b":
		w.bold = w.inRun && value(t) != "0" && value(t) != "false"
	case "rStyle":
		w.bold = w.bold || value(t) == "Strong"
	case "vanish":
		w.hidden = value(t) != "0" && value(t) != "false"
	case "footnoteReference", "endnoteReference":
		w.notes++
	case "t":
		w.inText = true
	case "tab":
		w.write(" ")
	case "br", "cr":
		w.write("\n")
	case "noBreakHyphen":
		w.write("-")
	case "pStyle", "outlineLvl":
		if n := len(w.texts); n > 0 {
			w.texts[n-1].heading = max(w.texts[n-1].heading, w.level(t))
		}
	case "tbl":
		w.tables++
		w.rows = append(w.rows, row{})
	case "tr":
		w.inRow(func(r *row) { r.above, r.cells = r.cells, nil })
	case "tc":
		w.inRow(func(r *row) { r.cells, r.goes, r.wide = append(r.cells, ""), false, 1 })
	case "vMerge":
		w.inRow(func(r *row) { r.goes = value(t) != "restart" })
	case "gridSpan":
		w.inRow(func(r *row) {
			if n, err := strconv.Atoi(value(t)); err == nil && n > 1 && n <= 64 {
				r.wide = n
			}
		})
	}
}

// inRow changes the row of the innermost table that is read.
func (w *wordReader) inRow(f func(r *row)) {
	if n := len(w.rows); n > 0 {
		f(&w.rows[n-1])
	}
}

func (w *wordReader) end(name string) {
	switch name {
	case "t":
		w.inText = false
	case "r":
		w.inRun = false
	case "p":
		n := len(w.texts)
		if n == 0 {
			return
		}
		p := w.texts[n-1]
		w.texts = w.texts[:n-1]
		if len(w.rows) > 0 {
			w.cell(p.text.String())
		} else {
			w.blocks = append(w.blocks, p.lines(len(w.blocks)+1)...)
		}
	case "tc":
		w.inRow(func(r *row) {
			last := len(r.cells) - 1
			if last >= 0 && r.goes && last < len(r.above) {
				r.cells[last] = r.above[last]
			}
			for range r.wide - 1 {
				r.cells = append(r.cells, "")
			}
		})
	case "tr":
		if len(w.rows) == 1 && !blank(w.rows[0].cells) {
			w.blocks = append(w.blocks, rowBlock(len(w.blocks)+1, w.tables, w.rows[0].cells))
		}
	case "tbl":
		w.rows = w.rows[:max(0, len(w.rows)-1)]
	}
}

// cell adds a paragraph to the cell that is read; one of a table within a cell belongs to that cell.
func (w *wordReader) cell(text string) {
	r := &w.rows[0]
	if last := len(r.cells) - 1; last >= 0 {
		r.cells[last] = strings.TrimPrefix(r.cells[last]+"\n"+tidyAnswer(text), "\n")
	}
}

func value(t xml.StartElement) string {
	for _, a := range t.Attr {
		if a.Name.Local == "val" {
			return a.Value
		}
	}
	return ""
}

// level is the level of the heading that a paragraph is by its style or by itself, 0 for none.
func (w *wordReader) level(t xml.StartElement) int {
	if t.Name.Local == "outlineLvl" {
		return outline(t)
	}
	if n, ok := w.levels[value(t)]; ok {
		return n
	}
	return styleLevel(value(t))
}

func outline(t xml.StartElement) int {
	if n, err := strconv.Atoi(value(t)); err == nil && n >= 0 && n < 6 {
		return n + 1 + belowTitle
	}
	return 0
}

// belowTitle is the level of the title: chapters stand below it.
const belowTitle = 1

var headingName = regexp.MustCompile(`^(?:heading|标题)?([1-6])$`)

// styleLevel is the level that the name of a style tells, 0 for none.
func styleLevel(name string) int {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if name == "title" {
		return belowTitle
	}
	if m := headingName.FindStringSubmatch(name); m != nil {
		return int(m[1][0]-'0') + belowTitle
	}
	return 0
}

// styles are the levels of headings by the IDs of their styles, whose names tell them: IDs are any text. It is nil when the
// document does not say.
func styles(z *zip.Reader) map[string]int {
	f, err := z.Open("word/styles.xml")
	if err != nil {
		return nil
	}
	defer f.Close()
	dec := xml.NewDecoder(io.LimitReader(f, maxUnpacked))
	levels, based := map[string]int{}, map[string]string{}
	id := ""
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		t, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch t.Name.Local {
		case "style":
			id = ""
			for _, a := range t.Attr {
				if a.Name.Local == "styleId" {
					id = a.Value
				}
			}
			levels[id] = 0
		case "name":
			if n := styleLevel(value(t)); n > 0 && !isDigits(value(t)) {
				levels[id] = n
			}
		case "basedOn":
			based[id] = value(t)
		case "outlineLvl":
			levels[id] = max(levels[id], outline(t))
		}
	}
	for id := range levels {
		for from, n := id, 0; levels[id] == 0 && based[from] != "" && n < 10; n++ {
			from = based[from]
			levels[id] = levels[from]
		}
	}
	return levels
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
