package events

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Messages between the nodes that share one event server travel as parley.peers.<name>. They are not kept: whoever needs
// an answer asks again.
const peersPrefix = "parley.peers."

const (
	// atOnce bounds the messages of one name that are handled at the same time; more wait.
	atOnce = 64

	errorHeader = "Parley-Error"

	// PeersVersion is the number that messages between nodes carry in versionHeader; one without it has 1. It rises when an
	// older node would take a message for something else: fields and names that are added do not raise it.
	PeersVersion  = 1
	versionHeader = "Parley-Version"
)

// Errors of messages between nodes.
var (
	// ErrNobody means that nobody hears under this name now.
	ErrNobody = errors.New("events: nobody answers")
	// ErrRefused means that the one who was asked said why not.
	ErrRefused = errors.New("events: refused")
)

// Ask sends data to whoever hears under a name, dots allowed, and returns the answer. A NATS server takes neither when it is longer
// than 1 MiB, unless told otherwise. It blocks until there is one or ctx
// ends, which should have a deadline. When several hear, the first answer counts. An answer that does not come says
// nothing about whether the message was handled.
func (b *Bus) Ask(ctx context.Context, to string, data []byte) ([]byte, error) {
	m, err := b.nc.RequestMsgWithContext(ctx, message(to, data))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%w: %s", ErrNobody, to)
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", to, err)
	}
	if why := m.Header.Get(errorHeader); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrRefused, why)
	}
	return m.Data, nil
}

func message(to string, data []byte) *nats.Msg {
	m := nats.NewMsg(peersPrefix + to)
	m.Data = data
	m.Header.Set(versionHeader, strconv.Itoa(PeersVersion))
	return m
}

// readable is ErrNewer for a message of a node that is newer than this program.
func readable(m *nats.Msg) error {
	told := m.Header.Get(versionHeader)
	if told == "" {
		return nil
	}
	if v, err := strconv.Atoi(told); err != nil || v > PeersVersion {
		return fmt.Errorf("%w (a message between nodes of version %q, this node reads %d): upgrade this node", ErrNewer, told, PeersVersion)
	}
	return nil
}

// Tell sends data to everybody who hears under a name and does not wait; it may be lost.
func (b *Bus) Tell(to string, data []byte) {
	if err := b.nc.PublishMsg(message(to, data)); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.log.Debug("a message between nodes was not sent", "to", to, "err", err)
	}
}

// flushTime bounds how long Hear and stop wait for the server.
const flushTime = time.Second

// Hear has handle called with every message to a name, each in a goroutine of its own, and sends what it returns to who
// asked. ctx of handle ends with stop, which waits for those that run and up to a second for the server. data is the handler's to keep.
// What a newer node sent in a form of its own is refused, and Check fails for newerFor.
func (b *Bus) Hear(name string, handle func(ctx context.Context, data []byte) ([]byte, error)) (stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var mu sync.Mutex // held while wg may grow
	stopped := false
	slots := make(chan struct{}, atOnce)
	sub, err := b.nc.Subscribe(peersPrefix+name, func(m *nats.Msg) {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			return
		}
		wg.Go(func() { // ends with handle, whose context ends with stop
			defer func() { <-slots }()
			out, err := []byte(nil), readable(m)
			if err == nil {
				out, err = handle(ctx, m.Data)
			} else {
				b.meet(err)
			}
			if m.Reply != "" {
				b.reply(m, out, err)
			}
		})
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("hear as %s: %w", name, err)
	}
	if err := b.nc.FlushTimeout(flushTime); err != nil { // from then on it is heard
		b.log.Warn("the server may not know yet what this node hears", "name", name, "err", err)
	}
	return sync.OnceFunc(func() {
		_ = sub.Unsubscribe()            // fails only when the connection is gone, and the subscription with it
		_ = b.nc.FlushTimeout(flushTime) // so that who asks from now on is told that nobody is here
		mu.Lock()
		stopped = true
		mu.Unlock()
		cancel()
		wg.Wait()
	}), nil
}

// meet remembers that a newer program wrote something this one cannot read.
func (b *Bus) meet(err error) {
	now := time.Now()
	if was := b.newer.Swap(&meeting{err, now}); was == nil || now.Sub(was.at) >= b.newerFor {
		b.log.Error("a newer version runs beside this node", "err", err)
	}
}

func (b *Bus) reply(m *nats.Msg, out []byte, err error) {
	a := nats.NewMsg(m.Reply)
	a.Data = out
	if err != nil {
		a.Data = nil
		a.Header.Set(errorHeader, oneLine(err.Error()))
	}
	if err := m.RespondMsg(a); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.log.Debug("an answer between nodes was not sent", "err", err)
	}
}

// oneLine makes a text fit for a header.
func oneLine(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' {
			out[i] = ' '
		}
	}
	return string(out)
}
