package audio

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The sample encodings of WAV that can be read.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xfffe
)

type wavFormat struct {
	tag, channels, rate, bits int
}

// decodeWAV walks over the chunks of a RIFF WAVE file, whose first 12 bytes have been looked at.
func decodeWAV(data []byte) (*Clip, error) {
	var format *wavFormat
	riff := binary.LittleEndian.Uint32(data[4:])
	open := riff == 0 || riff == math.MaxUint32 // written to a pipe, or never finished
	for at := 12; len(data)-at >= 8; {
		id, size := string(data[at:at+4]), uint64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		rest := uint64(len(body))
		switch id {
		case "fmt ":
			f, err := parseFormat(body[:min(size, rest)])
			if err != nil {
				return nil, err
			}
			format = f
		case "data":
			if format == nil {
				return nil, fmt.Errorf("%w: the sound comes before the fmt chunk", ErrFormat)
			}
			if size > rest || (size == 0 && open) {
				size = rest
			}
			return &Clip{Rate: format.rate, Channels: format.channels, PCM: format.samples(body[:size])}, nil
		}
		if size+size%2 > rest {
			break
		}
		at += 8 + int(size+size%2)
	}
	if format == nil {
		return nil, fmt.Errorf("%w: the WAV has no fmt chunk", ErrFormat)
	}
	return nil, fmt.Errorf("%w: the WAV has no data chunk, it may be cut off", ErrFormat)
}

func parseFormat(b []byte) (*wavFormat, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("%w: the fmt chunk of the WAV is cut off", ErrFormat)
	}
	f := &wavFormat{
		tag:      int(binary.LittleEndian.Uint16(b)),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.tag == wavExtensible {
		if len(b) < 26 {
			return nil, fmt.Errorf("%w: the extensible header of the WAV is cut off", ErrFormat)
		}
		f.tag = int(binary.LittleEndian.Uint16(b[24:]))
	}
	if f.channels < 1 || f.channels > maxChannels {
		return nil, fmt.Errorf("%w: the WAV claims %d channels, want 1 to %d", ErrFormat, f.channels, maxChannels)
	}
	if f.rate < 1000 || f.rate > maxRate {
		return nil, fmt.Errorf("%w: the WAV claims %d samples a second, want 1000 to %d", ErrFormat, f.rate, maxRate)
	}
	switch {
	case f.tag == wavPCM && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32),
		f.tag == wavFloat && (f.bits == 32 || f.bits == 64),
		(f.tag == wavALaw || f.tag == wavMuLaw) && f.bits == 8:
		return f, nil
	}
	return nil, fmt.Errorf("%w: WAV encoding %d with %d bits is not supported; convert it to 16-bit PCM",
		ErrFormat, f.tag, f.bits)
}

// samples converts the bytes of the data chunk; a last incomplete sample frame is dropped.
func (f *wavFormat) samples(b []byte) []int16 {
	width := f.bits / 8
	n := len(b) / (width * f.channels) * f.channels
	pcm := make([]int16, n)
	for i := range pcm {
		s := b[i*width : (i+1)*width]
		switch {
		case f.tag == wavMuLaw:
			pcm[i] = muDecode[s[0]]
		case f.tag == wavALaw:
			pcm[i] = aDecode[s[0]]
		case f.tag == wavFloat && width == 4:
			pcm[i] = fromFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(s))))
		case f.tag == wavFloat:
			pcm[i] = fromFloat(math.Float64frombits(binary.LittleEndian.Uint64(s)))
		case width == 1:
			pcm[i] = int16(int(s[0])-128) << 8
		default:
			pcm[i] = int16(binary.LittleEndian.Uint16(s[width-2:]))
		}
	}
	return pcm
}

// fromFloat converts a sample of -1 to 1; not-a-number is silence.
func fromFloat(v float64) int16 {
	if v != v {
		return 0
	}
	return clip(float32(max(-2, min(2, v)) * 32768))
}
