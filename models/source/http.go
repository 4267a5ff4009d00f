package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// How long a publisher may take before the next source is tried.
const (
	connectTimeout = 5 * time.Second
	answerTimeout  = 10 * time.Second
	stallTimeout   = 20 * time.Second // without a byte
)

// Web fetches from publishers' addresses. A host that failed once is not asked again by the same Web. Safe for
// concurrent use.
type Web struct {
	client *http.Client
	stall  time.Duration

	mu   sync.Mutex
	dead map[string]error
}

// NewWeb returns a Web with timeouts short enough to go on to a registry within seconds where publishers are blocked.
func NewWeb() *Web {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: answerTimeout,
		ForceAttemptHTTP2:     true,
	}
	return &Web{client: &http.Client{Transport: t}, stall: stallTimeout, dead: map[string]error{}}
}

// Fetch appends what part still lacks of the file at address and blocks until it is whole. size is its length in bytes, or
// 0 if that is unknown. On an error part keeps what has arrived, for another try to go on from.
func (w *Web) Fetch(ctx context.Context, address, part string, size int64, seen Seen) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if err := w.isDead(u.Host); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	err = w.into(ctx, u, f, size, seen)
	return errors.Join(err, f.Close())
}

func (w *Web) into(ctx context.Context, u *url.URL, f *os.File, size int64, seen Seen) error {
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if size > 0 && have == size {
		return nil
	}
	if size > 0 && have > size {
		have = 0
	}
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := w.ask(stop, u, have)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.bury(u.Host, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
	case http.StatusOK:
		have = 0
	case http.StatusNotFound, http.StatusGone, http.StatusUnauthorized:
		return fmt.Errorf("fetch %s: %w: %s", u.Redacted(), ErrUnreachable, resp.Status)
	case http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(fmt.Errorf("fetch %s: %w: %s", u.Redacted(), ErrTooLong, resp.Status), f.Truncate(0))
	default:
		return w.bury(u.Host, errors.New(resp.Status))
	}
	if err := f.Truncate(have); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	return w.copy(ctx, cancel, u, resp.Body, &counter{w: f, n: have, seen: seen}, size)
}

func (w *Web) ask(ctx context.Context, u *url.URL, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "parley-models")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	return w.client.Do(req)
}

// copy moves body to c until its end, size bytes in all, or until nothing has come for the stall time.
func (w *Web) copy(ctx context.Context, cancel context.CancelCauseFunc, u *url.URL, body io.Reader, c *counter, size int64) error {
	errStall := fmt.Errorf("%w: no byte for %v", ErrUnreachable, w.stall)
	stalled := time.AfterFunc(w.stall, func() { cancel(errStall) })
	defer stalled.Stop()
	beat := Seen(func(n int64) { stalled.Reset(w.stall); _ = n })
	if size > 0 {
		body = io.LimitReader(body, size-c.n+1)
	}
	_, err := io.Copy(io.MultiWriter(c, &counter{w: io.Discard, seen: beat}), body)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !isWrite(err):
		return w.bury(u.Host, err)
	case err != nil:
		return fmt.Errorf("fetch %s: %w", u.Redacted(), err)
	case size > 0 && c.n > size:
		return fmt.Errorf("fetch %s: %w: more than %d bytes", u.Redacted(), ErrTooLong, size)
	case size > 0 && c.n < size:
		return fmt.Errorf("fetch %s: %w: ended after %d of %d bytes", u.Redacted(), ErrUnreachable, c.n, size)
	}
	return nil
}

// isWrite tells an error of the disk from one of the network.
func isWrite(err error) bool {
	_, ok := errors.AsType[*os.PathError](err)
	return ok
}

func (w *Web) isDead(host string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead[host]
}

// bury remembers that host does not serve and returns the error that says so.
func (w *Web) bury(host string, cause error) error {
	if asked, ok := errors.AsType[*url.Error](cause); ok {
		cause = asked.Err // without the address: it holds for all of them
	}
	err := fmt.Errorf("%s %w: %w", host, ErrUnreachable, cause)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead[host] = err
	return err
}
