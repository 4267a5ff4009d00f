package sip

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// rough answers an INVITE on each connection of a listener with what no parser should see, then with 486 in folded headers.
func rough(t *testing.T, l net.Listener) {
	talk(t, l, func(c net.Conn, req []byte) {
		if !strings.HasPrefix(string(req), "INVITE ") {
			return
		}
		for _, junk := range []string{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n", "SIP/2.0 200 OK\r\nVia: x\r\nContent-Length: 0\r\n\r\n",
			"NOTIFY sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n"} {
			_, _ = c.Write([]byte(junk))
		}
		res := "SIP/2.0 486 Busy Here\r\n"
		for _, h := range []string{"via", "from", "to", "call-id", "cseq"} {
			res += fmt.Sprintf("%s:\r\n %s\r\n", h, headerValue(req, h, ""))
		}
		_, _ = c.Write([]byte(res + "Content-Length: 0\r\n\r\n"))
	})
}

// TestRoughTrunk calls trunks by connections of this side that send what is no SIP, and fold their headers.
func TestRoughTrunk(t *testing.T) {
	t.Parallel()
	conf, pool := certificate(t)
	s := serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true, Roots: pool, names: &book{hosts: map[string][]string{"localhost": {"127.0.0.1"}}}}, nil)
	for _, name := range []string{"127.0.0.1", "localhost"} {
		for _, transport := range []string{"tcp", "tls"} {
			t.Run(name+" "+transport, func(t *testing.T) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				port := portOf(l.Addr().String())
				if transport == "tls" {
					l = tls.NewListener(l, conf)
				}
				rough(t, l)
				if _, err := s.Dial(ctxFor(t, 20*time.Second), "sip:1@"+name+port+";transport="+transport, DialOptions{}); statusOf(err) != 486 {
					t.Error(err)
				}
			})
		}
	}
}
