package desk

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestUnrungByANodeOfBefore has a node that does not know the IDs of ringings report telephones that were not reached: the agent
// is told as soon as it can only be theirs, and never of one that was called off.
func TestUnrungByANodeOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHost(HostOptions{Desk: New(Options{}), Poke: func(string) {}})
		h.peers["old"] = &peer{calls: map[call.ID]*far{"c": {}, "d": {}}}
		told := map[string]string{}
		ring := func(what string, id call.ID, name string) context.CancelFunc {
			ctx, stop := context.WithCancel(t.Context())
			h.Phone(ctx, id, name, func(why string) { told[what] = why })
			synctest.Wait()
			return func() { stop(); synctest.Wait() }
		}
		unrung := func(id call.ID, name string) {
			h.unrung(id, phoned{Name: name, Why: "no answer"})
		}
		want := func(when string, whats ...string) {
			t.Helper()
			for _, w := range whats {
				if told[w] != "no answer" {
					t.Errorf("%s: %s is not told", when, w)
				}
			}
			if len(told) != len(whats) {
				t.Errorf("%s: %v, want %v", when, told, whats)
			}
			clear(told)
		}
		ring("other call", "d", "doc")
		ring("other telephone", "c", "vet")
		ring("only one", "c", "doc")
		unrung("c", "doc")
		want("only one", "only one")
		unrung("c", "doc")
		want("once more")

		off := ring("called off", "c", "doc")
		off()
		again := ring("again", "c", "doc")
		unrung("c", "doc")
		want("of two")
		unrung("c", "doc")
		want("of two, twice", "again")
		again()

		off = ring("called off", "c", "doc")
		off()
		unrung("c", "doc")
		want("only one, called off")

		off = ring("answered", "c", "doc")
		off()
		time.Sleep(ringsOn + time.Second)
		ring("long after", "c", "doc")
		unrung("c", "doc")
		want("long after", "long after")
	})
}
