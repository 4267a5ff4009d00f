package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/parley-voice/parley/pipeline/audio"
)

// tapeDepth is how many frames may wait for the disk: 20 s.
const tapeDepth = 1000

// tapeWriter keeps the disk away from the media loop.
type tapeWriter struct {
	log    *slog.Logger
	tape   Tape
	frames chan [2][]int16
	lost   int // frames dropped because the disk was behind; silence is written for them
}

func newTapeWriter(t Tape, log *slog.Logger) *tapeWriter {
	return &tapeWriter{log: log, tape: t, frames: make(chan [2][]int16, tapeDepth)}
}

// push hands over copies of the two sides of one frame and never blocks.
func (t *tapeWriter) push(left, right []int16) {
	both := make([]int16, 2*audio.FrameLen)
	l, r := both[:audio.FrameLen], both[audio.FrameLen:]
	copy(l, left)
	copy(r, right)
	select {
	case t.frames <- [2][]int16{l, r}:
	default:
		t.lost++
	}
}

// run writes until ctx ends, then what is left. A disk that fails ends the recording, not the call.
func (t *tapeWriter) run(ctx context.Context) error {
	failed := false
	write := func(f [2][]int16) {
		if failed {
			return
		}
		if err := t.tape.Write(f[0], f[1]); err != nil {
			failed = true
			t.log.Error("recording stopped, the call goes on", "err", err)
		}
	}
	for {
		select {
		case f := <-t.frames:
			write(f)
		case <-ctx.Done():
			for {
				select {
				case f := <-t.frames:
					write(f)
				default:
					return t.close()
				}
			}
		}
	}
}

func (t *tapeWriter) close() error {
	if t.lost > 0 {
		t.log.Warn("recording misses frames: the disk was too slow", "frames", t.lost)
	}
	if err := t.tape.Close(); err != nil && !errors.Is(err, context.Canceled) {
		t.log.Error("recording not closed", "err", fmt.Errorf("close recording: %w", err))
	}
	return nil
}
