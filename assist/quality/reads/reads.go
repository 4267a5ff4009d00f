// Package reads tells of a finished call whether what a question asks about was done, by what was learnt from calls that people
// judged: each turn is read behind those before it by the lower layers of an embedding model, and a question, known by the vectors of
// its text and its hints, chooses among the turns and facts those that tell. It knows no words and no rules; what it says is one sign
// among others for assist/quality.
package reads

import (
	"context"
	_ "embed" // what was learnt
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/parley-voice/parley/knowledge/vector"
	"github.com/parley-voice/parley/nlu/softmax"
)

//go:embed data/en.onnxpart
var partEN []byte

//go:embed data/zh.onnxpart
var partZH []byte

//go:embed data/en.weights
var weightsEN []byte

//go:embed data/zh.weights
var weightsZH []byte

// Model is what was learnt for one embedding model: learn.py makes it. It is safe for concurrent use and must not be changed.
type Model struct {
	// Part is the graph that reads one turn, for embed.Reader. It gives Numbers numbers.
	Part []byte
	Dims int // of a vector of the embedding model

	lang string
	load func() *learnt
}

// models are those there are, by the hash of the embedding model.
var models = map[string]*Model{
	"b3ddde66c235c665de63db6e0ef5f8d31010a48ca3d6785a3636605f6c87df06": newModel("en", 384, partEN, weightsEN),
	"ec4c567cefb7e3c16344ee960ac1bac83a79a6049b8781eaef8e6ff846aa422b": newModel("zh", 512, partZH, weightsZH),
}

func newModel(lang string, dims int, part, weights []byte) *Model {
	m := &Model{Part: part, lang: lang, Dims: dims}
	m.load = sync.OnceValue(func() *learnt { return unpack(weights, dims) })
	return m
}

// For is the model for an embedding model with this hash, nil for none.
func For(hash string) *Model { return models[hash] }

// What was learnt has these sizes; learn.py names them alike.
const (
	seeds   = 2               // readers learnt apart, whose mean counts
	numbers = 16 * 8          // of a turn, for each of them
	place   = 10              // of where a turn stands
	wide    = numbers + place // of a turn, all in all
	heads   = 16
	asked   = 24 // of a question
	held    = 16 // of what a head found
	values  = 3
	Numbers = seeds * numbers // that Part gives of a turn
)

// Reader reads what is said now behind what was said before it, oldest first (embed.Reader with Part does). It must be safe for
// concurrent use.
type Reader interface {
	Read(ctx context.Context, before []string, now string) ([]float32, error)
}

// Said is a turn or a fact.
type Said struct {
	Agent, Caller bool // who says it; neither for a fact
	// First and last turn of the call are 0 and Of-1.
	Nth, Of       int
	After, Before float64 // seconds of silence between it and its neighbours
	Lasts         float64 // seconds
	Numbers       []float32
}

// names are how a Reader is told who speaks.
var names = map[string]map[bool]string{"en": {true: "agent: ", false: "caller: "}, "zh": {true: "客服：", false: "客户："}}

// Named is a turn as a Reader is given it.
func (m *Model) Named(agent bool, text string) string { return names[m.lang][agent] + text }

// places are where s stands, as it was learnt.
func (s Said) places() [place]float32 {
	p := [place]float32{place - 1: 1}
	switch {
	case s.Agent:
		p[0] = 1
	case s.Caller:
		p[1] = 1
	default:
		p[2] = 1
		return p
	}
	tens := func(seconds, most float64) float32 { return float32(min(most, max(0, seconds)/10)) }
	p[3], p[4] = float32(math.Exp(-float64(s.Nth)/2)), float32(math.Exp(-float64(s.Of-1-s.Nth)/2))
	p[5] = float32(s.Nth) / float32(s.Of)
	p[6], p[7], p[8] = tens(s.After, 2), tens(s.Before, 2), tens(s.Lasts, 3)
	return p
}

// Question is what is asked of a call, in the call's language: vectors of length one.
type Question struct {
	Text  []float32
	Hints [][]float32 // may be none
	Fails bool        // an answer fails the call
}

// Answer is how likely what a question asks about was done, was not done, or does not come up.
type Answer struct{ Done, Not, NA float64 }

