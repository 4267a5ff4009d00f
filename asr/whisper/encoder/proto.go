package encoder

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of the ONNX format (onnx.proto, IR version 8) that a graph of matrix products needs.
const (
	modelIR, modelGraph, modelOpset = 1, 7, 8
	opsetDomain, opsetVersion       = 1, 2

	graphNode, graphName, graphConst, graphInput, graphOutput = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttr, nodeDomain = 1, 2, 3, 4, 5, 7

	attrName, attrFloat, attrInt, attrInts, attrType = 1, 2, 3, 8, 20

	tensorDims, tensorType, tensorName, tensorRaw = 1, 2, 8, 9

	valueName, valueType                          = 1, 2
	typeTensor, tensorElem, tensorShape, shapeDim = 1, 1, 2, 1
	dimValue, dimParam                            = 1, 2

	elemFloat, elemUint8, elemInt8, elemInt uint64 = 1, 2, 3, 7
)

// onnxMicrosoft is the domain of the runtime's own operators, which do several steps in one.
const onnxMicrosoft = "com.microsoft"

// graph is an ONNX graph while it is written.
type graph struct {
	out    []byte          // the fields of GraphProto
	shared map[string]bool // constants that several operators use, once written
}

func text(b []byte, at protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, at, protowire.BytesType), s)
}

func field(b []byte, at protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, at, protowire.BytesType), v)
}

func number(b []byte, at protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, at, protowire.VarintType), v)
}

// attr is an attribute of a node: a float32, an int or a list of int.
type attr struct {
	name  string
	value any
}

// Kinds of attribute as the format numbers them.
const (
	kindFloat = 1
	kindInt   = 2
	kindInts  = 7
)

func (a attr) encode() []byte {
	b := text(nil, attrName, a.name)
	switch v := a.value.(type) {
	case float32:
		b = protowire.AppendFixed32(protowire.AppendTag(b, attrFloat, protowire.Fixed32Type), math.Float32bits(v))
		return number(b, attrType, kindFloat)
	case int:
		return number(number(b, attrInt, uint64(v)), attrType, kindInt)
	case []int:
		for _, i := range v {
			b = number(b, attrInts, uint64(i))
		}
		return number(b, attrType, kindInts)
	}
	panic("attribute of an unknown kind")
}

// node adds an operator and returns the name of its output.
func (g *graph) node(domain, op, output string, inputs []string, attrs ...attr) string {
	g.nodes(domain, op, []string{output}, inputs, attrs...)
	return output
}

// nodes adds an operator with several outputs.
func (g *graph) nodes(domain, op string, outputs, inputs []string, attrs ...attr) {
	var b []byte
	for _, in := range inputs {
		b = text(b, nodeInput, in)
	}
	for _, out := range outputs {
		b = text(b, nodeOutput, out)
	}
	b = text(b, nodeName, outputs[0])
	b = text(b, nodeOp, op)
	for _, a := range attrs {
		b = field(b, nodeAttr, a.encode())
	}
	if domain != "" {
		b = text(b, nodeDomain, domain)
	}
	g.out = field(g.out, graphNode, b)
}

// floats adds a constant and returns its name.
func (g *graph) floats(name string, values []float32, dims ...int) string {
	raw := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	return g.constant(name, elemFloat, raw, dims)
}

// ints adds a constant list and returns its name.
func (g *graph) ints(name string, values ...int) string {
	raw := make([]byte, 8*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint64(raw[8*i:], uint64(v))
	}
	return g.constant(name, elemInt, raw, []int{len(values)})
}

// once tells whether a constant that is shared has yet to be written.
func (g *graph) once(name string) bool {
	written := g.shared[name]
	g.shared[name] = true
	return !written
}

func (g *graph) constant(name string, elem uint64, raw []byte, dims []int) string {
	var b []byte
	for _, d := range dims {
		b = number(b, tensorDims, uint64(d))
	}
	b = number(b, tensorType, elem)
	b = text(b, tensorName, name)
	b = field(b, tensorRaw, raw)
	g.out = field(g.out, graphConst, b)
	return name
}

// port declares an input or output of float32; a dimension of -1 is free.
func (g *graph) port(at protowire.Number, name string, dims ...int) {
	var shape []byte
	for i, d := range dims {
		dim := number(nil, dimValue, uint64(d))
		if d < 0 {
			dim = text(nil, dimParam, name+string(rune('a'+i)))
		}
		shape = field(shape, shapeDim, dim)
	}
	tensor := field(number(nil, tensorElem, elemFloat), tensorShape, shape)
	value := field(text(nil, valueName, name), valueType, field(nil, typeTensor, tensor))
	g.out = field(g.out, at, value)
}

// model returns the whole file.
func (g *graph) model() []byte {
	b := number(make([]byte, 0, len(g.out)+128), modelIR, 8)
	b = field(b, modelOpset, number(text(nil, opsetDomain, ""), opsetVersion, 17))
	b = field(b, modelOpset, number(text(nil, opsetDomain, onnxMicrosoft), opsetVersion, 1))
	return field(b, modelGraph, text(g.out, graphName, "whisper encoder"))
}
