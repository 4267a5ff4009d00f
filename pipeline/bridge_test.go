package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

func TestPeopleTalkThroughTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, agent := br.handOff("ann")
		agent.Say("hello this is ann", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !loud(last(br.leg, 200*time.Millisecond)) {
			t.Error("the caller does not hear the agent")
		}
		br.wait("the agent's turn", func() bool { return len(br.log.turns(call.Agent)) == 1 })
		br.leg.Say("my card is lost", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !loud(last(agent, 200*time.Millisecond)) {
			t.Error("the agent does not hear the caller")
		}
		br.wait("the caller's turn", func() bool { return len(br.log.turns(call.Caller)) == 2 })
		if got := br.log.turns(call.Agent)[0]; got.Text != "hello this is ann" || got.N == 0 || got.By != "ann" || got.Name != "ANN" {
			t.Errorf("agent's turn %+v", got)
		}
		time.Sleep(time.Second)
		control.Hold(true)
		time.Sleep(200 * time.Millisecond)
		br.leg.Say("anybody there", 600*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if loud(last(agent, 100*time.Millisecond)) {
			t.Error("the agent hears a caller on hold")
		}
		if !loud(last(br.leg, 600*time.Millisecond)) {
			t.Error("a caller on hold hears nothing")
		}
		control.Hold(false)
		control.End(call.Agent, "bye")
		br.wait("the end", func() bool { return br.log.has(call.KindEnded, `"agent"`) })
		if br.left.Load() != 1 {
			t.Errorf("%d people were hung up, want 1", br.left.Load())
		}
		br.wait("word for the caller", func() bool { return br.leg.Told() == "agent: bye" })
	})
}

// TestPausesBetweenPeople writes down once what is said, by whoever pauses.
func TestPausesBetweenPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		_, agent := br.handOff("ann")
		for who, leg := range map[call.Party]*pipelinetest.Leg{call.Agent: agent, call.Caller: br.leg} {
			before := len(br.log.turns(who))
			for i, text := range []string{"it is blocked", "here are the payments", "a new card comes"} {
				leg.Say(text, time.Second)
				br.wait("a turn of "+string(who), func() bool { return len(br.log.turns(who)) == before+i+1 })
				if got := br.log.turns(who)[before+i]; got.Text != text {
					t.Errorf("%s said %q, written down is %q", who, text, got.Text)
				}
			}
		}
	})
}

// TestTelephonePutDown ends the call, as a browser that is closed does not.
func TestTelephonePutDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		p, phone := br.person("phone:home", pipeline.RoleAgent)
		p.Deliberate = true
		control.Join(p)
		time.Sleep(200 * time.Millisecond)
		phone.HangUp()
		br.wait("the end", func() bool { return br.log.has(call.KindEnded, `"by":"agent"`) })
		if _, n := br.office.seeking(); n != 1 || len(br.office.lost) != 0 {
			t.Errorf("%d searches, lost %v; want the first one only", n, br.office.lost)
		}
	})
}

func TestConsultAndMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, agent := br.handOff("ann")
		p, colleague := br.person("bob", pipeline.RoleColleague)
		control.Hold(true)
		control.Join(p)
		br.wait("the colleague", func() bool { return br.log.has(call.KindParty, `"bob"`) })
		colleague.Say("what is it", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !loud(last(agent, 200*time.Millisecond)) {
			t.Error("the agent does not hear the colleague")
		}
		time.Sleep(time.Second)
		control.SetRole("bob", pipeline.RoleAgent) // completes the warm transfer
		control.Hold(false)
		br.wait("ann to leave", func() bool { return br.log.has(call.KindParty, `"replaced"`) })
		colleague.Say("bob here", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !loud(last(br.leg, 200*time.Millisecond)) {
			t.Error("the caller does not hear the colleague after the transfer")
		}
	})
}

func TestSupervisorIsHeardByTheAgentOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, agent := br.handOff("ann")
		p, boss := br.person("eve", pipeline.RoleSupervisor)
		control.Join(p)
		time.Sleep(100 * time.Millisecond)
		agent.Say("hello", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !loud(last(boss, 200*time.Millisecond)) {
			t.Error("the supervisor hears nothing")
		}
		time.Sleep(time.Second)
		boss.Say("psst", time.Second)
		time.Sleep(400 * time.Millisecond)
		if loud(last(agent, 200*time.Millisecond)) || loud(last(br.leg, 200*time.Millisecond)) {
			t.Error("a supervisor who only listens is heard")
		}
		control.Whisper("eve", true)
		time.Sleep(300 * time.Millisecond)
		if !loud(last(agent, 100*time.Millisecond)) {
			t.Error("the agent does not hear the whisper")
		}
		if loud(last(br.leg, 100*time.Millisecond)) {
			t.Error("the caller hears the whisper")
		}
	})
}

func TestClosedBrowserBringsTheCallerBackToTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		_, agent := br.handOff("ann")
		agent.HangUp()
		br.wait("a second search", func() bool { _, n := br.office.seeking(); return n == 2 })
		s, _ := br.office.seeking()
		if s.Why != "agent_lost" || s.Former != "ann" {
			t.Errorf("second search: %+v", s)
		}
		p, leg := br.person("bob", pipeline.RoleAgent)
		br.office.people <- p
		br.wait("bob", func() bool { return br.log.has(call.KindParty, `"bob"`) })
		leg.Say("sorry about that", time.Second)
		br.wait("bob's turn", func() bool { return len(br.log.turns(call.Agent)) == 1 })
	})
}

func TestNobodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.office.waiting = "You are next."
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		br.leg.Say("human please", time.Second)
		br.wait("the place in the queue", func() bool { return br.log.has(call.KindTurn, "You are next.") })
		if !loud(last(br.leg, time.Second)) {
			t.Error("a waiting caller hears nothing")
		}
		br.leg.Press('1')
		br.wait("the promise", func() bool { return br.log.has(call.KindTurn, "We will call you back.") })
		br.office.refuse <- &pipeline.Unavailable{Why: "timeout", Text: "Nobody is free."}
		br.wait("the news", func() bool { return br.log.has(call.KindTurn, "Nobody is free.") })
		br.leg.Say("question", time.Second)
		br.wait("the bot's answer", func() bool { return br.log.has(call.KindTurn, "The first sentence") })
	})
}

func TestBackToTheBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.ToBot()
		br.wait("ann to leave", func() bool { return br.left.Load() == 1 })
		br.wait("the bot", func() bool { return br.log.has(call.KindTurn, "back with the bot") })
		br.leg.Say("question", time.Second)
		br.wait("the bot's answer", func() bool { return br.log.has(call.KindTurn, "The first sentence") })
	})
}

// TestLimitAfterPeople gives a caller back to the bot after people have talked for longer than a call may last.
func TestLimitAfterPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t, func(r *pipeline.Route) { r.Longest, r.Ask = 20*time.Second, time.Hour })
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		time.Sleep(35 * time.Second)
		control.ToBot()
		br.wait("the bot", func() bool { return br.log.has(call.KindTurn, "back with the bot") })
		time.Sleep(15 * time.Second)
		if br.log.has(call.KindEnded, "longest call") {
			t.Error("the time of the people counts for the bot")
		}
		time.Sleep(10 * time.Second)
		if !br.log.has(call.KindEnded, "longest call") {
			t.Error("a call that was given back has no limit")
		}
	})
}

func TestTransferToAnotherQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		control.Transfer(pipeline.Aim{Queue: "cards"})
		br.wait("a second search", func() bool { _, n := br.office.seeking(); return n == 2 })
		if s, _ := br.office.seeking(); s.Aim.Queue != "cards" || s.Why != "transfer" {
			t.Errorf("search after a transfer: %+v", s)
		}
		if br.left.Load() != 1 {
			t.Error("the first person stays")
		}
		br.leg.HangUp()
		br.wait("the end", func() bool { return br.log.has(call.KindEnded, `"caller"`) })
	})
}

func TestRuleTakesTheCallFromTheBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		br.leg.Say("question", time.Second)
		br.wait("the answer", br.leg.Speaking)
		br.control.Load().HandOver("rule:threat", pipeline.Aim{})
		br.wait("a search", func() bool { _, n := br.office.seeking(); return n == 1 })
		if s, _ := br.office.seeking(); s.Why != "rule:threat" {
			t.Errorf("search: %+v", s)
		}
		if !br.log.has(call.KindTurn, `"cut":true`) {
			t.Error("the bot's answer was not cut")
		}
	})
}

// TestOfferToCallBack takes the key that was offered when nobody was there, and ends the call once the wish is kept.
func TestOfferToCallBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
		br.leg.Say("human please", time.Second)
		br.wait("a search", func() bool { _, n := br.office.seeking(); return n == 1 })
		br.office.refuse <- &pipeline.Unavailable{Why: "closed", Text: "To be called back, press 5.", Key: '5'}
		br.wait("the offer", func() bool { return br.log.has(call.KindTurn, "press 5") })
		br.leg.Press('5')
		br.wait("the wish", func() bool { s, n := br.office.seeking(); return n == 2 && s.Back })
		br.office.refuse <- &pipeline.Unavailable{Why: "callback", Text: "We will call you.", Bye: true}
		br.wait("the end", func() bool { return br.log.has(call.KindEnded, `"by":"bot"`) })
		if !br.log.has(call.KindTurn, "We will call you.") {
			t.Error("the caller is not told that the wish is kept")
		}
	})
}

// TestCalledBack begins with a person who is there: they hear the greeting too, and no bot listens.
func TestCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		cancel()
		<-br.done
		br.leg = pipelinetest.NewLeg(nil)
		br.ears.caller = perfect{br.leg, 300 * time.Millisecond}
		p, agent := br.person("ann", pipeline.RoleAgent)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		b := &pipeline.Bot{Recognizer: br.ears, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1), Desk: br.office, Redact: func(call.ID) pipeline.Redactor { return open{} }}
		log := &memoryLog{}
		done := make(chan error, 1)
		go func() { // ends with stop
			done <- b.Serve(ctx, br.leg, pipeline.Call{ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: log, Met: &p, Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}, Greeting: map[string]string{"en": "This is the call you asked for."}, Desk: true}})
		}()
		br.wait("the agent", func() bool { return log.has(call.KindParty, "joined") })
		br.wait("the greeting", func() bool { return log.has(call.KindTurn, "you asked for") })
		if !loud(last(agent, 3*time.Second)) {
			t.Error("the agent does not hear what the caller is told")
		}
		br.leg.Say("human please", time.Second)
		br.wait("the caller's words", func() bool { return log.has(call.KindTurn, "human please") })
		time.Sleep(3 * time.Second)
		if n := len(log.turns(call.Bot)); n != 1 {
			t.Errorf("the bot spoke %d times: %+v", n, log.turns(call.Bot))
		}
		stop()
		<-done
	})
}
