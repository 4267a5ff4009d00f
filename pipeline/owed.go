package pipeline

import (
	"time"

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

// since is where an utterance begins that is heard together with what was said before it.
func (v *conversation) since(from, to time.Duration) time.Duration {
	if o := v.owed; o != nil && !o.told && to-o.from <= longestJoined {
		return min(from, o.from)
	}
	return from
}

// standing is the dialogue as far as the caller has heard it: a reply that is owed has offered nothing yet.
func (v *conversation) standing() answer.Dialogue {
	if v.owed != nil {
		return v.owed.before
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
	v.player.yield(false)
	if p := v.awaited(); p != nil && !p.told {
		v.moment.Reset(momentAgain)
	}
}

// supersede ends what is owed because p came after it. Its words are in p, or are written down without an answer.
func (v *conversation) supersede(p *preparation) {
	o := v.owed
	if o == nil || o == p {
		return
	}
	v.dialogue, v.owed = o.before, nil
	o.cancel()
	v.player.withdraw(o.reply)
	if p.from > o.from {
		v.unanswered(o)
	} else {
		v.pending = nil
	}
}

// forget drops every reply that has not begun. What it was to answer is written down as far as it is known.
func (v *conversation) forget() {
	o, p := v.owed, v.prep
	v.retract()
	v.dialogue, v.owed = v.standing(), nil
	if o != nil {
		o.cancel()
		v.player.withdraw(o.reply)
		v.unanswered(o)
	}
	if p != nil && p.ended > 0 {
		v.unanswered(p)
	}
	v.player.yield(false)
}

// unanswered writes down a turn that gets no answer: its text is known once a language model was asked for one.
func (v *conversation) unanswered(p *preparation) {
	if !p.done && p.asking.Load() {
		v.takeDown(p, p.meant)
		v.tongue = v.after(p.transcript, v.Route.Langs)
	}
	v.flushPending()
}

// commit makes a prepared reply the one that is said, unless what it is to answer was nothing.
func (v *conversation) commit(p *preparation) {
	last := v.owed != p // else the caller is making another sound
	if last {
		v.prep = nil
	} else {
		v.owed = nil
	}
	if p.transcript.Text == "" || v.owed != nil && p.verdict == turn.Backchannel {
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
	v.takeDown(p, dec.Understanding)
	v.emit.put(p.answeredAt, call.KindAnswered, dec, false)
	v.vote(p.transcript, dec)
	if last {
		v.player.yield(false)
	}
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

// takeDown notes what the caller said, to be written as a turn before what is said next.
func (v *conversation) takeDown(p *preparation, meant nlu.Understanding) {
	v.flushPending() // whose reply was cut before it began
	t := p.transcript
	v.emit.put(p.textAt, call.KindFinal, t, false)
	v.emit.put(p.textAt, call.KindUnderstood, meant, false)
	v.pending = &call.Turn{
		Who: call.Caller, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence,
		Loudness: t.Loudness, Intent: meant.Intent, Sentiment: meant.Sentiment,
	}
	v.unrecord(call.Caller, p.secret)
}
