package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
)

// listener follows what one side of a conversation between people says: it cuts utterances, has them recognised, and
// writes turns. Nobody waits for an answer to them, so the end of an utterance may be told by silence alone.
type listener struct {
	v      *conversation
	who    call.Party
	voices Voices
	sound  *sound
	own    bool   // sound is the listener's own and filled by push
	by     Person // whom is listened to; the zero value for the caller

	mu   sync.Mutex
	turn *turn.Machine

	// media loop only
	probs []float32

	// conversation loop only
	hearing *hearing
	caption asr.Transcript
	peeking bool
}

// hearing is the recognition of one utterance.
type hearing struct {
	to         time.Duration
	cancel     context.CancelFunc
	final      bool // the utterance has ended
	done       bool
	transcript asr.Transcript
	secret     []Stretch
	meaning    nlu.Understanding
	err        error
}

// overheard is what a listener tells the conversation loop. One of the fields after l is set.
type overheard struct {
	l       *listener
	turn    turn.Decision
	hearing *hearing
	partial *asr.Transcript // nil text: nothing to show
}

// peopleTurns is how utterances between people are cut. They are written down, not answered, so a pause inside one
// matters little, and a text soon after it is worth more. What was written down is not written down again.
func peopleTurns() turn.Config {
	return turn.Config{Speculate: 224 * time.Millisecond, EndSure: 384 * time.Millisecond, EndLikely: 512 * time.Millisecond,
		EndUnsure: 800 * time.Millisecond, EndMax: 1200 * time.Millisecond, Partial: 800 * time.Millisecond, Longest: 20 * time.Second, Reopen: -1}
}

func newListener(v *conversation, who call.Party, voices Voices, s *sound) *listener {
	return &listener{v: v, who: who, voices: voices, sound: s, turn: turn.New(peopleTurns())}
}

// push takes 20 ms that end at at. It is called from the media loop and never blocks.
func (l *listener) push(at call.Offset, in []int16) {
	if l.own {
		l.sound.reach(time.Duration(at) - audio.FrameTime) // frames are missing after the machine was held up
		l.sound.push(in)
	}
	l.probs = l.voices.Push(l.probs[:0], in)
	for _, p := range l.probs {
		l.mu.Lock()
		decisions := l.turn.Prob(time.Duration(at), vadStep, p)
		l.mu.Unlock()
		for _, d := range decisions {
			l.v.box.post(note{overheard: &overheard{l: l, turn: d}})
		}
	}
}

// take acts on what push or a recognition told. Conversation loop only.
func (l *listener) take(ctx context.Context, o *overheard) {
	switch {
	case o.hearing != nil:
		l.understood(o.hearing)
	case o.partial != nil:
		l.peeking = false
		l.show(*o.partial)
	default:
		l.cut(ctx, o.turn)
	}
}

// cut acts on a decision of the turn machine.
func (l *listener) cut(ctx context.Context, d turn.Decision) {
	switch d.Kind {
	case turn.Peek:
		l.peek(ctx, d)
	case turn.Speculate:
		l.drop()
		l.hear(ctx, d, work.Speculative)
	case turn.Retract, turn.Drop:
		l.drop()
	case turn.End:
		if l.hearing == nil {
			l.hear(ctx, d, work.Final)
		}
		l.hearing.final = true
		if l.hearing.done {
			l.commit(l.hearing)
		}
	}
}

// drop forgets the recognition under way.
func (l *listener) drop() {
	if l.hearing != nil {
		l.hearing.cancel()
		l.hearing = nil
	}
}

// hear starts the recognition of an utterance. It ends by itself or when drop cancels it; Serve waits for it.
func (l *listener) hear(ctx context.Context, d turn.Decision, class work.Class) {
	jctx, cancel := context.WithCancel(ctx)
	h := &hearing{to: d.To, cancel: cancel}
	l.hearing = h
	v, lang := l.v, l.v.lang
	v.jobs.Go(func() {
		h.transcript, h.secret, h.err = v.recogniseIn(jctx, l.sound, l.who, d.From, d.To, class, lang, asr.AsNeeded)
		if jctx.Err() != nil {
			return
		}
		if h.err == nil && h.transcript.Text != "" && v.Understander != nil {
			h.meaning, _ = v.Understander.Understand(jctx, nlu.Turn{Text: h.transcript.Text, Lang: h.transcript.Lang}) // a turn without a meaning is still a turn
		}
		v.box.post(note{overheard: &overheard{l: l, hearing: h}})
	})
}

// understood takes a finished recognition: it is written when its utterance has ended, and helps to tell whether it has.
func (l *listener) understood(h *hearing) {
	if l.hearing != h {
		return
	}
	h.done = true
	if h.final {
		l.commit(h)
		return
	}
	verdict := turn.Nothing
	if h.transcript.Text != "" {
		l.read(h.transcript)
		verdict = wordsOf(h.meaning) + 1 // nobody answers, so they need less silence
	}
	if h.err != nil {
		verdict = turn.Likely
	}
	l.mu.Lock()
	decisions := l.turn.Judge(time.Duration(l.v.now()), h.to, verdict, false)
	l.mu.Unlock()
	for _, d := range decisions {
		l.v.box.post(note{overheard: &overheard{l: l, turn: d}})
	}
}

// commit writes the turn.
func (l *listener) commit(h *hearing) {
	h.cancel()
	l.hearing = nil
	v := l.v
	if h.err != nil {
		v.trouble("asr", h.err, "what was said is in the recording only")
		return
	}
	t := h.transcript
	if t.Text == "" {
		return
	}
	v.unrecord(l.who, h.secret)
	t.By = l.by.ID
	v.emit.put(v.now(), call.KindFinal, t, false)
	v.redact.Heard(l.who, t.Text)
	v.turns++
	v.emit.put(t.End, call.KindTurn, call.Turn{
		N: v.turns, Who: l.who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence, Loudness: t.Loudness,
		Intent: h.meaning.Intent, Sentiment: h.meaning.Sentiment, By: l.by.ID, Name: l.by.Name,
	}, true)
}

// peek starts a partial recognition, for captions, unless one is under way. It ends with the recognition or ctx.
func (l *listener) peek(ctx context.Context, d turn.Decision) {
	if l.peeking {
		return
	}
	l.peeking = true
	v, lang := l.v, l.v.lang
	v.jobs.Go(func() {
		t, _, err := v.recogniseIn(ctx, l.sound, l.who, d.From, d.To, work.Partial, lang, asr.First)
		if err != nil {
			t = asr.Transcript{}
		}
		v.box.post(note{overheard: &overheard{l: l, partial: &t}})
	})
}

// read publishes all of what was said so far when somebody pauses: probably they have finished, and whoever prepares for
// that can begin.
func (l *listener) read(t asr.Transcript) {
	t.Words, t.Final, t.By = nil, false, l.by.ID
	l.v.emit.put(l.v.now(), call.KindPartial, t, false)
}

// show publishes the part of a partial that the one before it confirms.
func (l *listener) show(t asr.Transcript) {
	before := l.caption
	l.caption = t
	if t.Text == "" || t.Start != before.Start {
		return
	}
	if t.Text = stable(before.Text, t.Text); t.Text == "" {
		return
	}
	t.Words, t.By = nil, l.by.ID
	l.v.emit.put(l.v.now(), call.KindPartial, t, false)
}