// Answer reads the call that was said. It is the zero Answer for no call and for vectors of another model.
func (m *Model) Answer(q Question, said []Said) (a Answer) {
	if len(said) == 0 || len(q.Text) != m.Dims || slices.ContainsFunc(q.Hints, func(h []float32) bool { return len(h) != m.Dims }) {
		return a
	}
	l := m.load()
	told := l.told(q)
	for i, n := range l.nets {
		rows := make([][]float32, len(said))
		for k, s := range said {
			if len(s.Numbers) < Numbers {
				return Answer{}
			}
			p := s.places()
			rows[k] = append(append(make([]float32, 0, wide), s.Numbers[i*numbers:(i+1)*numbers]...), p[:]...)
		}
		z := n.odds(told, rows)
		softmax.Normalize(z[:])
		a.Done, a.Not, a.NA = a.Done+z[0]/seeds, a.Not+z[1]/seeds, a.NA+z[2]/seeds
	}
	return a
}

// learnt are the weights of a model.
type learnt struct {
	mean []float32 // of all vectors
	nets [seeds]net
}

// net is one reader, as Net in learn.py: matrices by rows.
type net struct{ a, k, ka, h, hb, g, w, wa, b []float32 }

// unpack reads weights, the upper halves of floats.
func unpack(raw []byte, dims int) *learnt {
	take := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
		raw = raw[2*n:]
		return out
	}
	l := &learnt{mean: take(dims)}
	for i := range l.nets {
		l.nets[i] = net{
			a: take((2*dims + 2) * asked), k: take(heads * wide), ka: take(asked * heads * wide), h: take(heads * wide * held), hb: take(heads * held),
			g: take(asked * heads * held), w: take(heads * held * values), wa: take(asked * values), b: take(values),
		}
	}
	return l
}

// told is what a reader is told of q: its text, the mean of its hints, whether it fails a call, and 1.
func (l *learnt) told(q Question) []float32 {
	const scale = 4
	out := make([]float32, 2*len(l.mean)+2)
	add := func(to, v []float32, weight float64) {
		var size float64
		for i := range v {
			d := float64(v[i] - l.mean[i])
			size += d * d
		}
		for i := range v {
			to[i] += float32(weight / (math.Sqrt(size) + 1e-6) * float64(v[i]-l.mean[i]))
		}
	}
	n := len(l.mean)
	add(out[:n], q.Text, scale)
	for _, h := range q.Hints {
		add(out[n:2*n], h, scale/float64(len(q.Hints)))
	}
	if q.Fails {
		out[2*n] = 1
	}
	out[2*n+1] = 1
	return out
}

// odds are the log odds of the values.
func (n net) odds(told []float32, rows [][]float32) (z [values]float64) {
	q := times(told, n.a, asked)
	tanh(q)
	gate := times(q, n.g, heads*held)
	tanh(gate)
	keys := times(q, n.ka, heads*wide)
	for i := range keys {
		keys[i] += n.k[i]
	}
	found := make([]float32, 0, heads*held)
	for h := range heads {
		v := chosen(keys[h*wide:(h+1)*wide], rows)
		f := times(v, n.h[h*wide*held:(h+1)*wide*held], held)
		for i := range f {
			f[i] += n.hb[h*held+i]
		}
		tanh(f)
		found = append(found, f...)
	}
	for i := range found {
		found[i] *= 1 + gate[i]
	}
	out, own := times(found, n.w, values), times(q, n.wa, values)
	for i := range z {
		z[i] = float64(out[i] + own[i] + n.b[i])
	}
	return z
}

// chosen is the mean of rows, each as much as its product with key says.
func chosen(key []float32, rows [][]float32) []float32 {
	share := make([]float64, len(rows))
	for i, r := range rows {
		share[i] = float64(vector.Dot(key, r))
	}
	softmax.Normalize(share)
	out := make([]float32, len(key))
	for i, r := range rows {
		for k, x := range r {
			out[k] += float32(share[i]) * x
		}
	}
	return out
}

// times is x times a matrix with n columns.
func times(x, m []float32, n int) []float32 {
	out := make([]float32, n)
	for i, v := range x {
		for k, w := range m[i*n : (i+1)*n] {
			out[k] += v * w
		}
	}
	return out
}

func tanh(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Tanh(float64(v)))
	}
}
