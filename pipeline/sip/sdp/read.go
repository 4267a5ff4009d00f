package sdp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// description is a session description as it was written, as far as it matters here.
type description struct {
	section // of the session

	origin string
	media  []section
}

// section is the part of a description about the session, or about one stream.
type section struct {
	line

	port  int
	where string // of c=, "" when there is none
	attrs []attribute
}

type attribute struct{ key, value string }

// scan reads a description more generously than RFC 8866 asks: telephones leave lines out, order them as they like, and use
// letters and kinds of streams of their own. What is not a description at all, or has a stream that cannot be told apart, is
// an error that names the line.
func scan(body []byte) (*description, error) {
	d, n := &description{}, 0
	at := &d.section
	for text := range strings.Lines(string(body)) {
		text = strings.TrimRight(text, "\r\n\x00 ")
		if text == "" {
			continue
		}
		n++
		key, value, ok := strings.Cut(text, "=")
		switch {
		case n == 1 && text != "v=0":
			return nil, errors.New("it does not begin with v=0")
		case !ok || len(key) != 1 || strings.ContainsFunc(value, unicode.IsControl):
			return nil, fmt.Errorf("line %d is no description", n)
		}
		switch key {
		case "o":
			d.origin = value
		case "c":
			if f := strings.Fields(value); len(f) == 3 && at.where == "" {
				at.where = f[2]
			}
		case "a":
			k, v, _ := strings.Cut(value, ":")
			at.attrs = append(at.attrs, attribute{k, v})
		case "m":
			s, err := announced(value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			d.media = append(d.media, s)
			at = &d.media[len(d.media)-1]
		}
	}
	if n == 0 {
		return nil, errors.New("it is empty")
	}
	return d, nil
}

// announced reads the value of an m= line.
func announced(value string) (section, error) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return section{}, errors.New("a stream needs a kind, a port and a transport")
	}
	port, _, _ := strings.Cut(f[1], "/")
	n, err := strconv.Atoi(port)
	if err != nil {
		return section{}, fmt.Errorf("port %q is no number", clip(f[1]))
	}
	return section{line: line{media: f[0], proto: f[2], formats: f[3:]}, port: n}, nil
}
