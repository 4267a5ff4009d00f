package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	writeLimit = 10 * time.Second // for one event; a reader that takes longer is disconnected and resumes by number
	batch      = 500              // recorded events read at a time
)

type callStreamInput struct {
	ID    call.ID `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"ID of the call"`
	Last  uint64  `header:"Last-Event-ID" doc:"Number of the last event seen; sent by browsers when they reconnect"`
	After uint64  `query:"after" doc:"The same, for the first connection"`
}

type allStreamInput struct {
	Last  uint64 `header:"Last-Event-ID" doc:"id of the last event seen; sent by browsers when they reconnect"`
	After uint64 `query:"after" doc:"The same, for the first connection: the position a list of calls came with"`
}

func (a *API) registerStreams(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "watch-call", Method: http.MethodGet, Path: "/api/calls/{id}/events", Tags: []string{"events"},
		Summary: "The events of one call, as they happen",
		Description: "Server-sent events. data is an event with v, call, seq, at, kind and body; id is its seq. Partial transcripts have no id and are " +
			"not repeated. \"event: beat\" is a sign of life, \"event: end\" comes after the last event of a call that is over. Every stream ends " +
			"with \"event: barred\" when its reader has been disabled.",
		Responses: content("text/event-stream", http.StatusOK),
	}, func(ctx context.Context, in *callStreamInput) (*huma.StreamResponse, error) {
		after := max(in.Last, in.After)
		evs, ended, err := a.o.Records.Events(ctx, in.ID, after, batch)
		if err != nil {
			return nil, a.fail(err)
		}
		return a.stream(func(ctx context.Context, s *stream) error { return a.follow(ctx, s, in.ID, after, evs, ended) })
	})
	huma.Register(api, huma.Operation{
		OperationID: "watch-all", Method: http.MethodGet, Path: "/api/events", Tags: []string{"events"},
		Summary:     "The events of all calls, as they happen",
		Description: "As for one call, but id is the event's place among those of all calls. A list of calls gives the position to start after; without one the stream starts with the oldest event that is still on the bus.",
		Responses:   content("text/event-stream", http.StatusOK),
	}, func(_ context.Context, in *allStreamInput) (*huma.StreamResponse, error) {
		return a.stream(func(ctx context.Context, s *stream) error {
			for e, err := range a.o.Live.WatchAll(ctx, max(in.Last, in.After)) {
				if err == nil && a.shows(ctx, e) {
					err = s.event(e.Pos, e)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// shows reports whether who watches may see an event. The route of a call is in its first event, which comes before the
// record has it.
func (a *API) shows(ctx context.Context, e call.Event) bool {
	if a.guard == nil {
		return true
	}
	if e.Kind == call.KindStarted {
		var b call.Started
		if json.Unmarshal(e.Body, &b) == nil {
			a.guard.remember(e.Call, b.Route)
		}
	}
	ok, err := a.maySee(ctx, e.Call)
	return ok && err == nil
}

// follow sends what is recorded of a call (evs first), then what happens, until the call has ended.
func (a *API) follow(ctx context.Context, s *stream, id call.ID, after uint64, evs []call.Event, ended bool) error {
	var err error
	for len(evs) > 0 {
		for _, e := range evs {
			if err := s.event(e.Seq, e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(evs) < batch {
			break
		}
		if evs, ended, err = a.o.Records.Events(ctx, id, after, batch); err != nil {
			return err
		}
	}
	if ended {
		return s.named("end")
	}
	for e, err := range a.o.Live.Watch(ctx, id, after) {
		if err == nil {
			err = s.event(e.Seq, e)
		}
		if err != nil {
			return err
		}
		if e.Kind == call.KindEnded {
			return s.named("end")
		}
	}
	return nil
}

// stream answers with server-sent events that send writes, as long as there is room for one more stream.
func (a *API) stream(send func(context.Context, *stream) error) (*huma.StreamResponse, error) {
	select {
	case a.streams <- struct{}{}:
	default:
		return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("too many event streams are open"), http.Header{"Retry-After": {"5"}})
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { <-a.streams }()
		a.metrics.streams.Inc()
		defer a.metrics.streams.Dec()
		r, w := humago.Unwrap(hctx)
		if err := a.run(r.Context(), w, send); err != nil && !errors.Is(err, io.EOF) && r.Context().Err() == nil {
			a.log.Debug("event stream ended", "err", err)
		}
	}}, nil
}

// run sends events and, in between, signs of life; it returns when either fails or send is done.
func (a *API) run(reader context.Context, w http.ResponseWriter, send func(context.Context, *stream) error) error {
	ctx, cancel := context.WithCancel(reader)
	s := &stream{w: w, rc: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold events back
	if err := s.write("retry: 1000\n\n"); err != nil {
		cancel()
		return err
	}
	var wg sync.WaitGroup
	// Ends when ctx is cancelled below, or when a write fails; run waits for it.
	wg.Go(func() {
		defer cancel()
		t := time.NewTicker(a.o.Beat)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if !a.stillIn(ctx) || s.named("beat") != nil {
					return
				}
			case <-a.left.wait():
				if !a.stillIn(ctx) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	err := send(ctx, s)
	cancel()
	wg.Wait()
	if reader.Err() == nil && a.barred(reader) {
		return s.named("barred")
	}
	return err
}

// stream writes server-sent events. Its methods may be called from any goroutine.
type stream struct {
	mu sync.Mutex
	w  io.Writer
	rc *http.ResponseController
}

// event writes e; an id of 0 leaves the reader's place as it is.
func (s *stream) event(id uint64, e call.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if id == 0 {
		return s.write(fmt.Sprintf("data: %s\n\n", data))
	}
	return s.write(fmt.Sprintf("id: %d\ndata: %s\n\n", id, data))
}

// named writes an event of the stream itself.
func (s *stream) named(name string) error { return s.write("event: " + name + "\ndata: {}\n\n") }

func (s *stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("write event: %w", err)
	}
	if _, err := io.WriteString(s.w, text); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// data writes an event with a body of its own.
func (s *stream) data(name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", name, data))
}

// numbered is data with a place to resume after.
func (s *stream) numbered(id uint64, name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, name, data))
}

// stillIn reports whether the session an event stream was opened with goes on.
func (a *API) stillIn(ctx context.Context) bool {
	token := sessionOf(ctx)
	if token == "" || a.o.Access == nil {
		return true
	}
	_, err := a.o.Access.Session(ctx, token)
	if !errors.Is(err, access.ErrUnknown) {
		return true
	}
	// A session also ends by its age, and then a call goes on; who was disabled, at another node or a terminal, leaves it.
	if d := a.o.Desk.Desk; d != nil && a.barred(ctx) {
		d.Dismiss(access.From(ctx).Person.ID)
	}
	return false
}

// barred reports whether the person an event stream was opened by may not be here any more.
func (a *API) barred(ctx context.Context) bool {
	if sessionOf(ctx) == "" || a.o.Access == nil {
		return false
	}
	barred, err := a.o.Access.Barred(ctx, access.From(ctx).Person.ID)
	return err == nil && barred
}

// bell wakes all who wait for it. The zero value is ready.
type bell struct {
	mu sync.Mutex
	c  chan struct{}
}

// wait returns a channel that is closed when the bell rings next.
func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

// ring wakes those who wait.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
