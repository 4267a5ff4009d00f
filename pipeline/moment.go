package pipeline

import (
	"context"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/pipeline/call"
)

// filler is what a sentence is called that is only said so that the caller knows somebody is there.
const filler = "filler"

const (
	// momentAfter is how long after the caller's last sound they are told that the answer takes a moment.
	momentAfter = 1200 * time.Millisecond
	momentAgain = 200 * time.Millisecond
)

// sayMoment tells a caller whose reply is being worded by a language model that it takes a moment. Whatever else makes a
// reply slow is waited for in silence: it takes less time than such a sentence would.
func (v *conversation) sayMoment(ctx context.Context) {
	p := v.awaited()
	if p == nil || p.told || v.leaving || v.held.Load() || v.player.busy() || !v.callerQuiet() {
		return
	}
	if !p.asking.Load() {
		v.moment.Reset(momentAgain)
		return
	}
	p.told = true
	v.sayNow(ctx, answer.Say(answer.SayMoment, v.lang), filler, afterReply{})
}

// sayAside writes a filler down after the caller's turn, which is not known yet while it is said.
func (v *conversation) sayAside(t call.Turn) {
	v.aside = &t
	if v.pending != nil || v.awaited() == nil {
		v.flushPending()
		v.flushAside()
	}
}

func (v *conversation) flushAside() {
	if v.aside == nil {
		return
	}
	v.turns++
	v.aside.N = v.turns
	v.emit.put(v.aside.End, call.KindTurn, *v.aside, true)
	v.aside = nil
}
