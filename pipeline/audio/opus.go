//go:build cgo

package audio

import (
	"fmt"

	"gopkg.in/hraban/opus.v2"
)

// How Parley's Opus streams are made: wide enough for speech, with the redundancy that lets the far side rebuild a
// lost packet.
const (
	opusRate       = 48000
	opusBitrate    = 28000
	opusLoss       = 10 // percent of loss to prepare for
	opusComplexity = 5
	opusMaxPayload = 1275 * 3
	opusMaxSamples = opusRate * 120 / 1000 // a packet holds at most 120 ms
)

type opusEncoder struct{ enc *opus.Encoder }

func newOpusEncoder() (*opusEncoder, error) {
	enc, err := opus.NewEncoder(opusRate, 1, opus.AppVoIP)
	if err != nil {
		return nil, fmt.Errorf("create Opus encoder: %w", err)
	}
	for _, err := range []error{
		enc.SetBitrate(opusBitrate), enc.SetInBandFEC(true),
		enc.SetPacketLossPerc(opusLoss), enc.SetComplexity(opusComplexity),
	} {
		if err != nil {
			return nil, fmt.Errorf("set up Opus encoder: %w", err)
		}
	}
	return &opusEncoder{enc: enc}, nil
}

func (e *opusEncoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	switch len(pcm) * 10 * 1000 / opusRate { // tenths of a millisecond
	case 25, 50, 100, 200, 400, 600:
	default:
		return dst, fmt.Errorf("encode Opus: %d samples are not a frame of 2.5, 5, 10, 20, 40 or 60 ms at 48 kHz", len(pcm))
	}
	l := len(dst)
	whole, room := extend(dst, opusMaxPayload)
	n, err := e.enc.Encode(pcm, room)
	if err != nil {
		return dst, fmt.Errorf("encode Opus: %w", err)
	}
	return whole[:l+n], nil
}

type opusDecoder struct {
	dec  *opus.Decoder
	lost int // samples concealed in a row
}

func newOpusDecoder() (*opusDecoder, error) {
	dec, err := opus.NewDecoder(opusRate, 1)
	if err != nil {
		return nil, fmt.Errorf("create Opus decoder: %w", err)
	}
	return &opusDecoder{dec: dec}, nil
}

func (d *opusDecoder) Decode(dst []int16, payload []byte) ([]int16, error) {
	if len(payload) == 0 {
		return dst, nil
	}
	l := len(dst)
	whole, room := extend(dst, opusMaxSamples)
	n, err := d.dec.Decode(payload, room[:opusMaxSamples:opusMaxSamples])
	if err != nil {
		return dst, fmt.Errorf("decode Opus: %w", err)
	}
	d.lost = 0
	return whole[:l+n], nil
}

// Conceal lets libopus go on for what Opus can make up (whole steps of 2.5 ms, at most 120 ms at once) and adds
// silence for the rest.
func (d *opusDecoder) Conceal(dst []int16, n int) []int16 {
	if n <= 0 {
		return dst
	}
	const step = opusRate * 5 / 2000
	dst, room := extend(dst, n)
	clear(room)
	for len(room) >= step && d.lost < opusRate/2 {
		k := min(len(room)/step*step, opusRate*20/1000)
		if d.dec.DecodePLC(room[:k:k]) != nil {
			break
		}
		d.lost += k
		room = room[k:]
	}
	clear(room)
	return dst
}

// recoverLost decodes the copy of the previous packet inside next. Without one libopus conceals by itself.
func (d *opusDecoder) recoverLost(dst []int16, next []byte, n int) ([]int16, bool) {
	const step = opusRate * 5 / 2000
	if len(next) == 0 || n < step || n%step != 0 || n > opusMaxSamples {
		return dst, false
	}
	whole, room := extend(dst, n)
	if err := d.dec.DecodeFEC(next, room[:n:n]); err != nil {
		return dst, false
	}
	return whole, true
}
