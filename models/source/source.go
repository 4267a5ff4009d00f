// Package source brings a file of weights from where it can be had: a publisher's address, or a package of a registry
// through that registry's ordinary client, so that mirrors and proxies set up for the client are used. It knows nothing of
// checksums; its caller trusts no byte it delivers until it has checked them.
package source

import (
	"errors"
	"io"
)

var (
	// ErrUnreachable is the error of a publisher that does not answer, refuses, or answers too slowly.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrTooLong is the error of a source that delivers more than was asked for.
	ErrTooLong = errors.New("longer than it should be")
)

// Seen is told from time to time how many bytes have arrived so far. It may be called from another goroutine than the
// fetch's own, never after the fetch has returned, and must not block. nil is allowed.
type Seen func(done int64)

func (s Seen) tell(n int64) {
	if s != nil {
		s(n)
	}
}

// counter passes bytes on and says how many there were.
type counter struct {
	w    io.Writer
	n    int64
	seen Seen
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.seen.tell(c.n)
	return n, err
}
