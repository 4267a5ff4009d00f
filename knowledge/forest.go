package knowledge

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/forks_said.txt
var saidText string

//go:embed data/forks_read.txt
var readText string

// The forests that fitpair.py has fitted: where only vectors and words are known, and where question and entries were read together.
var (
	forksSaid = sync.OnceValue(func() forest { return mustForest(saidText) })
	forksRead = sync.OnceValue(func() forest { return mustForest(readText) })
)

// fork asks first one question and then, by the answer, one of two others: is the evidence at most so much?
type fork struct {
	of   [3]uint8 // numbers of evidence: of the first question, of that after yes, of that after no
	most [3]float64
	leaf [4]float64 // yes yes, yes no, no yes, no no
}

// sureness makes a probability of what forks say, which were fitted slowly and stay a little too cautious, and of a detail that only
// the answer tells ("is parking charged for", of "Where can I park?"), which forks take for a near miss where they were fitted on few.
type sureness struct {
	lift, steep float64
	told        float64 // weight of evTold
}

// Fitted by fitpair.py on sets that nothing else was fitted on, by forks that were fitted on others.
var (
	sureSaid = sureness{lift: -0.015, steep: 1.065, told: 0.01}
	sureRead = sureness{lift: 0.179, steep: 1.095, told: 0.22}
)

// forest is forks that were fitted one after the other, each on what those before it left.
type forest struct {
	bias  float64
	forks []fork
}

// sum adds up the forks.
func (f forest) sum(ev *evidence) float64 {
	z := f.bias
	for _, f := range f.forks {
		next, at := 2, 2
		if ev[f.of[0]] <= f.most[0] {
			next, at = 1, 0
		}
		if ev[f.of[next]] > f.most[next] {
			at++
		}
		z += f.leaf[at]
	}
	return z
}

// probability is that of the entry with the evidence ev, by the forks f.
func (s sureness) probability(f forest, ev *evidence) float64 {
	return 1 / (1 + math.Exp(-s.lift-s.steep*f.sum(ev)-s.told*ev[evTold]))
}

func mustForest(raw string) forest {
	f, err := readForest(raw)
	if err != nil {
		panic("knowledge: the fitted forks are damaged: " + err.Error()) // they are a part of the program
	}
	return f
}

// readForest reads a forest as fitpair.py writes it: behind lines of comment that begin with # the bias, then a fork a line with its
// three numbers of evidence, its three bounds, of which inf is none, and its four leaves.
func readForest(raw string) (forest, error) {
	var rows [][]float64
	for line := range strings.Lines(raw) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var row []float64
		for _, word := range strings.Fields(line) {
			x, err := strconv.ParseFloat(word, 64)
			if err != nil || math.IsNaN(x) {
				return forest{}, fmt.Errorf("%q is no number", word)
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	if len(rows) < 2 || len(rows[0]) != 1 {
		return forest{}, errors.New("a forest is a bias, alone on its line, and forks")
	}
	f := forest{bias: rows[0][0]}
	for i, row := range rows[1:] {
		k, err := forkOf(row)
		if err != nil {
			return forest{}, fmt.Errorf("fork %d: %w", i, err)
		}
		f.forks = append(f.forks, k)
	}
	return f, nil
}

// forkOf takes a line of numbers for a fork.
func forkOf(row []float64) (f fork, err error) {
	if len(row) != len(f.of)+len(f.most)+len(f.leaf) {
		return fork{}, fmt.Errorf("%d numbers", len(row))
	}
	for i, x := range row[:len(f.of)] {
		if x < 0 || x >= evidences || x != math.Trunc(x) {
			return fork{}, fmt.Errorf("there is no evidence %v", x)
		}
		f.of[i] = uint8(x)
	}
	row = row[len(f.of):]
	copy(f.most[:], row)
	copy(f.leaf[:], row[len(f.most):])
	for _, x := range f.leaf {
		if math.IsInf(x, 0) {
			return fork{}, errors.New("a leaf without a bound")
		}
	}
	return f, nil
}
