package softmax

import (
	"encoding/binary"
	"math"
)

// Rows are the weights of a layer that was fitted before: one row for each class, as long as the features are and a bias.
type Rows []float64

// ReadRows reads weights as they are shipped, little-endian float32.
func ReadRows(raw []byte) Rows {
	out := make(Rows, len(raw)/4)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return out
}

// Scores are the log odds of the classes for x; nil where the layer was fitted to features of another number.
func (r Rows) Scores(x []float64, classes int) []float64 {
	if len(r) != classes*(len(x)+1) {
		return nil
	}
	out := make([]float64, classes)
	for c := range out {
		row := r[c*(len(x)+1):][:len(x)+1]
		out[c] = row[len(x)]
		for i, v := range x {
			out[c] += row[i] * v
		}
	}
	return out
}
