package pipeline

import (
	"context"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
)

// afterReply is what is done once a reply has been said.
type afterReply struct {
	prep     *preparation // the turn it answers, nil for a greeting or a prompt
	transfer bool
	closed   bool   // a person was asked for out of hours
	seek     *Seek  // a person at the desk
	hangup   string // why, "" to stay
	sure     bool   // done even when the reply is interrupted
}

// keyTime bounds what a key may take: nothing else of the call is heeded meanwhile.
const keyTime = 2 * time.Second

// newReply returns a reply without sound.
func (v *conversation) newReply(text, lang string) *reply {
	return &reply{text: text, lang: lang, stop: func() {}}
}

// sayNow speaks a prompt that answers nothing.
func (v *conversation) sayNow(ctx context.Context, text, kind string, after afterReply) {
	if text == "" {
		v.wait()
		return
	}
	r := v.newReply(text, v.lang)
	r.decision, r.after = kind, after
	rctx, cancel := context.WithCancel(ctx)
	r.stop = cancel
	v.player.play(r)
	// Ends when the prompt is complete or cut; Serve waits for it.
	v.jobs.Go(func() {
		defer v.Work.Hold()()
		v.feed(rctx, r, work.Final, nil, nil)
	})
}

// sayLast speaks a sentence and hangs up after it.
func (v *conversation) sayLast(ctx context.Context, text, why string) {
	if v.leaving {
		return
	}
	v.leaving = true
	v.forget()
	v.player.cancel(v.now())
	v.sayNow(ctx, text, "goodbye", afterReply{hangup: why, sure: true})
}

// unlessClosed is a decision as callers may hear it: nobody is told that they are put through when the route is closed.
func (v *conversation) unlessClosed(dec answer.Decision) answer.Decision {
	if closed := v.Route.Closed[dec.Lang]; dec.Command == nlu.Person && closed != "" {
		dec.Text, dec.Next.Last = closed, closed
	}
	return dec
}

// actionOf says what follows the reply of a decision.
func (v *conversation) actionOf(dec answer.Decision) afterReply {
	switch dec.Command {
	case nlu.Person:
		closed := v.Route.Closed[dec.Lang] != "" // which is what the reply says
		return afterReply{transfer: !closed, closed: closed, sure: true}
	case nlu.Goodbye:
		return afterReply{hangup: "goodbye"}
	}
	return afterReply{}
}

// act does what was to be done after a reply.
func (v *conversation) act(ctx context.Context, a afterReply) error {
	switch {
	case a.hangup != "":
		return &endError{call.Bot, a.hangup}
	case a.seek != nil:
		v.seek(ctx, *a.seek)
	case a.closed:
		for _, state := range []string{"asked", "unavailable"} {
			v.emit.put(v.now(), call.KindTransfer, call.Transfer{State: state, Why: errNobody.Error()}, true)
		}
	case a.transfer && v.Desk != nil && v.Route.Desk:
		v.seek(ctx, Seek{Why: "asked"})
	case a.transfer:
		v.transfer(ctx)
	}
	return nil
}

// signal handles a key or a hold.
func (v *conversation) signal(ctx context.Context, s call.Signal) {
	switch s.Kind {
	case call.SignalHold, call.SignalUnhold:
		on := s.Kind == call.SignalHold
		v.held.Store(on || v.leaving)
		v.player.hold(on)
		v.idle.Stop()
		if p := v.prep; !on || p != nil && p.ended > 0 { // what is prepared to a turn that is not over belongs to it still
			v.setAside(time.Duration(v.now()))
		}
		v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision {
			if on {
				return m.Hold(at)
			}
			return m.Reset(at)
		})
		v.emit.put(v.now(), call.KindHold, call.Hold{On: on}, false)
		v.lively = v.now()
		if !on && !v.player.busy() {
			v.wait()
		}
	case call.SignalKey:
		v.key(ctx, s)
	}
}

// key tells of a key press and answers it, after what the caller was saying.
func (v *conversation) key(ctx context.Context, s call.Signal) {
	if v.keyed(s) {
		return
	}
	at := v.now()
	shown := v.shown(s, at)
	v.emit.put(at, call.KindKey, call.Key{Digit: string(shown), Via: s.Via}, false)
	if v.optOut(ctx, s) {
		return
	}
	v.spoke = true
	if v.seeking {
		if text := v.Desk.Key(v.ID, s.Digit); text != "" {
			v.sayNow(ctx, text, "waiting", afterReply{})
		}
	}
	if v.leaving {
		return
	}
	switch k := (press{s.Digit, shown, at}); {
	case v.afterWords(k):
	case v.awaited() != nil && v.idleKey(ctx, k): // the answer to the words before it is being written
	default:
		v.answerKey(ctx, k)
	}
}

// patientFor is how much longer a caller who said "wait" is left alone.
const patientFor = 5

// wait starts the clock of a caller who says nothing, unless something is going on. Sound without words does not set it back.
func (v *conversation) wait() {
	if v.code != nil && !v.code.begun {
		v.box.post(note{do: func(ctx context.Context) error { v.askSoon(ctx); return nil }})
	}
	if v.prep == nil && v.callerQuiet() {
		v.askLater()
	}
}

// askLater has a caller asked whether they are there when they have been silent for long enough.
func (v *conversation) askLater() {
	if v.player.busy() || v.leaving || v.awaited() != nil {
		return
	}
	patience := v.Route.Ask
	if v.patient && !v.asked {
		patience *= patientFor
	}
	v.idle.Reset(max(0, patience-time.Duration(v.now()-v.lively)))
}

// silent asks a caller who says nothing whether they are there, then lets them go.
func (v *conversation) silent(ctx context.Context) {
	switch {
	case v.held.Load() || v.player.busy() || v.leaving || v.code != nil:
	case v.asked:
		v.sayLast(ctx, answer.Say(answer.SaySilent, v.lang), "silence")
	default:
		v.asked = true
		v.sayNow(ctx, answer.Say(answer.SayThere, v.lang), "still there", afterReply{})
	}
}
