package sip

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/emiago/sipgo/sip"
)

// errBreak means that a text would break out of the header it is to stand in.
var errBreak = errors.New("a line break or a NUL has no place in a header")

// breaks tells whether a text has what ends a line or a string for somebody.
func breaks(s string) bool { return strings.ContainsAny(s, "\r\n\x00") }

// stray tells whether a head that came in has a line break that is not CR LF, which one program reads as a new header and
// another one as text, or a NUL that is not a quoted pair.
func stray(head []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexAny(head[i:], "\r\n\x00")
		if n < 0 {
			return false
		}
		i += n
		switch {
		case bytes.HasPrefix(head[i:], []byte("\r\n")):
			i++
		case head[i] == 0 && i > 0 && head[i-1] == '\\':
		default:
			return true
		}
	}
}

// intact is errBreak when a text in a request would break out of its header.
func intact(req *sip.Request) error {
	if breaks(req.Recipient.String()) {
		return fmt.Errorf("send %s: %w", req.Method, errBreak)
	}
	for _, h := range req.Headers() {
		if breaks(h.String()) {
			return fmt.Errorf("send %s: %s: %w", req.Method, h.Name(), errBreak)
		}
	}
	return nil
}

// shown is what may be told of a text from a header: without control characters.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// named is a display name that can be sent back, "" for one with control characters: what is left of a quoted pair would
// quote something else.
func named(s string) string {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

// phrased is a text as it may stand in a status line or between quotes.
func phrased(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}

// callable says why somebody cannot be called as the options say, nil when they can.
func callable(uri string, opt DialOptions) error {
	odd := func(s, signs string) bool {
		return strings.ContainsAny(s, signs) || strings.ContainsFunc(s, unicode.IsControl)
	}
	switch {
	case odd(uri, "<>\" "):
		return fmt.Errorf("%q is not a SIP address such as sip:bank@127.0.0.1:5060", uri)
	case odd(opt.From, "<>\" :;?,"), strings.Count(opt.From, "@") > 1, strings.HasPrefix(opt.From, "@"), strings.HasSuffix(opt.From, "@"):
		return fmt.Errorf("%q is not a number or user to call from", opt.From)
	case odd(opt.FromName, "\"\\"):
		return fmt.Errorf("%q is not a name to call as", opt.FromName)
	}
	return nil
}
