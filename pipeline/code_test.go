package pipeline_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
)

// keyedIn takes what came of codes.
type keyedIn struct {
	mu    sync.Mutex
	typed []int
	done  []string
}

func (k *keyedIn) ask() pipeline.Ask {
	return pipeline.Ask{Text: map[string]string{"en": "Please key in your code."}, Most: 6, Wait: 5 * time.Second,
		Typed: func(n int) { k.mu.Lock(); defer k.mu.Unlock(); k.typed = append(k.typed, n) },
		Done:  func(d string) { k.mu.Lock(); defer k.mu.Unlock(); k.done = append(k.done, d) }}
}

func (k *keyedIn) results() (done []string, typed []int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.done), slices.Clone(k.typed)
}

// TestCodeBetweenPeople keeps a code out of everything that is written down, and lets the caller begin anew.
func TestCodeBetweenPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		control, _ := br.handOff("ann")
		var k keyedIn
		control.Ask(k.ask())
		br.wait("the question", func() bool {
			return strings.Contains(br.log.text(), "key in your code") || loud(last(br.leg, 200*time.Millisecond))
		})
		for _, d := range "91*2718#" {
			br.leg.Press(d)
			time.Sleep(200 * time.Millisecond)
		}
		done, typed := k.results()
		if !slices.Equal(done, []string{"2718"}) || !slices.Equal(typed, []int{1, 2, 0, 1, 2, 3, 4}) {
			t.Errorf("keyed in %q, told %v", done, typed)
		}
		if br.log.has(call.KindKey, "") {
			t.Error("keys of a code are events")
		}
		control.Ask(k.ask())
		time.Sleep(200 * time.Millisecond)
		for _, d := range "271828" { // as long as one may be
			br.leg.Press(d)
			time.Sleep(100 * time.Millisecond)
		}
		if done, _ := k.results(); len(done) != 2 || done[1] != "271828" {
			t.Errorf("the longest code: %q", done)
		}
		control.Ask(k.ask())
		time.Sleep(30 * time.Second)
		if done, _ := k.results(); len(done) != 3 || done[2] != "" {
			t.Errorf("nothing keyed in: %q", done)
		}
		br.leg.Press('5')
		br.wait("a key that is none of a code", func() bool { return br.log.has(call.KindKey, `"5"`) })
	})
}

// TestCodeAfterTheAnswer waits with the question until the bot has answered.
func TestCodeAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br, cancel := openBridge(t)
		defer br.finish(cancel)
		var k keyedIn
		br.wait("the greeting to begin", func() bool { return br.control.Load() != nil && loud(last(br.leg, 100*time.Millisecond)) })
		br.control.Load().Ask(k.ask())
		br.leg.Press('0') // still an answer to the greeting
		br.wait("the key", func() bool { return br.log.has(call.KindKey, `"0"`) })
		if done, typed := k.results(); len(done)+len(typed) != 0 {
			t.Errorf("a key before the question was taken for the code: %q %v", done, typed)
		}
	})
}
