package llm

import (
	"context"
	"errors"
	"maps"
	"sync"
)

// How a reply ended, for Counts.Replies.
const (
	endedWell    = "said"    // at least one sentence was handed on
	endedNothing = "nothing" // the passages supported no sentence
	endedLate    = "late"    // none came in time
	endedResting = "resting" // the server was left alone
	endedLeft    = "left"    // the caller wanted it no more
	endedFailed  = "failed"  // the server failed before the first sentence
	endedCut     = "cut"     // the server failed after it; what was said stands
)

// Ends lists how a reply can end.
func Ends() []string {
	return []string{endedWell, endedNothing, endedLate, endedResting, endedLeft, endedFailed, endedCut}
}

// Counts is what became of what the model said, since the start.
type Counts struct {
	Said    int            // sentences that were handed on
	Dropped map[string]int // sentences that were not, by reason
	Replies map[string]int // replies by how they ended
}

// tally counts; its methods may be called from any goroutine.
type tally struct {
	mu sync.Mutex
	c  Counts
}

// note counts one reply that ended with err.
func (t *tally) note(r *reader, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.c.Dropped == nil {
		t.c.Dropped, t.c.Replies = map[string]int{}, map[string]int{}
	}
	t.c.Said += r.said
	for why, n := range r.dropped {
		t.c.Dropped[why] += n
	}
	t.c.Replies[endOf(err, r.said > 0)]++
}

func endOf(err error, said bool) string {
	switch {
	case err == nil:
		return endedWell
	case errors.Is(err, ErrNothing):
		return endedNothing
	case errors.Is(err, ErrLate):
		return endedLate
	case errors.Is(err, ErrResting):
		return endedResting
	case errors.Is(err, context.Canceled):
		return endedLeft
	case said:
		return endedCut
	}
	return endedFailed
}

// Counts is what became of what the model said.
func (p *Phraser) Counts() Counts {
	p.tally.mu.Lock()
	defer p.tally.mu.Unlock()
	c := p.tally.c
	c.Dropped, c.Replies = maps.Clone(c.Dropped), maps.Clone(c.Replies)
	return c
}
