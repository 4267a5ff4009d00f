package ingest

import (
	"archive/zip"
	"bytes"
	"errors"
	"path"
	"strings"
)

// Limits of what an archive may unpack to.
const (
	maxUnpacked = 256 << 20
	maxFiles    = 5000
)

// archive opens an Office file after looking at what it says it holds, or notes why not.
func (c *collector) archive(raw []byte) (*zip.Reader, bool) {
	if bytes.HasPrefix(raw, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		c.add(0, "old-office", "is encrypted or of the format before 2007: save it without a password as .xlsx or .docx")
		return nil, false
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		c.add(0, "not-office", "is not an Office file, or is damaged: open it and save it again")
		return nil, false
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if clean := path.Clean("/" + name); clean != "/"+strings.TrimSuffix(name, "/") || !f.Mode().IsRegular() && !f.Mode().IsDir() {
			c.add(0, "path-out", "holds a file with a path that leads out of it (%s): it was refused", short(f.Name))
			return nil, false
		}
	}
	if total > maxUnpacked || len(z.File) > maxFiles {
		c.add(0, "unpacks", "unpacks to more than %d MB or %d files (a zip bomb?): it was refused", maxUnpacked>>20, maxFiles)
		return nil, false
	}
	return z, true
}
