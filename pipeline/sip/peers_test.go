package sip

import (
	"math"
	"net"
	"strings"
	"testing"
	"time"

	pion "github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
)

// dialled calls p, which does with the INVITE what it likes, and returns the call. Each provisional status is told when the call has
// heard it: what is sent behind it may otherwise be handled first.
func (p *phone) dialled(s *Server, take func(invite string, heard <-chan int)) *Leg {
	p.t.Helper()
	heard := make(chan int, 8)
	legs := p.rings(s, DialOptions{Codecs: []string{"PCMU", "PCMA"}, OnProgress: func(status int) { heard <- status }})
	take(p.await("INVITE"), heard)
	p.await("ACK")
	l := <-legs
	if l == nil {
		p.t.FailNow()
	}
	return l
}

// told waits until the call has heard status.
func (p *phone) told(heard <-chan int, status int) {
	p.t.Helper()
	for late := time.After(10 * time.Second); ; {
		select {
		case got := <-heard:
			if got == status {
				return
			}
		case <-late:
			p.t.Fatalf("%d was not heard", status)
		}
	}
}

// leave hangs up on p.
func (p *phone) leave(l *Leg) {
	p.t.Helper()
	done := make(chan error, 1)
	ctx := ctxFor(p.t, 20*time.Second)
	// Ends with the BYE, at the latest with ctx.
	go func() { done <- l.Hangup(ctx) }()
	p.answer(p.await("BYE"), 200, "desk", "")
	if err := <-done; err != nil {
		p.t.Error(err)
	}
}

// TestAnsweredBeforeTheEnd calls gateways that answer with early sound: some do not say in the 200 again what they said with it, and
// where two rang, the words of the one that is there count.
func TestAnsweredBeforeTheEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := p.dialled(s, func(inv string, heard <-chan int) {
		p.answer(inv, 183, "other", strings.Replace(p.sdp(""), "RTP/AVP 0 ", "RTP/AVP 0 8 ", 1))
		p.told(heard, 183)
		p.answer(inv, 183, "desk", strings.Replace(p.sdp(""), "RTP/AVP 0 ", "RTP/AVP 8 ", 1))
		p.told(heard, 183)
		p.answer(inv, 200, "desk", "")
	})
	if got := l.Codec(); got != "PCMA" {
		t.Errorf("codec %s", got)
	}
	p.leave(l)
}

// say sends half a second of tone in packets of a type and length.
func (p *phone) say(port int, codec string, pt uint8, ssrc uint32, length time.Duration) {
	enc, err := audio.NewEncoder(codec)
	if err != nil {
		p.t.Error(err)
		return
	}
	n := int(length / time.Millisecond * 8)
	pcm := make([]int16, n)
	tick := time.NewTicker(length)
	defer tick.Stop()
	for i := range int(500 * time.Millisecond / length) {
		for k := range pcm {
			pcm[k] = int16(8000 * math.Sin(2*math.Pi*500*float64(i*n+k)/8000))
		}
		payload, err := enc.Encode(nil, pcm)
		if err != nil {
			p.t.Error(err)
			return
		}
		p.raw(port, pt, ssrc, uint16(i), uint32(i*n), payload)
		<-tick.C
	}
}

func (p *phone) raw(port int, pt uint8, ssrc uint32, seq uint16, ts uint32, payload []byte) {
	raw, err := (&pion.Packet{Header: pion.Header{Version: 2, PayloadType: pt, SSRC: ssrc, SequenceNumber: seq, Timestamp: ts}, Payload: payload}).Marshal()
	if err != nil {
		p.t.Error(err)
		return
	}
	_, _ = p.rtp.WriteToUDP(raw, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
}

// TestSoundOfWhatBothHave calls a far side that answers with several codecs and numbers of its own: it may send any of them, by the
// numbers of the offer or, as many do, by its own.
func TestSoundOfWhatBothHave(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	port := 0
	l := p.dialled(s, func(inv string, _ <-chan int) {
		port = mediaPort(t, inv)
		p.answer(inv, 200, "desk", strings.NewReplacer("RTP/AVP 0 101", "RTP/AVP 0 8 96", "rtpmap:101", "rtpmap:96").Replace(p.sdp("")))
	})
	for i, tt := range []struct {
		codec string
		pt    uint8
		ptime time.Duration
	}{{"PCMA", 8, 30 * time.Millisecond}, {"PCMU", 0, 10 * time.Millisecond}} {
		best := 0.0
		for try := uint32(0); try < 10 && best < 0.97; try++ { // a busy machine may be late with it
			done := make(chan struct{})
			go func() { defer close(done); p.say(port, tt.codec, tt.pt, uint32(i)*100+try+1, tt.ptime) }() // ends after half a second
			var got []int16
			pump(l, 30, nil, func(_ audio.Arrival, pcm []int16) { got = append(got, pcm...) })
			<-done
			best = max(best, purity(got, 500))
		}
		if best < 0.97 {
			t.Errorf("%s came with purity %.3f; %+v", tt.codec, best, l.Stats())
		}
	}
	for i, pt := range []uint8{101, 96} {
		p.raw(port, pt, 999, uint16(i), uint32(i*8000), []byte{byte(5 + i), 0x8a, 0, 160})
		if sig := nextSignal(t, l); sig.Digit != rune('5'+i) {
			t.Errorf("a key of type %d: %+v", pt, sig)
		}
	}
	p.leave(l)
}

// TestReliableProvisionals takes calls of those who require that all before the end is acknowledged: nothing is said before it.
func TestReliableProvisionals(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{call: echo})
	p := newPhone(t, s)
	p.send(p.message("INVITE", []string{"Require: 100rel"}, p.sdp("")))
	for {
		msg := p.read(within)
		if strings.HasPrefix(msg, "SIP/2.0 100 ") {
			continue
		}
		if !strings.HasPrefix(msg, "SIP/2.0 200 ") {
			t.Fatalf("answered was\n%s", msg)
		}
		p.learn(msg)
		break
	}
	p.ack()
	p.bye()
}
