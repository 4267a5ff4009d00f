package pipeline

import (
	"context"

	"github.com/parley-voice/parley/pipeline/call"
)

// optOut takes the key with which a caller refuses to be recorded, and reports whether it was that. It means this until
// the caller has said something, so that menus keep the key afterwards.
func (v *conversation) optOut(ctx context.Context, s call.Signal) bool {
	if v.tape == nil || v.refused.Load() || v.spoke || v.Route.OptOut == 0 || s.Digit != v.Route.OptOut {
		return false
	}
	v.refused.Store(true)
	v.tape.discard()
	v.emit.put(v.now(), call.KindConsent, call.Consent{Key: string(s.Digit)}, true)
	v.emit.put(v.now(), call.KindParty, call.Part{Action: "refuse", Role: string(call.Caller)}, false)
	for _, r := range v.player.cancel(v.now()) {
		v.box.post(note{over: r})
	}
	v.sayNow(ctx, v.Route.OptedOut[v.lang], "consent", afterReply{})
	return true
}
