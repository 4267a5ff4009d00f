package answer

import (
	"context"
	"iter"
	"sync"
)

// stream is a reply being made: its first sentence is taken by the engine, the others by whoever speaks. It is stopped
// when it ends or when its context does, so that a reply nobody wants any more leaves nothing behind.
type stream struct {
	mu     sync.Mutex
	pull   func() (Sentence, error, bool)
	end    func()
	unhook func() bool
}

func newStream(ctx context.Context, seq iter.Seq2[Sentence, error]) *stream {
	s := &stream{}
	s.pull, s.end = iter.Pull2(seq)
	s.unhook = context.AfterFunc(ctx, s.stop)
	return s
}

// next returns the next sentence and whether there is one.
func (s *stream) next() (Sentence, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sentence, err, ok := s.pull()
	return sentence, ok && err == nil, err
}

func (s *stream) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

// rest yields the sentences that are left. What was checked before an error stands by itself.
func (s *stream) rest(yield func(string) bool) {
	defer s.unhook()
	defer s.stop()
	for {
		sentence, ok, err := s.next()
		if !ok || err != nil || !yield(sentence.Text) {
			return
		}
	}
}
