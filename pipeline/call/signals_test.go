package call

import (
	"sync"
	"testing"
	"time"
)

// digits are the keys that a reader finds once all was told.
func digits(s *Signals) (out string) {
	s.Close()
	for g := range s.C() {
		if g.Kind == SignalKey {
			out += string(g.Digit)
		} else {
			out += "|"
		}
	}
	return out
}

// A press that two ways of signalling tell of counts once, as often as it is pressed; the same way telling twice is two presses.
func TestSameKey(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	for _, c := range []struct {
		name string
		tell func(s *Signals)
		want string
	}{
		{"both ways", func(s *Signals) { s.Key('5', "info", at); s.Key('5', "rfc4733", at.Add(300*time.Millisecond)) }, "5"},
		{"both ways, twice", func(s *Signals) {
			for _, after := range []time.Duration{0, 200 * time.Millisecond} {
				s.Key('5', "info", at.Add(after))
				s.Key('5', "rfc4733", at.Add(after+50*time.Millisecond))
			}
		}, "55"},
		{"one way, twice", func(s *Signals) { s.Key('5', "info", at); s.Key('5', "info", at.Add(time.Millisecond)) }, "55"},
		{"far apart", func(s *Signals) { s.Key('5', "info", at); s.Key('5', "rfc4733", at.Add(sameKey)) }, "55"},
		{"another key", func(s *Signals) { s.Key('5', "info", at); s.Key('6', "rfc4733", at); s.Tell(Signal{Kind: SignalHold}) }, "56|"},
		{"after the end", func(s *Signals) {
			s.Key('1', "info", at)
			s.Close()
			s.Key('2', "info", at)
			s.Tell(Signal{Kind: SignalHold})
		}, "1"},
	} {
		s := NewSignals()
		if c.tell(s); digits(s) != c.want {
			t.Errorf("%s: want %q", c.name, c.want)
		}
	}
}

// A reader that does not read loses the oldest, and nobody waits for it.
func TestSignalsBehind(t *testing.T) {
	t.Parallel()
	s, at := NewSignals(), time.Unix(1000, 0)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { // ends with its keys
			for range 3 * signalsKept {
				s.Key('1', "info", at)
			}
		})
	}
	all.Wait()
	for range signalsKept - 1 {
		s.Key('2', "info", at)
	}
	got := digits(s)
	if len(got) != signalsKept || got[0] != '1' || got[1:] == "" || got[1] != '2' {
		t.Errorf("%d signals, %s", len(got), got)
	}
}
