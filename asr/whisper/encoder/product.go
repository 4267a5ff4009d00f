package encoder

import "math"

// Of a row of numbers the largest becomes most, of 8 bits without a sign that count from middle.
const (
	middle = 128
	most   = 127
)

// product multiplies rows of in numbers with a matrix of in x out. In 8 bits each row and each column has a scale of its
// own: a third of the time where the processor has instructions for that (VNNI).
func (b *builder) product(x, name string, matrix []float32, in, out int) string {
	if !b.eight {
		return b.node("", "MatMul", name, []string{x, b.floats(name+".weight", matrix, in, out)})
	}
	columns := make([]float32, out)
	for i, v := range matrix {
		columns[i%out] = max(columns[i%out], float32(math.Abs(float64(v)))/most)
	}
	weight := make([]byte, len(matrix))
	for i, v := range matrix {
		if s := columns[i%out]; s > 0 {
			weight[i] = byte(int8(math.Round(float64(v / s))))
		}
	}
	eight, rows := b.rows(x)
	y := b.node(onnxMicrosoft, "MatMulIntegerToFloat", name+".scaled", []string{
		eight, b.constant(name+".weight", elemInt8, weight, []int{in, out}), b.number("unit", 1), b.floats(name+".scale", columns, out), b.middle(),
	})
	return b.node("", "Mul", name, []string{y, rows})
}

// rows writes the rows of x in 8 bits and says what one of each is worth.
func (b *builder) rows(x string) (eight, scale string) {
	size := b.node("", "ReduceMax", x+".size", []string{b.node("", "Abs", x+".abs", []string{x})}, attr{"axes", []int{-1}})
	size = b.node("", "Max", x+".some", []string{size, b.number("least", 1e-20)}) // nothing is divided by zero
	scale = b.node("", "Div", x+".scale", []string{size, b.number("most", most)})
	even := b.node("", "Div", x+".even", []string{x, scale})
	return b.node("", "QuantizeLinear", x+".eight", []string{even, b.number("unit", 1), b.middle()}), scale
}

// number is a constant that several operators use.
func (b *builder) number(name string, v float32) string {
	if b.once(name) {
		b.floats(name, []float32{v})
	}
	return name
}

// middle is the number that nothing is written as.
func (b *builder) middle() string {
	const name = "middle"
	if b.once(name) {
		b.constant(name, elemUint8, []byte{middle}, nil)
	}
	return name
}
