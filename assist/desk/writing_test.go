package desk

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestWritingEnds makes an agent ready who has written for as long as their queue lets them, wherever the desk has gone meanwhile; what there is to
// write down stays until the next call.
func TestWritingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := func(r string) Policy { return Policy{Name: r, WrapUp: 5 * time.Minute} }
		f := inCall(t, Options{Queue: queue})
		defer f.close()
		f.End("c", call.Ended{})
		until := time.Now().Add(5 * time.Minute)
		settle(5*time.Minute - time.Second)
		if me := f.Board("ann").Me; me.State != WrapUp || !me.Until.Equal(until) {
			t.Fatalf("ann is %+v, not writing until %v", me, until)
		}
		seats := f.presence()
		settle(2 * time.Second)
		if b := f.Board("ann"); b.Me.State != Ready || !b.Me.Until.IsZero() || b.WrapUp == nil {
			t.Errorf("ann is %+v, with %v to write", b.Me, b.WrapUp)
		}
		if w, err := f.Wrote("ann"); err != nil || w.View.Call != "c" {
			t.Errorf("what she wrote cannot be kept: %v, %v", w.View.Call, err)
		}
		if err := f.Wrapped("ann"); err != nil || f.stateOf("ann") != Ready || f.Board("ann").WrapUp != nil {
			t.Errorf("saved late: %v, %+v", err, f.Board("ann"))
		}
		next := open(t, Options{Queue: queue})
		defer next.close()
		next.seat(seats)
		next.Open(Agent{ID: "ann", Name: "ann"})
		settle(time.Second)
		if s := next.stateOf("ann"); s != Ready {
			t.Errorf("at the next desk ann is %s", s)
		}
	})
}

// TestWritingAsLongAsTheyLike has a queue without a limit.
func TestWritingAsLongAsTheyLike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{})
		defer f.close()
		f.End("c", call.Ended{})
		settle(24 * time.Hour)
		if me := f.Board("ann").Me; me.State != WrapUp || !me.Until.IsZero() {
			t.Errorf("%+v", me)
		}
	})
}

// TestWhoPassedACallOnWritesThat tells who writes a call down whether somebody else has it now.
func TestWhoPassedACallOnWritesThat(t *testing.T) {
	for action, want := range map[string]bool{"transferred": true, "replaced": true, "left": false, "ended": false} {
		synctest.Test(t, func(t *testing.T) {
			f := inCall(t, Options{WrapUp: func(_ context.Context, _ string, v View) (any, error) { return v.PassedOn, nil }})
			defer f.close()
			f.Event("c", 0, call.KindParty, call.Part{Action: action, ID: "ann", Role: "agent"})
			settle(time.Second)
			if got := f.Board("ann").WrapUp; got != want {
				t.Errorf("%s: passed on: %v", action, got)
			}
			f.End("c", call.Ended{})
		})
	}
}
