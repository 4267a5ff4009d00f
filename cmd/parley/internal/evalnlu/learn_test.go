package evalnlu

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/nlu/softmax"
)

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
func writeRows(t *testing.T, name string, rows softmax.Rows) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(learnedFrom, name), rows.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
