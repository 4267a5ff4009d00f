package sdp

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// TestPlaces reads descriptions of those who have addresses of both kinds, where one kind cannot be reached.
func TestPlaces(t *testing.T) {
	t.Parallel()
	v4 := func(a netip.Addr) bool { return a.Is4() }
	const six, four = "c=IN IP6 2001:db8::1\n", "c=IN IP4 192.0.2.1\n"
	for name, c := range map[string]struct{ body, want string }{
		"only the other kind": {six + "m=audio 4000 RTP/AVP 0\n", "[2001:db8::1]:4000"},
		"alternative": {six + "m=audio 4000 RTP/AVP 0\na=rtcp:4009\na=altc:1 IP6 2001:db8::1 4000\na=altc:2 IP4 192.0.2.9 5000\n",
			"192.0.2.9:5000"},
		"alternative with a port for RTCP": {six + "m=audio 4000 RTP/AVP 0\na=altc:1 IP4 192.0.2.9 5000/5005\n", "192.0.2.9:5000"},
		"candidates, the best first": {six + "m=audio 4000 RTP/AVP 0\na=candidate:1 1 UDP 2130706431 2001:db8::1 4000 typ host\n" +
			"a=candidate:3 1 UDP 1000 192.0.2.7 5000 typ relay\na=candidate:2 1 UDP 2130700000 192.0.2.8 5002 typ host\na=candidate:2 2 UDP 2130799999 192.0.2.6 5003 typ host\n" +
			"a=candidate:4 1 TCP 2130799999 192.0.2.5 9 typ host\n", "192.0.2.8:5002"},
		"streams of both kinds": {"a=group:ANAT 1 2\nm=audio 4000 RTP/AVP 0\n" + six + "a=mid:1\nm=audio 5000 RTP/AVP 0\n" + four + "a=mid:2\n", "192.0.2.1:5000"},
		"an encrypted stream that cannot be reached": {"m=audio 4000 RTP/SAVP 0\n" + six + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 +
			"\nm=audio 5000 RTP/AVP 0\n" + four, "192.0.2.1:5000"},
		"what is said counts where it can be reached": {four + "m=audio 4000 RTP/AVP 0\na=altc:1 IP4 192.0.2.9 5000\n", "192.0.2.1:4000"},
		"broken alternatives":                         {six + "m=audio 4000 RTP/AVP 0\na=altc:1 IP4 192.0.2.9\na=altc:2 IP4 x 1\na=altc:3 IP4 224.0.0.1 1\na=altc:4 IP6 ::ffff:0.0.0.0 1\na=candidate:1 1 UDP 1 192.0.2.9 0 typ host\n", "[2001:db8::1]:4000"},
		"on hold":                                     {"c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0\na=altc:1 IP4 192.0.2.9 5000\n", "0.0.0.0:4000"},
		"a host":                                      {"c=IN IP4 sound.example\nm=audio 4000 RTP/AVP 0\n", "192.0.2.3:4000"},
		"no host":                                     {"c=IN IP4 other.example\nm=audio 4000 RTP/AVP 0\n", ""},
		"nothing that can be a host":                  {"c=IN IP4 300.1.2.3\nm=audio 4000 RTP/AVP 0\n", ""},
		"nothing that can be one either":              {"c=IN IP4 sound_example;x\nm=audio 4000 RTP/AVP 0\n", ""},
	} {
		m, err := Read([]byte("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n"+c.body), Options{Security: Optional, Reaches: v4, Find: func(host string) netip.Addr {
			switch host {
			case "sound.example":
				return netip.MustParseAddr("192.0.2.3")
			case "other.example":
			default:
				t.Errorf("%s: %q is looked for", name, host)
			}
			return netip.Addr{}
		}})
		switch {
		case c.want == "" && !errors.Is(err, ErrNoIP):
			t.Errorf("%s: %+v, %v", name, m, err)
		case c.want != "" && (err != nil || netip.AddrPortFrom(m.Addr, uint16(m.Port)).String() != c.want || m.RTCPPort != 0):
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	m, err := Read([]byte("v=0\nm=audio 4000 RTP/AVP 0\n"+six+"m=audio 5000 RTP/AVP 0\n"+four), Options{Reaches: v4})
	if err != nil {
		t.Fatal(err)
	}
	ch, _ := Choose(m, []string{"PCMU"})
	answer := string(Answer(m, ch, Local{Addr: netip.MustParseAddr("192.0.2.2"), Port: 6000}))
	if !strings.Contains(answer, "m=audio 0 RTP/AVP 0\r\nm=audio 6000 RTP/AVP 0\r\n") {
		t.Errorf("answered is\n%s", answer)
	}
}
