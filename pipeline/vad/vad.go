// Package vad finds speech in sound: the probability of speech for every 32 ms, from the Silero model, for streams as
// they come in and for whole recordings. It decides nothing about turns; it only says how sure it is that somebody
// speaks.
package vad

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// The windows of the model.
const (
	WindowLen  = 512                                  // samples at audio.Rate in a window
	WindowTime = WindowLen * time.Second / audio.Rate // 32 ms
	contextLen = 64                                   // samples of the window before that the model sees again
	stateLen   = 2 * 128                              // numbers the model carries from window to window
)

// ErrClosed is returned by a Model or its streams after Close.
var ErrClosed = errors.New("voice activity model is closed")

// Model is the loaded network. All its methods may be called from several goroutines at once; each evaluation runs on
// its caller's thread.
type Model struct {
	session *onnx.Session
	mu      sync.Mutex
	idle    []*evaluator // evaluators not in use
	busy    int
	free    *sync.Cond // signalled when busy falls
	closed  bool
}

// evaluator is a set of buffers bound to the network.
type evaluator struct {
	in, state, prob, next []float32
	binding               *onnx.Binding
}

// Open loads the Silero model (version 5 or 6, ONNX) at modelPath; onnx.Start must have succeeded before. The caller
// must Close it.
func Open(modelPath string) (*Model, error) {
	in, out, err := onnx.Ports(modelPath)
	if err != nil {
		return nil, fmt.Errorf("open voice activity model: %w", err)
	}
	var ports []string
	for _, p := range slices.Concat(in, out) {
		ports = append(ports, p.Name)
	}
	for _, want := range []string{"input", "state", "sr", "output", "stateN"} {
		if !slices.Contains(ports, want) {
			return nil, fmt.Errorf("open voice activity model %s: it has no %q: a Silero model of version 5 or 6 is needed",
				modelPath, want)
		}
	}
	s, err := onnx.Open(modelPath, onnx.Options{
		Threads: 1, Inputs: []string{"input", "state", "sr"}, Outputs: []string{"output", "stateN"},
	})
	if err != nil {
		return nil, fmt.Errorf("open voice activity model: %w", err)
	}
	m := &Model{session: s}
	m.free = sync.NewCond(&m.mu)
	return m, nil
}

// take lends an evaluator, making one if all are lent out.
func (m *Model) take() (*evaluator, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if n := len(m.idle); n > 0 {
		e := m.idle[n-1]
		m.idle = m.idle[:n-1]
		m.busy++
		return e, nil
	}
	e := &evaluator{
		in: make([]float32, contextLen+WindowLen), state: make([]float32, stateLen),
		prob: make([]float32, 1), next: make([]float32, stateLen),
	}
	var err error
	e.binding, err = m.session.Bind(
		map[string]onnx.Tensor{
			"input": onnx.Floats(e.in, 1, contextLen+WindowLen), "state": onnx.Floats(e.state, 2, 1, stateLen/2),
			"sr": {Int: []int64{audio.Rate}},
		},
		map[string]onnx.Tensor{
			"output": onnx.Floats(e.prob, 1, 1), "stateN": onnx.Floats(e.next, 2, 1, stateLen/2),
		})
	if err != nil {
		return nil, fmt.Errorf("bind voice activity model: %w", err)
	}
	m.busy++
	return e, nil
}

func (m *Model) giveBack(e *evaluator) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, e)
	m.busy--
	m.free.Broadcast()
}

// Close waits for evaluations under way and frees the model. Streams stay valid and fail from then on. A second Close
// does nothing.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	for m.busy > 0 {
		m.free.Wait()
	}
	for _, e := range m.idle {
		e.binding.Close()
	}
	m.idle = nil
	return m.session.Close()
}

// Stream is one voice being listened to. It holds nothing outside Go and need not be closed. Calls must not overlap;
// different streams of a model may be used at once.
type Stream struct {
	m     *Model
	in    [contextLen + WindowLen]float32 // the end of the last window, then the window being filled
	n     int                             // samples of the window that are there
	state [stateLen]float32
	err   error
}

// NewStream returns a stream that has heard nothing yet.
func (m *Model) NewStream() *Stream { return &Stream{m: m} }

// Push takes the next samples of the stream, at audio.Rate, and appends to dst one probability of speech, 0 to 1, for
// each window of WindowLen samples that became complete; samples of an incomplete one are kept for the next call. Each
// evaluation blocks for a fraction of a millisecond. When the model fails the probabilities are 0 and Err tells why.
func (s *Stream) Push(dst []float32, pcm []int16) []float32 {
	if s.n+len(pcm) < WindowLen {
		s.fill(pcm)
		return dst
	}
	e, err := s.m.take()
	if err != nil {
		s.err = err
		for pcm = pcm[s.fill(pcm):]; s.n == WindowLen; pcm = pcm[s.fill(pcm):] {
			dst = append(dst, 0)
			s.shift()
		}
		return dst
	}
	defer s.m.giveBack(e)
	for pcm = pcm[s.fill(pcm):]; s.n == WindowLen; pcm = pcm[s.fill(pcm):] {
		dst = append(dst, s.evaluate(e))
		s.shift()
	}
	return dst
}

// fill copies what fits into the window and returns how much that was.
func (s *Stream) fill(pcm []int16) int {
	k := min(len(pcm), WindowLen-s.n)
	for i, v := range pcm[:k] {
		s.in[contextLen+s.n+i] = float32(v) / 32768
	}
	s.n += k
	return k
}

// shift keeps the end of a complete window as context of the next.
func (s *Stream) shift() {
	copy(s.in[:contextLen], s.in[WindowLen:])
	s.n = 0
}

func (s *Stream) evaluate(e *evaluator) float32 {
	copy(e.in, s.in[:])
	copy(e.state, s.state[:])
	if err := e.binding.Run(context.Background()); err != nil {
		s.err = err
		return 0
	}
	p := e.prob[0]
	if math.IsNaN(float64(p)) {
		s.Reset()
		s.err = errors.New("voice activity model gave no number")
		return 0
	}
	copy(s.state[:], e.next)
	return max(0, min(1, p))
}

// Pending returns how many samples of an incomplete window the stream holds, 0 to WindowLen-1.
func (s *Stream) Pending() int { return s.n }

// Err returns why the last evaluation that failed did, nil if none did since the start or the last Reset.
func (s *Stream) Err() error { return s.err }

// Reset makes the stream forget all it heard.
func (s *Stream) Reset() { *s = Stream{m: s.m} }
