package encoder

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A whisper small enough to compute by hand.
const (
	toyMels, toyState, toyHeads, toyLayers = 5, 32, 2, 2
	toyReaders, toyReaderHeads             = 3, 4
)

// toyFile is its ggml file, with the matrices stored as kind.
func toyFile(kind int) []byte {
	var out []byte
	u32 := func(values ...int) {
		for _, v := range values {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		}
	}
	u32(magic, 10, maxFrames, toyState, toyHeads, toyLayers, 8, toyState, toyReaderHeads, toyReaders, toyMels, kind)
	u32(1, 3, 0, 0, 0)                // filters
	u32(2, 1)                         // two words: "a" and "bc"
	out = append(out, 'a')            //
	u32(2)                            //
	out = append(out, 'b', 'c')       //
	seed := uint64(88172645463325252) // xorshift
	add := func(name string, kind, fan int, dims ...int) {
		n := 1
		for _, d := range dims {
			n *= d
		}
		values := make([]float64, n)
		for i := range values {
			seed ^= seed << 13
			seed ^= seed >> 7
			seed ^= seed << 17
			values[i] = (float64(seed>>11)/(1<<53) - 0.5) * 2 / math.Sqrt(float64(fan))
		}
		u32(len(dims), len(name), kind)
		for i := range dims {
			u32(dims[len(dims)-1-i])
		}
		out = append(out, name...)
		out = append(out, store(kind, values)...)
	}
	f16 := typeF16
	if kind == typeF32 {
		f16 = typeF32
	}
	n := toyState
	add("encoder.positional_embedding", typeF32, 1, maxFrames, n)
	add("encoder.conv1.weight", f16, 3*toyMels, n, toyMels, 3)
	add("encoder.conv1.bias", typeF32, n, n, 1)
	add("encoder.conv2.weight", f16, 3*n, n, n, 3)
	add("encoder.conv2.bias", typeF32, n, n, 1)
	for i := range toyLayers {
		at := fmt.Sprintf("encoder.blocks.%d.", i)
		for _, norm := range []string{"attn_ln", "mlp_ln"} {
			add(at+norm+".weight", typeF32, 1, n)
			add(at+norm+".bias", typeF32, n, n)
		}
		for _, part := range []string{"query", "key", "value", "out"} {
			add(at+"attn."+part+".weight", kind, n, n, n)
			if part != "key" {
				add(at+"attn."+part+".bias", typeF32, n, n)
			}
		}
		add(at+"mlp.0.weight", kind, n, 4*n, n)
		add(at+"mlp.0.bias", typeF32, n, 4*n)
		add(at+"mlp.2.weight", kind, n, n, 4*n)
		add(at+"mlp.2.bias", typeF32, n, n)
	}
	add("encoder.ln_post.weight", typeF32, 1, n)
	add("encoder.ln_post.bias", typeF32, n, n)
	add("decoder.ln.weight", typeF32, 1, n)
	for i := range toyReaders {
		at := fmt.Sprintf("decoder.blocks.%d.cross_attn.", i)
		add(at+"query.weight", kind, n, n, n)
		add(at+"key.weight", kind, n, n, n)
		add(at+"value.weight", kind, n, n, n)
		add(at+"value.bias", typeF32, n, n)
	}
	return out
}

// store writes numbers as a ggml file does. The 16 bit ones are cut off, not rounded, which the reader need not know.
func store(kind int, values []float64) []byte {
	var out []byte
	le := binary.LittleEndian
	switch kind {
	case typeF32:
		for _, v := range values {
			out = le.AppendUint32(out, math.Float32bits(float32(v)))
		}
	case typeF16:
		for _, v := range values {
			out = le.AppendUint16(out, narrow(v))
		}
	case typeQ8:
		for b := 0; b < len(values); b += q8Block {
			block := values[b : b+q8Block]
			top := 0.0
			for _, v := range block {
				top = max(top, math.Abs(v))
			}
			out = le.AppendUint16(out, narrow(top/127))
			for _, v := range block {
				out = append(out, byte(int8(v/top*127)))
			}
		}
	}
	return out
}

func narrow(v float64) uint16 {
	bits := math.Float32bits(float32(v))
	exp := int(bits>>23&0xff) - 127 + 15
	if exp <= 0 {
		return uint16(bits >> 16 & 0x8000)
	}
	return uint16(bits>>16&0x8000) | uint16(exp)<<10 | uint16(bits>>13&0x3ff)
}

