package pipeline

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
)

// vadStep is the time one voice probability stands for.
const vadStep = 32 * time.Millisecond

// maxCatchUp bounds how many frames are handled at once after the process was held up; older ones are skipped.
const maxCatchUp = 25

// media moves sound, 20 ms at a time: reads the leg, decides about the turn, writes what the player gives. It ends with
// ctx, or with endError when the far side has hung up.
func (v *conversation) media(ctx context.Context) error {
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	defer v.attend(false)
	frames := 0
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		due := int(time.Since(v.start)/audio.FrameTime) - frames
		if due > maxCatchUp { // the machine slept: keep the clock, lose the sound
			v.log.Warn("media was held up", "ms", due*20)
			for range due - maxCatchUp {
				v.skip()
				frames++
			}
			due = maxCatchUp
		}
		for range due {
			if err := v.frame(call.Offset(time.Duration(frames) * audio.FrameTime)); err != nil {
				return err
			}
			frames++
		}
	}
}

// frame handles the 20 ms that begin at offset at.
func (v *conversation) frame(at call.Offset) error {
	in, out := v.in[:], v.out[:]
	arrival, err := v.leg.ReadFrame(in)
	if errors.Is(err, io.EOF) {
		return &endError{call.Caller, "bye"}
	} else if err != nil {
		return err
	}
	level := audio.Level(in)
	if level > audio.VoicedDBFS && !arrival.Concealed && !arrival.Silent && !arrival.At.IsZero() {
		v.lastVoice.Store(int64(arrival.At.Sub(v.start)))
	}
	v.heard.push(in)
	ears, listening := v.ears.Load(), false
	if ears != nil {
		ears.push(at+call.Offset(audio.FrameTime), in)
	} else if listening = !v.held.Load(); listening {
		v.listen(at+call.Offset(audio.FrameTime), in)
		v.overhearHush(at+call.Offset(audio.FrameTime), level)
	}
	v.attend(listening)
	f := v.player.next(out, at)
	for _, g := range v.room.tick(in, out, at+call.Offset(audio.FrameTime)) {
		v.box.post(note{gone: g})
	}
	sent, err := v.leg.WriteFrame(out)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	v.echo.push(out, in)
	v.mark(f, out, sent)
	if v.tape != nil && !v.refused.Load() {
		tone, before := v.tones.hide(in, at)
		if before.End > 0 {
			v.tape.mute(true, []Stretch{before})
		}
		if v.paused.Load() || v.keying.Load() {
			clear(in)
			clear(out)
		}
		if tone || v.quiet.at(at) {
			clear(in)
		}
		v.tape.push(in, out)
	}
	return nil
}

// skip lets 20 ms pass in silence, so that sound and clock stay together.
func (v *conversation) skip() {
	clear(v.in[:])
	clear(v.out[:])
	v.heard.push(v.in[:])
	if v.tape != nil && !v.refused.Load() {
		v.tape.push(v.in[:], v.out[:])
	}
}

// mark notes when a reply began, was first heard and ended.
func (v *conversation) mark(f frame, out []int16, sent time.Time) {
	if r := f.reply; r != nil {
		if f.began {
			v.box.post(note{began: r})
			v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Bot(at, true) })
		}
		r.mu.Lock()
		first := r.voiced == 0 && audio.Level(out) > audio.VoicedDBFS
		if first {
			r.voiced = call.Offset(sent.Sub(v.start))
		}
		r.mu.Unlock()
		if first {
			v.box.post(note{voiced: r})
		}
	}
	if f.over != nil {
		v.box.post(note{over: f.over})
		if !v.player.busy() {
			v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Bot(at, false) })
		}
	}
}

// listen feeds voice activity to the turn machine.
func (v *conversation) listen(at call.Offset, in []int16) {
	v.probs = v.Voices.Push(v.probs[:0], in)
	for _, p := range v.probs {
		if p >= 0.3 && v.player.busy() && v.echo.heard() {
			p = 0
		}
		v.decide(func(m *turn.Machine, _ time.Duration) []turn.Decision { return m.Prob(time.Duration(at), vadStep, p) })
	}
}

// decide runs step on the turn machine, acts at once on what concerns the bot's voice, and passes every decision on.
func (v *conversation) decide(step func(m *turn.Machine, at time.Duration) []turn.Decision) {
	v.turnMu.Lock()
	decisions := step(v.turn, time.Duration(v.now()))
	v.turnMu.Unlock()
	for _, d := range decisions {
		switch d.Kind {
		case turn.Start:
			v.player.yield(true)
		case turn.Duck:
			v.player.duck(true)
		case turn.Unduck:
			v.player.duck(false)
		case turn.Cancel:
			for _, r := range v.player.cancel(v.now()) {
				v.box.post(note{over: r})
			}
		}
		v.box.post(note{turn: d})
	}
}

// attend keeps background work off the machine while the caller, if listened to, is in a turn.
func (v *conversation) attend(listening bool) {
	inTurn := listening && !v.callerQuiet()
	switch {
	case inTurn && v.letGo == nil:
		v.letGo = v.Work.Hold()
	case !inTurn && v.letGo != nil:
		v.letGo()
		v.letGo = nil
	}
}

// callerQuiet reports whether the caller is in no turn.
func (v *conversation) callerQuiet() bool {
	v.turnMu.Lock()
	defer v.turnMu.Unlock()
	return v.turn.Quiet()
}
