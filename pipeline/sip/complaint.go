package sip

import (
	"bytes"
	"slices"
	"strings"
)

// complaint returns an answer for a request that cannot be parsed, nil when not even one can be made: 505 for another
// version, 416 for an address that is not for telephones, 400 for everything else.
func complaint(data []byte) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	start, rest, _ := bytes.Cut(head, []byte("\r\n"))
	start = bytes.TrimRight(start, " \t")
	at := bytes.LastIndexByte(start, ' ')
	if at < 0 || !bytes.HasPrefix(start[at:], []byte(" SIP/")) || bytes.HasPrefix(start, []byte("ACK ")) || bytes.HasPrefix(start, []byte("SIP/")) {
		return nil
	}
	status := "400 Bad Request"
	_, uri, _ := bytes.Cut(start[:at], []byte(" "))
	switch {
	case !bytes.Equal(start[at:], []byte(" SIP/2.0")):
		status = "505 Version Not Supported"
	case foreign(string(uri)):
		status = "416 Unsupported URI Scheme"
	}
	out := []byte("SIP/2.0 " + status + "\r\n")
	for _, names := range [][2]string{{"via", "v"}, {"from", "f"}, {"to", "t"}, {"call-id", "i"}, {"cseq", ""}} {
		v := headerValue(rest, names[0], names[1])
		if v == "" || breaks(v) {
			return nil
		}
		out = append(out, (names[0] + ": " + v + "\r\n")...)
	}
	return append(out, "Content-Length: 0\r\n\r\n"...)
}

// foreign tells that an address has a scheme, and one that is not for telephones.
func foreign(uri string) bool {
	scheme, _, found := strings.Cut(uri, ":")
	if !found || scheme == "" {
		return false
	}
	for _, r := range scheme {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("0123456789+-.", r) {
			return false
		}
	}
	return !slices.Contains([]string{"sip", "sips", "tel"}, strings.ToLower(scheme))
}

// headerValue finds a header in raw text by its lower-case name or compact form.
func headerValue(head []byte, name, compact string) string {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		k, v, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		key := strings.ToLower(strings.TrimSpace(string(k)))
		if key == name || (compact != "" && key == compact) {
			return strings.TrimSpace(string(v))
		}
	}
	return ""
}
