package sdp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

var key30 = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcd"))

func TestCrypto(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		ok   bool
		mki  string
	}{
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30, true, ""},
		{"1 aes_cm_128_hmac_sha1_80 INLINE:" + key30, true, ""},
		{"99 AES_CM_128_HMAC_SHA1_32 inline:" + key30 + "|2^31", true, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^31|1:1", true, "\x01"},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|258:4", true, "\x00\x00\x01\x02"},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " WSH=128 -NEW=1", true, ""},
		{"1 AEAD_AES_128_GCM inline:" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789ab")), true, ""},
		{"1 AEAD_AES_128_GCM inline:" + base64.RawStdEncoding.EncodeToString([]byte("0123456789abcdef0123456789ab")), true, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNENCRYPTED_SRTP", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNAUTHENTICATED_SRTP", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " KDR=23", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^10", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^99", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|x", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1:1000", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|256:1", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|-1:1", false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + ";inline:" + key30, false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30[:20], false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("!", 40), false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80 uri:" + key30, false, ""},
		{"1 F8_128_HMAC_SHA1_80 inline:" + key30, false, ""},
		{"1 NULL_HMAC_SHA1_80 inline:" + key30, false, ""},
		{"-1 AES_CM_128_HMAC_SHA1_80 inline:" + key30, false, ""},
		{"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" + key30, false, ""},
		{"1 AES_CM_128_HMAC_SHA1_80", false, ""},
		{"", false, ""},
	} {
		got, ok := parseCrypto(c.line)
		if ok != c.ok || string(got.MKI) != c.mki {
			t.Errorf("%q: %v %v", c.line, got, ok)
		}
	}
}

func TestKeysAreNeverShown(t *testing.T) {
	t.Parallel()
	c, ok := parseCrypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30)
	if !ok {
		t.Fatal("not read")
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, c.Key) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, []Crypto{c})
	}
	for _, no := range []string{"0123456789abcdef", key30, fmt.Sprintf("%x", "0123456789abcdef")} {
		if strings.Contains(shown, no) {
			t.Errorf("a key is shown in %s", shown)
		}
	}
}

func secureBody(proto string, keys ...string) string {
	b := strings.Replace(typical, "audio 5004 RTP/AVP", "audio 5004 "+proto, 1)
	for _, k := range keys {
		b += "a=crypto:" + k + "\r\n"
	}
	return b
}

func TestSecureOfferAnswer(t *testing.T) {
	t.Parallel()
	good, gcm := "7 AES_CM_128_HMAC_SHA1_32 inline:"+key30, "8 AEAD_AES_128_GCM inline:"+base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789ab"))
	both := secureBody("RTP/AVP") + "m=audio 6004 RTP/SAVP 0\r\na=crypto:" + good + "\r\n"
	for _, c := range []struct {
		name, body string
		sec        Security
		ok         bool
		tag        int // 0 = plain
	}{
		{"plain, off", secureBody("RTP/AVP"), Off, true, 0},
		{"plain, optional", secureBody("RTP/AVP"), Optional, true, 0},
		{"plain, required", secureBody("RTP/AVP"), Required, false, 0},
		{"plain with keys, required", secureBody("RTP/AVP", good), Required, false, 0},
		{"plain with keys, optional", secureBody("RTP/AVP", good), Optional, true, 0},
		{"secure, off", secureBody("RTP/SAVP", good), Off, false, 0},
		{"secure, optional", secureBody("RTP/SAVP", good), Optional, true, 7},
		{"secure, required", secureBody("RTP/SAVP", "1 UNKNOWN inline:x", good, gcm), Required, true, 7},
		{"feedback profile", secureBody("RTP/SAVPF", gcm, good), Required, true, 8},
		{"secure without keys", secureBody("RTP/SAVP"), Optional, false, 0},
		{"secure with keys nobody has", secureBody("RTP/SAVP", "1 UNKNOWN inline:x"), Required, false, 0},
		{"DTLS", secureBody("UDP/TLS/RTP/SAVP", good), Optional, false, 0},
		{"both, optional", both, Optional, true, 7},
		{"both, off", both, Off, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseFor([]byte(c.body), c.sec)
			if !c.ok {
				if !errors.Is(err, ErrUnusable) {
					t.Fatalf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			ch, err := Choose(m, []string{"PCMU"})
			if err != nil || ch.Crypto.Tag != c.tag {
				t.Fatalf("%+v %v", ch, err)
			}
			own := Crypto{Tag: ch.Crypto.Tag, Suite: ch.Crypto.Suite, Key: Secret(strings.Repeat("k", KeyLen(ch.Crypto.Suite)))}
			answer := Answer(m, ch, Local{ID: 1, Addr: netip.MustParseAddr("127.0.0.1"), Port: 6000, Direction: SendRecv, Keys: []Crypto{own, {Tag: 1000, Suite: "AEAD_AES_128_GCM"}}})
			if n := strings.Count(string(answer), "a=crypto:"); (n == 1) != (c.tag > 0) || n > 1 {
				t.Fatalf("answer has %d keys:\n%s", n, answer)
			}
			if c.tag == 0 {
				return
			}
			back, err := ParseFor(answer, Required)
			if err != nil || len(back.Crypto) != 1 || back.Crypto[0] != own {
				t.Errorf("%v:\n%s", err, answer)
			}
		})
	}
}

func FuzzParseFor(f *testing.F) {
	f.Add(secureBody("RTP/SAVP", "7 AES_CM_128_HMAC_SHA1_32 inline:"+key30+"|2^31|1:1"))
	f.Add(secureBody("RTP/SAVPF", "1 AES_CM_128_HMAC_SHA1_80 inline:"+key30+" WSH=64"))
	f.Fuzz(func(t *testing.T, body string) {
		m, err := ParseFor([]byte(body), Required)
		if err != nil {
			return
		}
		if !m.Secure() || len(m.Crypto) == 0 {
			t.Fatalf("taken without a key: %+v", m)
		}
		for _, c := range m.Crypto {
			if len(c.Key) != KeyLen(c.Suite) || len(c.Key) == 0 || len(c.MKI) > maxMKI {
				t.Fatalf("%d bytes of key for %s", len(c.Key), c.Suite)
			}
		}
	})
}
