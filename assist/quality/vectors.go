package quality

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
)

// Vectors are what the sentences of one call mean to one embedding model, so that judging the call again, by another form or
// a changed one, embeds nothing twice. Each takes a byte for a dimension and 12 more. Not safe for concurrent use.
type Vectors struct {
	Model string // which weights made them, as Scorer.Model names them
	Fresh bool   // some were added since they were made or read
	of    map[uint64]rough
}

// rough is a vector in bytes. A Scorer uses only what is left of one after this, also of one just made, so that vectors that
// were kept give the same answers. What is lost (below 0.001 in cosine) is less than the model's own noise.
type rough struct {
	scale float32
	steps []int8
}

const (
	roughSteps   = 127
	vectorsMagic = "PVS1"
	vectorHead   = 12 // bytes before the steps of each vector: whose it is and its scale
	mostDims     = 4096
)

func roughly(v []float32) rough {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	r := rough{scale: most / roughSteps, steps: make([]int8, len(v))}
	if !(most > 0) || math.IsInf(float64(most), 0) { // also not a number
		return rough{steps: r.steps}
	}
	for i, x := range v {
		r.steps[i] = int8(math.Round(float64(x / most * roughSteps)))
	}
	return r
}

func (r rough) vector() []float32 {
	v := make([]float32, len(r.steps))
	for i, s := range r.steps {
		v[i] = float32(s) * r.scale
	}
	return v
}

// sentenceKey finds a sentence again. Two sentences of one call with the same key are as good as impossible.
func sentenceKey(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// Len is how many sentences there are vectors of.
func (v *Vectors) Len() int { return len(v.of) }

func (v *Vectors) get(s string) ([]float32, bool) {
	r, ok := v.of[sentenceKey(s)]
	if !ok {
		return nil, false
	}
	return r.vector(), true
}

func (v *Vectors) put(s string, r rough) {
	if v.of == nil {
		v.of = map[uint64]rough{}
	}
	v.of[sentenceKey(s)], v.Fresh = r, true
}

// MarshalBinary writes them to be kept: the magic, the number of dimensions, then each vector, little-endian, the same each
// time.
func (v *Vectors) MarshalBinary() ([]byte, error) {
	dims := 0
	for _, r := range v.of {
		if dims == 0 {
			dims = len(r.steps)
		}
		if len(r.steps) != dims || dims > mostDims {
			return nil, fmt.Errorf("write vectors: one has %d dimensions, another %d", dims, len(r.steps))
		}
	}
	out := make([]byte, 0, len(vectorsMagic)+4+len(v.of)*(vectorHead+dims))
	out = append(out, vectorsMagic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(dims)) //nolint:gosec // at most mostDims
	for _, key := range slices.Sorted(maps.Keys(v.of)) {
		r := v.of[key]
		out = binary.LittleEndian.AppendUint64(out, key)
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(r.scale))
		for _, s := range r.steps {
			out = append(out, byte(s))
		}
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. Anything else is an error, and v is then empty.
func (v *Vectors) UnmarshalBinary(raw []byte) error {
	v.of, v.Fresh = nil, false
	head := len(vectorsMagic) + 4
	if len(raw) < head || string(raw[:len(vectorsMagic)]) != vectorsMagic {
		return fmt.Errorf("read vectors: these %d bytes are none", len(raw))
	}
	dims := int(binary.LittleEndian.Uint32(raw[len(vectorsMagic):]))
	rest := raw[head:]
	if dims > mostDims || len(rest)%(vectorHead+dims) != 0 {
		return fmt.Errorf("read vectors: %d bytes are not whole vectors of %d dimensions", len(rest), dims)
	}
	v.of = make(map[uint64]rough, len(rest)/(vectorHead+dims))
	for ; len(rest) > 0; rest = rest[vectorHead+dims:] {
		r := rough{scale: math.Float32frombits(binary.LittleEndian.Uint32(rest[8:])), steps: make([]int8, dims)}
		for i := range r.steps {
			r.steps[i] = int8(rest[vectorHead+i])
		}
		v.of[binary.LittleEndian.Uint64(rest)] = r
	}
	return nil
}
