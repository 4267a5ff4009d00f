package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/pipeline/call"
)

const (
	firstPause = time.Second
	mostCalls  = 10_000
	longPause  = 10 * time.Minute
	maxAge     = 72 * time.Hour
	keepFor    = 7 * 24 * time.Hour
	sweepEvery = time.Hour
	lookEvery  = 2 * time.Second // for what another process put into the outbox
)

// Options for a Courier.
type Options struct {
	Outbox  Outbox
	Targets []Target
	Client  *http.Client            // as of package reach
	Clients map[string]*http.Client // by target, for those that have one of their own
	MaxAge  time.Duration           // after which an event is given up, so that the ones behind it go on; 0 = 72 h
	First   time.Duration           // pause after the first failure, doubled up to 10 minutes; 0 = 1 s
	Now     func() time.Time        // nil = time.Now
	Log     *slog.Logger            // nil discards
}

// Courier delivers events. Post and Follow may be called from any goroutine; Run delivers.
type Courier struct {
	o    Options
	wake map[string]chan struct{}

	mu      sync.Mutex
	started map[call.ID]time.Time
}

// New returns a courier.
func New(o Options) *Courier {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxAge <= 0 {
		o.MaxAge = maxAge
	}
	if o.First <= 0 {
		o.First = firstPause
	}
	c := &Courier{o: o, wake: map[string]chan struct{}{}, started: map[call.ID]time.Time{}}
	for _, t := range o.Targets {
		c.wake[t.Name] = make(chan struct{}, 1)
	}
	return c
}

// Post keeps an event for its receivers and returns; it is sent later. An event without ID gets one; the same ID again
// does nothing. When it returns nil the event survives the process.
func (c *Courier) Post(ctx context.Context, e Event) error {
	if len(c.o.Targets) == 0 {
		return nil
	}
	if e.ID == "" {
		e.ID = uuid.Must(uuid.NewV7()).String()
	}
	if e.At.IsZero() {
		e.At = c.o.Now()
	}
	e.At = e.At.UTC()
	if err := c.o.Outbox.Enqueue(ctx, c.o.Targets, []Event{e}, nil); err != nil {
		return err
	}
	c.Nudge()
	return nil
}

