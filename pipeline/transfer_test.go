package pipeline_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
)

// parts are what people did in a call, in order.
func (br *bridge) parts() string {
	br.log.mu.Lock()
	defer br.log.mu.Unlock()
	var out []string
	for _, e := range br.log.events {
		var p call.Part
		if e.Kind == call.KindParty && json.Unmarshal(e.Body, &p) == nil {
			out = append(out, p.Action)
		}
	}
	return strings.Join(out, " ")
}

// TestHoldEndsWithTheTransfer has an agent put the caller on hold and send them on: the record says when the hold ended.
func TestHoldEndsWithTheTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.Hold(true)
		control.Transfer(pipeline.Aim{Queue: "cards"})
		br.wait("a second search", func() bool { _, n := br.office.seeking(); return n == 2 })
		if got := br.parts(); got != "joined hold transferred unhold" {
			t.Errorf("what people did: %s", got)
		}
	})
}

// TestHoldEndsWithTheTakeOver is the same with a supervisor who takes the call over.
func TestHoldEndsWithTheTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.Hold(true)
		p, _ := br.person("eve", pipeline.RoleSupervisor)
		control.Join(p)
		control.SetRole("eve", pipeline.RoleAgent)
		br.wait("eve", func() bool { return strings.HasSuffix(br.parts(), "role") })
		if got := br.parts(); got != "joined hold joined replaced unhold role" {
			t.Errorf("what people did: %s", got)
		}
	})
}

// TestColleagueComesWhenTheAgentIsGone gives the caller, who waits for somebody, to the colleague who was asked in.
func TestColleagueComesWhenTheAgentIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, leg := br.handOff("ann")
		control.Hold(true)
		leg.HangUp()
		br.wait("a search", func() bool { s, n := br.office.seeking(); return n == 2 && s.Why == "agent_lost" })
		p, _ := br.person("bob", pipeline.RoleColleague)
		control.Join(p)
		br.wait("bob", func() bool { return br.log.has(call.KindParty, `"bob"`) })
		if !br.log.has(call.KindParty, `"id":"bob","name":"BOB","role":"agent"`) {
			t.Error("bob has not the call")
		}
	})
}

// TestRecordingGoesOnWithTheBot gives a caller back while the recording is paused.
func TestRecordingGoesOnWithTheBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.Record(false)
		control.ToBot()
		br.wait("the bot", func() bool { return br.log.has(call.KindTurn, "back with the bot") })
		if got := br.parts(); got != "joined pause left record" {
			t.Errorf("what people did: %s", got)
		}
	})
}

// TestColleagueComesWhenSentElsewhere keeps a colleague out who was called in before the agent sent the caller to somebody else.
func TestColleagueComesWhenSentElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.Transfer(pipeline.Aim{Agent: "cat"})
		br.wait("a second search", func() bool { _, n := br.office.seeking(); return n == 2 })
		left := br.left.Load()
		p, _ := br.person("bob", pipeline.RoleColleague)
		control.Join(p)
		br.wait("bob's leg to be hung up", func() bool { return br.left.Load() == left+1 })
		cat, _ := br.person("cat", pipeline.RoleAgent)
		br.office.people <- cat
		br.wait("cat", func() bool { return br.log.has(call.KindParty, `"cat"`) })
		if s, n := br.office.seeking(); n != 2 || s.Aim.Agent != "cat" || br.log.has(call.KindParty, `"bob"`) {
			t.Errorf("%d searches, the last for %q; %s", n, s.Aim.Agent, br.parts())
		}
	})
}
