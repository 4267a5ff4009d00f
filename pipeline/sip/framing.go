package sip

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// framedConn cuts a stream into messages and hands on those that are acceptable.
type framedConn struct {
	net.Conn
	ip     netip.Addr
	gate   *gate
	parser *sip.Parser
	left   func()
	spoken bool   // a message was read
	in     []byte // read and not yet cut
	out    []byte // cut and not yet handed on
}

var errFraming = errors.New("stream of messages lost its boundaries")

// Close closes the connection.
func (c *framedConn) Close() error {
	c.left()
	return c.Conn.Close()
}

// Read returns bytes of whole acceptable messages and of keep-alives.
func (c *framedConn) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		msg, rest, err := cut(c.in)
		if err != nil {
			return 0, err
		}
		if msg != nil {
			c.in, c.spoken = rest, true
			if len(msg) <= 4 {
				c.out = msg
				continue
			}
			if !c.gate.hears(c.ip, true) {
				if c.gate.stranger(c.ip) && c.gate.guard.banned(c.ip, time.Now()) {
					return 0, io.EOF
				}
				continue
			}
			if msg, ok := c.gate.worth(c.parser, msg, c.ip, true, c.answer); ok {
				c.out = msg
			}
			continue
		}
		wait := idleWait
		if len(c.in) > 0 || !c.spoken { // who connects has something to say
			wait = partialWait
		}
		if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return 0, err
		}
		buf := make([]byte, 8<<10)
		n, err := c.Conn.Read(buf)
		c.in = append(c.in, buf[:n]...)
		if err != nil {
			if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
				err = io.EOF
			}
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// answer sends a complaint, unless the far side does not read.
func (c *framedConn) answer(res []byte) {
	if c.SetWriteDeadline(time.Now().Add(sendWait)) == nil {
		_, _ = c.Conn.Write(res)
		_ = c.SetWriteDeadline(time.Time{})
	}
}

// cut takes the first whole message, or a double CRLF, off a stream. msg is nil when more must be read.
func cut(in []byte) (msg, rest []byte, err error) {
	start := 0
	for start < len(in) && (in[start] == '\r' || in[start] == '\n') {
		start++
	}
	if start >= 4 {
		return []byte("\r\n\r\n"), in[start:], nil
	}
	body := in[start:]
	end := bytes.Index(body, []byte("\r\n\r\n"))
	if end < 0 {
		if len(body) > maxMessage {
			return nil, nil, errFraming
		}
		return nil, in, nil
	}
	length := 0
	if v := headerValue(body[:end], "content-length", "l"); v != "" {
		length, err = strconv.Atoi(v)
		if err != nil || length < 0 || end+4+length > maxMessage {
			return nil, nil, errFraming
		}
	}
	if total := end + 4 + length; len(body) >= total {
		return body[:total:total], body[total:], nil
	}
	return nil, in, nil
}
