package quality

import (
	"math"
	"slices"

	"github.com/parley-voice/parley/nlu/softmax"
)

// fit is the softmax regression of labels, 0 to classes-1, on rows: few hundred steps of gradient descent with momentum, shrunk
// towards nothing. Weights of rows are optional.
func fit(rows [][]float64, labels []int, classes int, weigh []float64, shrink float64, steps int) [][]float64 {
	n := len(rows[0])
	w, v, g, p := grid(classes, n), grid(classes, n), grid(classes, n), make([]float64, classes)
	rate, momentum := 1/(0.55*steepness(rows, weigh)+shrink), 1.0
	for range steps {
		for c := range g {
			for i := range g[c] {
				g[c][i] = shrink * v[c][i]
			}
		}
		for r, row := range rows {
			for c, line := range v {
				p[c] = product(line, row)
			}
			softmax.Normalize(p)
			for c, d := range p {
				if c == labels[r] {
					d--
				}
				if weigh != nil {
					d *= weigh[r]
				}
				if math.Abs(d) < 1e-6 {
					continue
				}
				line := g[c][:len(row)]
				for i, z := range row {
					line[i] += d * z
				}
			}
		}
		next := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		for c := range v {
			for i := range v[c] {
				was := w[c][i]
				w[c][i] = v[c][i] - rate*g[c][i]
				v[c][i] = w[c][i] + (momentum-1)/next*(w[c][i]-was)
			}
		}
		momentum = next
	}
	return w
}

// product is the inner product of a and b, in four sums that the processor adds up side by side.
func product(a, b []float64) float64 {
	var s [4]float64
	b = b[:len(a)]
	for ; len(a) >= 4; a, b = a[4:], b[4:] {
		s[0] += a[0] * b[0]
		s[1] += a[1] * b[1]
		s[2] += a[2] * b[2]
		s[3] += a[3] * b[3]
	}
	for i, x := range a {
		s[0] += x * b[i]
	}
	return s[0] + s[1] + s[2] + s[3]
}

func grid(lines, n int) [][]float64 {
	out := make([][]float64, lines)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// steepness is the largest eigenvalue of the rows' products, which a power iteration finds.
func steepness(rows [][]float64, weigh []float64) (top float64) {
	n := len(rows[0])
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	for range 30 {
		y := make([]float64, n)
		for r, row := range rows {
			d := product(row, x)
			if weigh != nil {
				d *= weigh[r]
			}
			for i, z := range row {
				y[i] += d * z
			}
		}
		top = 0
		for _, z := range y {
			top += z * z
		}
		top = math.Sqrt(top)
		for i := range x {
			x[i] = y[i] / max(top, 1e-12)
		}
	}
	return top
}

// fitSigns is fit for signs.
func fitSigns(list []signs, labels []int, classes int, weigh []float64, shrink float64) weights {
	at, names := map[string]int{}, []string{}
	for _, s := range list {
		for name := range s {
			if _, ok := at[name]; !ok {
				at[name] = 0
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		at[name] = i
	}
	rows := make([][]float64, len(list))
	for i, s := range list {
		rows[i] = make([]float64, len(names))
		for name, v := range s {
			rows[i][at[name]] = v
		}
	}
	w := fit(rows, labels, classes, weigh, shrink, 200)
	out := weights{}
	for i, name := range names {
		for _, line := range w {
			out[name] = append(out[name], rounded(line[i]))
		}
	}
	return out
}

func rounded(x float64) float64 { return math.Round(x*1e3) / 1e3 }

// fitVectors draws lines between vectors: weights as in head.Classes, for each of the labels.
func fitVectors(vectors [][]float32, labels []int) [][]float64 {
	const scale, shrink, steps = 3, 0.3, 150
	mean := meanOf(vectors)
	rows := make([][]float64, len(vectors))
	for i, v := range vectors {
		for x := range v {
			rows[i] = append(rows[i], scale*float64(v[x]-mean[x]))
		}
		rows[i] = append(rows[i], 1)
	}
	w := fit(rows, labels, slices.Max(labels)+1, nil, shrink, steps)
	for _, line := range w {
		for x := range mean {
			line[x] = rounded(line[x] * scale)
			line[len(mean)] -= line[x] * float64(mean[x])
		}
		line[len(mean)] = rounded(line[len(mean)])
	}
	return w
}

func meanOf(vectors [][]float32) []float32 {
	mean := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		for x := range v {
			mean[x] += v[x] / float32(len(vectors))
		}
	}
	for x := range mean {
		mean[x] = float32(math.Round(float64(mean[x])*1e4) / 1e4)
	}
	return mean
}
