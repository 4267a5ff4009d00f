package rtp

import (
	"encoding/binary"
	"time"
)

const keys = "0123456789*#ABCD"

// Event is the payload of a telephone-event packet (RFC 4733, section 2.3).
type Event struct {
	Code     uint8
	End      bool
	Volume   uint8  // -dBm0, 0..63
	Duration uint16 // in units of the RTP clock
}

// ParseEvent reads the first event of a payload; ok is false when it is too short.
func ParseEvent(payload []byte) (e Event, ok bool) {
	if len(payload) < 4 {
		return Event{}, false
	}
	return Event{
		Code: payload[0], End: payload[1]&0x80 != 0, Volume: payload[1] & 0x3f,
		Duration: binary.BigEndian.Uint16(payload[2:]),
	}, true
}

// Append writes the event behind dst.
func (e Event) Append(dst []byte) []byte {
	b := e.Volume & 0x3f
	if e.End {
		b |= 0x80
	}
	return append(dst, e.Code, b, byte(e.Duration>>8), byte(e.Duration))
}

// Key returns the key of an event, 0 when it is none.
func (e Event) Key() rune {
	if int(e.Code) < len(keys) {
		return rune(keys[e.Code])
	}
	return 0
}

// Code returns the event of a key 0-9, *, #, A-D (or a-d).
func Code(key rune) (uint8, bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i, k := range keys {
		if k == key {
			return uint8(i), true //nolint:gosec // 0..15
		}
	}
	return 0, false
}

// Keypad turns event packets, each of which is sent several times, into key presses. The zero value is ready.
type Keypad struct {
	seen  bool
	ssrc  uint32
	ts    uint32
	code  uint8
	ended bool
	last  time.Time
}

// keyGap is the longest silence within one press of a sender that changes the timestamp of every packet.
const keyGap = 120 * time.Millisecond

// Push takes one event packet and returns the key when it is a new press, else 0.
func (k *Keypad) Push(p Packet) rune {
	e, ok := ParseEvent(p.Payload)
	if !ok || e.Key() == 0 {
		return 0
	}
	same := k.seen && k.ssrc == p.SSRC && k.code == e.Code &&
		(k.ts == p.Timestamp || (!k.ended && p.At.Sub(k.last) < keyGap))
	// A packet older than the press that is known is a late copy of one before.
	old := k.seen && k.ssrc == p.SSRC && int32(p.Timestamp-k.ts) < 0 && //nolint:gosec // wrap-around is meant
		int32(k.ts-p.Timestamp) < 16000 //nolint:gosec // wrap-around is meant
	if old {
		return 0
	}
	if same {
		k.ended = k.ended || e.End
	} else {
		k.ended = e.End
	}
	k.seen, k.ssrc, k.ts, k.code, k.last = true, p.SSRC, p.Timestamp, e.Code, p.At
	if same {
		return 0
	}
	return e.Key()
}
