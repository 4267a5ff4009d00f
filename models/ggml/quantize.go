package ggml

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// block is the number of values that share one scale in q8_0.
const block = 32

// ftypeQ8 is what the header of a q8_0 file says: version 2 of the quantised layout, times 1000, plus 7 for q8_0.
const ftypeQ8 = 2*1000 + 7

// QuantizeQ8 writes to dst the ggml whisper model at src (16 or 32 bit floats) with its matrices as 8 bit numbers in
// blocks of 32, the same bytes whisper.cpp's own tool gives. dst appears whole or not at all. It blocks for about a
// second per 100 MB and ends early with ctx's error; a damaged or already quantised input gives ErrFormat.
func QuantizeQ8(ctx context.Context, dst, src string) error {
	f, err := os.Open(src)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	q := &quantizer{r: bufio.NewReaderSize(f, 1<<20), left: st.Size()}
	return writeWhole(dst, func(w *bufio.Writer) error {
		q.w = w
		if err := q.run(ctx); err != nil {
			return fmt.Errorf("quantise %s: %w", src, err)
		}
		return nil
	})
}

type quantizer struct {
	r    *bufio.Reader
	w    *bufio.Writer
	left int64 // bytes of the input not yet read
}

func (q *quantizer) run(ctx context.Context) error {
	if err := q.head(); err != nil {
		return err
	}
	for q.left > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := q.tensor(); err != nil {
			return err
		}
	}
	return nil
}

func (q *quantizer) read(n int64) ([]byte, error) {
	if n < 0 || n > q.left {
		return nil, fmt.Errorf("%w: cut short", ErrFormat)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(q.r, b); err != nil {
		return nil, fmt.Errorf("%w: cut short", ErrFormat)
	}
	q.left -= n
	return b, nil
}

func (q *quantizer) u32() (uint32, error) {
	b, err := q.read(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// head copies all before the tensors and changes the type of file.
func (q *quantizer) head() error {
	b, err := q.read(4 + 11*4 + 8)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	if le.Uint32(b) != magic {
		return fmt.Errorf("%w: not a ggml model", ErrFormat)
	}
	if t := le.Uint32(b[44:]); t != typeF16 && t != typeF32 {
		return fmt.Errorf("%w: already quantised (type %d); start from the f16 file", ErrFormat, t)
	}
	le.PutUint32(b[44:], ftypeQ8)
	put(q.w, b)
	if err := q.copy(4 * int64(le.Uint32(b[48:])) * int64(le.Uint32(b[52:]))); err != nil {
		return err
	}
	words, err := q.u32()
	if err != nil {
		return err
	}
	put(q.w, words)
	for range words {
		n, err := q.u32()
		if err != nil {
			return err
		}
		put(q.w, n)
		if err := q.copy(int64(n)); err != nil {
			return err
		}
	}
	return nil
}

func (q *quantizer) copy(n int64) error {
	b, err := q.read(n)
	if err != nil {
		return err
	}
	put(q.w, b)
	return nil
}

func (q *quantizer) tensor() error {
	var h [3]uint32 // rank, length of the name, type
	for i := range h {
		v, err := q.u32()
		if err != nil {
			return err
		}
		h[i] = v
	}
	if h[0] < 1 || h[0] > 4 || h[1] > maxName || h[2] > typeF16 {
		return fmt.Errorf("%w: impossible tensor (rank %d, type %d)", ErrFormat, h[0], h[2])
	}
	dims := make([]uint32, h[0])
	elements := int64(1)
	for i := range dims {
		v, err := q.u32()
		if err != nil {
			return err
		}
		dims[i] = v
		elements *= int64(v)
	}
	name, err := q.read(int64(h[1]))
	if err != nil {
		return err
	}
	size := int64(4)
	if h[2] == typeF16 {
		size = 2
	}
	data, err := q.read(elements * size)
	if err != nil {
		return err
	}
	if matrix(string(name), len(dims)) {
		if dims[0]%block != 0 {
			return fmt.Errorf("%w: rows of %q have %d values, not a multiple of %d", ErrFormat, name, dims[0], block)
		}
		data, h[2] = q8(recode(data, h[2] == typeF32, true)), typeQ8_0
	}
	put(q.w, h, dims, name, data)
	return nil
}

// matrix tells whether a tensor is quantised: matrices are, but not the tables that whisper.cpp wants in 32 bits.
func matrix(name string, rank int) bool {
	return rank == 2 && !strings.HasSuffix(name, ".positional_embedding") &&
		name != "encoder.conv1.bias" && name != "encoder.conv2.bias"
}

// q8 packs 32 bit floats: for each block the scale as a 16 bit float, then 32 signed bytes.
func q8(raw []byte) []byte {
	le := binary.LittleEndian
	out := make([]byte, 0, len(raw)/(4*block)*(2+block))
	var x [block]float32
	for len(raw) >= 4*block {
		var top float32
		for i := range x {
			x[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
			top = max(top, float32(math.Abs(float64(x[i]))))
		}
		d := top / 127
		var inv float32
		if d != 0 {
			inv = 1 / d
		}
		out = le.AppendUint16(out, toHalf(d))
		for _, v := range x {
			out = append(out, byte(int8(math.Round(float64(v*inv)))))
		}
		raw = raw[4*block:]
	}
	return out
}
