package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
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
		c.add(0, "is not a PDF, whatever its name says")
		return
	}
	text, why := pdfToText(raw)
	if why != "" {
		c.add(0, "%s", why)
		return
	}
	pages, err := readLayout(text)
	if err != nil {
		c.add(0, "is damaged: print it to a new PDF and import that")
		return
	}
	letters := 0
	for _, p := range pages {
		for _, l := range p {
			letters += len([]rune(strings.Join(strings.Fields(l.text), "")))
		}
	}
	if letters < leastText*len(pages) {
		c.add(0, "has hardly any text on its %d pages, so they are pictures (scanned): recognise the text first (OCR)", len(pages))
		return
	}
	c.document(paragraphsOf(c.withoutFurniture(pages)))
}

// pdfToText returns the text with the place of each line, as XML, or why there is none. It blocks for pdfTime at most.
func pdfToText(raw []byte) (text []byte, why string) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		return nil, "cannot be read without pdftotext: install the package poppler-utils"
	}
	ctx, cancel := context.WithTimeout(context.Background(), pdfTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v "$0" && exec pdftotext -q -enc UTF-8 -bbox-layout - -`, pdfMemory)
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/local/bin", "LC_ALL=C.UTF-8"}
	cmd.Stdin = bytes.NewReader(raw)
	cmd.WaitDelay = time.Second
	out := &limited{left: pdfText}
	cmd.Stdout = out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, "takes too long to read: print it to a new PDF and import that"
	case out.left < 0:
		return nil, "holds too much text: split it"
	case errors.As(err, &exit) && exit.ExitCode() == 3 || bytes.Contains(raw, []byte("/Encrypt")) && err != nil:
		return nil, "is encrypted: save it without a password"
	case err != nil:
		return nil, "is damaged: print it to a new PDF and import that"
	}
	return bytes.ToValidUTF8(out.Bytes(), nil), ""
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
