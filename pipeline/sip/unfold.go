package sip

import (
	"bytes"
	"strings"
)

// unfold writes a message that the parser does not read in the plain form of the same: folded header lines become one line,
// and the white space that RFC 3261 allows before a colon and inside Via is left out. The body stays as it is. false means
// that there is nothing to do. The result is never longer than data.
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
		if ok && i > 0 && (strings.EqualFold(name, "via") || strings.EqualFold(name, "v")) {
			lines[i] = name + ":" + tightVia(value)
		}
	}
	out := append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), body...)
	return out, len(out) <= len(data)
}

// tightVia leaves out the white space around the signs of a Via, one or several.
func tightVia(value string) string {
	var hops []string
	for hop := range strings.SplitSeq(value, ",") {
		var parts []string
		for p := range strings.SplitSeq(strings.TrimSpace(hop), "/") {
			parts = append(parts, strings.Join(strings.Fields(p), " "))
		}
		params := strings.Split(strings.Join(parts, "/"), ";")
		for i, p := range params {
			k, v, eq := strings.Cut(p, "=")
			if params[i] = strings.TrimSpace(k); eq {
				params[i] += "=" + strings.TrimSpace(v)
			}
		}
		hops = append(hops, strings.Join(params, ";"))
	}
	return " " + strings.Join(hops, ", ")
}