// Nudge has the courier look at once for what was put into the outbox by somebody else; it would within two seconds.
func (c *Courier) Nudge() {
	for _, ch := range c.wake {
		select {
		case ch <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// Source is where call events come from, by place.
type Source interface {
	// Last returns the place of the newest event, 0 when there is none.
	Last(ctx context.Context) (uint64, error)
	// Consume hands over the events after a place, in order, again when handle fails, until ctx ends.
	Consume(ctx context.Context, after uint64, handle func(context.Context, []call.Event) error) error
}

// Begin notes, on the first run, that what happens in calls from now on is to be told. Called before calls are taken, it
// keeps the very first ones from being lost when the process is killed before Follow has begun.
func (c *Courier) Begin(ctx context.Context, src Source) error {
	_, _, err := c.begin(ctx, src)
	return err
}

// begin returns up to where calls were followed, and the place of the newest event.
func (c *Courier) begin(ctx context.Context, src Source) (pos, last uint64, err error) {
	if len(c.o.Targets) == 0 {
		return 0, 0, nil
	}
	pos, begun, err := c.o.Outbox.Position(ctx)
	if err != nil {
		return 0, 0, err
	}
	if last, err = src.Last(ctx); err != nil {
		return 0, 0, fmt.Errorf("follow calls: %w", err)
	}
	if !begun {
		pos = last
		err = c.o.Outbox.Enqueue(ctx, nil, nil, &pos)
	}
	return pos, last, err
}

// Follow turns what happens in calls into events until ctx ends. It goes on where it stopped, also after a kill; on the
// first run it begins with what happens from then on, or from Begin on.
func (c *Courier) Follow(ctx context.Context, src Source) error {
	if len(c.o.Targets) == 0 {
		return nil
	}
	pos, last, err := c.begin(ctx, src)
	if err != nil {
		return err
	}
	if pos > last { // the bus was made anew; what is repeated has the same ID
		pos = 0
	}
	if err := src.Consume(ctx, pos, c.take); err != nil {
		return fmt.Errorf("follow calls: %w", err)
	}
	return nil
}

func (c *Courier) take(ctx context.Context, evs []call.Event) error {
	var out []Event
	for _, e := range evs {
		out = append(out, fromCall(e, c.startOf(e))...)
	}
	if err := c.o.Outbox.Enqueue(ctx, c.o.Targets, out, &evs[len(evs)-1].Pos); err != nil {
		return err
	}
	if len(out) > 0 {
		c.Nudge()
	}
	return nil
}

// startOf is when the event's call started; of a call that started before this process it is reckoned back from now.
func (c *Courier) startOf(e call.Event) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.started[e.Call]
	if !ok {
		if len(c.started) > mostCalls { // of calls that never ended
			clear(c.started)
		}
		at = c.o.Now().Add(-time.Duration(e.At))
		var s call.Started
		if e.Kind == call.KindStarted && json.Unmarshal(e.Body, &s) == nil && !s.At.IsZero() {
			at = s.At
		}
		c.started[e.Call] = at
	}
	if e.Kind == call.KindEnded {
		delete(c.started, e.Call)
	}
	return at
}

// Run delivers until ctx ends; a delivery in the middle then is tried again at the next start.
func (c *Courier) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, t := range c.o.Targets {
		wg.Go(func() { c.serve(ctx, t) }) // ends with ctx
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := c.o.Outbox.Sweep(ctx, c.o.Now().Add(-keepFor)); err != nil && ctx.Err() == nil {
			c.o.Log.Warn("delivered events were not cleared", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			wg.Wait()
			return nil
		}
	}
}

// serve delivers to one receiver, one event after the other: the next one is not sent before the last was taken.
func (c *Courier) serve(ctx context.Context, t Target) {
	for ctx.Err() == nil {
		pause := lookEvery
		d, ok, err := c.o.Outbox.Oldest(ctx, t.Name)
		wait := d.Next.Sub(c.o.Now())
		if wait > longPause+longPause/4 { // no pause is that long: somebody has set the clock back
			wait = 0
		}
		switch {
		case err != nil:
			if ctx.Err() == nil {
				c.o.Log.Warn("the outbox cannot be read", "target", t.Name, "err", err)
			}
		case ok && wait <= 0:
			c.try(ctx, t, d)
			continue
		case ok:
			pause = min(wait, lookEvery)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-c.wake[t.Name]:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (c *Courier) try(ctx context.Context, t Target, d Delivery) {
	d.Tries++
	err := c.send(ctx, t, d)
	if ctx.Err() != nil {
		return // not known whether it was taken: it keeps its ID and goes again
	}
	now := c.o.Now()
	d.State, d.Why = Delivered, ""
	if err != nil {
		d.State, d.Why, d.Next = Waiting, err.Error(), now.Add(c.backoff(d.Tries))
		if now.Sub(d.Event.At) > c.o.MaxAge {
			d.State = GivenUp
		}
		c.o.Log.Warn("event not delivered", "target", t.Name, "event", d.Event.ID, "try", d.Tries, "state", d.State, "err", err)
	}
	if err := c.o.Outbox.Mark(ctx, d); err != nil && ctx.Err() == nil {
		c.o.Log.Error("a delivery was not noted and will be repeated", "target", t.Name, "event", d.Event.ID, "err", err)
		timer := time.NewTimer(c.o.First)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// backoff doubles with each try, with up to a fifth more so that receivers are not hit by all at once.
func (c *Courier) backoff(tries int) time.Duration {
	d := c.o.First << min(tries-1, 20)
	if d > longPause || d <= 0 {
		d = longPause
	}
	return d + rand.N(d/5+1) //nolint:gosec // spreads load, guards nothing
}

func (c *Courier) send(ctx context.Context, t Target, d Delivery) error {
	body, err := json.Marshal(d.Event)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	for k, v := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Parley", HeaderID: d.Event.ID, HeaderKind: string(d.Event.Kind),
		HeaderTry: strconv.Itoa(d.Tries), HeaderSignature: Sign(t.Secret, c.o.Now(), body),
	} {
		req.Header.Set(k, v)
	}
	client := c.o.Clients[t.Name]
	if client == nil {
		client = c.o.Client
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("send event: %w", errors.Unwrap(err)) // without the address, which may hold a secret
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("send event: the receiver answered %d", res.StatusCode)
	}
	return nil
}
