package pipeline_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestRetire ends calls because their node is about to stop: with the bot, with somebody who has just said a sentence, and with
// a person. Each is told so and asked to ring again; what was said before is on record.
func TestRetire(t *testing.T) {
	for name, before := range map[string]func(br *bridge){
		"with the bot": func(*bridge) {},
		"a sentence that is still being recognised": func(br *bridge) {
			br.leg.Say("what are your opening hours", time.Second)
			time.Sleep(1700 * time.Millisecond)
		},
		"waiting for a person": func(br *bridge) {
			br.leg.Say("human please", time.Second)
			br.wait("a search", func() bool { _, n := br.office.seeking(); return n > 0 })
		},
		"with a person": func(br *bridge) { br.handOff("ann") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				br, cancel := openBridge(t)
				defer br.finish(cancel)
				br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
				before(br)
				br.control.Load().Retire()
				br.wait("the end", func() bool { return br.log.has(call.KindEnded, "maintenance") })
				said := br.log.turns(call.Bot)
				if last := said[len(said)-1]; last.Text != "I am sorry, our service has to pause for a few minutes. Please call again shortly. Goodbye." || last.Cut {
					t.Errorf("the last that the caller hears: %+v", last)
				}
				if heard := br.log.turns(call.Caller); name == "a sentence that is still being recognised" && len(heard) != 1 {
					t.Errorf("what the caller said: %+v", heard)
				}
			})
		})
	}
}
