package sip

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestStatusCodes(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{call: echo})
	body := func(p *phone) string { return p.sdp("") }
	tests := []struct {
		name, method string
		headers      []string
		body         func(*phone) string
		status       int
		has          string
	}{
		{"options", "OPTIONS", nil, nil, 200, "Allow: INVITE"},
		{"unknown method", "FLY", nil, nil, 405, "Allow: INVITE"},
		{"bye without call", "BYE", []string{"To: <sip:a@b>;tag=none"}, nil, 481, ""},
		{"cancel without call", "CANCEL", nil, nil, 481, ""},
		{"reinvite without call", "INVITE", []string{"To: <sip:a@b>;tag=none"}, body, 481, ""},
		{"info without call", "INFO", nil, nil, 481, ""},
		{"extension", "INVITE", []string{"Require: 100rel, magic"}, body, 420, "Unsupported: magic"},
		{"body that may be left unread", "INVITE", []string{"Content-Type: application/isup;version=etsi", "Content-Disposition: signal;handling=optional"}, body, 200, "m=audio"},
		{"body coding in short", "INVITE", []string{"e: gzip"}, body, 415, ""},
		{"body type", "INVITE", []string{"Content-Type: text/plain"}, body, 415, "Accept: application/sdp"},
		{"body coding", "INVITE", []string{"Content-Encoding: gzip"}, body, 415, ""},
		{"broken description", "INVITE", nil, func(*phone) string { return "v=0\r\nm=audi" }, 400, ""},
		{"no codec", "INVITE", nil, func(p *phone) string {
			return strings.Replace(p.sdp(""), "RTP/AVP 0 101", "RTP/AVP 3", 1)
		}, 488, "Warning"},
		{"sound to where nobody can send", "INVITE", nil, func(p *phone) string {
			return strings.Replace(p.sdp(""), "c=IN IP4 127.0.0.1", "c=IN IP6 2001:db8::1", 1)
		}, 488, "Warning: 300"},
		{"encrypted only", "INVITE", nil, func(p *phone) string {
			return strings.Replace(p.sdp(""), "RTP/AVP", "RTP/SAVP", 1)
		}, 488, ""},
		{"no contact", "INVITE", []string{"Contact: "}, body, 400, ""},
		{"too many hops", "INVITE", []string{"Max-Forwards: 0"}, body, 483, ""},
		{"other method in CSeq", "INVITE", []string{"CSeq: 1 BYE"}, body, 400, ""},
		{"short session", "INVITE", []string{"Session-Expires: 5", "Supported: timer"}, body, 422, "Min-SE: 90"},
		{"scanner", "OPTIONS", []string{"User-Agent: friendly-scanner"}, nil, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, s)
			b := ""
			if tt.body != nil {
				b = tt.body(p)
			}
			p.send(p.message(tt.method, tt.headers, b))
			wait := 10 * time.Second
			if tt.status == 0 {
				wait = 300 * time.Millisecond
			}
			status, msg := p.final(wait)
			if status != tt.status || !strings.Contains(msg, tt.has) {
				t.Errorf("status %d, want %d with %q\n%s", status, tt.status, tt.has, msg)
			}
		})
	}
}

func TestRetransmissionsAreAbsorbed(t *testing.T) {
	t.Parallel()
	var admitted, ran atomic.Int64
	running := make(chan *Leg, 9)
	s := serve(t, Config{}, answerer{admit: func(Invite) Verdict { admitted.Add(1); return Verdict{Accept: true, Ring: 100 * time.Millisecond} },
		call: func(ctx context.Context, l *Leg) { ran.Add(1); running <- l; echo(ctx, l) }})
	p := newPhone(t, s)
	inv := p.message("INVITE", nil, p.sdp(""))
	for range 5 {
		p.send(inv)
	}
	_, msg := p.final(10 * time.Second)
	p.learn(msg)
	p.send(inv)
	if again, _ := p.final(10 * time.Second); again != 200 { // no ACK yet: the 200 is repeated
		t.Errorf("the 200 was not repeated: %d", again)
	}
	p.ack()
	p.send(strings.Replace(inv, "branch=z9hG4bK-", "branch=z9hG4bK-other", 1)) // the same call by another way
	if status, _ := p.final(10 * time.Second); status != 482 {
		t.Errorf("merged request: %d", status)
	}
	<-running
	p.bye()
	p.seq-- // the BYE again
	p.send(p.message("BYE", nil, ""))
	if status, _ := p.final(10 * time.Second); status != 200 {
		t.Errorf("repeated BYE: %d", status)
	}
	if admitted.Load() != 1 || ran.Load() != 1 {
		t.Errorf("admitted %d times, ran %d times", admitted.Load(), ran.Load())
	}
}

