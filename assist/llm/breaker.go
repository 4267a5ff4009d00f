package llm

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A breaker leaves a failing server alone: after three failures in a row it rests for half a minute, then one call tries.
type breaker struct {
	now    func() time.Time
	mu     sync.Mutex
	failed int
	until  time.Time
}

const (
	failuresMax = 3
	restTime    = 30 * time.Second
)

// allow reports whether the server may be called now.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < failuresMax {
		return true
	}
	if b.now().Before(b.until) {
		return false
	}
	b.until = b.now().Add(restTime) // this call tries, others wait for what becomes of it
	return true
}

// resting reports whether the server is left alone now.
func (b *breaker) resting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed >= failuresMax
}

// result tells how a call went. A caller who lost interest is no failure of the server.
func (b *breaker) result(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.failed = 0
	case errors.Is(err, context.Canceled) && !errors.Is(err, ErrLate):
	default:
		b.failed++
		b.until = b.now().Add(restTime)
	}
}