// plain computes what the paper's layers give, one number after the other.
func plain(w *weights, mel []float32, frames int) []float64 {
	get := func(name string) []float32 { return w.tensors[name].number }
	x := make([][]float64, frames)
	for f := range x {
		for m := range w.mels {
			x[f] = append(x[f], float64(mel[m*frames+f]))
		}
	}
	x = convolve(x, get("encoder.conv1.weight"), get("encoder.conv1.bias"), w.state, 1)
	x = convolve(x, get("encoder.conv2.weight"), get("encoder.conv2.bias"), w.state, 2)
	for f := range x {
		for i := range x[f] {
			x[f][i] += float64(get("encoder.positional_embedding")[f*w.state+i])
		}
	}
	for l := range w.layers {
		at := fmt.Sprintf("encoder.blocks.%d.", l)
		y := normed(x, get(at+"attn_ln.weight"), get(at+"attn_ln.bias"))
		q := times(y, get(at+"attn.query.weight"), get(at+"attn.query.bias"))
		k := times(y, get(at+"attn.key.weight"), nil)
		v := times(y, get(at+"attn.value.weight"), get(at+"attn.value.bias"))
		sum(x, times(attend(q, k, v, w.heads), get(at+"attn.out.weight"), get(at+"attn.out.bias")))
		y = times(normed(x, get(at+"mlp_ln.weight"), get(at+"mlp_ln.bias")), get(at+"mlp.0.weight"), get(at+"mlp.0.bias"))
		for _, row := range y {
			for i, v := range row {
				row[i] = gelu(v)
			}
		}
		sum(x, times(y, get(at+"mlp.2.weight"), get(at+"mlp.2.bias")))
	}
	x = normed(x, get("encoder.ln_post.weight"), get("encoder.ln_post.bias"))
	var out []float64
	for f := range x {
		for l := range w.readers {
			at := fmt.Sprintf("decoder.blocks.%d.cross_attn.", l)
			for _, k := range times(x[f:f+1], get(at+"key.weight"), nil)[0] {
				out = append(out, k/math.Sqrt(math.Sqrt(float64(w.state/w.readerHeads))))
			}
			out = append(out, times(x[f:f+1], get(at+"value.weight"), get(at+"value.bias"))[0]...)
		}
	}
	return out
}

func gelu(v float64) float64 { return v / 2 * (1 + math.Erf(v/math.Sqrt2)) }

func convolve(x [][]float64, kernel, bias []float32, out, stride int) [][]float64 {
	in := len(x[0])
	y := make([][]float64, (len(x)+stride-1)/stride)
	for f := range y {
		y[f] = make([]float64, out)
		for o := range out {
			s := float64(bias[o])
			for k := range 3 {
				if at := f*stride + k - 1; at >= 0 && at < len(x) {
					for i := range in {
						s += x[at][i] * float64(kernel[(o*in+i)*3+k])
					}
				}
			}
			y[f][o] = gelu(s)
		}
	}
	return y
}

func normed(x [][]float64, scale, shift []float32) [][]float64 {
	y := make([][]float64, len(x))
	for f, row := range x {
		mean, spread := 0.0, 0.0
		for _, v := range row {
			mean += v / float64(len(row))
		}
		for _, v := range row {
			spread += (v - mean) * (v - mean) / float64(len(row))
		}
		for i, v := range row {
			y[f] = append(y[f], (v-mean)/math.Sqrt(spread+1e-5)*float64(scale[i])+float64(shift[i]))
		}
	}
	return y
}

// times multiplies rows with a matrix that is stored output by output.
func times(x [][]float64, m, bias []float32) [][]float64 {
	in := len(x[0])
	y := make([][]float64, len(x))
	for f, row := range x {
		for o := range len(m) / in {
			s := 0.0
			if bias != nil {
				s = float64(bias[o])
			}
			for i, v := range row {
				s += v * float64(m[o*in+i])
			}
			y[f] = append(y[f], s)
		}
	}
	return y
}

func attend(q, k, v [][]float64, heads int) [][]float64 {
	size := len(q[0]) / heads
	y := make([][]float64, len(q))
	for f := range q {
		y[f] = make([]float64, len(q[0]))
		for h := range heads {
			weight, all := make([]float64, len(k)), 0.0
			for g := range k {
				s := 0.0
				for i := h * size; i < (h+1)*size; i++ {
					s += q[f][i] * k[g][i]
				}
				weight[g] = math.Exp(s / math.Sqrt(float64(size)))
				all += weight[g]
			}
			for g := range v {
				for i := h * size; i < (h+1)*size; i++ {
					y[f][i] += weight[g] / all * v[g][i]
				}
			}
		}
	}
	return y
}

func sum(x, y [][]float64) {
	for f := range x {
		for i := range x[f] {
			x[f][i] += y[f][i]
		}
	}
}
