package sdp

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const typical = "v=0\r\no=alice 1 2 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n" +
	"m=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n" +
	"m=audio 5004 RTP/AVP 8 0 9 111 101\r\na=rtpmap:111 OPUS/48000/2\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:30\r\na=rtcp:5010\r\n"

func TestOfferAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		body   string
		prefer []string
		codec  string
		dir    Direction
		ptime  time.Duration
		err    error // nil, ErrUnusable or any
	}{
		{"typical", typical, []string{"PCMU", "PCMA"}, "PCMU", SendRecv, 30 * time.Millisecond, nil},
		{"case of the name", typical, []string{"opus"}, "opus", SendRecv, 20 * time.Millisecond, nil},
		{"hold", typical + "a=sendonly\r\n", []string{"G722"}, "G722", RecvOnly, 30 * time.Millisecond, nil},
		{"inactive", typical + "a=inactive\r\n", []string{"G722"}, "G722", Inactive, 30 * time.Millisecond, nil},
		{"listen only", typical + "a=recvonly\r\n", []string{"G722"}, "G722", SendOnly, 30 * time.Millisecond, nil},
		{"session direction", strings.Replace(typical, "t=0 0", "t=0 0\r\na=sendonly", 1), []string{"PCMA"}, "PCMA", RecvOnly, 30 * time.Millisecond, nil},
		{"old hold", strings.Replace(typical, "c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0", 1), []string{"PCMA"}, "PCMA", RecvOnly, 30 * time.Millisecond, nil},
		{"largest packets", strings.Replace(typical, "ptime:30", "ptime:200", 1), []string{"PCMA"}, "PCMA", SendRecv, 60 * time.Millisecond, nil},
		{"smaller packets at most", typical + "a=maxptime:20\r\n", []string{"PCMA"}, "PCMA", SendRecv, 20 * time.Millisecond, nil},
		{"nothing in common", typical, []string{"L16"}, "", "", 0, ErrUnusable},
		{"no audio", strings.Replace(typical, "m=audio", "m=text", 1), []string{"PCMU"}, "", "", 0, ErrUnusable},
		{"audio off", strings.Replace(typical, "5004", "0", 1), []string{"PCMU"}, "", "", 0, ErrUnusable},
		{"encrypted", strings.Replace(typical, "audio 5004 RTP/AVP", "audio 5004 RTP/SAVP", 1), []string{"PCMU"}, "", "", 0, ErrUnusable},
		{"no address", strings.Replace(typical, "c=IN IP4 192.0.2.7\r\n", "", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"host name", strings.Replace(typical, "c=IN IP4 192.0.2.7", "c=IN IP4 pbx", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"multicast", strings.Replace(typical, "c=IN IP4 192.0.2.7", "c=IN IP4 224.2.1.1", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"port too large", strings.Replace(typical, "5004", "70000", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"negative port", strings.Replace(typical, "5004", "-4", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"payload type is a word", strings.Replace(typical, "RTP/AVP 8 0 9 111 101", "RTP/AVP x", 1), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"map of another codec", strings.Replace(typical, "RTP/AVP 8 0 9 111 101", "RTP/AVP 0\r\na=rtpmap:0 EVRC/8000", 1), []string{"PCMU"}, "", "", 0, ErrUnusable},
		{"broken maps beside a good one", typical + "a=rtpmap:\r\na=rtpmap:999 x\r\na=rtpmap:111\r\na=fmtp\r\n", []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"packets of no length", strings.Replace(typical, "ptime:30", "ptime:0", 1), []string{"PCMA"}, "PCMA", SendRecv, 20 * time.Millisecond, nil},
		{"packets of negative length", strings.Replace(typical, "ptime:30", "ptime:-30", 1), []string{"PCMA"}, "PCMA", SendRecv, 20 * time.Millisecond, nil},
		{"packets of endless length", strings.Replace(typical, "ptime:30", "ptime:99999999999999999999", 1), []string{"PCMA"}, "PCMA", SendRecv, 20 * time.Millisecond, nil},
		{"line ends of Unix", strings.ReplaceAll(typical, "\r\n", "\n"), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"fax beside speech", typical + "m=image 5006 udptl t38\r\n", []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"a stream without formats", typical + "m=image 0 udptl\r\n", []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"no line end at the end", strings.TrimSuffix(typical, "\r\n"), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"lines left out", strings.Replace(typical, "s=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0", "c=IN IP4 192.0.2.7", 1), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"lines in another order", strings.Replace(typical, "s=-\r\n", "b=AS:64\r\nt=0 0\r\na=x\r\ns=-\r\n", 1), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"letters of their own", strings.Replace(typical, "t=0 0", "t=0 0\r\ny=0100000001", 1), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"odd origin", strings.Replace(typical, "alice 1 2", "my phone -1 x", 1), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"case of the transport", strings.Replace(typical, "audio 5004 RTP/AVP", "audio 5004 rtp/avp", 1), []string{"PCMA"}, "PCMA", SendRecv, 30 * time.Millisecond, nil},
		{"a line that is none", typical + "nonsense\r\n", []string{"PCMA"}, "", "", 0, errors.ErrUnsupported},
		{"NUL bytes", strings.Repeat("\x00", 200), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"no text", "\xff\xfe\xff=\xff\r\n", []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"cut short", typical[:60], []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"empty", "", []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
		{"huge", strings.Repeat(typical, 100), []string{"PCMU"}, "", "", 0, errors.ErrUnsupported},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := Parse([]byte(tt.body))
			var ch Choice
			if err == nil {
				ch, err = Choose(m, tt.prefer)
			}
			if tt.err != nil {
				if err == nil || (errors.Is(tt.err, ErrUnusable) && !errors.Is(err, ErrUnusable)) {
					t.Fatalf("error %v, want %v", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			dir := Reply(m, SendRecv)
			if ch.Codec.Name != tt.codec || ch.PTime != tt.ptime || dir != tt.dir || m.RTCPPort != 5010 {
				t.Errorf("got %+v %s %+v", ch, dir, m)
			}
			body := Answer(m, ch, Local{ID: 1, Version: 1, Addr: netip.MustParseAddr("127.0.0.1"), Port: 6000, Direction: dir, PTime: ch.PTime})
			if !strings.Contains(string(body), "m=video 0 RTP/AVP 96") {
				t.Errorf("the other stream is not refused:\n%s", body)
			}
			if strings.Contains(string(body), " \r\n") {
				t.Errorf("a line ends with a space:\n%q", body)
			}
			back, err := Parse(body)
			if err != nil || back.Port != 6000 || back.Direction != dir {
				t.Fatalf("answer reads as %+v, %v:\n%s", back, err, body)
			}
			if again, err := Choose(back, []string{tt.codec}); err != nil || again.Codec.PayloadType != ch.Codec.PayloadType || again.Events.ClockRate != ch.Events.ClockRate {
				t.Errorf("answer chooses %+v, %v", again, err)
			}
		})
	}
}

// TestCutAnywhere cuts a description after each byte: it is understood as far as it goes, or refused.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for n := range typical {
		m, err := Parse([]byte(typical[:n]))
		if err != nil {
			continue
		}
		if ch, err := Choose(m, []string{"PCMU"}); err == nil && (ch.Codec.Name != "PCMU" || !m.Addr.IsValid() || m.Port != 5004) {
			t.Errorf("cut after %d bytes: %+v of %+v", n, ch, m)
		}
	}
}

func TestOffer(t *testing.T) {
	t.Parallel()
	body := Offer(Local{Addr: netip.MustParseAddr("2001:db8::1"), Port: 6000, Direction: SendRecv}, []string{"opus", "G722", "PCMU"}, Choice{})
	m, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"opus", "G722", "PCMU", "telephone-event"} {
		if _, ok := m.Find(n); !ok {
			t.Errorf("%s is missing in\n%s", n, body)
		}
	}
	ch, err := Choose(m, []string{"opus"})
	if err != nil || ch.Events.ClockRate != 48000 {
		t.Errorf("events of opus: %+v, %v", ch, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(typical)
	f.Add("v=0\r\n")
	f.Add("v=0\no=- 0 0 IN IP4 1.1.1.1\ns=\nc=IN IP6 ::1\nt=0 0\nm=audio 99999 RTP/AVP 300 -1 x\n")
	f.Fuzz(func(t *testing.T, body string) {
		m, err := Parse([]byte(body))
		if err != nil {
			return
		}
		ch, err := Choose(m, []string{"G722", "opus", "PCMU", "PCMA"})
		if err != nil {
			return
		}
		dir := Reply(m, SendRecv)
		Answer(m, ch, Local{Addr: netip.MustParseAddr("127.0.0.1"), Port: 6000, Direction: dir, PTime: ch.PTime})
		if ch.PTime < 10*time.Millisecond || ch.PTime > 60*time.Millisecond {
			t.Fatalf("packets of %v", ch.PTime)
		}
	})
}
