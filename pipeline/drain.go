package pipeline

import (
	"context"

	"github.com/parley-voice/parley/assist/answer"
)

// Retire ends the call with a sentence that asks the caller to ring again, whoever is in it: the node is about to stop.
func (c *Control) Retire() {
	c.do(func(ctx context.Context) error { c.v.retire(ctx); return nil })
}

// retire does it, unless the call is ending anyway or is on its way to another telephone. Whoever waits for a person, or talks
// with one, is told as well, and the person hears it.
func (v *conversation) retire(ctx context.Context) {
	if v.moving || v.saying != nil && v.saying.after.hangup != "" {
		return
	}
	v.endSeek()
	if v.people {
		v.holdCaller(false)
	}
	v.silence()
	v.leaving = true
	v.sayNow(ctx, answer.Say(answer.SayService, v.lang), "goodbye", afterReply{hangup: "maintenance", sure: true})
}
