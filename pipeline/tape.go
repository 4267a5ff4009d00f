package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// tapeDepth is how many frames may wait for the disk: 20 s.
const tapeDepth = 1000

// tapeWriter keeps the disk away from the media loop.
type tapeWriter struct {
	log    *slog.Logger
	tape   Tape
	frames chan tapeJob
	failed func(error) // told once, when the disk fails; nil: nobody
	missed int         // frames dropped since the last one, because the disk was behind; of the media loop
	lost   int         // frames that silence was written for instead; of run

	mu   sync.Mutex
	late []tapeJob // stretches for which there was no room in frames
}

// tapeJob is a frame of both sides, or a stretch to be silenced.
type tapeJob struct {
	left, right []int16
	missed      int // frames before it that are lost
	mute        []Stretch
	caller      bool
	discard     bool // nothing more is recorded, and what was is removed
}

func newTapeWriter(t Tape, log *slog.Logger) *tapeWriter {
	return &tapeWriter{log: log, tape: t, frames: make(chan tapeJob, tapeDepth)}
}

// push hands over copies of the two sides of one frame and never blocks. For a frame that finds no room silence is written as
// soon as there is some, so that everything after it lies where it was said.
func (t *tapeWriter) push(left, right []int16) {
	both := make([]int16, 2*audio.FrameLen)
	l, r := both[:audio.FrameLen], both[audio.FrameLen:]
	copy(l, left)
	copy(r, right)
	select {
	case t.frames <- tapeJob{left: l, right: r, missed: t.missed}:
		t.missed = 0
	default:
		t.missed++
	}
}

// unrecord takes what who said in each stretch out of the recording, what is still to come of it too. It may be called from
// any goroutine and never blocks.
func (v *conversation) unrecord(who call.Party, at []Stretch) {
	if v.tape == nil || len(at) == 0 {
		return
	}
	if who == call.Caller { // before the stretch is handed over, so that no frame slips in between
		for _, s := range at {
			v.quiet.until(s.End)
		}
	}
	v.tape.mute(who == call.Caller, at)
}

// roll has the recording written until the function it returns is called, which waits for it: nobody may mute anything
// after that.
func (v *conversation) roll(ctx context.Context) (stop func()) {
	if v.tape == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { // ends with stop, after writing what it has
		defer close(done)
		_ = v.tape.run(ctx) // has told of what went wrong
	}()
	return func() { cancel(); <-done }
}

// abandon forgets what the caller said last and was not answered, as the call ends. Where nobody will know the text, what is
// secret in it, and all of it when it was not read yet, is taken out of the recording too.
func (v *conversation) abandon() {
	for _, p := range []*preparation{v.owed, v.prep} {
		switch {
		case p == nil:
		case p.done:
			v.unrecord(call.Caller, p.secret)
		case !p.asking.Load() || p.ended == 0:
			v.unrecord(call.Caller, []Stretch{{max(0, call.Offset(p.from)-aroundUnheard), call.Offset(p.to) + aroundUnheard}})
		}
	}
	v.forget()
}

// mute has what was said in each stretch silenced on one side. It never blocks; when the queue is full it is done once what
// is in it has been written.
func (t *tapeWriter) mute(caller bool, at []Stretch) {
	if len(at) == 0 {
		return
	}
	j := tapeJob{mute: at, caller: caller}
	select {
	case t.frames <- j:
	default:
		t.mu.Lock()
		defer t.mu.Unlock()
		t.late = append(t.late, j)
	}
}

// behind takes the stretches that found no room.
func (t *tapeWriter) behind() []tapeJob {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.late
	t.late = nil
	return out
}

// discard ends the recording and removes it. It never blocks for long: the queue is emptied first, as nothing in it will
// be written.
func (t *tapeWriter) discard() {
	for {
		select {
		case t.frames <- tapeJob{discard: true}:
			return
		default:
		}
		select {
		case <-t.frames:
		default:
		}
	}
}

// silence carries out mute. The frames of the stretches are written already: they were heard before they were understood.
func (t *tapeWriter) silence(j tapeJob) error {
	for _, s := range j.mute {
		if err := t.tape.Mute(j.caller, sampleAt(s.Start), sampleAt(s.End)); err != nil {
			return err
		}
	}
	return nil
}

// quietFrame is written for a frame that was lost.
var quietFrame [audio.FrameLen]int16

func sampleAt(o call.Offset) int64 { return max(0, int64(o.Seconds()*audio.Rate)) }

// run writes until ctx ends, then what is left. A disk that fails ends the recording, not the call.
func (t *tapeWriter) run(ctx context.Context) error {
	failed := false
	write := func(j tapeJob) {
		if failed {
			return
		}
		if j.discard {
			failed = true
			if err := t.tape.Discard(); err != nil {
				t.log.Error("a recording the caller did not want was not removed", "err", err)
			}
			return
		}
		err := t.silence(j)
		for ; err == nil && j.missed > 0; j.missed-- {
			err = t.tape.Write(quietFrame[:], quietFrame[:])
			t.lost++
		}
		if err == nil && j.mute == nil {
			err = t.tape.Write(j.left, j.right)
		}
		if err != nil {
			failed = true
			t.log.Error("recording stopped, the call goes on", "err", err)
			if t.failed != nil {
				t.failed(err)
			}
		}
	}
	for {
		select {
		case f := <-t.frames:
			write(f)
		case <-ctx.Done():
			for len(t.frames) > 0 {
				write(<-t.frames)
			}
		}
		if len(t.frames) == 0 {
			for _, j := range t.behind() {
				write(j)
			}
		}
		if ctx.Err() != nil && len(t.frames) == 0 {
			return t.close()
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
