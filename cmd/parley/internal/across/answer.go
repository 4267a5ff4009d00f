package across

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// answer sends what a handler writes to the node that asked.
type answer struct {
	d      *Door
	ctx    context.Context //nolint:containedctx // of the request
	end    context.CancelFunc
	to     string
	header http.Header
	status int
	n      int
	buf    []byte
	err    error
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	for rest := b; len(rest) > 0 && a.err == nil; {
		n := min(piece-len(a.buf), len(rest))
		a.buf, rest = append(a.buf, rest[:n]...), rest[n:]
		if len(a.buf) == piece {
			a.send(false)
		}
	}
	return len(b), a.err
}

// FlushError is for http.ResponseController.
func (a *answer) FlushError() error {
	a.WriteHeader(http.StatusOK)
	a.send(false)
	return a.err
}

// SetWriteDeadline is for http.ResponseController: each piece has its own.
func (a *answer) SetWriteDeadline(time.Time) error { return nil }

// finish sends what is left.
func (a *answer) finish() {
	a.WriteHeader(http.StatusOK)
	a.send(true)
}

// send sends a piece and waits until it was taken; when it is not, the request is over.
func (a *answer) send(end bool) {
	if a.err != nil {
		return
	}
	p := part{N: a.n, Body: a.buf, End: end}
	if a.n == 0 {
		p.Status, p.Header = a.status, maps.Clone(a.header)
	}
	a.n++
	a.buf = nil
	data, err := json.Marshal(p)
	if err == nil {
		ctx, cancel := context.WithTimeout(a.ctx, pieceWithin)
		_, err = a.d.wire.Ask(ctx, a.to, data)
		cancel()
	}
	if err != nil {
		a.err = fmt.Errorf("send an answer to another node: %w", err)
		a.end()
	}
}

// copier writes an answer that another node gives.
type copier struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	ctx context.Context //nolint:containedctx // of the request

	mu    sync.Mutex
	next  int
	err   error
	ended bool
	done  chan struct{} // closed with ended
}

var errOrder = errors.New("a piece of the answer is missing")

// take writes a piece.
func (c *copier) take(_ context.Context, data []byte) ([]byte, error) {
	var p part
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil || c.ended || p.N != c.next {
		return nil, errOrder
	}
	c.next++
	if p.N == 0 {
		// What the handler of the other node set stands; this node's own has set the same before.
		maps.Copy(c.w.Header(), p.Header)
		c.w.WriteHeader(p.Status)
	}
	_ = c.rc.SetWriteDeadline(time.Now().Add(15 * time.Second)) // not every writer has one
	if _, err := c.w.Write(p.Body); err != nil {
		c.finish(err)
		return nil, err
	}
	if err := c.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		c.finish(err)
		return nil, err
	}
	if p.End {
		c.finish(nil)
	}
	return nil, nil
}

// finish ends the answer. The lock is held.
func (c *copier) finish(err error) {
	if !c.ended {
		c.ended, c.err = true, err
		close(c.done)
	}
}

// wait waits for the end of the answer, and tells whether it had begun.
func (c *copier) wait() (begun bool, err error) {
	late := time.NewTimer(headWithin)
	defer late.Stop()
	for {
		select {
		case <-c.done:
		case <-c.ctx.Done():
		case <-late.C:
			if c.started() {
				continue
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.ended {
			err = context.Cause(c.ctx)
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			c.finish(err)
		}
		return c.next > 0, c.err
	}
}

func (c *copier) started() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next > 0
}
