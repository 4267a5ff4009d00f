package node

import (
	"os"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestOneDeskCallsBack has callers at either node ask to be called back, and agents at the other node take that: each is
// dialled once, and they hear each other.
func TestOneDeskCallsBack(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes a minute: make test-cluster")
	}
	_ = environment(t)
	url, bus, c := pgtest.Database(t), natsServer(t), openCarrier(t)
	shared := func() *config.Config {
		cfg := backSettings(c)
		cfg.Database.URL, cfg.Events.URL = url, bus
		return cfg
	}
	a := start(t, shared())
	b := startIn(t, beside(t, a.env.Home), shared())
	a.floor("the desk of two nodes", func(f desk.Floor) bool { return f.Calls != nil })
	c.say = a.line("Yes, my card was stolen yesterday.").PCM
	for i, x := range []struct {
		name, number    string
		carries, serves *rig
	}{{"asked for at the first", "+442079460002", a, b}, {"asked for at the second", "+442079460003", b, a}} {
		t.Run(x.name, func(t *testing.T) {
			carries, serves := x.carries.with(t), x.serves.with(t)
			asked := carries.wants(x.number, "1", func(desk.Floor) bool {
				var f desk.Floor
				return (&agent{t: t, base: "http://" + carries.Web()}).try("GET", "/api/live", nil, &f) == nil && queued(f)
			})
			p := serves.agent()
			board := p.await("the call back", func(b desk.Board) bool { return b.Offer != nil })
			if board.Offer.Kind != desk.Called || board.Offer.Caller.Number != x.number {
				t.Errorf("offer: %+v", board.Offer)
			}
			if n := c.calls(); len(n) != i {
				t.Fatalf("dialled %v before anybody had accepted", n)
			}
			id := p.accept(board.Offer.ID)
			p.await("the caller", func(b desk.Board) bool {
				return b.Call != nil && len(b.Call.Parties) > 0 && b.Call.Parties[0].State == "talking"
			})
			p.headset.Say(serves.line("Hello, this is Ann. How can I help you today?").PCM)
			p.await("the agent's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Agent, "help") })
			p.await("the caller's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Caller, "stolen") })
			if level(p.headset.Heard()) == 0 {
				t.Error("the agent heard nothing")
			}
			p.do("POST", "/api/desk/calls/"+string(id)+"/end", map[string]any{}, nil)
			p.await("the writing", func(b desk.Board) bool { return b.Me.State == desk.WrapUp && b.WrapUp != nil })
			p.do("PUT", "/api/desk/state", map[string]string{"state": "away"}, nil)
			var d record.Detail
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) { // polling what another goroutine writes
				var err error
				if d, err = serves.store.Get(t.Context(), id); err == nil && d.State != record.Running {
					break
				}
			}
			if d.State != record.Ended || d.Back != asked.ID || d.From != x.number {
				t.Errorf("the call back: %+v", d.Call)
			}
			t.Logf("asked for at %s, served at %s, carried by %s: %d turns", carries.id, serves.id, d.Node, len(d.Turns))
			time.Sleep(5 * time.Second) // longer than between two tries: nothing more is dialled
			if n := c.calls(); len(n) != i+1 || n[i] != x.number {
				t.Errorf("dialled %v", n)
			}
		})
	}
}
