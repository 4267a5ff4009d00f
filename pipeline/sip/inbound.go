package sip

import (
	"time"

	pion "github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip/rtp"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// quietDBFS is the level below which a packet can be left out or doubled without being noticed.
const quietDBFS = -50.0

// parseRTP reads one datagram. The payload shares data.
func parseRTP(data []byte) (p rtp.Packet, pt uint8, ok bool) {
	var raw pion.Packet
	if err := raw.Unmarshal(data); err != nil || raw.Version != 2 || len(raw.Payload) == 0 {
		return rtp.Packet{}, 0, false
	}
	return rtp.Packet{SSRC: raw.SSRC, Seq: raw.SequenceNumber, Timestamp: raw.Timestamp, Payload: raw.Payload},
		raw.PayloadType, true
}

// inbound turns packets into frames. It is guarded by the lock of its media.
type inbound struct {
	name     string
	buf      *rtp.Buffer
	dec      audio.Decoder
	rs       *audio.Resampler
	pcm      []int16 // scratch at the codec's rate
	wide     []int16 // scratch at 16 kHz
	pending  []int16 // decoded and not yet read
	origin   audio.Arrival
	ssrc     uint32
	skipped  uint64
	hidden   uint64 // concealed frames
	tapDec   audio.Decoder
	tapRS    *audio.Resampler
	tapPCM   []int16
	tapWide  []int16
	lastDur  time.Duration
	badCount uint64
}

func (in *inbound) open(c sdp.Codec, tap bool) error {
	dec, err := audio.NewDecoder(c.Name)
	if err != nil {
		return err
	}
	in.name, in.dec, in.rs = c.Name, dec, audio.NewResampler(audio.SampleRate(c.Name), audio.Rate)
	if in.buf == nil {
		in.buf = rtp.NewBuffer(c.ClockRate)
	} else {
		in.buf.Flush(c.ClockRate)
	}
	in.pending = in.pending[:0]
	if !tap {
		return nil
	}
	if in.tapDec, err = audio.NewDecoder(c.Name); err != nil {
		return err
	}
	in.tapRS = audio.NewResampler(audio.SampleRate(c.Name), audio.Rate)
	return nil
}

// lasts returns how long the sound of a payload is.
func lasts(name string, payload []byte) time.Duration {
	if name == "opus" {
		return opusLasts(payload)
	}
	return time.Duration(len(payload)) * time.Second / 8000 // G.711 and G.722: 8 bits for each tick of 8 kHz
}

// opusLasts reads the duration from the first bytes of an Opus packet (RFC 6716, section 3.1).
func opusLasts(payload []byte) time.Duration {
	if len(payload) == 0 {
		return 0
	}
	config := payload[0] >> 3
	var frame time.Duration
	switch {
	case config < 12:
		frame = [4]time.Duration{10, 20, 40, 60}[config&3] * time.Millisecond
	case config < 16:
		frame = [2]time.Duration{10, 20}[config&1] * time.Millisecond
	default:
		frame = [4]time.Duration{2500, 5000, 10000, 20000}[config&3] * time.Microsecond
	}
	switch payload[0] & 3 {
	case 0:
		return frame
	case 1, 2:
		return 2 * frame
	}
	if len(payload) < 2 {
		return 0
	}
	return min(time.Duration(payload[1]&0x3f)*frame, 120*time.Millisecond)
}

// push hands a packet of sound to the buffer.
func (in *inbound) push(p rtp.Packet) {
	p.Dur = lasts(in.name, p.Payload)
	if p.Dur <= 0 || p.Dur > 200*time.Millisecond {
		in.badCount++
		return
	}
	if in.buf.Push(p) {
		in.ssrc = p.SSRC
	}
}

// skip accounts for a packet of the same source that carries no sound, so that its number is not taken for a loss.
func (in *inbound) skip(p rtp.Packet) {
	p.Payload, p.Dur = nil, 0
	if in.buf.Push(p) {
		in.ssrc = p.SSRC
	}
	in.skipped++
}

// tap decodes a packet as it arrives. The result is valid until the next call.
func (in *inbound) tap(p rtp.Packet) []int16 {
	var err error
	if in.tapPCM, err = in.tapDec.Decode(in.tapPCM[:0], p.Payload); err != nil {
		return nil
	}
	in.tapWide = in.tapRS.Process(in.tapWide[:0], in.tapPCM)
	return in.tapWide
}

// frame fills dst, 20 ms at 16 kHz, with what is to be heard now.
func (in *inbound) frame(dst []int16, now time.Time) audio.Arrival {
	in.buf.Tick(now, audio.Duration(len(in.pending)))
	var a audio.Arrival
	if len(in.pending) > 0 {
		a = in.origin
	}
	for len(in.pending) < len(dst) {
		it := in.buf.Next(now)
		switch it.Kind {
		case rtp.Play:
			if !in.play(it) {
				continue
			}
			if a.At.IsZero() && !a.Concealed {
				a.At = it.At
			}
			in.origin = audio.Arrival{At: it.At}
		case rtp.Lost, rtp.Dry:
			in.conceal(it.Dur, it.After)
			a.Concealed = true
			in.origin = audio.Arrival{Concealed: true}
		case rtp.Empty:
			if len(in.pending) == 0 && a.At.IsZero() {
				a.Silent = true
			}
			for len(in.pending) < len(dst) {
				in.pending = append(in.pending, 0)
			}
		}
	}
	copy(dst, in.pending)
	in.pending = in.pending[:copy(in.pending, in.pending[len(dst):])]
	if a.Concealed {
		in.hidden++
		if !a.At.IsZero() {
			a.At = time.Time{}
		}
	}
	return a
}

// play decodes one packet; it reports false when it added nothing.
func (in *inbound) play(it rtp.Item) bool {
	if it.Dur == 0 { // a packet without sound, see skip
		return false
	}
	var err error
	in.pcm, err = in.dec.Decode(in.pcm[:0], it.Payload)
	if err != nil || len(in.pcm) == 0 {
		in.badCount++
		in.conceal(it.Dur, nil)
		return true
	}
	in.lastDur = it.Dur
	quiet := (it.Shorten || it.Stretch) && audio.Level(in.pcm) < quietDBFS
	in.wide = in.rs.Process(in.wide[:0], in.pcm)
	if it.Must || (it.Shorten && quiet) {
		in.buf.Shortened(it)
		return false
	}
	in.pending = append(in.pending, in.wide...)
	if it.Stretch && quiet {
		in.pending = append(in.pending, in.wide...)
		in.buf.Stretched()
	}
	return true
}

// conceal makes up sound for a packet that is missing, from the one after it where that helps.
func (in *inbound) conceal(d time.Duration, after []byte) {
	if d <= 0 {
		return
	}
	n := int(d * time.Duration(audio.SampleRate(in.name)) / time.Second)
	if len(after) > 0 {
		in.pcm = audio.Recover(in.dec, in.pcm[:0], after, n)
	} else {
		in.pcm = in.dec.Conceal(in.pcm[:0], n)
	}
	in.pending = in.rs.Process(in.pending, in.pcm)
}