func TestHoldByOldAndNewRules(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{}, handing(legs))
	p := newPhone(t, s)
	p.invite("")
	far := <-legs
	tests := []struct {
		name, body, answer string
		kind               call.SignalKind
	}{
		{"sendonly", p.sdp("a=sendonly\r\n"), "a=recvonly", call.SignalHold},
		{"back", p.sdp("a=sendrecv\r\n"), "a=sendrecv", call.SignalUnhold},
		{"inactive", p.sdp("a=inactive\r\n"), "a=inactive", call.SignalHold},
		{"back without attribute", p.sdp(""), "a=sendrecv", call.SignalUnhold},
		{"zero address", strings.Replace(p.sdp(""), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1), "a=recvonly", call.SignalHold},
		{"back again", p.sdp(""), "a=sendrecv", call.SignalUnhold},
	}
	for _, tt := range tests {
		p.send(p.message("INVITE", nil, tt.body))
		status, msg := p.final(10 * time.Second)
		p.ack()
		if status != 200 || !strings.Contains(msg, tt.answer) {
			t.Fatalf("%s: %d, want %s\n%s", tt.name, status, tt.answer, msg)
		}
		if sig := nextSignal(t, far); sig.Kind != tt.kind {
			t.Fatalf("%s: signal %+v", tt.name, sig)
		}
	}
	// A new media port is followed at once.
	moved, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = moved.Close() }()
	p.rtp, moved = moved, p.rtp
	p.send(p.message("INVITE", nil, p.sdp("")))
	_, _ = p.final(10 * time.Second)
	p.ack()
	_ = p.rtp.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := p.rtp.Read(make([]byte, 2048)); err != nil {
		t.Errorf("nothing arrives at the new port: %v", err)
	}
	// The same by UPDATE.
	p.send(p.message("UPDATE", nil, p.sdp("a=sendonly\r\n")))
	if status, msg := p.final(10 * time.Second); status != 200 || !strings.Contains(msg, "a=recvonly") {
		t.Fatalf("UPDATE: %d\n%s", status, msg)
	}
	p.bye()
}

