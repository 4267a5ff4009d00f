package sdp

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
)

// Security says what a description must be protected with: SRTP whose keys are in the description (RFC 4568).
type Security string

// The kinds of security; "" is Off.
const (
	Off      Security = "off"      // plain RTP only
	Optional Security = "optional" // SRTP where the other side has it
	Required Security = "required" // nothing but SRTP
)

// Secret is key material. It shows itself in no text, so that it reaches no log.
type Secret string

// Format writes that something is hidden, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// String says that something is hidden.
func (Secret) String() string { return "[secret]" }

// MarshalText says that something is hidden, so that JSON does not show it either.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Crypto is one way to encrypt a stream, with the key of whoever wrote the description.
type Crypto struct {
	Tag   int
	Suite string // as registered, such as AES_CM_128_HMAC_SHA1_80
	Key   Secret // master key and salt
	MKI   Secret // what every packet carries to name the key; "" = nothing
}

// suites are the lengths of key and salt together, in bytes.
var suites = map[string]int{
	"AES_CM_128_HMAC_SHA1_80": 30, "AES_CM_128_HMAC_SHA1_32": 30, "AEAD_AES_128_GCM": 28,
	"AES_256_CM_HMAC_SHA1_80": 46, "AES_256_CM_HMAC_SHA1_32": 46, "AEAD_AES_256_GCM": 44,
}

// Suites are those this side offers, in order of preference: the one everybody has first.
func Suites() []string {
	return []string{"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_32"}
}

// KeyLen is the length of key and salt of a suite, 0 for one that is not known.
func KeyLen(suite string) int { return suites[suite] }

const maxMKI = 128 // bytes, as RFC 4568 says

// parseCrypto reads the value of an a=crypto line; false means that this side cannot do what it asks for.
func parseCrypto(value string) (Crypto, bool) {
	f := strings.Fields(value)
	if len(f) < 3 || len(f[0]) > 9 {
		return Crypto{}, false
	}
	tag, err := strconv.Atoi(f[0])
	if err != nil || tag < 0 {
		return Crypto{}, false
	}
	c := Crypto{Tag: tag, Suite: strings.ToUpper(f[1])}
	want := suites[c.Suite]
	if want == 0 {
		return Crypto{}, false
	}
	for _, p := range f[3:] { // session parameters: what is not known must not be agreed to
		if !strings.HasPrefix(strings.ToUpper(p), "WSH=") && !strings.HasPrefix(p, "-") {
			return Crypto{}, false
		}
	}
	method, info, _ := strings.Cut(f[2], ":")
	if !strings.EqualFold(method, "inline") || strings.Contains(info, ";") { // several keys in turn are not done
		return Crypto{}, false
	}
	parts := strings.Split(info, "|")
	key, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[0]) // some leave the padding out
	}
	if err != nil || len(key) != want {
		return Crypto{}, false
	}
	c.Key = Secret(key)
	for _, p := range parts[1:] {
		mki, length, found := strings.Cut(p, ":")
		if !found { // a lifetime: no call lasts 2^31 packets, and a shorter one only wants a new key in time
			if !lifetime(p) {
				return Crypto{}, false
			}
			continue
		}
		m, ok := parseMKI(mki, length)
		if !ok || c.MKI != "" {
			return Crypto{}, false
		}
		c.MKI = m
	}
	return c, true
}

// shortest is the least number of packets a key must last: a day of calls with 50 packets a second.
const shortest = 50 * 60 * 60 * 24

// lifetime tells whether a key lasts long enough.
func lifetime(s string) bool {
	if exp, ok := strings.CutPrefix(s, "2^"); ok {
		n, err := strconv.Atoi(exp)
		return err == nil && n <= 48 && n > 0 && 1<<n >= shortest
	}
	n, err := strconv.ParseUint(s, 10, 49)
	return err == nil && n >= shortest
}

func parseMKI(value, length string) (Secret, bool) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 1 || n > maxMKI || len(value) > 400 {
		return "", false
	}
	v, ok := new(big.Int).SetString(value, 10)
	if !ok || v.Sign() < 0 || len(v.Bytes()) > n {
		return "", false
	}
	return Secret(v.FillBytes(make([]byte, n))), true
}

// line writes the value of an a=crypto line; own keys have no name.
func (c Crypto) line() string {
	return fmt.Sprintf("%d %s inline:%s", c.Tag, c.Suite, base64.StdEncoding.EncodeToString([]byte(c.Key)))
}

// secure tells whether a stream's transport is SRTP with keys in the description.
func secure(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

// takes tells whether a stream over a transport may be taken.
func (s Security) takes(proto string) bool {
	plain := proto == "RTP/AVP" || proto == "RTP/AVPF"
	switch s {
	case Required:
		return secure(proto)
	case Optional:
		return plain || secure(proto)
	default:
		return plain
	}
}
