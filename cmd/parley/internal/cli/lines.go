package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Open opens a file that a command was given to read; - is standard input. The caller closes it.
func (e *Env) Open(file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(e.In), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w: check the path", err)
	}
	return f, nil
}

// Lines reads in to its end, which holds one JSON object a line, and calls f with each line that is not blank. A byte order mark is
// passed over. An error names the line of name in which f failed, counted from 1.
func Lines(in io.Reader, name string, f func(line []byte) error) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(raw, []byte("\ufeff"))) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := f(line); err != nil {
			return fmt.Errorf("read %s line %d: %w", name, n, err)
		}
	}
	return nil
}
