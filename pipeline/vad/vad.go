// Package vad finds speech in sound: the probability of speech for every 32 ms, from the Silero model, for streams as
// they come in and for whole recordings. It decides nothing about turns; it only says how sure it is that somebody
// speaks.
package vad

import (
	"errors"
	"fmt"
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

// Model is the loaded network. All its methods may be called from several goroutines at once. Windows of different streams
// that come at the same moment go through it together, on the thread of one of the callers.
type Model struct {
	session *onnx.Session
	most    int // passes at once

	mu      sync.Mutex
	waiting []*Stream // with a complete window, in the order they came; empty unless most passes run
	running int       // passes under way, or about to be run by a stream that was told to
	idle    map[int][]*pass
	closed  bool
	free    *sync.Cond // signalled when running falls to 0
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
	m := &Model{session: s, most: onnx.Cores(), idle: map[int][]*pass{}}
	m.free = sync.NewCond(&m.mu)
	return m, nil
}

// evaluate puts the complete window of s through the network and sets its probability or its error. Where fewer passes run
// than there are cores it runs one itself, at once; otherwise it waits until one takes it along, or hands it the next.
func (m *Model) evaluate(s *Stream) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		s.fail(ErrClosed)
		return
	}
	if m.running < m.most {
		m.running++
	} else {
		m.waiting = append(m.waiting, s)
		m.mu.Unlock()
		if heard := <-s.told; heard {
			return
		}
		m.mu.Lock()
	}
	m.together(s)
	m.mu.Unlock()
}

// together runs a pass over the window of s and of those that have waited longest, and then hands the next pass to one that
// has come meanwhile. It is called with m.mu held and lets go of it during the pass.
func (m *Model) together(s *Stream) {
	n := 1
	for 2*n <= min(1+len(m.waiting), largest) { // a pass with empty rows would compute them in vain
		n *= 2
	}
	if p, err := m.take(n); err != nil {
		s.fail(err)
	} else {
		p.streams = append(append(p.streams, s), m.waiting[:n-1]...)
		m.waiting = slices.Delete(m.waiting, 0, n-1)
		m.mu.Unlock()
		p.run()
		for _, other := range p.streams[1:] {
			other.told <- true
		}
		p.streams = slices.Delete(p.streams, 0, n)
		m.mu.Lock()
		m.idle[n] = append(m.idle[n], p)
	}
	if len(m.waiting) > 0 {
		next := m.waiting[0]
		m.waiting = slices.Delete(m.waiting, 0, 1)
		next.told <- false
		return
	}
	if m.running--; m.running == 0 {
		m.free.Broadcast()
	}
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
	for m.running > 0 {
		m.free.Wait()
	}
	for _, ps := range m.idle {
		for _, p := range ps {
			p.binding.Close()
		}
	}
	clear(m.idle)
	return m.session.Close()
}

// Stream is one voice being listened to. It holds nothing outside Go and need not be closed. Calls must not overlap;
// different streams of a model may be used at once.
type Stream struct {
	m     *Model
	in    [contextLen + WindowLen]float32 // the end of the last window, then the window being filled
	n     int                             // samples of the window that are there
	state [stateLen]float32
	prob  float32 // of the last window
	err   error
	told  chan bool // while it waits: its window was heard (true), or it is to run the next pass (false)
}

// NewStream returns a stream that has heard nothing yet.
func (m *Model) NewStream() *Stream { return &Stream{m: m, told: make(chan bool, 1)} }

// Push takes the next samples of the stream, at audio.Rate, and appends to dst one probability of speech, 0 to 1, for
// each window of WindowLen samples that became complete; samples of an incomplete one are kept for the next call. Each
// evaluation blocks for a fraction of a millisecond, on a crowded machine for two passes over up to 32 windows. When the
// model fails the probabilities are 0 and Err tells why.
func (s *Stream) Push(dst []float32, pcm []int16) []float32 {
	for pcm = pcm[s.fill(pcm):]; s.n == WindowLen; pcm = pcm[s.fill(pcm):] {
		s.m.evaluate(s)
		dst = append(dst, s.prob)
		s.shift()
	}
	return dst
}

// fail notes why a window has no probability.
func (s *Stream) fail(err error) { s.prob, s.err = 0, err }

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

// Pending returns how many samples of an incomplete window the stream holds, 0 to WindowLen-1.
func (s *Stream) Pending() int { return s.n }

// Err returns why the last evaluation that failed did, nil if none did since the start or the last Reset.
func (s *Stream) Err() error { return s.err }

// Reset makes the stream forget all it heard.
func (s *Stream) Reset() { *s = Stream{m: s.m, told: s.told} }
