package webrtc

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
)

const (
	opusClock   = 48000
	opusFrame   = opusClock / 50
	quietDBFS   = -50.0 // below it a packet can be left out without being noticed
	longestOpus = 120 * time.Millisecond
)

// inbound turns packets into frames. Its methods may be called from several goroutines.
type inbound struct {
	mu      sync.Mutex
	buf     *buffer
	dec     audio.Decoder
	rs      *audio.Resampler
	pcm     []int16 // scratch at 48 kHz
	wide    []int16 // scratch at 16 kHz
	pending []int16 // decoded and not read yet
	origin  audio.Arrival
	hidden  uint64
	invalid uint64
}

func newInbound() (*inbound, error) {
	dec, err := audio.NewDecoder(audio.Opus)
	if err != nil {
		return nil, err
	}
	return &inbound{buf: newBuffer(), dec: dec, rs: audio.NewResampler(opusClock, audio.Rate)}, nil
}

// push takes a packet of sound that arrived at a time; the payload is kept.
func (in *inbound) push(h *rtp.Header, payload []byte, at time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	d := lasts(payload)
	if d <= 0 || d > longestOpus {
		in.invalid++
		return
	}
	in.buf.push(h.SequenceNumber, packet{ts: h.Timestamp, payload: payload, at: at, dur: d})
}

// skip accounts for a packet of the same stream that carries no sound, so that its number is not taken for a loss.
func (in *inbound) skip(h *rtp.Header, at time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.buf.push(h.SequenceNumber, packet{ts: h.Timestamp, at: at})
}

// lasts reads how long an Opus packet is from its first bytes (RFC 6716, section 3.1); 0 for no Opus packet.
func lasts(payload []byte) time.Duration {
	if len(payload) == 0 {
		return 0
	}
	var frame time.Duration
	switch config := payload[0] >> 3; {
	case config < 12: // SILK
		frame = [4]time.Duration{10, 20, 40, 60}[config%4] * time.Millisecond
	case config < 16: // hybrid
		frame = [2]time.Duration{10, 20}[config%2] * time.Millisecond
	default: // CELT
		frame = 2500 * time.Microsecond << (config % 4)
	}
	switch payload[0] & 3 {
	case 0:
		return frame
	case 3:
		if len(payload) < 2 {
			return 0
		}
		return frame * time.Duration(payload[1]&0x3f)
	}
	return 2 * frame
}

// frame fills dst, 20 ms at 16 kHz, with what is to be heard now.
func (in *inbound) frame(dst []int16, now time.Time) audio.Arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.buf.turn(now, audio.Duration(len(in.pending)))
	var a audio.Arrival
	if len(in.pending) > 0 {
		a = in.origin
	}
	for len(in.pending) < len(dst) {
		v, p, skippable := in.buf.pop(now)
		switch v {
		case play:
			if !in.play(p, skippable) {
				continue
			}
			in.origin = audio.Arrival{At: p.at}
			if a.At.IsZero() && !a.Concealed {
				a.At = p.at
			}
		case lost, dry:
			in.conceal(p)
			a.Concealed, in.origin = true, audio.Arrival{Concealed: true}
		case empty:
			a.Silent = len(in.pending) == 0 && a.At.IsZero()
			in.pending = append(in.pending, make([]int16, len(dst)-len(in.pending))...)
			in.origin = audio.Arrival{Silent: true}
		}
	}
	in.pending = in.pending[:copy(in.pending, in.pending[copy(dst, in.pending):])]
	if a.Concealed {
		in.hidden++
		a.At = time.Time{}
	}
	return a
}

// play decodes one packet; false when it was left out.
func (in *inbound) play(p packet, skippable bool) bool {
	if p.dur == 0 { // no sound, see skip
		return false
	}
	var err error
	in.pcm, err = in.dec.Decode(in.pcm[:0], p.payload)
	if err != nil || len(in.pcm) == 0 {
		in.invalid++
		in.conceal(packet{dur: p.dur})
		return true
	}
	in.wide = in.rs.Process(in.wide[:0], in.pcm)
	if skippable && audio.Level(in.wide) < quietDBFS {
		in.buf.skipped(p.dur)
		return false
	}
	in.pending = append(in.pending, in.wide...)
	return true
}

// conceal makes up sound for a missing packet, out of the copy in the packet after it where there is one.
func (in *inbound) conceal(p packet) {
	n := int(p.dur * opusClock / time.Second)
	in.pcm = audio.Recover(in.dec, in.pcm[:0], p.payload, n)
	in.pending = in.rs.Process(in.pending, in.pcm)
}

// outbound turns frames into packets. Its methods may be called from several goroutines.
type outbound struct {
	mu      sync.Mutex
	enc     audio.Encoder
	rs      *audio.Resampler
	pending []int16 // at 48 kHz
	seq     uint16
	ts      uint32
	tsAt    time.Time // when ts is due
	begun   bool      // the current spurt
	sent    uint64
}

func newOutbound() (*outbound, error) {
	enc, err := audio.NewEncoder(audio.Opus)
	if err != nil {
		return nil, err
	}
	return &outbound{enc: enc, rs: audio.NewResampler(audio.Rate, opusClock),
		seq: uint16(rand.Uint32() >> 17), ts: rand.Uint32()}, nil //nolint:gosec // any value will do
}

// write takes one frame of 20 ms and gives the packets that are due to send.
func (o *outbound) write(src []int16, now time.Time, send func(*rtp.Packet) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.catchUp(now)
	o.pending = o.rs.Process(o.pending, src)
	if short := opusFrame - len(o.pending); !o.begun && short > 0 && short < opusFrame/2 {
		// The first output of a resampler is short by its delay: fill up, so that the spurt begins with a whole packet.
		o.pending = append(make([]int16, short), o.pending...)
	}
	for len(o.pending) >= opusFrame {
		payload, err := o.enc.Encode(nil, o.pending[:opusFrame])
		o.pending = o.pending[:copy(o.pending, o.pending[opusFrame:])]
		if err != nil {
			return fmt.Errorf("encode frame: %w", err)
		}
		p := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: !o.begun, SequenceNumber: o.seq, Timestamp: o.ts}, Payload: payload}
		o.seq++
		o.ts += opusFrame
		o.tsAt = o.tsAt.Add(tick)
		o.begun = true
		o.sent++
		if err := send(p); err != nil {
			return err
		}
	}
	return nil
}

// catchUp moves the timestamp over a time in which nothing was written.
func (o *outbound) catchUp(now time.Time) {
	switch gap := now.Sub(o.tsAt); {
	case o.tsAt.IsZero(), gap < -10*tick:
		o.tsAt = now
	case gap > 5*tick:
		gap = gap.Truncate(tick)
		o.ts += uint32(gap * opusClock / time.Second) //nolint:gosec // wraps by design
		o.tsAt = o.tsAt.Add(gap)
		o.pending, o.begun = o.pending[:0], false
	}
}
