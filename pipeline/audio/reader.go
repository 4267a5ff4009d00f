package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Reader reads a sound file piece by piece, so that a recording of hours takes no more memory than a piece of it. It
// reads what Load reads and brings it to 16 bits. Calls must not overlap; the caller must Close it.
type Reader struct {
	Rate     int // samples a second and channel
	Channels int

	path   string
	f      *os.File
	frames int64 // the header promises, 0 when it does not say
	read   func(dst []int16) (int, error)
}

// Open opens the sound file at path and reads its header. A file that is something else gives an error that wraps
// ErrFormat; damage behind the header is found by Read.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	r := &Reader{path: path, f: f}
	if err := r.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return r, nil
}

func (r *Reader) open() error {
	head := make([]byte, 12)
	n, err := io.ReadFull(r.f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	switch {
	case n == 0:
		return fmt.Errorf("%w: it is empty", ErrFormat)
	case n >= 4 && string(head[:4]) == "fLaC":
		return r.openFLAC()
	case n == 12 && string(head[:4]) == "RIFF" && string(head[8:]) == "WAVE":
		return r.openWAV(binary.LittleEndian.Uint32(head[4:]))
	}
	return fmt.Errorf("%w: %s; convert it to a 16-bit WAV first", ErrFormat, guess(head))
}

// openWAV finds the sound among the chunks of a RIFF WAVE file, as decodeWAV does.
func (r *Reader) openWAV(riff uint32) error {
	info, err := r.f.Stat()
	if err != nil {
		return err
	}
	open := riff == 0 || riff == math.MaxUint32 // written to a pipe, or never finished
	var format *wavFormat
	head := make([]byte, 8)
	for at := int64(12); info.Size()-at >= 8; {
		if _, err := r.f.ReadAt(head, at); err != nil {
			return err
		}
		size, rest := int64(binary.LittleEndian.Uint32(head[4:])), info.Size()-at-8
		switch string(head[:4]) {
		case "fmt ":
			body := make([]byte, min(size, rest, 64))
			if _, err := r.f.ReadAt(body, at+8); err != nil {
				return err
			}
			if format, err = parseFormat(body); err != nil {
				return err
			}
		case "data":
			if format == nil {
				return fmt.Errorf("%w: the sound comes before the fmt chunk", ErrFormat)
			}
			return r.wavData(format, at+8, size, rest, open)
		}
		if size+size%2 > rest {
			break
		}
		at += 8 + size + size%2
	}
	if format == nil {
		return fmt.Errorf("%w: the WAV has no fmt chunk", ErrFormat)
	}
	return fmt.Errorf("%w: the WAV has no data chunk, it may be cut off", ErrFormat)
}

// wavData prepares the reading of size bytes of sound at from, of which rest are there.
func (r *Reader) wavData(f *wavFormat, from, size, rest int64, open bool) error {
	width := int64(f.bits / 8 * f.channels)
	r.Rate, r.Channels = f.rate, f.channels
	if size == 0 && open {
		size = rest
	} else if size != math.MaxUint32 {
		r.frames = size / width
	}
	if _, err := r.f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(r.f, min(size, rest)))
	var buf []byte
	r.read = func(dst []int16) (int, error) {
		want := len(dst) / f.channels * int(width)
		if cap(buf) < want {
			buf = make([]byte, want)
		}
		n, err := io.ReadFull(in, buf[:want])
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		return copy(dst, f.samples(buf[:n])), err
	}
	return nil
}

func (r *Reader) openFLAC() error {
	if _, err := r.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	f, err := openFLAC(bufio.NewReader(r.f))
	if err != nil {
		return err
	}
	r.Rate, r.Channels, r.frames = f.rate, f.channels, int64(f.stream.Info.NSamples)
	var left []int16
	r.read = func(dst []int16) (int, error) {
		n := 0
		for n < len(dst) {
			if len(left) == 0 {
				var err error
				if left, err = f.next(); err != nil {
					return n, err
				}
			}
			k := copy(dst[n:], left)
			left, n = left[k:], n+k
		}
		return n, nil
	}
	return nil
}

