package pipeline_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestSupervisorGoneUnholds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, agent := br.handOff("ann")
		p, boss := br.person("eve", pipeline.RoleSupervisor)
		control.Join(p)
		time.Sleep(100 * time.Millisecond)
		control.Hold(true)
		time.Sleep(200 * time.Millisecond)
		boss.HangUp()
		time.Sleep(300 * time.Millisecond)
		br.leg.Say("my private words", time.Second)
		time.Sleep(500 * time.Millisecond)
		if loud(last(agent, 200*time.Millisecond)) {
			t.Error("the agent hears a caller who was put on hold, because a supervisor's browser was closed")
		}
	})
}

func TestTakeOverFromBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		control := br.control.Load()
		p, boss := br.person("eve", pipeline.RoleSupervisor)
		control.Join(p)
		time.Sleep(100 * time.Millisecond)
		control.SetRole("eve", pipeline.RoleAgent)
		time.Sleep(500 * time.Millisecond)
		boss.Say("this is eve", time.Second)
		br.wait("their turn", func() bool {
			a := br.log.turns(call.Agent)
			return len(a) == 1 && a[0].By == "eve" && a[0].Name == "EVE"
		})
		if c := br.log.turns(call.Caller); slices.ContainsFunc(c, func(t call.Turn) bool { return t.By != "" }) {
			t.Errorf("callers are nobody of ours: %+v", c)
		}
		n := len(br.log.turns(call.Bot))
		br.leg.Say("what does it cost", time.Second)
		time.Sleep(6 * time.Second)
		if m := len(br.log.turns(call.Bot)); m > n {
			t.Errorf("the bot answered %d times after a supervisor took the call over: %+v", m-n, br.log.turns(call.Bot)[n:])
		}
	})
}

func TestTakeOverFromQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		br.leg.Say("human please", time.Second)
		br.wait("a search", func() bool { _, n := br.office.seeking(); return n > 0 })
		control := br.control.Load()
		p, boss := br.person("eve", pipeline.RoleSupervisor)
		control.Join(p)
		time.Sleep(100 * time.Millisecond)
		control.SetRole("eve", pipeline.RoleAgent)
		time.Sleep(4 * time.Second)
		_ = boss
		if loud(last(br.leg, 600*time.Millisecond)) {
			t.Error("the caller still hears music after somebody took the call from the queue")
		}
	})
}

// TestWrittenBeside has a caller write during the call: the person who has it sees it as their turn, and while nobody has it nothing happens.
func TestWrittenBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		if br.control.Load().Write(t.Context(), "my address is 5 Mill Lane", "en") {
			t.Error("the bot was taken for a person")
		}
		control, _ := br.handOff("ann")
		before := len(br.log.turns(call.Caller))
		if !control.Write(t.Context(), "my reference is AB12", "en") {
			t.Error("nobody has the call")
		}
		time.Sleep(100 * time.Millisecond)
		if turns := br.log.turns(call.Caller); len(turns) != before+1 || turns[before].Text != "my reference is AB12" {
			t.Errorf("turns of the caller: %+v", turns)
		}
		ctx, gone := context.WithCancel(t.Context())
		gone()
		if control.Write(ctx, "too late", "en") {
			t.Error("what was given up was written down")
		}
	})
}

// TestAgentIsTakenOut takes the agent out of their call: the caller is not left alone.
func TestAgentIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		_, before := br.office.seeking()
		control.Leave("ann")
		br.wait("another search", func() bool {
			s, n := br.office.seeking()
			return n == before+1 && s.Why == "agent_lost" && s.Former == ""
		})
	})
}

// TestTooLate lets everybody go who comes when the call is over, or when the search that found them is: they would hear
// nothing for as long as they stay.
func TestTooLate(t *testing.T) {
	search := func(br *bridge) *pipeline.Control {
		br.office.late = make(chan pipeline.Person)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		br.leg.Say("human please", time.Second)
		br.wait("a search", func() bool { _, n := br.office.seeking(); return n == 1 })
		return br.control.Load()
	}
	for name, come := range map[string]func(br *bridge){
		"asked into a call that is over": func(br *bridge) {
			br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
			br.leg.HangUp()
			br.wait("the end", func() bool { return br.log.has(call.KindEnded, `"caller"`) })
			p, _ := br.person("bob", pipeline.RoleColleague)
			br.control.Load().Join(p)
		},
		"asked into a call that is being ended": func(br *bridge) {
			br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
			p, _ := br.person("bob", pipeline.RoleColleague)
			br.control.Load().End(call.Agent, "bye")
			br.control.Load().Join(p)
		},
		"found as the caller hangs up": func(br *bridge) {
			search(br)
			br.leg.HangUp()
			p, _ := br.person("bob", pipeline.RoleAgent)
			br.office.late <- p
		},
		"found by a search that another one has followed": func(br *bridge) {
			control := search(br)
			eve, _ := br.person("eve", pipeline.RoleAgent)
			eve.Leave = nil
			control.Join(eve)
			control.Transfer(pipeline.Aim{Queue: "cards"})
			br.wait("another search", func() bool { _, n := br.office.seeking(); return n == 2 })
			p, _ := br.person("bob", pipeline.RoleAgent)
			br.office.late <- p
			br.wait("bob to be sent away", func() bool { return br.left.Load() == 1 })
			p, _ = br.person("ann", pipeline.RoleAgent)
			br.office.people <- p
			br.wait("ann", func() bool { return br.log.has(call.KindParty, `"ann"`) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				br, cancel := openBridge(t)
				defer br.finish(cancel)
				come(br)
				br.wait("them to be let go", func() bool { return br.left.Load() == 1 })
			})
		})
	}
}
