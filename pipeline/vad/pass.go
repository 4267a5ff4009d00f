package vad

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// largest is the most windows of one pass; a power of two. More gain nothing and take longer than a packet may wait.
const largest = 32

// pass is a set of buffers bound to the network, for one window of each of its streams.
type pass struct {
	streams               []*Stream
	in, state, prob, next []float32
	binding               *onnx.Binding
}

// take lends a pass over n windows, making one if all are lent out. It is called with m.mu held.
func (m *Model) take(n int) (*pass, error) {
	if ps := m.idle[n]; len(ps) > 0 {
		m.idle[n] = ps[:len(ps)-1]
		return ps[len(ps)-1], nil
	}
	p := &pass{
		streams: make([]*Stream, 0, n), in: make([]float32, n*(contextLen+WindowLen)), state: make([]float32, n*stateLen),
		prob: make([]float32, n), next: make([]float32, n*stateLen),
	}
	rows := int64(n)
	var err error
	p.binding, err = m.session.Bind(
		map[string]onnx.Tensor{
			"input": onnx.Floats(p.in, rows, contextLen+WindowLen), "state": onnx.Floats(p.state, 2, rows, stateLen/2),
			"sr": {Int: []int64{audio.Rate}},
		},
		map[string]onnx.Tensor{
			"output": onnx.Floats(p.prob, rows, 1), "stateN": onnx.Floats(p.next, 2, rows, stateLen/2),
		})
	if err != nil {
		return nil, fmt.Errorf("bind voice activity model: %w", err)
	}
	return p, nil
}

// run evaluates the complete windows of the pass's streams.
func (p *pass) run() {
	const row, half = contextLen + WindowLen, stateLen / 2
	n := len(p.streams)
	for i, s := range p.streams {
		copy(p.in[i*row:], s.in[:])
		copy(p.state[i*half:], s.state[:half])
		copy(p.state[(n+i)*half:], s.state[half:])
	}
	err := p.binding.Run(context.Background())
	for i, s := range p.streams {
		switch prob := p.prob[i]; {
		case err != nil:
			s.fail(fmt.Errorf("evaluate voice activity: %w", err))
		case math.IsNaN(float64(prob)):
			s.state = [stateLen]float32{}
			s.fail(errors.New("voice activity model gave no number"))
		default:
			copy(s.state[:half], p.next[i*half:(i+1)*half])
			copy(s.state[half:], p.next[(n+i)*half:])
			s.prob = max(0, min(1, prob))
		}
	}
}
