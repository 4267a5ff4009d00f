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

// FitRows is Fit to the examples less their mean, which is how it finds a layer soonest, as Rows for examples as they are.
func FitRows(x [][]float64, class []int, classes int, decay float64) Rows {
	mean := make([]float64, len(x[0]))
	for _, row := range x {
		for j, v := range row {
			mean[j] += v / float64(len(x))
		}
	}
	less := make([][]float64, len(x))
	for i, row := range x {
		less[i] = make([]float64, len(row))
		for j, v := range row {
			less[i][j] = v - mean[j]
		}
	}
	var out Rows
	for _, w := range Fit(less, class, classes, decay).Weights() {
		out = append(out, w...)
		bias := &out[len(out)-1]
		for j, m := range mean {
			*bias -= w[j] * m
		}
	}
	return out
}

// Heated are the rows with all log odds times heat: the more, the surer.
func (r Rows) Heated(heat float64) Rows {
	out := make(Rows, len(r))
	for i, v := range r {
		out[i] = heat * v
	}
	return out
}

// Bytes are the rows as ReadRows reads them.
func (r Rows) Bytes() []byte {
	out := make([]byte, 0, 4*len(r))
	for _, v := range r {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
	}
	return out
}
