package call

import (
	"sync"
	"time"
)

// signalsKept is how far a reader of Signals may be behind.
const signalsKept = 64

// sameKey is how close two reports of one key press, by two ways of signalling, can be.
const sameKey = 400 * time.Millisecond

// Signals are what happened on a leg, for one reader. Nothing that is told to them blocks: a reader that is 64 signals behind loses the
// oldest. They are safe for concurrent use; whoever makes them must Close them.
type Signals struct {
	out chan Signal

	mu     sync.Mutex // guards the following, and sending
	last   Signal     // key, the zero value when its other report has come
	closed bool
}

// NewSignals returns Signals of a leg on which nothing has happened.
func NewSignals() *Signals { return &Signals{out: make(chan Signal, signalsKept)} }

// C delivers the signals. It is closed by Close.
func (s *Signals) C() <-chan Signal { return s.out }

// Tell adds a signal; after Close it does nothing.
func (s *Signals) Tell(what Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(what)
}

// Key adds a key press, unless the other way of signalling has just told of the same press.
func (s *Signals) Key(r rune, via string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last.Digit == r && s.last.Via != via && at.Sub(s.last.At) < sameKey {
		s.last = Signal{}
		return
	}
	s.last = Signal{Kind: SignalKey, Digit: r, Via: via, At: at}
	s.tell(s.last)
}

// tell is Tell with mu held.
func (s *Signals) tell(what Signal) {
	if s.closed {
		return
	}
	for {
		select {
		case s.out <- what:
			return
		default:
		}
		select {
		case <-s.out:
		default:
		}
	}
}

// Close ends the signals. A second Close does nothing.
func (s *Signals) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.out)
	}
}
