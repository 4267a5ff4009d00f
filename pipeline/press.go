package pipeline

import (
	"context"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
)

// A caller may press a key while they speak, or before it is known what they said. Those words are a turn like any other: they are
// heard before the key does what it does, so that whoever takes over has them, and are answered where the key means nothing. What
// takes too long to be heard is written down after the key.

// wordsFirst bounds how long a key waits for the words before it.
const wordsFirst = 2 * time.Second

// press is a key that was told already and is still to be answered.
type press struct {
	digit, shown rune
	at           call.Offset
}

// presses are keys that wait until the words before them are heard.
type presses struct {
	keys  []press
	ended bool // the turn before them has
	late  *time.Timer
}

// afterWords reports whether k waits for what the caller has said before it.
func (v *conversation) afterWords(k press) bool {
	if w := v.pressed; w != nil {
		w.keys = append(w.keys, k)
		return true
	}
	if v.callerQuiet() && v.unheard() == nil {
		return false
	}
	w := &presses{keys: []press{k}}
	v.pressed = w
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Key(at) })
	// What was decided is in the box before this.
	v.box.post(note{do: func(ctx context.Context) error {
		w.ended = true
		v.pressOn(ctx, w)
		return nil
	}})
	w.late = time.AfterFunc(wordsFirst, func() { // stopped once the keys are answered
		v.box.post(note{do: func(ctx context.Context) error {
			if v.pressed == w {
				v.hearLater(ctx)
				v.answerPresses(ctx, w, false)
			}
			return nil
		}})
	})
	return true
}

// unheard is the turn whose words are not known yet, nil when there is none.
func (v *conversation) unheard() *preparation {
	if p := v.awaited(); p != nil && !p.asking.Load() {
		return p
	}
	return nil
}

// pressOn answers the keys of w once the words before them are known.
func (v *conversation) pressOn(ctx context.Context, w *presses) {
	if w != nil && w == v.pressed && w.ended && v.unheard() == nil {
		v.answerPresses(ctx, w, v.owed != nil || v.prep != nil)
	}
}

// answerPresses answers keys in their order. With words, a reply to what was said before them is in the making: it is kept where the
// keys mean nothing.
func (v *conversation) answerPresses(ctx context.Context, w *presses, words bool) {
	w.late.Stop()
	v.pressed = nil
	for _, k := range w.keys {
		if v.leaving {
			return
		}
		if !words || !v.idleKey(ctx, k) {
			v.answerKey(ctx, k)
			words = false
		}
	}
}

// idleKey writes down a key that means nothing beside the words before it, and reports false when it means something.
func (v *conversation) idleKey(ctx context.Context, k press) bool {
	if v.choice != 0 && k.digit == v.choice {
		return false
	}
	dec, err := v.meaning(ctx, k, v.standing())
	if err != nil || dec.Decision != answer.Clarify {
		return false
	}
	v.flushPending()
	for _, p := range []*preparation{v.owed, v.prep} {
		if p != nil {
			p.keyed = true
		}
	}
	v.writePress(k)
	return true
}

// hearLater has what the caller said before a key that waits no longer recognised beside the call, to be written down without an
// answer. It ends with the recognition; Serve waits for it.
func (v *conversation) hearLater(ctx context.Context) {
	p := v.unheard()
	if p == nil {
		return
	}
	from, to, lang := p.from, p.to, p.speaks.lang
	v.jobs.Go(func() {
		t, secret, err := v.recogniseIn(ctx, v.heard, call.Caller, from, to, work.Final, lang, asr.AsNeeded)
		if err != nil {
			v.unrecord(call.Caller, []Stretch{{max(0, call.Offset(from)-aroundUnheard), call.Offset(to) + aroundUnheard}})
			return
		}
		v.unrecord(call.Caller, secret)
		if t.Text == "" {
			return
		}
		v.box.post(note{do: func(context.Context) error {
			v.emit.put(v.now(), call.KindFinal, t, false)
			v.redact.Heard(call.Caller, t.Text)
			v.turns++
			v.emit.put(t.End, call.KindTurn, call.Turn{N: v.turns, Who: call.Caller, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence, Loudness: t.Loudness}, true)
			return nil
		}})
	})
}

// answerKey answers a key as if its meaning had been said.
func (v *conversation) answerKey(ctx context.Context, k press) {
	if v.choice != 0 && k.digit == v.choice && len(v.dialogue.Offered) == 0 {
		v.silence()
		v.flushPending()
		v.seek(ctx, Seek{Why: "call back", Back: true})
		return
	}
	v.forget()
	for _, r := range v.player.cancel(v.now()) {
		v.box.post(note{over: r})
	}
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision {
		return append(m.Reset(at), m.Bot(at, false)...)
	})
	dec, err := v.meaning(ctx, k, v.dialogue)
	if err != nil {
		dec = v.apology(v.dialogue, v.lang, err)
	}
	dec = v.unlessClosed(dec)
	v.dialogue, v.patient, v.asked = dec.Next, false, false
	v.emit.put(k.at, call.KindAnswered, dec, false)
	v.writePress(k)
	v.sayNow(ctx, dec.Text, dec.Decision, v.actionOf(dec))
}

// meaning is what a key is answered with where the conversation stands at d.
func (v *conversation) meaning(ctx context.Context, k press, d answer.Dialogue) (answer.Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return v.Answerer.Answer(ctx, d, answer.Query{Key: k.digit, Lang: v.lang, Reply: v.lang, Base: v.Route.Base, Queue: v.Route.Name})
}

// writePress writes a key down as a turn.
func (v *conversation) writePress(k press) {
	v.turns++
	v.emit.put(k.at, call.KindTurn, call.Turn{N: v.turns, Who: call.Caller, Text: "[" + string(k.shown) + "]", Lang: v.lang, Start: k.at, End: k.at, Confidence: 1}, true)
}
