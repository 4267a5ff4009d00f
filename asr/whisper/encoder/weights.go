package encoder

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// ErrUnsupported means that the weights are stored in a way this encoder does not read: whisper.cpp's own does.
var ErrUnsupported = errors.New("weights of a kind that only whisper.cpp's encoder reads")

// Limits of what a header may claim, so that a damaged file cannot ask for all memory.
const (
	magic      = 0x67676d6c
	maxLayers  = 64
	maxState   = 4096
	maxFrames  = 1500
	maxName    = 128
	maxWords   = 200_000
	maxNumbers = 64 << 20 // of one tensor
)

// Types of numbers in a ggml file, as its tensors say.
const (
	typeF32 = 0
	typeF16 = 1
	typeQ8  = 8
)

// q8Block is the number of values that share one scale.
const q8Block = 32

// matrix is a tensor as it is stored: rows of numbers.
type matrix struct {
	dims   []int // slowest first
	number []float32
}

// weights are the part of a whisper model from the spectrum to what the decoder looks at.
type weights struct {
	frames, state, heads, layers, mels int
	readers, readerHeads               int  // the decoder's layers and their heads
	eight                              bool // stored in 8 bits
	tensors                            map[string]matrix
}

// readWeights reads these tensors of the ggml file at path as 32 bit numbers.
func readWeights(path string) (*weights, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read encoder: %w", err)
	}
	defer f.Close()
	w, err := decode(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read encoder of %s: %w", path, err)
	}
	return w, nil
}

// reader remembers the first error, after which it gives zeros.
type reader struct {
	r     *bufio.Reader
	eight bool // 8 bit numbers were read
	err   error
}

func (r *reader) u32() int {
	var b [4]byte
	r.fill(b[:])
	return int(binary.LittleEndian.Uint32(b[:]))
}

func (r *reader) fill(b []byte) {
	if r.err == nil {
		_, r.err = io.ReadFull(r.r, b)
	}
}

func (r *reader) skip(n int) {
	if r.err != nil {
		return
	}
	if _, r.err = io.CopyN(io.Discard, r.r, int64(n)); errors.Is(r.err, io.EOF) {
		r.err = io.ErrUnexpectedEOF
	}
}

func decode(in *bufio.Reader) (*weights, error) {
	r := &reader{r: in}
	if r.u32() != magic {
		return nil, errors.Join(r.err, errors.New("not a ggml model"))
	}
	var h [11]int
	for i := range h {
		h[i] = r.u32()
	}
	w := &weights{frames: h[1], state: h[2], heads: h[3], layers: h[4], readers: h[8], readerHeads: h[7], mels: h[9], tensors: map[string]matrix{}}
	if r.err != nil || w.frames != maxFrames || w.state < 1 || w.state > maxState || !divides(w.heads, w.state) || !divides(w.readerHeads, w.state) ||
		!within(w.layers, maxLayers) || !within(w.readers, maxLayers) || !within(w.mels, 256) || h[6] != w.state {
		return nil, errors.Join(r.err, errors.New("impossible header"))
	}
	r.filters()
	r.words()
	for r.err == nil {
		name, m, err := r.tensor()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if m.number != nil {
			w.tensors[name] = m
		}
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return nil, r.err
	}
	w.eight = r.eight
	return w, nil
}

func within(n, most int) bool { return n >= 1 && n <= most }

func divides(heads, state int) bool { return heads >= 1 && state%heads == 0 }

// filters skips the filters of the spectrum.
func (r *reader) filters() {
	mel, fft := r.u32(), r.u32()
	if mel > 256 || fft > 4096 {
		r.err = errors.Join(r.err, errors.New("impossible filters"))
		return
	}
	r.skip(4 * mel * fft)
}

// words skips the vocabulary.
func (r *reader) words() {
	n := r.u32()
	if n > maxWords {
		r.err = errors.Join(r.err, errors.New("impossible vocabulary"))
	}
	for i := 0; i < n && r.err == nil; i++ {
		size := r.u32()
		if size > 1<<16 {
			r.err = errors.Join(r.err, errors.New("impossible vocabulary"))
			return
		}
		r.skip(size)
	}
}

// tensor reads the next one; the numbers are nil unless they are needed. io.EOF means there was none.
func (r *reader) tensor() (string, matrix, error) {
	rank := r.u32()
	if r.err != nil {
		if errors.Is(r.err, io.EOF) {
			return "", matrix{}, io.EOF
		}
		return "", matrix{}, r.err
	}
	size, kind := r.u32(), r.u32()
	if r.err != nil || rank < 1 || rank > 4 || size > maxName {
		return "", matrix{}, errors.Join(r.err, errors.New("impossible tensor"))
	}
	m := matrix{dims: make([]int, rank)}
	n := 1
	for i := range rank {
		d := r.u32()
		if d < 1 || d > maxNumbers/n {
			return "", matrix{}, errors.Join(r.err, errors.New("impossible tensor"))
		}
		m.dims[rank-1-i] = d
		n *= d
	}
	name := make([]byte, size)
	r.fill(name)
	bytes, ok := sizeOf(kind, n)
	if !ok {
		return "", matrix{}, fmt.Errorf("%w: %s has numbers of type %d", ErrUnsupported, name, kind)
	}
	if !needed(string(name)) {
		r.skip(bytes)
		return "", matrix{}, r.err
	}
	r.eight = r.eight || kind == typeQ8
	raw := make([]byte, bytes)
	r.fill(raw)
	m.number = numbers(kind, raw, n)
	if r.err != nil {
		return "", matrix{}, fmt.Errorf("cut short: %w", r.err)
	}
	return string(name), m, nil
}

// needed tells whether a tensor is the encoder's, or makes what the decoder looks at.
func needed(name string) bool {
	return strings.HasPrefix(name, "encoder.") || strings.Contains(name, ".cross_attn.key.") || strings.Contains(name, ".cross_attn.value.")
}

// sizeOf returns how many bytes n numbers take.
func sizeOf(kind, n int) (int, bool) {
	switch {
	case kind == typeF32:
		return 4 * n, true
	case kind == typeF16:
		return 2 * n, true
	case kind == typeQ8 && n%q8Block == 0:
		return n / q8Block * (2 + q8Block), true
	}
	return 0, false
}

func numbers(kind int, raw []byte, n int) []float32 {
	out := make([]float32, n)
	switch kind {
	case typeF32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case typeF16:
		for i := range out {
			out[i] = half(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case typeQ8:
		for b := range n / q8Block {
			block := raw[b*(2+q8Block):]
			scale := half(binary.LittleEndian.Uint16(block))
			for i, q := range block[2 : 2+q8Block] {
				out[b*q8Block+i] = scale * float32(int8(q))
			}
		}
	}
	return out
}

// half widens a 16 bit number (IEEE 754 binary16); scaling by a power of two puts the subnormal ones right too.
func half(h uint16) float32 {
	sign, rest := uint32(h&0x8000)<<16, uint32(h&0x7fff)<<13
	if h&0x7c00 == 0x7c00 {
		return math.Float32frombits(sign | rest | 0x7f800000)
	}
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(rest)*0x1p112))
}
