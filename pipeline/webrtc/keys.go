package webrtc

import (
	"strings"
	"time"

	"github.com/pion/rtp"
)

const keys = "0123456789*#ABCD"

// knownKey returns a key in the form signals have.
func knownKey(r rune) (rune, bool) {
	if r >= 'a' && r <= 'd' {
		r -= 'a' - 'A'
	}
	return r, strings.ContainsRune(keys, r)
}

// keypad turns event packets (RFC 4733), each of which is sent several times, into key presses.
type keypad struct {
	seen bool
	ts   uint32
	code byte
}

// press returns the key of a packet that begins a new press, else 0. All packets of a press have one timestamp.
func (k *keypad) press(p *rtp.Packet, _ time.Time) rune {
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(keys) {
		return 0
	}
	code := p.Payload[0]
	if k.seen && (p.Timestamp == k.ts && code == k.code || int32(p.Timestamp-k.ts) < 0) { //nolint:gosec // wrap-around is meant
		return 0
	}
	k.seen, k.ts, k.code = true, p.Timestamp, code
	return rune(keys[code])
}
