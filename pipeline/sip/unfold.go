package sip

import (
	"bytes"
	"strings"
)

// unfold writes a message that the parser does not read in the plain form of the same: folded header lines become one line,
// and the white space that RFC 3261 allows before a colon and around the signs of addresses and Via is left out. The body stays
// as it is. false means that there is nothing to do. The result is never longer than data.
func unfold(data []byte) ([]byte, bool) {
	head, body, found := bytes.Cut(data, []byte("\r\n\r\n"))
	if !found {
		return nil, false
	}
	var lines []string
	changed := false
	for i, l := range strings.Split(string(head), "\r\n") {
		switch {
		case i > 0 && (strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t")):
			lines[len(lines)-1] += " " + strings.TrimLeft(l, " \t")
			changed = true
		case i > 0:
			name, value, ok := strings.Cut(l, ":")
			if trimmed := strings.TrimRight(name, " \t"); ok && trimmed != name {
				l, changed = trimmed+":"+value, true
			}
			lines = append(lines, l)
		default:
			lines = append(lines, l)
		}
	}
	if !changed {
		return nil, false
	}
	for i, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		if signs := spaced(strings.ToLower(name)); ok && i > 0 && signs != "" {
			lines[i] = name + ": " + tight(value, signs)
		}
	}
	out := append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), body...)
	return out, len(out) <= len(data)
}

// spaced returns the signs of a header that may have white space around them.
func spaced(name string) string {
	switch name {
	case "via", "v":
		return ";=,/"
	case "from", "f", "to", "t", "contact", "m":
		return ";="
	}
	return ""
}

// tight leaves out the white space around signs, outside of quotes.
func tight(value, signs string) string {
	var b strings.Builder
	quoted, last := false, byte(0)
	value = strings.TrimSpace(value)
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted && c == '\\' && i+1 < len(value):
			b.WriteByte(c)
			i++
			c = value[i]
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			rest := strings.TrimLeft(value[i:], " \t")
			if last != 0 && strings.IndexByte(signs, last) >= 0 || strings.IndexByte(signs, rest[0]) >= 0 {
				continue
			}
		}
		b.WriteByte(c)
		last = c
	}
	return b.String()
}
