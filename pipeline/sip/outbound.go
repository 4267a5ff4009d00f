package sip

import (
	"time"

	pion "github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip/rtp"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// outbound turns frames into packets. It is guarded by the lock of its media.
type outbound struct {
	enc     audio.Encoder
	rs      *audio.Resampler
	rate    int // of the codec, in Hz
	clock   int // of RTP, in Hz
	pt      uint8
	ptime   time.Duration
	ssrc    uint32
	seq     uint16
	ts      uint32 // of the next packet
	tsAt    time.Time
	marked  bool // the current spurt has begun
	packets uint32
	octets  uint32

	pending []int16 // at the codec's rate, not yet sent
	wide    []int16 // the same at 16 kHz, kept only for the tap
	tapped  bool
	payload []byte
	busy    bool // a key is being sent: sound waits

	seal func([]byte) ([]byte, error) // encrypts a packet; nil = it goes as it is
}

// outPacket is a packet ready for the wire.
type outPacket struct {
	data []byte
	seq  uint16
	ts   uint32
	pcm  []int16 // 16 kHz, for the tap; nil without one
}

func (o *outbound) open(c sdp.Codec, tap bool) error {
	enc, err := audio.NewEncoder(c.Name)
	if err != nil {
		return err
	}
	o.enc, o.rate, o.clock, o.tapped = enc, audio.SampleRate(c.Name), c.ClockRate, tap
	o.rs = audio.NewResampler(audio.Rate, o.rate)
	o.pending, o.wide, o.marked = o.pending[:0], o.wide[:0], false
	return nil
}

func (o *outbound) retime(ch sdp.Choice) { o.pt, o.ptime = ch.Codec.PayloadType, ch.PTime }

// ticks returns a duration in units of the RTP clock.
func (o *outbound) ticks(d time.Duration) uint32 {
	return uint32(d * time.Duration(o.clock) / time.Second) //nolint:gosec // small
}

// pause tells that no sound is sent now: the clock goes on, and the next packet begins a spurt.
func (o *outbound) pause() {
	o.pending, o.wide, o.marked = o.pending[:0], o.wide[:0], false
}

// catchUp moves the timestamp over a time in which nothing was sent.
func (o *outbound) catchUp(now time.Time) {
	if o.tsAt.IsZero() {
		o.tsAt = now
		return
	}
	if gap := now.Sub(o.tsAt); gap > 3*o.ptime+40*time.Millisecond {
		gap = gap.Truncate(10 * time.Millisecond)
		o.ts += o.ticks(gap)
		o.tsAt = o.tsAt.Add(gap)
		o.pause()
	} else if gap < -200*time.Millisecond {
		o.tsAt = now // written faster than time passes
	}
}

// write takes one frame of 20 ms and returns the packets that are due. Their data is fresh memory.
func (o *outbound) write(src []int16, now time.Time) ([]outPacket, error) {
	o.catchUp(now)
	o.pending = o.rs.Process(o.pending, src)
	if o.tapped {
		o.wide = append(o.wide, src...)
	}
	if !o.marked && len(o.pending) > 0 {
		// The first output of a resampler is short by its delay: fill up, so that the spurt begins with a whole packet.
		want := int(o.ptime*time.Duration(o.rate)/time.Second) - len(o.pending)
		if want > 0 && want < o.rate/100 {
			o.pending = append(make([]int16, want), o.pending...)
		}
	}
	var out []outPacket
	n := int(o.ptime * time.Duration(o.rate) / time.Second)
	wide := audio.Samples(o.ptime)
	for len(o.pending) >= n {
		var err error
		if o.payload, err = o.enc.Encode(o.payload[:0], o.pending[:n]); err != nil {
			return out, err
		}
		o.pending = o.pending[:copy(o.pending, o.pending[n:])]
		p, err := o.packet(o.pt, !o.marked, o.ts, o.payload)
		if err != nil {
			return out, err
		}
		o.marked = true
		if o.tapped {
			k := min(wide, len(o.wide))
			p.pcm = append([]int16(nil), o.wide[:k]...)
			o.wide = o.wide[:copy(o.wide, o.wide[k:])]
		}
		o.ts += o.ticks(o.ptime)
		o.tsAt = o.tsAt.Add(o.ptime)
		out = append(out, p)
	}
	return out, nil
}

// packet numbers and marshals one payload.
func (o *outbound) packet(pt uint8, marker bool, ts uint32, payload []byte) (outPacket, error) {
	raw := pion.Packet{Header: pion.Header{Version: 2, PayloadType: pt, Marker: marker, SequenceNumber: o.seq,
		Timestamp: ts, SSRC: o.ssrc}, Payload: payload}
	data, err := raw.Marshal()
	if err != nil {
		return outPacket{}, err
	}
	if o.seal != nil {
		if data, err = o.seal(data); err != nil {
			return outPacket{}, err
		}
	}
	p := outPacket{data: data, seq: o.seq, ts: ts}
	o.seq++
	o.packets++
	o.octets += uint32(len(payload)) //nolint:gosec // small
	return p, nil
}

func (o *outbound) sent(now time.Time) rtp.Sent {
	ts := o.ts
	if !o.tsAt.IsZero() && now.After(o.tsAt) {
		ts += o.ticks(now.Sub(o.tsAt))
	}
	return rtp.Sent{SSRC: o.ssrc, Packets: o.packets, Octets: o.octets, Timestamp: ts}
}
