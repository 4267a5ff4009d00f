package pipeline

import (
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// hiddenKey stands for a key that is nobody's business.
const hiddenKey = '•'

// Around a private key nothing of the caller's sound is recorded: telephones and gateways often let a piece of the tone
// through beside the event.
const (
	beforeKey = 200 * time.Millisecond
	afterKey  = 300 * time.Millisecond
)

// privateKey reports whether a key is a part of something that must not be seen: the caller was asked for it, is reading it
// out, or the recording is paused for it. A choice among what was offered is none.
func (v *conversation) privateKey(digit rune) bool {
	if n := len(v.dialogue.Offered); !v.leaving && (digit >= '1' && int(digit-'0') <= n || digit == '0' || digit == '*') {
		return false
	}
	return v.paused.Load() || v.redact.Private(call.Caller)
}

// shown is what is written of a key. Around one that is hidden the caller is not recorded.
func (v *conversation) shown(s call.Signal, at call.Offset) rune {
	if !v.privateKey(s.Digit) {
		return s.Digit
	}
	if v.tape != nil {
		v.quiet.until(at + call.Offset(afterKey))
		v.tape.mute(true, []Stretch{{max(0, at-call.Offset(beforeKey)), at}})
	}
	return hiddenKey
}

// quiet is until when the caller is left out of the recording. Whoever finds something private sets it, the media loop asks.
type quiet struct{ end atomic.Int64 }

func (q *quiet) until(at call.Offset) {
	for end := q.end.Load(); int64(at) > end && !q.end.CompareAndSwap(end, int64(at)); end = q.end.Load() {
	}
}

func (q *quiet) at(o call.Offset) bool { return int64(o) < q.end.Load() }

// keyTones keeps the sound of keys out of the recording, whoever pressed them for whatever: what is dialled into a line may
// be a card number that nobody here has asked for. It is the media loop's.
type keyTones struct{ run int }

// tonesSure is how many frames in a row make a key: a voice hits the two tones for one by accident.
const tonesSure = 2

// hide takes the frame of the caller that begins at offset at, and reports whether it must not be written, and which
// frames before it must not have been.
func (k *keyTones) hide(frame []int16, at call.Offset) (now bool, before Stretch) {
	if !audio.IsKeyTone(frame) {
		was := k.run
		k.run = 0
		return was >= tonesSure, Stretch{} // the tone dies away in this one
	}
	if k.run++; k.run < tonesSure {
		return false, Stretch{}
	}
	if k.run == tonesSure {
		before = Stretch{max(0, at-call.Offset(tonesSure*audio.FrameTime)), at}
	}
	return true, before
}
