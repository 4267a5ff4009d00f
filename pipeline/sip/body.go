package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// description returns the session description of a message, alone or as a part of several; nil when there is none.
func description(msg sip.Message) []byte {
	body := msg.Body()
	value := first(msg, "Content-Type", "c")
	if len(body) == 0 || value == "" {
		return nil
	}
	found, _ := parted(value, body, 0)
	return found
}

// Limits of bodies of several parts.
const (
	maxParts = 16
	maxDepth = 3 // of parts in parts
)

// parted looks for the session description in a body, or in its parts. skip tells whether the rest of it may be left unread: all of
// its parts can be read as such, and none must be understood. Networks send much of their own along, and forget to say that it is optional.
func parted(contentType string, body []byte, depth int) (found []byte, skip bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case contentType == "" && depth > 0: // plain text
		return nil, true
	case err != nil:
		return nil, false
	case kind == "application/sdp":
		return body, true
	case !strings.HasPrefix(kind, "multipart/") || depth >= maxDepth:
		return nil, depth > 0
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for n := range maxParts {
		p, err := r.NextPart()
		if err != nil {
			return nil, err == io.EOF && n > 0 && skip //nolint:errorlint // as it is documented
		}
		part, err := io.ReadAll(io.LimitReader(p, maxMessage))
		if err != nil {
			return nil, false
		}
		inner, may := parted(p.Header.Get("Content-Type"), part, depth+1)
		if inner != nil {
			return inner, true
		}
		skip = (n == 0 || skip) && may && !needed(p.Header.Get("Content-Disposition"))
	}
	return nil, skip
}

// readable tells whether the body of a request is a description in plain form, alone or among other parts.
func readable(req *sip.Request) bool {
	if len(req.Body()) == 0 {
		return true
	}
	if coding := strings.TrimSpace(first(req, "Content-Encoding", "e")); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	found, skip := parted(first(req, "Content-Type", "c"), req.Body(), 0)
	return found != nil || skip || optional(first(req, "Content-Disposition"))
}

// needed tells that a part must be understood.
func needed(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	return err == nil && strings.EqualFold(params["handling"], "required")
}

// optional tells whether a body may be left unread (RFC 3261, section 20.11), as that of a signalling gateway.
func optional(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	return err == nil && strings.EqualFold(params["handling"], "optional")
}
