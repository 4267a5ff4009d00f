package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// hearer is a handler that keeps what each of its calls hears.
type hearer struct{ legs chan *heard }

type heard struct {
	leg *Leg
	pcm chan []int16 // one value, when the call has ended
}

func newHearer() hearer { return hearer{make(chan *heard, 8)} }

func (h hearer) Admit(Invite) Verdict { return Verdict{Accept: true} }

func (h hearer) Call(_ context.Context, l *Leg) {
	me := &heard{leg: l, pcm: make(chan []int16, 1)}
	h.legs <- me
	var pcm []int16
	pump(l, 0, nil, func(_ audio.Arrival, f []int16) { pcm = append(pcm, f...) })
	me.pcm <- pcm
}

// talker is a phone in a call that sends a tone, 20 ms at a time.
type talker struct {
	*phone
	*heard
	port int
	freq float64
	enc  audio.Encoder
	i    int
	from time.Time // of the first packet
}

func talking(t *testing.T, s *Server, h hearer, freq float64) *talker {
	t.Helper()
	p := newPhone(t, s)
	enc, err := audio.NewEncoder("PCMU")
	if err != nil {
		t.Fatal(err)
	}
	return &talker{phone: p, port: p.invite(""), heard: <-h.legs, freq: freq, enc: enc, from: time.Now()}
}

// say sends the next packet; ts 0 stands for the right time.
func (p *talker) say(ts uint32) {
	wide, pcm := make([]int16, 320), make([]int16, 160)
	sine(p.freq)(p.i, wide)
	for k := range pcm {
		pcm[k] = wide[2*k]
	}
	payload, err := p.enc.Encode(nil, pcm)
	if err != nil {
		p.t.Fatal(err)
	}
	if ts == 0 {
		ts = uint32(p.i) * 160 //nolint:gosec // small
	}
	p.packet(p.port, 1, uint16(1000+p.i), ts, payload) //nolint:gosec // small
	p.i++
}

// keepUp says what is due by now, however long the test was busy with something else.
func (p *talker) keepUp() {
	for time.Duration(p.i)*audio.FrameTime < time.Since(p.from) {
		p.say(0)
	}
}

// check hangs up and looks for the tone in what was heard.
func (p *talker) check(t *testing.T, who string) {
	t.Helper()
	p.bye()
	got := <-p.pcm
	if len(got) < p.i/2*audio.FrameLen { // a busy machine reads fewer
		t.Fatalf("%s: %d samples of %d packets", who, len(got), p.i)
	}
	if q := purity(got[15*audio.FrameLen:min(len(got), (p.i-15)*audio.FrameLen)], p.freq); q < 0.97 {
		t.Errorf("%s: the tone is %.3f of what was heard", who, q)
	}
}

func header(version, pt byte, seq uint16, ssrc byte, payload ...byte) []byte {
	return append([]byte{version << 6, pt, byte(seq >> 8), byte(seq), 0, 0, 0, 9, 0, 0, 0, ssrc}, payload...)
}

// TestMediaGarbage sends what does not belong there to a running call: it and the call beside it are heard on.
func TestMediaGarbage(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 160)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	type junk struct {
		data               []byte
		stranger, toReport bool // from another socket; to the control port
	}
	send := func(data ...[]byte) (all []junk) {
		for _, d := range data {
			all = append(all, junk{data: d})
		}
		return all
	}
	tests := []struct {
		name    string
		junk    func(i int) []junk
		ts      func(i int) uint32
		invalid bool // must be counted
	}{
		{name: "short packets", invalid: true, junk: func(i int) []junk { return send(header(2, 0, 1000, 1)[:i%12], nil) }},
		{name: "wrong version", invalid: true, junk: func(i int) []junk {
			return send(header(0, 0, uint16(1001+i), 1, noise...), header(1, 0, uint16(1001+i), 1, noise...), header(3, 0, uint16(1001+i), 1, noise...))
		}},
		{name: "wrong payload type", invalid: true, junk: func(i int) []junk {
			return send(header(2, 96, uint16(1001+i), 1, noise...), header(2, 34, uint16(1001+i), 1, noise...), header(2, 8, uint16(1001+i), 1, noise...))
		}},
		{name: "other source", invalid: true, junk: func(i int) []junk {
			return []junk{{data: header(2, 0, uint16(1001+i), 1, noise...), stranger: true}, {data: header(2, 0, uint16(i), 7, noise...), stranger: true}}
		}},
		{name: "sequence jumps", junk: func(i int) []junk { return send(header(2, 0, uint16(20000+i*777), 1, noise...)) }},
		{name: "a new SSRC with each packet", junk: func(i int) []junk { return send(header(2, 0, uint16(5*i), byte(10+i), noise...)) }},
		{name: "timestamps at random", ts: func(int) uint32 { return rand.Uint32() | 1 }},
		{name: "control packets on the media port", junk: func(int) []junk {
			return send([]byte{0x80, 200, 0, 6, 0, 0, 0, 1}, []byte{0x81, 201, 0xff, 0xff, 0, 0, 0, 1}, []byte{0x81, 203, 0, 1, 0, 0, 0, 1}, append([]byte{0x80, 204, 0, 40}, noise...))
		}},
		{name: "garbage on the control port", junk: func(i int) []junk {
			return []junk{{data: noise[:i], toReport: true}, {data: []byte{0x9f, 200, 0, 1, 0, 0, 0, 1}, toReport: true}, {data: header(2, 0, 9, 1, noise...), toReport: true}}
		}},
		{name: "header that promises more", invalid: true, junk: func(i int) []junk {
			many, ext, pad := header(2, 0, uint16(1001+i), 1, noise[:9]...), header(2, 0, uint16(1001+i), 1, 0, 0, 0xff, 0xff, 1), header(2, 0, uint16(1001+i), 1, 1, 255)
			many[0], ext[0], pad[0] = many[0]|15, ext[0]|0x10, pad[0]|0x20
			return send(many, ext, pad)
		}},
		{name: "no payload and far too much", junk: func(i int) []junk {
			return send(header(2, 0, uint16(1001+i), 1), header(2, 0, uint16(1001+i), 1, make([]byte, 1990)...), make([]byte, 9000))
		}},
		{name: "key packets of all bytes", junk: func(i int) []junk {
			return send(header(2, 101, 1000, 1, noise[i]), header(2, 101, 1000, 1, 200, 0xff, 0xff, 0xff, 0xff, 0xff))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHearer()
			s := serve(t, Config{}, h)
			victim, other := talking(t, s, h, 500), talking(t, s, h, 700)
			stranger, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stranger.Close() }()
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := range 70 {
				<-tick.C
				var ts uint32
				if tt.ts != nil {
					ts = tt.ts(i)
				}
				victim.say(ts)
				other.say(0)
				if tt.junk == nil {
					continue
				}
				for _, j := range tt.junk(i) {
					from, port := victim.rtp, victim.port
					if j.stranger {
						from = stranger
					}
					if j.toReport {
						port++
					}
					_, _ = from.WriteToUDP(j.data, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
				}
			}
			if tt.invalid {
				if st := counted(victim.leg, func(st Stats) bool { return st.Invalid >= 70 }); st.Invalid < 70 {
					t.Errorf("only %d packets were found invalid", st.Invalid)
				}
			}
			victim.check(t, "the call")
			if st := other.leg.Stats(); st.Invalid > 0 {
				t.Errorf("the other call got %d bad packets", st.Invalid)
			}
			other.check(t, "the other call")
		})
	}
}

