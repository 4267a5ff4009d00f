package node

import (
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// floor polls the supervisors' page of a node until ok.
func (r *rig) floor(what string, ok func(desk.Floor) bool) desk.Floor {
	r.t.Helper()
	a := &agent{t: r.t, base: "http://" + r.Web()}
	var f desk.Floor
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		f = desk.Floor{}
		if a.try(http.MethodGet, "/api/live", nil, &f) == nil && ok(f) {
			return f
		}
	}
	r.t.Fatalf("waited for %s; the floor is %+v", what, f)
	return f
}

// TestOneDesk has two nodes share a desk: an agent signed in at one takes a call that lives at the other, both ways, and
// the pages of both show everything.
func TestOneDesk(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes a minute: make test-cluster")
	}
	_ = environment(t)
	url, bus := pgtest.Database(t), natsServer(t)
	shared := func() *config.Config {
		cfg := sharing(url)
		cfg.Events.URL = bus
		return cfg
	}
	a := start(t, shared())
	b := startIn(t, beside(t, a.env.Home), shared())
	a.floor("the desk of two nodes", func(f desk.Floor) bool { return f.Calls != nil })
	for name, x := range map[string]struct{ carries, serves *rig }{"call at the first": {a, b}, "call at the second": {b, a}} {
		t.Run(name, func(t *testing.T) {
			x.carries.t, x.serves.t = t, t
			takes(t, x.carries, x.serves)
		})
	}
}

// takes has a person at one node take a call of the other.
func takes(t *testing.T, carries, serves *rig) {
	t.Helper()
	p := serves.agent()
	done := make(chan softphone.Result, 1)
	script := softphone.Script{Lines: []softphone.Line{
		carries.line("I want to speak to a person, please."), carries.line("What does a transfer abroad cost?"), {PCM: make([]int16, audio.Rate*240)},
	}, Patience: 2 * time.Minute}
	// Ends with the call.
	go func() { done <- carries.phone.Call(t.Context(), "sip:english@"+carries.SIP(), script) }()
	board := p.await("a call that rings", func(b desk.Board) bool { return b.Offer != nil })
	if board.Offer.Why != "asked" || len(board.Offer.Turns) == 0 {
		t.Errorf("offer: %+v", board.Offer)
	}
	id := p.accept(board.Offer.ID)
	p.await("the call", func(b desk.Board) bool { return b.Call != nil && b.Call.With == "agent" })
	for _, r := range []*rig{carries, serves} {
		r.floor("the call at both nodes", func(f desk.Floor) bool {
			return slices.ContainsFunc(f.Calls, func(c desk.Live) bool { return c.ID == id && c.With == "agent" })
		})
	}
	p.headset.Say(carries.line("Hello, this is Ann. How can I help you today?").PCM)
	p.await("the agent's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Agent, "help") })
	known := len(board.Offer.Turns)
	board = p.await("the caller's question", func(b desk.Board) bool {
		return b.Call != nil && slices.ContainsFunc(b.Call.Said(), func(u call.Turn) bool { return u.Who == call.Caller && u.N > known })
	})
	if said(board.Call.Said(), call.Caller, "transfer") { // it was heard well: advice comes from the node of the call
		board = p.await("a card", func(b desk.Board) bool { return b.Call != nil && len(b.Call.Cards) > 0 })
		if c := board.Call.Cards[0]; !strings.Contains(c.Text, "five pounds") {
			t.Errorf("card: %+v", c)
		}
	}
	if level(p.headset.Heard()) == 0 {
		t.Error("the agent heard nothing")
	}
	p.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/end", map[string]any{}, nil)
	res := <-done
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	d := carries.recorded(res.CallID)
	if d.State != record.Ended || d.EndedBy != call.Agent || d.Node != carries.id {
		t.Errorf("record: %s by %s at %s", d.State, d.EndedBy, d.Node)
	}
	for _, r := range []*rig{carries, serves} { // the recording is at one of them
		res, err := http.Get("http://" + r.Web() + "/api/calls/" + string(d.ID) + "/audio") //nolint:noctx // ends by itself
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || len(data) < 100_000 {
			t.Errorf("recording: %d, %d bytes, %v", res.StatusCode, len(data), err)
		}
	}
	evs, _, err := carries.store.Events(t.Context(), d.ID, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	bytes := 0
	for _, e := range evs {
		bytes += len(e.Body) + 120 // number, place, kind and times
	}
	t.Logf("a call of %.0f s with a person: %d turns, %d events, %d bytes", d.Duration, len(d.Turns), len(evs), bytes)
	p.await("the writing", func(b desk.Board) bool { return b.Me.State == desk.WrapUp && b.WrapUp != nil })
	p.do(http.MethodPut, "/api/desk/state", map[string]string{"state": "away"}, nil)
}
