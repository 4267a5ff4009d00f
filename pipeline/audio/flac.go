package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
)

// flacStream decodes a FLAC file frame by frame.
type flacStream struct {
	stream               *flac.Stream
	rate, channels, bits int
	some                 bool // of it was decoded
}

// openFLAC reads the header of in.
func openFLAC(in io.Reader) (f *flacStream, err error) {
	defer mistrust(&err)
	stream, err := flac.New(in)
	if err != nil {
		return nil, fmt.Errorf("%w: damaged FLAC header: %w", ErrFormat, err)
	}
	info := stream.Info
	f = &flacStream{stream: stream, rate: int(info.SampleRate), channels: int(info.NChannels), bits: int(info.BitsPerSample)}
	if f.rate < 1000 || f.rate > maxRate || f.channels < 1 || f.bits < 4 || f.bits > 32 {
		return nil, fmt.Errorf("%w: FLAC with %d samples a second, %d channels, %d bits", ErrFormat, f.rate, f.channels, f.bits)
	}
	return f, nil
}

// next decodes one frame. The error is io.EOF at the end, also where the file breaks off or is damaged behind its first frame:
// what came before counts.
func (f *flacStream) next() ([]int16, error) {
	pcm, err := f.frame()
	if f.some && err != nil {
		return nil, io.EOF
	}
	f.some = f.some || err == nil
	return pcm, err
}

func (f *flacStream) frame() (pcm []int16, err error) {
	defer mistrust(&err)
	frame, err := f.stream.ParseNext()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("%w: damaged FLAC: %w", ErrFormat, err)
	}
	if len(frame.Subframes) != f.channels {
		return nil, fmt.Errorf("%w: FLAC changes its number of channels", ErrFormat)
	}
	pcm = make([]int16, 0, int(frame.BlockSize)*f.channels)
	for i := range int(frame.BlockSize) {
		for _, sub := range frame.Subframes {
			pcm = append(pcm, to16(sub.Samples[i], f.bits))
		}
	}
	return pcm, nil
}

// mistrust is to be deferred around the parser, which trusts some fields of damaged files.
func mistrust(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: damaged FLAC: %v", ErrFormat, p)
	}
}

// decodeFLAC decodes a whole FLAC file. One that breaks off or is damaged after its first frame gives what came before
// the damage.
func decodeFLAC(data []byte) (*Clip, error) {
	f, err := openFLAC(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	clip := &Clip{Rate: f.rate, Channels: f.channels}
	for {
		pcm, err := f.next()
		if errors.Is(err, io.EOF) {
			return clip, nil
		}
		if err != nil {
			return nil, err
		}
		clip.PCM = append(clip.PCM, pcm...)
	}
}

func to16(s int32, bits int) int16 {
	if bits > 16 {
		return int16(s >> (bits - 16))
	}
	return int16(s << (16 - bits))
}
