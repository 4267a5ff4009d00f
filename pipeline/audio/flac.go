package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
)

// decodeFLAC decodes a whole FLAC file. One that breaks off or is damaged after its first frame gives what came before
// the damage.
func decodeFLAC(data []byte) (clip *Clip, err error) {
	defer func() { // the parser trusts some fields of damaged files
		if p := recover(); p != nil {
			clip, err = nil, fmt.Errorf("%w: damaged FLAC: %v", ErrFormat, p)
		}
	}()
	stream, err := flac.New(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: damaged FLAC header: %w", ErrFormat, err)
	}
	info := stream.Info
	rate, channels, bits := int(info.SampleRate), int(info.NChannels), int(info.BitsPerSample)
	if rate < 1000 || rate > maxRate || channels < 1 || bits < 4 || bits > 32 {
		return nil, fmt.Errorf("%w: FLAC with %d samples a second, %d channels, %d bits", ErrFormat, rate, channels, bits)
	}
	clip = &Clip{Rate: rate, Channels: channels}
	for {
		frame, err := stream.ParseNext()
		if errors.Is(err, io.EOF) {
			return clip, nil
		}
		if err != nil {
			if len(clip.PCM) > 0 {
				return clip, nil
			}
			return nil, fmt.Errorf("%w: damaged FLAC: %w", ErrFormat, err)
		}
		if len(frame.Subframes) != channels {
			return nil, fmt.Errorf("%w: FLAC changes its number of channels", ErrFormat)
		}
		for i := range int(frame.BlockSize) {
			for _, sub := range frame.Subframes {
				clip.PCM = append(clip.PCM, to16(sub.Samples[i], bits))
			}
		}
	}
}

func to16(s int32, bits int) int16 {
	if bits > 16 {
		return int16(s >> (bits - 16))
	}
	return int16(s << (16 - bits))
}
