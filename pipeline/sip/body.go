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
	kind, params, err := mime.ParseMediaType(value)
	switch {
	case err != nil:
		return nil
	case kind == "application/sdp":
		return body
	case !strings.HasPrefix(kind, "multipart/"):
		return nil
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range 8 {
		p, err := r.NextPart()
		if err != nil {
			return nil
		}
		if k, _, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err == nil && k == "application/sdp" {
			part, err := io.ReadAll(io.LimitReader(p, maxMessage))
			if err != nil {
				return nil
			}
			return part
		}
	}
	return nil
}

// readable tells whether the body of a request is a description in plain form, alone or among other parts.
func readable(req *sip.Request) bool {
	if len(req.Body()) == 0 {
		return true
	}
	if coding := strings.TrimSpace(first(req, "Content-Encoding", "e")); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	return description(req) != nil || optional(first(req, "Content-Disposition"))
}

// optional tells whether a body may be left unread (RFC 3261, section 20.11), as that of a signalling gateway.
func optional(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	return err == nil && strings.EqualFold(params["handling"], "optional")
}
