package ingest

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Limits of pdftotext, which runs as a program of its own: a file that makes it run wild does no harm.
const (
	pdfTime   = 60 * time.Second
	pdfMemory = "1048576" // KiB of address space
	pdfText   = 128 << 20 // bytes, with the place of each word
	leastText = 20        // letters a page must have on average; a scan has none
)

// pdf reads the text of a PDF with poppler's pdftotext; the place of an entry is its page.
func (c *collector) pdf(raw []byte) {
	c.unit = "page"
	if !bytes.HasPrefix(raw, []byte("%PDF-")) {
		c.add(0, "not-pdf", "is not a PDF, whatever its name says")
		return
	}
	text, why := pdfToText(raw)
	if why.Code != "" {
		c.tell(0, why)
		return
	}
	pages, err := readLayout(text)
	if err != nil {
		c.add(0, "pdf-damaged", "is damaged: print it to a new PDF and import that")
		return
	}
	letters := 0
	for _, p := range pages {
		for _, l := range p {
			letters += len([]rune(strings.Join(strings.Fields(l.text), "")))
		}
	}
	if letters < leastText*len(pages) {
		c.add(0, "scanned", "has hardly any text on its %d pages, so they are pictures (scanned): recognise the text first (OCR)", len(pages))
		return
	}
	markBold(pages, boldOfPDF(raw))
	c.document(paragraphsOf(c.withoutFurniture(pages)))
}

// pdfToText returns the text with the place of each line, as XML, or why there is none. It blocks for pdfTime at most.
func pdfToText(raw []byte) (text []byte, why message) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		return nil, say("no-pdftotext", "cannot be read without pdftotext: install the package poppler-utils")
	}
	ctx, cancel := context.WithTimeout(context.Background(), pdfTime)
	defer cancel()
	out, err := poppler(ctx, raw, "pdftotext", "-q", "-enc", "UTF-8", "-bbox-layout", "-", "-")
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, say("pdf-slow", "takes too long to read: print it to a new PDF and import that")
	case out.left < 0:
		return nil, say("text-much", "holds too much text: split it")
	case errors.As(err, &exit) && exit.ExitCode() == 3 || bytes.Contains(raw, []byte("/Encrypt")) && err != nil:
		return nil, say("encrypted", "is encrypted: save it without a password")
	case err != nil:
		return nil, say("pdf-damaged", "is damaged: print it to a new PDF and import that")
	}
	return bytes.ToValidUTF8(out.Bytes(), nil), message{}
}

// poppler runs one of poppler's programs on raw, as its standard input, within the limits.
func poppler(ctx context.Context, raw []byte, args ...string) (*limited, error) {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `ulimit -v "$0" && exec "$@"`, pdfMemory}, args...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/local/bin", "LC_ALL=C.UTF-8"}
	cmd.Stdin = bytes.NewReader(raw)
	cmd.WaitDelay = time.Second
	out := &limited{left: pdfText}
	cmd.Stdout = out
	return out, cmd.Run()
}

// boldLine is a piece of bold text of a page, without its spaces.
type boldLine struct {
	page int
	text string
}

// boldOfPDF tells what pdftohtml takes for bold, nothing where it cannot tell. It blocks for pdfTime at most.
func boldOfPDF(raw []byte) map[boldLine]bool {
	f, err := os.CreateTemp("", "parley-*.pdf")
	if err != nil {
		return nil
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pdfTime)
	defer cancel()
	out, err := poppler(ctx, nil, "pdftohtml", "-q", "-xml", "-i", "-stdout", "-enc", "UTF-8", f.Name())
	if err != nil {
		return nil
	}
	return readBold(out.Bytes())
}

// readBold reads which pieces of text are bold from what pdftohtml writes.
func readBold(raw []byte) map[boldLine]bool {
	dec := xml.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(raw, nil)))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	found, page, bold := map[boldLine]bool{}, 0, 0
	var all, heavy strings.Builder
	for {
		tok, err := dec.Token()
		if err != nil {
			return found
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "page":
				page++
			case "text":
				bold = 0
				all.Reset()
				heavy.Reset()
			case "b":
				bold++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "b":
				bold--
			case "text":
				if s := squeezed(all.String()); s != "" && s == squeezed(heavy.String()) {
					found[boldLine{page, s}] = true
				}
			}
		case xml.CharData:
			all.Write(t)
			if bold > 0 {
				heavy.Write(t)
			}
		}
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// markBold marks the lines of pages that are bold from one end to the other.
func markBold(pages [][]textLine, bold map[boldLine]bool) {
	for _, p := range pages {
		for i := range p {
			p[i].bold = bold[boldLine{p[i].page, squeezed(p[i].text)}]
		}
	}
}

// limited keeps what is written up to a limit, then refuses.
type limited struct {
	bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	return l.Buffer.Write(p)
}
