package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of what an archive may unpack to.
const (
	maxUnpacked = 256 << 20
	maxFiles    = 5000
)

// archive opens an Office file after looking at what it says it holds, or notes why not.
func (c *collector) archive(raw []byte) (*zip.Reader, bool) {
	if bytes.HasPrefix(raw, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		c.add(0, "is encrypted or of the format before 2007: save it without a password as .xlsx or .docx")
		return nil, false
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		c.add(0, "is not an Office file, or is damaged: open it and save it again")
		return nil, false
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if clean := path.Clean("/" + name); clean != "/"+strings.TrimSuffix(name, "/") || !f.Mode().IsRegular() && !f.Mode().IsDir() {
			c.add(0, "holds a file with a path that leads out of it (%s): it was refused", short(f.Name))
			return nil, false
		}
	}
	if total > maxUnpacked || len(z.File) > maxFiles {
		c.add(0, "unpacks to more than %d MB or %d files (a zip bomb?): it was refused", maxUnpacked>>20, maxFiles)
		return nil, false
	}
	return z, true
}

// spreadsheet reads the first sheet of an .xlsx file that holds anything.
func (c *collector) spreadsheet(raw []byte) {
	if _, ok := c.archive(raw); !ok {
		return
	}
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		c.add(0, "cannot be read as a spreadsheet: open it and save it again")
		return
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		if c.sheet(f, sheet) {
			return
		}
	}
}

func (c *collector) sheet(f *excelize.File, name string) (held bool) {
	rows, err := f.Rows(name)
	if err != nil {
		c.add(0, "sheet %s cannot be read", short(name))
		return true
	}
	defer rows.Close()
	var header, fields []string
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			c.add(n, "cannot be read")
			return true
		}
		if blank(cells) {
			continue
		}
		if header == nil {
			held, header = true, cells
			var ok, first bool
			if fields, first, ok = c.columns(cells); !ok {
				return true
			}
			if !first {
				continue
			}
		}
		for len(cells) < len(header) { // a spreadsheet leaves empty cells at the end out
			cells = append(cells, "")
		}
		c.row(n, cells, header, fields)
	}
	return held
}

// wordDocument reads the paragraphs of a .docx file with their heading styles. Deleted text of tracked changes is left
// out; rows of tables are paragraphs.
func (c *collector) wordDocument(raw []byte) {
	c.unit = "paragraph"
	z, ok := c.archive(raw)
	if !ok {
		return
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		c.add(0, "is not a Word document: it holds no text")
		return
	}
	defer f.Close()
	blocks, err := paragraphs(io.LimitReader(f, maxUnpacked))
	if err != nil {
		c.add(0, "%v", err)
		return
	}
	c.document(blocks)
}

var errDoctype = errors.New("holds a document type or entities, which no Word document has: it was refused")

func paragraphs(r io.Reader) ([]block, error) {
	dec := xml.NewDecoder(r)
	var out []block
	var text strings.Builder
	heading, inText, cells := 0, false, 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("is damaged: %w", err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, errDoctype
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "tab", "br":
				text.WriteByte(' ')
			case "tr":
				cells = 1
			case "pStyle", "outlineLvl":
				heading = max(heading, styleLevel(t))
			}
		case xml.CharData:
			if inText {
				text.Write(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "p":
				if cells > 0 {
					text.WriteByte(' ')
					continue
				}
				fallthrough
			case "tr":
				cells = 0
				if s := tidy(text.String()); s != "" {
					out = append(out, block{len(out) + 1, heading, s})
				}
				text.Reset()
				heading = 0
			}
		}
	}
}

func styleLevel(t xml.StartElement) int {
	for _, a := range t.Attr {
		if a.Name.Local != "val" {
			continue
		}
		v := strings.ToLower(strings.ReplaceAll(a.Value, " ", ""))
		if v == "title" {
			return 1
		}
		if t.Name.Local == "outlineLvl" {
			if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 6 {
				return n + 1
			}
			return 0
		}
		v = strings.TrimPrefix(strings.TrimPrefix(v, "heading"), "标题")
		if n, err := strconv.Atoi(v); err == nil && n >= 1 && n <= 6 {
			return n
		}
	}
	return 0
}
