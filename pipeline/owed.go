package pipeline

import (
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
)

// A caller who waits for a reply may make another sound: a cough, an "mhm", or more words. Until it is known which, the turn
// before it is owed its reply, which does not begin meanwhile. After a cough or an "mhm" it is said; more words are answered
// together with those before them, or, where a filler lies between, instead of them.

// longestJoined bounds what is heard as one utterance; a recogniser hears little more at once.
const longestJoined = 28 * time.Second

// setAside keeps the turn whose reply is in the making while the caller makes a sound that begins at from, unless that goes on
// with it; a reply to a turn that had not ended is dropped.
func (v *conversation) setAside(from time.Duration) {
	p := v.prep
	if p == nil || p.ended == 0 || from <= p.from {
		v.retract()
		return
	}
	v.supersede(p)
	v.owed, v.prep = p, nil
}

// joinOwed has p heard together with the turn that is owed a reply, as if that had not ended, unless a filler or a key lies
// between or it would be too long.
func (v *conversation) joinOwed(p *preparation) {
	o := v.owed
	if o == nil {
		return
	}
	if !o.told && !o.keyed && p.to-o.from <= longestJoined {
		p.from = min(p.from, o.from)
	}
	if p.from <= o.from {
		p.speaks = o.speaks
	}
}

// standing is the dialogue as far as the caller has heard it: a reply that is owed has offered nothing yet.
func (v *conversation) standing() answer.Dialogue {
	if v.owed != nil {
		return v.owed.dialogue
	}
	return v.dialogue
}

// awaited is the turn whose reply is not ready yet, nil when there is none.
func (v *conversation) awaited() *preparation {
	for _, p := range []*preparation{v.prep, v.owed} {
		if p != nil && p.ended > 0 && !p.done {
			return p
		}
	}
	return nil
}

// resume takes up what was set aside when the sound has turned out to be nothing.
func (v *conversation) resume() {
	v.yieldNoMore()
	if p := v.awaited(); p != nil && !p.told {
		v.moment.Reset(momentAgain)
	}
}

// yieldNoMore lets answers begin, unless the caller makes a sound or it is not known yet what they said last.
func (v *conversation) yieldNoMore() {
	if v.prep == nil && v.callerQuiet() {
		v.player.yield(false)
	}
}

// supersede ends what is owed because p came after it. Its words are in p, or are written down without an answer.
func (v *conversation) supersede(p *preparation) {
	o := v.owed
	if o == nil || o == p {
		return
	}
	v.dialogue, v.owed = o.dialogue, nil
	v.dropOwed(o, p.from <= o.from)
}

// dropOwed drops the reply that is owed to o, whose words are again in a later turn, or are written down.
func (v *conversation) dropOwed(o *preparation, again bool) {
	o.cancel()
	v.player.withdraw(o.reply)
	switch {
	case !again:
		v.unanswered(o)
	case o.done:
		v.pending, v.final, v.answered, v.tongue = nil, nil, nil, o.speaks
	}
}

// forget drops every reply that has not begun. What it was to answer is written down as far as it is known.
func (v *conversation) forget() {
	o, p := v.owed, v.prep
	v.retract()
	v.dialogue, v.owed = v.standing(), nil
	known := p != nil && p.ended > 0 && !p.done && p.asking.Load()
	if o != nil {
		v.dropOwed(o, known && p.from <= o.from)
	}
	if p != nil && p.ended > 0 {
		v.unanswered(p)
	}
}

// unanswered writes down a turn that gets no answer: its text is known once a language model was asked for one.
func (v *conversation) unanswered(p *preparation) {
	v.answered = nil
	if !p.done && p.asking.Load() {
		v.takeDown(p, p.meant)
		v.tongue = v.after(p.transcript, v.Route.Langs)
	}
	v.flushPending()
}

// commit makes a prepared reply the one that is said, unless what it is to answer was nothing.
func (v *conversation) commit(p *preparation) {
	if v.owed == p { // the caller has made another sound since
		v.owed = nil
	} else {
		v.prep = nil
	}
	if v.nothing(p) {
		p.cancel()
		v.resume()
		if p.to-p.from >= longestJoined { // as music does, which goes on
			v.askLater()
		}
		v.wait()
		return
	}
	v.supersede(p)
	dec := p.decision
	if dec.Failed != nil {
		v.trouble("knowledge", dec.Failed, "a person was offered")
	}
	v.dialogue, v.spoke, v.patient = dec.Next, true, dec.Command == nlu.Stop
	if p.transcript.Text != "" { // else they are asked to say it again
		v.takeDown(p, dec.Understanding)
		v.answered = p
		v.vote(p.transcript, dec)
	}
	if p.err == nil && v.rounds.push(p.transcript.Text, dec) {
		v.breakOffSoon(p)
		return
	}
	v.yieldNoMore()
	if dec.Text == "" { // nothing to say: "stop", "wait"
		p.cancel()
		v.flushPending()
		v.decide(func(m *turn.Machine, _ time.Duration) []turn.Decision { return m.Settle() })
		v.wait()
		return
	}
	p.reply.after = v.actionOf(dec)
	p.reply.after.prep = p
	v.owed = p
	v.player.answer(p.reply)
	close(p.committed)
}

// nothing reports whether p is no turn. Whom the recogniser failed is asked to say it again, unless another reply is owed to them.
func (v *conversation) nothing(p *preparation) bool {
	if p.transcript.Text == "" {
		return p.err == nil || v.owed != nil
	}
	return p.verdict == turn.Backchannel && v.owed != nil
}

// final is what was heard of the caller, told as final once nothing can be added to it any more.
type final struct {
	at    call.Offset
	heard asr.Transcript
	meant nlu.Understanding
}

// takeDown notes what the caller said, to be written as a turn before what is said next. Until then they may go on: it is shown
// as what was heard so far.
func (v *conversation) takeDown(p *preparation, meant nlu.Understanding) {
	v.flushPending() // whose reply was cut before it began
	t := p.transcript
	v.final = &final{p.textAt, t, meant}
	so := t
	so.Words, so.Final = nil, false
	v.emit.put(v.now(), call.KindPartial, so, false)
	v.pending = &call.Turn{
		Who: call.Caller, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence,
		Loudness: t.Loudness, Intent: meant.Intent, Sentiment: meant.Sentiment,
	}
	v.unrecord(call.Caller, p.secret)
}
