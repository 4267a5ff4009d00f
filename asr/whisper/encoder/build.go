package encoder

import (
	"fmt"
	"math"
	"strconv"
)

// builder writes the layers as a graph.
type builder struct {
	graph
	w     *weights
	eight bool // matrix products are of 8 bit numbers
	err   error
}

// epsilon keeps whisper's norms from dividing by zero.
const epsilon = float32(1e-5)

// build returns the encoder as an ONNX model with one input, mel (1, bands, 2 x frames), and one output, memory
// (1, frames, width).
func build(w *weights, eight bool) ([]byte, error) {
	b := &builder{graph: graph{shared: map[string]bool{}}, w: w, eight: eight}
	size := 1 << 20
	for _, m := range w.tensors {
		size += 4 * len(m.number)
	}
	b.out = make([]byte, 0, size)
	b.port(graphInput, inMel, 1, w.mels, -1)
	b.port(graphOutput, outMemory, 1, -1, w.width())
	x := b.conv(inMel, "encoder.conv1", w.mels, 1)
	x = b.conv(x, "encoder.conv2", w.state, 2)
	x = b.node("", "Transpose", "rows", []string{x}, attr{"perm", []int{0, 2, 1}})
	x = b.position(x)
	for i := range w.layers {
		x = b.layer(x, "encoder.blocks."+strconv.Itoa(i)+".")
	}
	b.memory(b.norm(x, "encoder.ln_post", "embd"))
	if b.err != nil {
		return nil, b.err
	}
	return b.model(), nil
}

// get takes the tensor of a name, which must hold exactly that many numbers, out of the weights.
func (b *builder) get(name string, numbers int) []float32 {
	m := b.w.tensors[name]
	delete(b.w.tensors, name) // large models are copied often enough
	if len(m.number) != numbers && b.err == nil {
		b.err = fmt.Errorf("%s has %d numbers, want %d", name, len(m.number), numbers)
	}
	if b.err != nil {
		return make([]float32, numbers)
	}
	return m.number
}

// conv is a convolution over three frames and its activation.
func (b *builder) conv(x, name string, in, stride int) string {
	n := b.w.state
	kernel := b.floats(name+".weight", b.get(name+".weight", n*in*3), n, in, 3)
	bias := b.floats(name+".bias", b.get(name+".bias", n), n)
	x = b.node("", "Conv", name+".sum", []string{x, kernel, bias}, attr{"kernel_shape", []int{3}},
		attr{"pads", []int{1, 1}}, attr{"strides", []int{stride}})
	return b.node(onnxMicrosoft, "Gelu", name, []string{x})
}

// position adds to each row where it stands; as many of the rows of positions are used as there are frames.
func (b *builder) position(x string) string {
	const name = "encoder.positional_embedding"
	all := b.floats(name, b.get(name, b.w.frames*b.w.state), b.w.frames, b.w.state)
	zero, one, two := b.ints("zero", 0), b.ints("one", 1), b.ints("two", 2)
	shape := b.node("", "Shape", "shape", []string{x})
	frames := b.node("", "Slice", "frames", []string{shape, one, two, zero})
	used := b.node("", "Slice", "positions", []string{all, zero, frames, zero})
	return b.node("", "Add", "placed", []string{x, used})
}

func (b *builder) norm(x, name, output string) string {
	n := b.w.state
	scale := b.floats(name+".weight", b.get(name+".weight", n), n)
	shift := b.floats(name+".bias", b.get(name+".bias", n), n)
	return b.node("", "LayerNormalization", output, []string{x, scale, shift}, attr{"axis", -1}, attr{"epsilon", epsilon})
}

// layer is attention and two linear maps, each added to what came in.
func (b *builder) layer(x, name string) string {
	n := b.w.state
	y := b.norm(x, name+"attn_ln", name+"attn_ln")
	y = b.attention(y, name)
	y = b.linear(y, name+"attn.out", n, n)
	y = b.node("", "Add", name+"attn.bias", []string{y, b.floats(name+"attn.out.bias", b.get(name+"attn.out.bias", n), n)})
	x = b.node("", "Add", name+"heard", []string{x, y})
	y = b.norm(x, name+"mlp_ln", name+"mlp_ln")
	y = b.linear(y, name+"mlp.0", n, 4*n)
	y = b.node(onnxMicrosoft, "BiasGelu", name+"mlp.gelu", []string{y, b.floats(name+"mlp.0.bias", b.get(name+"mlp.0.bias", 4*n), 4*n)})
	y = b.linear(y, name+"mlp.2", 4*n, n)
	y = b.node("", "Add", name+"mlp.bias", []string{y, b.floats(name+"mlp.2.bias", b.get(name+"mlp.2.bias", n), n)})
	return b.node("", "Add", name+"out", []string{x, y})
}

// width is how many numbers the decoder looks at for each frame: a key and a value in each of its layers.
func (w *weights) width() int { return 2 * w.readers * w.state }

// memory makes them of what the encoder gives, in one product for all layers. Keys have no bias; they are scaled here by
// half of what attention divides by, as whisper.cpp does it.
func (b *builder) memory(x string) {
	n, width := b.w.state, b.w.width()
	all, shift := make([]float32, n*width), make([]float32, width)
	scale := float32(math.Pow(float64(n/b.w.readerHeads), -0.25))
	for i := range b.w.readers {
		at := "decoder.blocks." + strconv.Itoa(i) + ".cross_attn."
		key, value := turn(b.get(at+"key.weight", n*n), n, n), turn(b.get(at+"value.weight", n*n), n, n)
		for j := range key {
			key[j] *= scale
		}
		for row := range n {
			place := all[row*width+2*i*n:]
			copy(place, key[row*n:(row+1)*n])
			copy(place[n:], value[row*n:(row+1)*n])
		}
		copy(shift[(2*i+1)*n:], b.get(at+"value.bias", n))
	}
	x = b.product(x, "cross", all, n, width)
	b.node("", "Add", outMemory, []string{x, b.floats("cross.bias", shift, width)})
}

// linear multiplies rows of in numbers with a matrix that is stored output by output.
func (b *builder) linear(x, name string, in, out int) string {
	return b.product(x, name, turn(b.get(name+".weight", in*out), out, in), in, out)
}

// attention lets each row look at all. Whisper's keys have no bias.
func (b *builder) attention(x, name string) string {
	n := b.w.state
	all, shift := make([]float32, n*3*n), make([]float32, 3*n)
	for i, part := range []string{"query", "key", "value"} {
		turned := turn(b.get(name+"attn."+part+".weight", n*n), n, n)
		for row := range n {
			copy(all[row*3*n+i*n:], turned[row*n:(row+1)*n])
		}
		if part != "key" {
			copy(shift[i*n:], b.get(name+"attn."+part+".bias", n))
		}
	}
	heads, bias := attr{"num_heads", b.w.heads}, b.floats(name+"qkv.bias", shift, 3*n)
	if !b.eight {
		return b.node(onnxMicrosoft, "Attention", name+"attn", []string{x, b.floats(name+"qkv", all, n, 3*n), bias}, heads)
	}
	parts := []string{name + "q", name + "k", name + "v"}
	b.nodes("", "Split", parts, []string{b.product(x, name+"qkv", all, n, 3*n)}, attr{"axis", -1})
	return b.node(onnxMicrosoft, "MultiHeadAttention", name+"attn", append(parts, bias), heads)
}

// turn returns the transpose of a matrix of rows x columns.
func turn(m []float32, rows, columns int) []float32 {
	out := make([]float32, len(m))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = m[r*columns+c]
		}
	}
	return out
}