// Read fills dst with the next interleaved samples and returns how many it got, whole sample frames. At the end, also
// where the file breaks off or is damaged behind its first samples, the error is io.EOF.
func (r *Reader) Read(dst []int16) (int, error) {
	n, err := r.read(dst[:len(dst)/r.Channels*r.Channels])
	n -= n % r.Channels
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read %s: %w", r.path, err)
	}
	return n, err
}

// Frames is how many samples of each channel the header promises, 0 when it does not say.
func (r *Reader) Frames() int64 { return r.frames }

// Close closes the file.
func (r *Reader) Close() error { return r.f.Close() }

const mostFrames = 1 << 15 // of a piece

// Voices reads the channels of a sound file as voices of their own, mono at Rate. Calls must not overlap; the caller must
// Close it.
type Voices struct {
	r    *Reader
	mix  bool
	in   []int16 // a piece as it is in the file
	rs   []*Resampler
	out  [][]int16
	took int64 // sample frames read from the file
	gave int64 // samples of each voice handed out
	end  bool
}

// OpenVoices opens the file at path, with its channels as voices, or with mix their mean as the only one.
func OpenVoices(path string, mix bool) (*Voices, error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	v := &Voices{r: r, mix: mix, in: make([]int16, min(r.Rate, mostFrames)*r.Channels)}
	n := r.Channels
	if mix {
		n = 1
	}
	for range n {
		rs := NewResampler(r.Rate, Rate)
		if rs.up != rs.down {
			rs.pos += rs.taps / 2 // centred on the first sample, so without delay
		}
		v.rs = append(v.rs, rs)
	}
	v.out = make([][]int16, n)
	return v, nil
}

// Count is the number of voices.
func (v *Voices) Count() int { return len(v.rs) }

// Length is how many samples each voice should have by the file's header, 0 when it does not say.
func (v *Voices) Length() int64 { return v.at16k(v.r.Frames()) }

func (v *Voices) at16k(frames int64) int64 {
	return (frames*Rate + int64(v.r.Rate) - 1) / int64(v.r.Rate)
}

// Read returns the next piece of every voice, a second at most and equally long, valid until the next call. At the end the
// error is io.EOF, without a piece. The pieces joined are what Resample gives of the whole.
func (v *Voices) Read() ([][]int16, error) {
	for !v.end {
		n, err := v.r.Read(v.in)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		v.end = err != nil
		frames := n / v.r.Channels
		v.took += int64(frames)
		for i, rs := range v.rs {
			v.out[i] = rs.Process(v.out[i][:0], v.voice(i, frames))
		}
		if v.end {
			v.drain()
		}
		if len(v.out[0]) > 0 {
			v.gave += int64(len(v.out[0]))
			return v.out, nil
		}
	}
	return nil, io.EOF
}

// voice is one channel, or their mean, of the first frames in v.in.
func (v *Voices) voice(i, frames int) []int16 {
	ch := v.r.Channels
	if ch == 1 {
		return v.in[:frames]
	}
	out := make([]int16, frames)
	for k := range out {
		if !v.mix {
			out[k] = v.in[k*ch+i]
			continue
		}
		sum := 0
		for _, s := range v.in[k*ch : (k+1)*ch] {
			sum += int(s)
		}
		out[k] = int16(sum / ch)
	}
	return out
}

// drain brings out what the resamplers still hold, up to the length of the whole.
func (v *Voices) drain() {
	want := int(v.at16k(v.took) - v.gave)
	for i, rs := range v.rs {
		for tail := make([]int16, max(1, rs.taps)); len(v.out[i]) < want; {
			v.out[i] = rs.Process(v.out[i], tail)
		}
		v.out[i] = v.out[i][:want]
	}
}

// Close closes the file.
func (v *Voices) Close() error { return v.r.Close() }
