package sip

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/rtp"
)

// phone is a far side that speaks SIP by hand.
type phone struct {
	t    *testing.T
	conn *net.UDPConn
	rtp  *net.UDPConn
	to   string
	id   string
	tag  string // of the server, once it has answered
	seq  int
	via  string // the branch of the request sent last that is answered
}

var phones atomic.Int64

func newPhone(t *testing.T, s *Server) *phone {
	t.Helper()
	dst, err := net.ResolveUDPAddr("udp", s.UDPAddr())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.DialUDP("udp", nil, dst)
	if err != nil {
		t.Fatal(err)
	}
	r, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), r.Close() })
	return &phone{t: t, conn: c, rtp: r, to: s.UDPAddr(), id: fmt.Sprintf("call-%d@test", phones.Add(1))}
}

// rings has s call p, and yields the call once it is answered, nil when it is not.
func (p *phone) rings(s *Server, opt DialOptions) <-chan *Leg {
	p.t.Helper()
	legs, ctx := make(chan *Leg, 1), ctxFor(p.t, 20*time.Second)
	// Ends when the call is answered, at the latest with ctx.
	go func() {
		l, err := s.Dial(ctx, "sip:desk@"+p.conn.LocalAddr().String(), opt)
		if err != nil {
			p.t.Error(err)
		}
		legs <- l
	}()
	return legs
}

func (p *phone) sdp(extra string) string {
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\n%s", p.seq, p.rtp.LocalAddr().(*net.UDPAddr).Port, extra)
}

// message builds a request; headers replace the usual ones of the same name.
func (p *phone) message(method string, headers []string, body string) string {
	local := p.conn.LocalAddr().String()
	p.seq++
	to := "To: <sip:bank@" + p.to + ">"
	if p.tag != "" {
		to += ";tag=" + p.tag
	}
	all := []string{fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d%s;rport", local, p.id, p.seq, method),
		"From: <sip:phone@" + local + ">;tag=ft", to, "Call-ID: " + p.id, fmt.Sprintf("CSeq: %d %s", p.seq, method),
		"Max-Forwards: 70", "Contact: <sip:phone@" + local + ">"}
	for _, h := range headers {
		name, _, _ := strings.Cut(h, ":")
		for i, a := range all {
			if strings.HasPrefix(a, name+":") {
				all = append(all[:i], all[i+1:]...)
				break
			}
		}
		all = append(all, h)
	}
	if body != "" && !strings.Contains(strings.Join(all, "\n"), "Content-Type") {
		all = append(all, "Content-Type: application/sdp")
	}
	all = append(all, fmt.Sprintf("Content-Length: %d", len(body)))
	return method + " sip:bank@" + p.to + " SIP/2.0\r\n" + strings.Join(all, "\r\n") + "\r\n\r\n" + body
}

func (p *phone) send(msg string) {
	p.t.Helper()
	if !strings.HasPrefix(msg, "ACK ") { // which has no answer
		p.via = branchOf(msg)
	}
	if _, err := p.conn.Write([]byte(msg)); err != nil {
		p.t.Fatal(err)
	}
}

// read returns the next message, "" after the time.
func (p *phone) read(wait time.Duration) string {
	buf := make([]byte, 64<<10)
	_ = p.conn.SetReadDeadline(time.Now().Add(wait))
	n, err := p.conn.Read(buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// final returns the final response to the request sent last; those to earlier ones may be repeated meanwhile. It is 0 after the time.
func (p *phone) final(wait time.Duration) (status int, msg string) {
	until := time.Now().Add(wait)
	for time.Now().Before(until) {
		m := p.read(time.Until(until))
		var code int
		if _, err := fmt.Sscanf(m, "SIP/2.0 %d", &code); err == nil && code >= 200 && branchOf(m) == p.via {
			return code, m
		}
	}
	return 0, ""
}

// branchOf names the transaction of a message.
func branchOf(msg string) string {
	_, rest, _ := strings.Cut(msg, "branch=")
	return rest[:max(0, strings.IndexAny(rest, ";\r"))]
}

func (p *phone) learn(msg string) {
	for l := range strings.Lines(msg) {
		if rest, ok := strings.CutPrefix(l, "To:"); ok {
			_, p.tag, _ = strings.Cut(strings.TrimSpace(rest), ";tag=")
		}
	}
}

// invite sets a call up and returns the port of the server's media.
func (p *phone) invite(extra string) int {
	p.t.Helper()
	p.send(p.message("INVITE", nil, p.sdp(extra)))
	status, msg := p.final(10 * time.Second)
	if status != 200 {
		p.t.Fatalf("INVITE: %d\n%s", status, msg)
	}
	p.learn(msg)
	p.ack()
	return mediaPort(p.t, msg)
}

func mediaPort(t *testing.T, msg string) (port int) {
	t.Helper()
	_, rest, _ := strings.Cut(msg, "m=audio ")
	if _, err := fmt.Sscan(rest, &port); err != nil {
		t.Fatalf("no media in\n%s", msg)
	}
	return port
}

// ack acknowledges the INVITE sent last.
func (p *phone) ack() {
	seq := p.seq
	m := p.message("ACK", []string{fmt.Sprintf("CSeq: %d ACK", seq)}, "")
	p.seq = seq
	p.send(m)
}

func (p *phone) bye() {
	p.t.Helper()
	p.send(p.message("BYE", nil, ""))
	if status, msg := p.final(10 * time.Second); status != 200 {
		p.t.Errorf("BYE: %d\n%s", status, msg)
	}
}

func (p *phone) packet(port int, ssrc uint32, seq uint16, ts uint32, payload []byte) {
	raw, err := (&pion.Packet{Header: pion.Header{Version: 2, SSRC: ssrc, SequenceNumber: seq, Timestamp: ts},
		Payload: payload}).Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = p.rtp.WriteToUDP(raw, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
}
