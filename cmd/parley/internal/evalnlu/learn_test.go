package evalnlu

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/nlu/softmax"
)

// centred is a layer over features less their mean, which is how a Fit finds it soonest.
type centred struct {
	layer *softmax.Layer
	mean  []float64
}

func fitCentred(x [][]float64, class []int, classes int, decay float64) centred {
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
	return centred{softmax.Fit(less, class, classes, decay), mean}
}

func (l centred) score(x []float64) []float64 {
	c := make([]float64, len(x))
	for j, v := range x {
		c[j] = v - l.mean[j]
	}
	return l.layer.Scores(c)
}

// rows are the weights for features as they are, times heat.
func (l centred) rows(heat float64) [][]float64 {
	var out [][]float64
	for _, w := range l.layer.Weights() {
		row := make([]float64, len(w))
		row[len(w)-1] = heat * w[len(w)-1]
		for j, m := range l.mean {
			row[j] = heat * w[j]
			row[len(w)-1] -= heat * w[j] * m
		}
		out = append(out, row)
	}
	return out
}

// bestHeat is the factor with which the log odds say best how sure they are.
func bestHeat(odds [][]float64, class []int) (heat, loss, right float64) {
	loss = math.Inf(1)
	for try := 0.5; try < 6; try += 0.05 {
		sum := 0.0
		ok := 0
		for i, z := range odds {
			p := make([]float64, len(z))
			best := 0
			for c, v := range z {
				p[c] = try * v
				if v > z[best] {
					best = c
				}
			}
			softmax.Normalize(p)
			sum -= math.Log(p[class[i]])
			if best == class[i] {
				ok++
			}
		}
		if sum /= float64(len(odds)); sum < loss {
			heat, loss, right = try, sum, float64(ok)/float64(len(odds))
		}
	}
	return heat, loss, right
}

// learnedFrom is the folder of the packages that ship what is learnt here and the texts for it.
const learnedFrom = "../../../../nlu"

// writeRows writes weights as the packages read them, under learnedFrom.
func writeRows(t *testing.T, name string, rows [][]float64) {
	t.Helper()
	var raw []byte
	for _, row := range rows {
		for _, v := range row {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		}
	}
	if err := os.WriteFile(filepath.Join(learnedFrom, name), raw, 0o644); err != nil {
		t.Fatal(err)
	}
}
