package audio

import (
	"fmt"
	"strings"
)

// The codecs a leg can speak, by their names in SDP.
const (
	PCMU = "PCMU" // G.711 mu-law
	PCMA = "PCMA" // G.711 A-law
	G722 = "G722" // G.722 at 64 kbit/s
	Opus = "opus" // RFC 6716, mono
)

// Encoder turns samples into the payloads of one outgoing stream. It keeps state between calls, so every stream needs
// its own; calls must not overlap.
type Encoder interface {
	// Encode appends the payload for pcm to dst and returns the extended slice; dst is returned unchanged with an error.
	// pcm is mono at the codec's SampleRate. G.722 wants an even number of samples; Opus wants a whole Opus frame of
	// 2.5, 5, 10, 20, 40 or 60 ms. It never blocks and keeps neither slice.
	Encode(dst []byte, pcm []int16) ([]byte, error)
}

// Decoder turns the payloads of one incoming stream into samples. It keeps state between calls, so every stream needs
// its own; calls must not overlap, and payloads come in the order of their sequence numbers.
type Decoder interface {
	// Decode appends the samples of one payload to dst, mono at the codec's SampleRate, and returns the extended
	// slice; dst is returned unchanged with an error, after which the decoder is still usable. It never blocks and
	// keeps neither slice.
	Decode(dst []int16, payload []byte) ([]int16, error)
	// Conceal appends n made-up samples in place of a packet that did not come: the sound goes on and fades to silence
	// within 60 ms, so calling it for every missing packet of a gap is right.
	Conceal(dst []int16, n int) []int16
}

// SampleRate returns the rate at which the named codec takes and gives samples, 0 for a name that is not known. It is
// also the clock rate of the codec's RTP timestamps except for G722, whose timestamps count at 8000 (RFC 3551).
func SampleRate(name string) int {
	switch {
	case strings.EqualFold(name, PCMU), strings.EqualFold(name, PCMA):
		return 8000
	case strings.EqualFold(name, G722):
		return 16000
	case strings.EqualFold(name, Opus):
		return 48000
	}
	return 0
}

// NewEncoder returns an encoder for the named codec, whose case does not matter.
func NewEncoder(name string) (Encoder, error) {
	switch {
	case strings.EqualFold(name, PCMU):
		return &g711Encoder{table: muEncode[:], shift: 2}, nil
	case strings.EqualFold(name, PCMA):
		return &g711Encoder{table: aEncode[:], shift: 4}, nil
	case strings.EqualFold(name, G722):
		return newG722Encoder(), nil
	case strings.EqualFold(name, Opus):
		return newOpusEncoder()
	}
	return nil, fmt.Errorf("no encoder for codec %q: use PCMU, PCMA, G722 or opus", name)
}

// NewDecoder returns a decoder for the named codec, whose case does not matter.
func NewDecoder(name string) (Decoder, error) {
	switch {
	case strings.EqualFold(name, PCMU):
		return &g711Decoder{table: &muDecode, plc: newConcealer(8000)}, nil
	case strings.EqualFold(name, PCMA):
		return &g711Decoder{table: &aDecode, plc: newConcealer(8000)}, nil
	case strings.EqualFold(name, G722):
		return newG722Decoder(), nil
	case strings.EqualFold(name, Opus):
		return newOpusDecoder()
	}
	return nil, fmt.Errorf("no decoder for codec %q: use PCMU, PCMA, G722 or opus", name)
}

// Recover appends n samples for the packet before next, from the redundant copy that next may carry (Opus in-band
// forward error correction); where the codec or the packet has none it conceals. Decode next afterwards as usual.
func Recover(d Decoder, dst []int16, next []byte, n int) []int16 {
	if r, ok := d.(interface {
		recoverLost(dst []int16, next []byte, n int) ([]int16, bool)
	}); ok {
		if out, ok := r.recoverLost(dst, next, n); ok {
			return out
		}
	}
	return d.Conceal(dst, n)
}
