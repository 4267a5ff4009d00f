package tracks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrSound means that a recording cannot be drawn: it is no 16-bit WAV, or damaged before its sound begins.
var ErrSound = errors.New("tracks: this is no recording that can be drawn")

// Peaks is the outline of a recording.
type Peaks struct {
	Duration float64 `json:"duration_s"`
	// Channels have the same number of values each, 0 (nothing) to 100 (full scale): the loudest sample of each stretch.
	Channels [][]int `json:"channels"`
}

// Bounds of an outline.
const (
	perSecond = 20
	fewest    = 100
	mostPeaks = 4000
	piece     = 1024 // frames looked at together in a long stretch
	pieces    = 6    // of each long stretch
	mostWhole = piece * pieces
)

// sound is where the samples of a WAV lie.
type sound struct {
	r              io.ReaderAt
	from, frames   int64
	rate, channels int
}

// Outline draws a recording of size bytes. Of a call so long that a value stands for more than about 0.4 s, six pieces
// of each stretch are looked at, so that three hours take as long as half of one. The error is ErrSound, or one of reading.
func Outline(r io.ReaderAt, size int64) (Peaks, error) {
	s, err := openSound(r, size)
	if err != nil {
		return Peaks{}, err
	}
	p := Peaks{Duration: float64(s.frames) / float64(s.rate), Channels: make([][]int, s.channels)}
	n := int64(min(mostPeaks, max(fewest, int(p.Duration*perSecond))))
	n = min(n, s.frames)
	for i := range n {
		top, err := s.loudest(s.frames*i/n, s.frames*(i+1)/n)
		if err != nil {
			return Peaks{}, err
		}
		for c, v := range top {
			p.Channels[c] = append(p.Channels[c], int(math.Round(float64(v)*100/math.MaxInt16)))
		}
	}
	for c := range p.Channels {
		if p.Channels[c] == nil {
			p.Channels[c] = []int{}
		}
	}
	return p, nil
}

// loudest is the largest sample of each channel between two frames.
func (s *sound) loudest(from, to int64) ([]int, error) {
	top := make([]int, s.channels)
	if to-from <= mostWhole {
		return top, s.look(top, from, to)
	}
	for k := range int64(pieces) {
		at := from + (to-from)*k/pieces
		if err := s.look(top, at, at+piece); err != nil {
			return nil, err
		}
	}
	return top, nil
}

func (s *sound) look(top []int, from, to int64) error {
	width := int64(2 * s.channels)
	buf := make([]byte, (to-from)*width)
	n, err := s.r.ReadAt(buf, s.from+from*width)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("draw recording: %w", err)
	}
	for i := 0; i+1 < n; i += 2 {
		v := int(int16(binary.LittleEndian.Uint16(buf[i:])))
		c := i / 2 % s.channels
		top[c] = max(top[c], min(max(v, -v), math.MaxInt16))
	}
	return nil
}

// openSound finds the samples among the chunks of a WAV.
func openSound(r io.ReaderAt, size int64) (*sound, error) {
	head := make([]byte, 12)
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("draw recording: %w", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("%w: not a WAV file", ErrSound)
	}
	s := &sound{r: r}
	for at := int64(12); at+8 <= size; {
		if _, err := r.ReadAt(head[:8], at); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("draw recording: %w", err)
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			b := make([]byte, 16)
			if got, err := r.ReadAt(b, at+8); got < len(b) {
				return nil, fmt.Errorf("%w: it breaks off in its header (%w)", ErrSound, err)
			}
			s.channels, s.rate = int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint32(b[4:]))
			if f, bits := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[14:]); f != 1 || bits != 16 || s.channels < 1 || s.channels > 8 || s.rate < 1000 {
				return nil, fmt.Errorf("%w: format %d with %d bits, %d channels, %d samples a second", ErrSound, f, bits, s.channels, s.rate)
			}
		case "data":
			if s.channels == 0 {
				return nil, fmt.Errorf("%w: the sound comes before its format", ErrSound)
			}
			rest := size - at - 8
			if n == 0 || n > rest { // not finished, or cut off: what is there
				n = rest
			}
			s.from, s.frames = at+8, n/int64(2*s.channels)
			if s.frames == 0 {
				return nil, fmt.Errorf("%w: it is empty", ErrSound)
			}
			return s, nil
		}
		at += 8 + n + n%2
	}
	return nil, fmt.Errorf("%w: it has no sound", ErrSound)
}