// TestHostileDescriptions offers calls nobody could have: each gets a final answer of the 400s, and the call that runs
// meanwhile is not disturbed.
func TestHostileDescriptions(t *testing.T) {
	t.Parallel()
	h := newHearer()
	s := serve(t, Config{}, h)
	bystander := talking(t, s, h, 500)
	const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	for name, body := range map[string]string{
		"no media":             head,
		"cut in a line":        head + "m=audio 40",
		"port too large":       head + "m=audio 99999 RTP/AVP 0\r\n",
		"negative port":        head + "m=audio -1 RTP/AVP 0\r\n",
		"port is no number":    head + "m=audio x RTP/AVP 0\r\n",
		"port 0":               head + "m=audio 0 RTP/AVP 0\r\n",
		"payload type 300":     head + "m=audio 4000 RTP/AVP 300\r\n",
		"no payload type":      head + "m=audio 4000 RTP/AVP\r\n",
		"broken map":           head + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96\r\na=rtpmap:x PCMU/0\r\n",
		"clock of 0":           head + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/0\r\n",
		"huge clock":           head + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/99999999999999999999/2\r\n",
		"no address":           strings.Replace(head, "c=IN IP4 127.0.0.1\r\n", "", 1) + "m=audio 4000 RTP/AVP 0\r\n",
		"address of no family": strings.Replace(head, "c=IN IP4 127.0.0.1", "c=ATM NSAP 47.0091", 1) + "m=audio 4000 RTP/AVP 0\r\n",
		"multicast":            strings.Replace(head, "c=IN IP4 127.0.0.1", "c=IN IP4 239.1.1.1/127", 1) + "m=audio 4000 RTP/AVP 0\r\n",
		"version 9":            strings.Replace(head, "v=0", "v=9", 1) + "m=audio 4000 RTP/AVP 0\r\n",
		"NUL bytes":            strings.Repeat("\x00", 300),
		"no text":              "\xff\xfe\xff\xfe\r\n\xff=\xff\r\n",
		"many streams":         head + strings.Repeat("m=video 4000 RTP/AVP 96\r\n", 900),
		"a very long line":     head + "a=" + strings.Repeat("x", 30000) + "\r\n",
	} {
		p := newPhone(t, s)
		p.send(p.message("INVITE", nil, body))
		status, msg := p.final(10 * time.Second)
		p.learn(msg)
		p.ack()
		if status < 400 || status > 499 {
			t.Errorf("%s: status %d\n%s", name, status, msg)
		}
		for range 3 {
			bystander.keepUp()
			time.Sleep(20 * time.Millisecond)
		}
	}
	bystander.check(t, "the call that runs meanwhile")
	select {
	case <-h.legs:
		t.Error("one of them became a call")
	default:
	}
}

// rfc4475 are the messages of RFC 4475 by the names its appendix gives them.
const rfc4475 = "wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason " +
	"badinv01 clerr ncl scalar02 scalarlg quotbal ltgtruri lwsruri lwsstart trws escruri baddate regbadct badaspec baddn badvers " +
	"mismatch01 mismatch02 bigcode badbranch insuf unkscm novelsc unksm2 bext01 invut regaut01 multi01 mcl01 bcast zeromf cparam01 " +
	"cparam02 regescrt sdp01 inv2543"

// complete tells which messages of RFC 4475 are not among the files.
func complete(files []string) error {
	all := strings.Join(files, "\n") + "\n"
	for _, name := range strings.Fields(rfc4475) {
		if !strings.Contains(all, "/"+name+".dat\n") {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return nil
}
