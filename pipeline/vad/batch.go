package vad

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// Batch evaluates windows of many streams of one model in one pass of the network, which costs less than one pass each.
// Calls must not overlap, and while a stream is in a call nothing else may use it. It must be closed before its model,
// whose Close waits for it.
type Batch struct {
	m                     *Model
	size                  int
	in, state, prob, next []float32
	binding               *onnx.Binding
	ready                 []int // streams whose window is complete
}

// NewBatch returns a batch whose passes take size windows, 1 or more; 16 to 64 is good for hundreds of streams.
func (m *Model) NewBatch(size int) (*Batch, error) {
	if size < 1 {
		return nil, fmt.Errorf("voice activity batch of %d windows: at least 1 is needed", size)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	b := &Batch{
		m: m, size: size, in: make([]float32, size*(contextLen+WindowLen)), state: make([]float32, size*stateLen),
		prob: make([]float32, size), next: make([]float32, size*stateLen),
	}
	n := int64(size)
	var err error
	b.binding, err = m.session.Bind(
		map[string]onnx.Tensor{
			"input": onnx.Floats(b.in, n, contextLen+WindowLen), "state": onnx.Floats(b.state, 2, n, stateLen/2),
			"sr": {Int: []int64{audio.Rate}},
		},
		map[string]onnx.Tensor{
			"output": onnx.Floats(b.prob, n, 1), "stateN": onnx.Floats(b.next, 2, n, stateLen/2),
		})
	if err != nil {
		return nil, fmt.Errorf("bind voice activity batch: %w", err)
	}
	m.busy++
	return b, nil
}

// Close frees the batch. A second Close does nothing.
func (b *Batch) Close() {
	if b.binding == nil {
		return
	}
	b.binding.Close()
	b.binding = nil
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	b.m.busy--
	b.m.free.Broadcast()
}

// Push gives pcm[i], at most WindowLen samples, to streams[i]. It sets probs[i] to the probability of speech, 0 to 1, of
// the window that became complete, or to -1 where none did. A stream may stand in streams only once; the three slices
// have one length. It blocks for the passes of the network. After an error the streams whose windows were complete have
// heard them but carry nothing on from them, and their probs are 0.
func (b *Batch) Push(probs []float32, streams []*Stream, pcm [][]int16) error {
	if b.binding == nil {
		return ErrClosed
	}
	b.ready = b.ready[:0]
	for i, s := range streams {
		if len(pcm[i]) > WindowLen {
			return fmt.Errorf("push %d samples to a voice activity batch: at most %d at once", len(pcm[i]), WindowLen)
		}
		probs[i] = -1
		if s.n+len(pcm[i]) >= WindowLen {
			b.ready = append(b.ready, i)
			continue
		}
		s.fill(pcm[i])
	}
	var failed error
	for rest := b.ready; len(rest) > 0; {
		part := rest[:min(b.size, len(rest))]
		rest = rest[len(part):]
		failed = errors.Join(failed, b.pass(probs, streams, pcm, part))
	}
	return failed
}

// pass completes the windows of part, at most size of them, and evaluates them. Rows left over compute in vain.
func (b *Batch) pass(probs []float32, streams []*Stream, pcm [][]int16, part []int) error {
	const row, half = contextLen + WindowLen, stateLen / 2
	for k, i := range part {
		s := streams[i]
		used := s.fill(pcm[i])
		copy(b.in[k*row:], s.in[:])
		copy(b.state[k*half:], s.state[:half])
		copy(b.state[(b.size+k)*half:], s.state[half:])
		s.shift()
		s.fill(pcm[i][used:])
	}
	err := b.binding.Run(context.Background())
	for k, i := range part {
		s, p := streams[i], b.prob[k]
		switch {
		case err != nil:
			probs[i], s.err = 0, err
			continue
		case math.IsNaN(float64(p)):
			s.state, probs[i] = [stateLen]float32{}, 0
			s.err = errors.New("voice activity model gave no number")
			continue
		}
		copy(s.state[:half], b.next[k*half:(k+1)*half])
		copy(s.state[half:], b.next[(b.size+k)*half:])
		probs[i] = max(0, min(1, p))
	}
	if err != nil {
		return fmt.Errorf("evaluate voice activity batch: %w", err)
	}
	return nil
}
