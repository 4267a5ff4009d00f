package sip

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/emiago/sipgo/sip"
)

// begin counts a goroutine in, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.ctx == nil {
		return false
	}
	s.wg.Add(1)
	return true
}

// later runs do beside all else, unless the server is closing: then it reports false. Its ctx ends after limit.
func (s *Server) later(limit time.Duration, do func(ctx context.Context)) bool {
	if !s.begin() {
		return false
	}
	// Ends with do, at the latest soon after limit.
	go func() {
		defer s.wg.Done()
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		do(ctx)
	}()
	return true
}

// atMost runs do, which ends when its ctx does, and returns when it has, at the latest after wait: then do goes on beside all else,
// for as long as a transaction lasts or until the server closes.
func (s *Server) atMost(wait time.Duration, do func(ctx context.Context)) {
	done := make(chan struct{})
	on := s.later(64*sip.T1, func(ctx context.Context) {
		defer close(done)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(s.ctx, func() { // it has as long as all that ends then
			select {
			case <-time.After(wait):
				cancel()
			case <-ctx.Done():
			}
		})()
		do(ctx)
	})
	if !on {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		do(ctx)
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// protect runs f and turns a panic into a log line: one bad message must not end the calls of the node.
func (s *Server) protect(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("telephone message could not be handled", "what", what, "panic", fmt.Sprint(r),
				"stack", string(debug.Stack()))
		}
	}()
	f()
}
