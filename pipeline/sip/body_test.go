package sip

import (
	"strings"
	"testing"
)

// TestBodiesOfSeveralParts calls with what networks send along beside a description, or without one: the call is taken, with an offer of
// this side where there is none.
func TestBodiesOfSeveralParts(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{call: echo})
	part := func(kind, disposition, body string) string {
		if disposition != "" {
			disposition = "Content-Disposition: " + disposition + "\r\n"
		}
		return "--b1\r\nContent-Type: " + kind + "\r\n" + disposition + "\r\n" + body + "\r\n"
	}
	const isup, xml = "application/isup; version=itu-t92+", "application/vnd.etsi.pstn+xml"
	for name, c := range map[string]struct {
		parts func(sdp string) string
		want  int
		codec string
	}{
		"with a description": {func(sdp string) string {
			return part(isup, "signal;handling=optional", "\x01\x00") + part("application/sdp", "", sdp)
		}, 200, "m=audio"},
		"description first": {func(sdp string) string { return part("application/sdp", "session", sdp) + part(xml, "", "<a/>") }, 200, "m=audio"},
		"parts in a part": {func(sdp string) string {
			return part("multipart/related;boundary=b2", "", "--b2\r\nContent-Type: application/sdp\r\n\r\n"+sdp+"\r\n--b2--")
		}, 200, "m=audio"},
		"without": {func(string) string { return part(isup, "signal;handling=optional", "\x01\x00") + part(xml, "", "<a/>") }, 200, "G722"},
		"without, nothing said of it": {func(string) string {
			return part(xml, "", "<a/>") + part("application/resource-lists+xml", "recipient-list", "<b/>")
		}, 200, "G722"},
		"something that must be known":    {func(string) string { return part(xml, "", "<a/>") + part("application/odd", "x;handling=required", "") }, 415, "Accept: application/sdp"},
		"something that must be known, 1": {func(string) string { return part("application/odd", "x;handling=required", "") + part(xml, "", "<a/>") }, 415, "Accept: application/sdp"},
		"no parts at all":                 {func(string) string { return "what is this" }, 415, "Accept: application/sdp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, s)
			body := c.parts(p.sdp(""))
			if strings.HasPrefix(body, "--") {
				body += "--b1--\r\n"
			}
			p.send(p.message("INVITE", []string{"Content-Type: multipart/mixed;boundary=\"b1\""}, body))
			status, msg := p.final(within)
			if status != c.want || !strings.Contains(msg, c.codec) {
				t.Fatalf("%d\n%s", status, msg)
			}
			p.learn(msg)
			if status == 200 && c.codec == "G722" { // the answer comes with the ACK
				seq := p.seq
				ack := p.message("ACK", []string{"CSeq: 1 ACK"}, p.sdp(""))
				p.seq = seq
				p.send(ack)
			} else {
				p.ack()
			}
			if status == 200 {
				p.bye()
			}
		})
	}
}
