package retain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Work is what a request asks for.
type Work string

// The kinds of work.
const (
	ToErase  Work = "erase"  // of a Subject; the result is a Report, which stays on record
	ToSettle Work = "settle" // tells how far the events have come, for a backup; the result is a Settled
)

// Request is work that was asked for by one process and is done by another: the one that has the events. It stays on
// record until it is done, so that a crash only delays it.
type Request struct {
	ID     string          `json:"id"`
	Work   Work            `json:"work"`
	Body   json.RawMessage `json:"body"`
	State  State           `json:"state" enum:"wanted,doing,done,failed"`
	Result json.RawMessage `json:"result,omitempty"`
	Why    string          `json:"why,omitempty"`
	At     time.Time       `json:"at"`
}

// State says how far a request is.
type State string

// The states of a request.
const (
	Wanted State = "wanted"
	Doing  State = "doing"
	Done   State = "done"
	Failed State = "failed"
)

// Settled tells how far the events have come.
type Settled struct {
	Last   uint64 `json:"last"`           // place of the newest event
	Node   string `json:"node,omitempty"` // which of several nodes tells this
	Config string `json:"config"`         // the configuration file of that node, "" for none
}

// Tray keeps requests.
type Tray interface {
	Ask(ctx context.Context, w Work, body any) (id string, err error)
	Request(ctx context.Context, id string) (Request, error)
	// Take gives the oldest request that nobody does, or has not finished for longer than a while; ok is false for none.
	Take(ctx context.Context, stale time.Duration) (r Request, ok bool, err error)
	// Finish stores the result, or why there is none.
	Finish(ctx context.Context, id string, result any, why error) error
}

// Clerk does the work of the tray. Its fields are set before Run and not changed after.
type Clerk struct {
	Tray   Tray
	Eraser *Eraser
	Settle func(ctx context.Context) (Settled, error)
	Log    *slog.Logger // nil discards
}

const (
	lookEvery = time.Second
	staleJob  = 2 * time.Minute
)

// Run does what is asked for until ctx ends.
func (c *Clerk) Run(ctx context.Context) error {
	for rest(ctx, lookEvery) {
		for {
			did, err := c.One(ctx)
			if err != nil && ctx.Err() == nil && c.Log != nil {
				c.Log.Error("a request cannot be done now", "err", err)
			}
			if !did || err != nil {
				break
			}
		}
	}
	return nil
}

// One does the oldest request and reports false when there is none.
func (c *Clerk) One(ctx context.Context) (bool, error) {
	r, ok, err := c.Tray.Take(ctx, staleJob)
	if err != nil || !ok {
		return false, err
	}
	result, err := c.do(ctx, r)
	if ctx.Err() != nil {
		return false, context.Cause(ctx) // the next process takes it up
	}
	return true, c.Tray.Finish(ctx, r.ID, result, err)
}

func (c *Clerk) do(ctx context.Context, r Request) (any, error) {
	switch r.Work {
	case ToErase:
		var s Subject
		if err := json.Unmarshal(r.Body, &s); err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		report, err := c.Eraser.Erase(ctx, s)
		if err != nil {
			return nil, err
		}
		return report, c.Eraser.Trail.NoteReport(ctx, s, r.ID, report)
	case ToSettle:
		return c.Settle(ctx)
	}
	return nil, fmt.Errorf("%w: unknown work %q", ErrInvalid, r.Work)
}

// ErrNobody means that no process did the work in time.
var ErrNobody = errors.New("no running parley took the request")

// Await waits until a request is done and reads its result into to. It is ErrNobody when nobody took it within patience.
func Await(ctx context.Context, t Tray, id string, patience time.Duration, to any) error {
	deadline := time.Now().Add(patience)
	for {
		r, err := t.Request(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case r.State == Done:
			return json.Unmarshal(r.Result, to)
		case r.State == Failed:
			return fmt.Errorf("%s", r.Why) //nolint:err113 // the text of another process
		case r.State == Wanted && time.Now().After(deadline):
			return ErrNobody
		}
		if !rest(ctx, 200*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
}
