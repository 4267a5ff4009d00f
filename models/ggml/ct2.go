// Package ggml makes the weight files that whisper.cpp loads. FromCTranslate2 converts a whisper model published for
// CTranslate2 (faster-whisper) to a ggml file of 16 bit floats without loss; QuantizeQ8 makes the q8_0 file of it, half
// as large and faster on most processors. Nothing here computes with the weights.
package ggml

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrFormat means a file is not what its name promises: another format, cut short or damaged.
var ErrFormat = errors.New("ggml: unexpected file format")

// Types of CTranslate2 variables.
const (
	ctFloat32 = 0
	ctInt16   = 2
	ctFloat16 = 4
)

// ctVersion is the version of CTranslate2's container that is understood.
const ctVersion = 6

// maxName and maxVars bound what a damaged header can ask for.
const (
	maxName = 4096
	maxVars = 1 << 16
)

// variable is one tensor of a CTranslate2 file.
type variable struct {
	dims   []int
	kind   byte
	offset int64
	bytes  int64
}

func (v variable) elements() int64 {
	n := int64(1)
	for _, d := range v.dims {
		n *= int64(d)
	}
	return n
}

// elementSize is the size of one element in bytes.
func (v variable) elementSize() int64 {
	switch v.kind {
	case ctFloat32:
		return 4
	case ctInt16, ctFloat16:
		return 2
	default:
		return 1
	}
}

// ctModel is an open CTranslate2 file: its index is in memory, its data is read on demand.
type ctModel struct {
	file *os.File
	size int64
	vars map[string]variable
}

// openCT reads the index of the model at path. The caller closes the file.
func openCT(path string) (*ctModel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	m := &ctModel{file: f, size: st.Size(), vars: map[string]variable{}}
	if err := m.index(); err != nil {
		return nil, errors.Join(fmt.Errorf("read CTranslate2 model %s: %w", path, err), f.Close())
	}
	return m, nil
}

// cursor reads little-endian values and remembers where it is and the first error.
type cursor struct {
	r   *bufio.Reader
	at  int64
	err error
}

func (c *cursor) bytes(n int) []byte {
	if c.err != nil {
		return make([]byte, n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.r, b); err != nil {
		c.err = fmt.Errorf("%w: cut short at byte %d", ErrFormat, c.at)
	}
	c.at += int64(n)
	return b
}

func (c *cursor) u8() byte    { return c.bytes(1)[0] }
func (c *cursor) u16() uint16 { return binary.LittleEndian.Uint16(c.bytes(2)) }
func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.bytes(4)) }

func (c *cursor) str() string {
	n := int(c.u16())
	if n > maxName {
		c.err = errors.Join(c.err, fmt.Errorf("%w: name of %d bytes at byte %d", ErrFormat, n, c.at))
		return ""
	}
	return strings.TrimRight(string(c.bytes(n)), "\x00")
}

func (m *ctModel) index() error {
	c := &cursor{r: bufio.NewReaderSize(m.file, 1<<16)}
	version := c.u32()
	if c.err == nil && version != ctVersion {
		return fmt.Errorf("%w: not a CTranslate2 model of version %d (first number is %d)", ErrFormat, ctVersion, version)
	}
	spec := c.str()
	if c.err == nil && spec != "WhisperSpec" {
		return fmt.Errorf("%w: holds a %q model, not a whisper one", ErrFormat, spec)
	}
	c.u32() // revision of the spec; the names checked below tell more
	count := c.u32()
	if count > maxVars {
		return fmt.Errorf("%w: %d variables", ErrFormat, count)
	}
	for range count {
		if err := m.indexOne(c); err != nil {
			return err
		}
	}
	aliases := c.u32()
	for range min(aliases, maxVars) {
		alias, name := c.str(), c.str()
		if v, ok := m.vars[name]; ok && c.err == nil {
			m.vars[alias] = v
		}
	}
	return c.err
}

func (m *ctModel) indexOne(c *cursor) error {
	name := c.str()
	rank := c.u8()
	v := variable{}
	for range rank {
		v.dims = append(v.dims, int(c.u32()))
	}
	v.kind = c.u8()
	v.bytes = int64(c.u32())
	v.offset = c.at
	switch {
	case c.err != nil:
		return c.err
	case rank > 4 || v.offset+v.bytes > m.size:
		return fmt.Errorf("%w: variable %q reaches beyond the end of the file; fetch it again", ErrFormat, name)
	case v.elements()*v.elementSize() != v.bytes:
		return fmt.Errorf("%w: variable %q has %d bytes for %v", ErrFormat, name, v.bytes, v.dims)
	}
	m.vars[name] = v
	if _, err := m.file.Seek(v.offset+v.bytes, io.SeekStart); err != nil {
		return err
	}
	c.r.Reset(m.file)
	c.at = v.offset + v.bytes
	return nil
}

// get returns the variable name, which must have one of the ranks 1 to 3 and hold floats.
func (m *ctModel) get(name string) (variable, error) {
	v, ok := m.vars[name]
	if !ok {
		return v, fmt.Errorf("%w: variable %q is missing; is this a whisper model?", ErrFormat, name)
	}
	if v.kind != ctFloat32 && v.kind != ctFloat16 {
		return v, fmt.Errorf("%w: %q is stored as integers; convert from a float16 model", ErrFormat, name)
	}
	return v, nil
}

// scalar returns the value of a 16 bit whole number.
func (m *ctModel) scalar(name string) (int, error) {
	v, ok := m.vars[name]
	if !ok || v.kind != ctInt16 || v.bytes != 2 {
		return 0, fmt.Errorf("%w: number %q is missing", ErrFormat, name)
	}
	var b [2]byte
	if _, err := m.file.ReadAt(b[:], v.offset); err != nil {
		return 0, err
	}
	return int(int16(binary.LittleEndian.Uint16(b[:]))), nil
}

// layers counts the layers of the part "encoder" or "decoder".
func (m *ctModel) layers(part string) int {
	n := 0
	for {
		if _, ok := m.vars[fmt.Sprintf("%s/layer_%d/self_attention/linear_0/weight", part, n)]; !ok {
			return n
		}
		n++
	}
}