func TestInfoKeys(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{}, handing(legs))
	p := newPhone(t, s)
	port := p.invite("")
	far := <-legs
	for i, b := range []struct{ kind, body string }{{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"},
		{"application/dtmf", "#"}, {"application/dtmf-relay", "Signal= *\r\n"}} {
		p.send(p.message("INFO", []string{"Content-Type: " + b.kind}, b.body))
		if status, msg := p.final(10 * time.Second); status != 200 {
			t.Fatalf("INFO: %d\n%s", status, msg)
		}
		if sig := nextSignal(t, far); sig.Via != "info" || sig.Digit != rune("5#*"[i]) {
			t.Errorf("signal %+v", sig)
		}
	}
	// A phone that sends both tells of one key.
	raw, _ := (&pion.Packet{Header: pion.Header{Version: 2, SSRC: 1, PayloadType: 101, SequenceNumber: 1}, Payload: []byte{7, 0x8a, 0, 160}}).Marshal()
	_, _ = p.rtp.WriteToUDP(raw, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if sig := nextSignal(t, far); sig.Digit != '7' || sig.Via != "rfc4733" {
		t.Errorf("signal %+v", sig)
	}
	p.send(p.message("INFO", []string{"Content-Type: application/dtmf-relay"}, "Signal=7\r\n"))
	_, _ = p.final(10 * time.Second)
	p.send(p.message("INFO", []string{"Content-Type: application/dtmf-relay"}, "Signal=8\r\n"))
	_, _ = p.final(10 * time.Second)
	if sig := nextSignal(t, far); sig.Digit != '8' {
		t.Errorf("a key that was told twice counted twice: %+v", sig)
	}
	p.send(p.message("INFO", []string{"Content-Type: text/plain"}, "hello"))
	if status, _ := p.final(10 * time.Second); status != 415 {
		t.Errorf("unknown INFO: %d", status)
	}
	p.bye()
}

// counted returns the counts of a leg once ok, or after a while: what was sent last may still be in the socket.
func counted(l *Leg, ok func(Stats) bool) Stats {
	for deadline := time.Now().Add(within); !ok(l.Stats()) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	return l.Stats()
}

// TestDirtyMedia mixes garbage, foreign packets, a change of source and a wrap into a tone.
func TestDirtyMedia(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	heard := make(chan []int16, 1)
	s := serve(t, Config{}, answerer{call: func(ctx context.Context, l *Leg) {
		legs <- l
		var pcm []int16
		pump(l, 0, nil, func(_ audio.Arrival, f []int16) { pcm = append(pcm, f...) })
		heard <- pcm
	}})
	p := newPhone(t, s)
	port := p.invite("")
	far := <-legs
	stranger, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Close() }()
	dst := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	enc, _ := audio.NewEncoder("PCMU")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	pcm := make([]int16, 160)
	tone := sine(500)
	wide := make([]int16, 320)
	for i := range 120 {
		<-tick.C
		tone(i, wide)
		for k := range pcm {
			pcm[k] = wide[2*k]
		}
		payload, _ := enc.Encode(nil, pcm)
		ssrc := uint32(1)
		if i >= 60 {
			ssrc = 2
		}
		p.packet(port, ssrc, uint16(65500+i), uint32(1<<32-3200)+uint32(i)*160, payload)
		for _, junk := range [][]byte{{}, {0}, {0x80}, []byte("hello, this is no RTP"), make([]byte, 1400), {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			{0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, {0x80, 200, 0, 1, 0}, {0x80, 0x55, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3}} {
			_, _ = p.rtp.WriteToUDP(junk, dst)
		}
		noise := make([]byte, 172)
		noise[0], noise[3] = 0x80, byte(i)
		_, _ = stranger.WriteToUDP(noise, dst) // somebody else talks into the call
	}
	st := counted(far, func(st Stats) bool { return st.Packets >= 118 && st.Invalid >= 120*5 })
	p.bye()
	got := <-heard
	frames := len(got) / 320
	if frames < 60 { // a busy machine reads fewer
		t.Fatalf("%d samples", len(got))
	}
	for _, part := range [][]int16{got[frames/6*320 : frames*11/24*320], got[frames*7/12*320 : frames*11/12*320]} {
		if q := purity(part, 500); q < 0.97 {
			t.Errorf("purity %.3f, stats %+v", q, st)
		}
	}
	if st.Packets < 118 || st.Packets > 120 || st.Invalid < 120*5 {
		t.Errorf("stats %+v", st)
	}
}

// TestTorture sends the messages of RFC 4475, whole and cut short, beside a running call, and checks that this one is
// heard on and that the server still takes a call afterwards.
func TestTorture(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Skipf("the source of the SIP library cannot be found: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "sip", "testdata", "torture", "*", "*.dat"))
	if len(files) == 0 {
		t.Skip("the source of the SIP library comes without the torture messages")
	}
	if err := complete(files); err != nil {
		t.Fatal(err)
	}
	h := newHearer()
	s := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, h)
	running := talking(t, s, h, 500)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{len(data), 1, len(data) / 3, len(data) - 2} { // whole, and cut short
			torture(t, s, data[:n])
			time.Sleep(10 * time.Millisecond)
			running.keepUp()
		}
	}
	running.check(t, "the call that runs meanwhile")
	p := newPhone(t, s)
	p.invite("")
	p.bye()
}

func torture(t *testing.T, s *Server, data []byte) {
	t.Helper()
	u, err := net.Dial("udp", s.UDPAddr())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = u.Write(data)
	_ = u.Close()
	c, err := net.Dial("tcp", s.TCPAddr())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write(data)
	_ = c.Close()
}

// TestTCPStream checks framing: messages in pieces, several at once, keep-alives between them.
func TestTCPStream(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{TCP: "127.0.0.1:0"}, answerer{call: echo})
	c, err := net.Dial("tcp", s.TCPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	msg := func(i int) string {
		return fmt.Sprintf("OPTIONS sip:x@%s SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK-tcp-%d\r\nFrom: <sip:a@b>;tag=1\r\n"+
			"To: <sip:x@y>\r\nCall-ID: tcp-%d\r\nCSeq: %d OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", s.TCPAddr(), c.LocalAddr(), i, i, i)
	}
	whole := msg(1) + "\r\n\r\n" + msg(2) + msg(3)
	for i := 0; i < len(whole); i += 97 {
		_, _ = c.Write([]byte(whole[i:min(i+97, len(whole))]))
		time.Sleep(time.Millisecond)
	}
	var got strings.Builder
	buf := make([]byte, 4096)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for strings.Count(got.String(), "SIP/2.0 200") < 3 {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("%v after\n%s", err, got.String())
		}
		got.Write(buf[:n])
	}
}
