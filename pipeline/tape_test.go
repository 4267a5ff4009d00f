package pipeline

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// slowTape is a recording on a disk that does not write before it is let.
type slowTape struct {
	let         chan struct{}
	left, right []int16
}

func (s *slowTape) Write(left, right []int16) error {
	<-s.let
	s.left, s.right = append(s.left, left...), append(s.right, right...)
	return nil
}

func (s *slowTape) Mute(left bool, from, to int64) error {
	side := s.right
	if left {
		side = s.left
	}
	clear(side[min(from, int64(len(side))):min(to, int64(len(side)))])
	return nil
}

func (s *slowTape) Discard() error { return nil }
func (s *slowTape) Close() error   { return nil }

// frameOf is 20 ms of one value.
func frameOf(x int16) []int16 {
	f := make([]int16, audio.FrameLen)
	for i := range f {
		f[i] = x
	}
	return f
}

// TestTapeBehind has a disk hang for longer than the queue holds. What is lost is silence, all else lies where it was said,
// and what was to be masked meanwhile is.
func TestTapeBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tape := &slowTape{let: make(chan struct{})}
		w := newTapeWriter(tape, slog.New(slog.DiscardHandler))
		const lost, first = 50, int16(1)
		for i := range tapeDepth + lost { // nothing is read yet: the queue fills, the rest is lost
			w.push(frameOf(first+int16(i)), frameOf(first+int16(i)))
		}
		secret := Stretch{call.Offset(10 * audio.FrameTime), call.Offset(12 * audio.FrameTime)}
		w.mute(true, []Stretch{secret})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.run(ctx) }() // ends with stop
		close(tape.let)
		synctest.Wait() // all of the queue is written
		w.push(frameOf(-7), frameOf(-7))
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if n := len(tape.left) / audio.FrameLen; n != tapeDepth+lost+1 || w.lost != lost {
			t.Fatalf("%d frames are recorded, %d of them lost; want %d and %d", n, w.lost, tapeDepth+lost+1, lost)
		}
		at := func(side []int16, n int) int16 { return side[n*audio.FrameLen] }
		for n, want := range map[int]int16{9: 10, 10: 0, 11: 0, 12: 13, tapeDepth - 1: tapeDepth, tapeDepth: 0, tapeDepth + lost - 1: 0, tapeDepth + lost: -7} {
			if got := at(tape.left, n); got != want {
				t.Errorf("frame %d of the caller is %d, want %d", n, got, want)
			}
		}
		if got := at(tape.right, 10); got != 11 {
			t.Errorf("the other side was masked: %d", got)
		}
	})
}
