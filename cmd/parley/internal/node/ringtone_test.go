package node

import (
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// steady is a leg that sends the same sample all the time, and keeps what it was sent last.
type steady struct {
	says  atomic.Int32 // 0: nothing comes
	ended atomic.Bool
	heard atomic.Pointer[[]int16]
}

func (l *steady) ReadFrame(dst []int16) (audio.Arrival, error) {
	if l.ended.Load() {
		return audio.Arrival{}, io.EOF
	}
	v := int16(l.says.Load()) //nolint:gosec // small
	for i := range dst {
		dst[i] = v
	}
	return audio.Arrival{Silent: v == 0}, nil
}

func (l *steady) WriteFrame(src []int16) (time.Time, error) {
	got := append([]int16(nil), src...)
	l.heard.Store(&got)
	return time.Time{}, nil
}

func (*steady) Signals() <-chan call.Signal { return nil }
func (*steady) Why() (call.Party, string)   { return "", "" }

// TestRingToneOfTheFarSide calls somebody back: the agent hears it ring, and what the network says in place of that once it does.
func TestRingToneOfTheFarSide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		agent, far, early, stop, done := &steady{}, &steady{}, make(chan pipeline.Leg, 1), make(chan struct{}), make(chan bool, 1)
		go func() { done <- ringTone(agent, early, stop) }() // ends with stop
		hears := func(what string, own bool, want int16) {
			t.Helper()
			time.Sleep(100 * time.Millisecond) // of the bubble
			synctest.Wait()
			got := *agent.heard.Load()
			if tone := got[1] != got[0]; tone != own || !own && got[0] != want {
				t.Errorf("%s: the agent hears %v", what, got[:8])
			}
		}
		hears("at first", true, 0)
		early <- far
		hears("while nothing comes", true, 0)
		far.says.Store(1234)
		hears("when something comes", false, 1234)
		far.says.Store(0)
		hears("between two words", false, 0)
		far.ended.Store(true)
		hears("when another host is called", true, 0)
		early <- &steady{}
		hears("while that sends nothing", true, 0)
		close(stop)
		if !<-done {
			t.Error("the agent is gone")
		}
	})
}
