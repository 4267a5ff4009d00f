package webrtc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	pion "github.com/pion/webrtc/v4"
)

// Captions is the label of the data channel messages are sent on. The page opens it; without it they are dropped.
const Captions = "captions"

// Limits of the data channel.
const (
	maxMessages = 64          // waiting for the page
	maxUnsent   = 256 << 10   // bytes given to the library and not taken by the page
	openWait    = time.Second // for a channel that is promised when the call ends at once
	lastWords   = 200 * time.Millisecond
)

// ErrTooLong means that a message is longer than a page can take.
var ErrTooLong = errors.New("the message is longer than 16 KiB")

// board is what the page is shown. Messages wait in a short queue until the channel is open and the page keeps up; the
// oldest are dropped when it is full. It is safe for concurrent use.
type board struct {
	mu      sync.Mutex
	ch      *pion.DataChannel
	open    bool
	closed  bool
	waiting []string
	dropped uint64
	opened  chan struct{}
	drained chan struct{} // told when the library has little left to send
}

func newBoard() *board { return &board{opened: make(chan struct{}), drained: make(chan struct{}, 1)} }

// Send shows the page one JSON message on the channel "captions". It never blocks: messages wait in a queue of 64, and
// a page that is too slow or has no such channel loses the oldest (see Stats). The error is io.EOF once the call is over.
func (l *Leg) Send(ctx context.Context, msg []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(msg) > maxDatagram {
		return ErrTooLong
	}
	return l.board.post(string(msg))
}

func (b *board) post(msg string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return io.EOF
	}
	if len(b.waiting) >= maxMessages {
		b.waiting = b.waiting[:copy(b.waiting, b.waiting[1:])]
		b.dropped++
	}
	b.waiting = append(b.waiting, msg)
	b.flush()
	return nil
}

// flush gives the library what the page can take. b.mu is held.
func (b *board) flush() {
	for len(b.waiting) > 0 && b.open && b.ch.BufferedAmount() < maxUnsent {
		if b.ch.SendText(b.waiting[0]) != nil {
			b.dropped++
		}
		b.waiting = b.waiting[:copy(b.waiting, b.waiting[1:])]
	}
}

func (b *board) lost() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

// attach takes the page's channel; only the first one counts.
func (b *board) attach(ch *pion.DataChannel) {
	b.mu.Lock()
	if b.ch != nil {
		b.mu.Unlock()
		return
	}
	b.ch = ch
	b.mu.Unlock()
	ch.SetBufferedAmountLowThreshold(0)
	ch.OnBufferedAmountLow(func() {
		b.mu.Lock()
		b.flush()
		b.mu.Unlock()
		select {
		case b.drained <- struct{}{}:
		default:
		}
	})
	ch.OnOpen(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.open = true
		b.flush()
		close(b.opened)
	})
	ch.OnClose(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.open = false
	})
}

// farewell tells the page why the call ends and waits a moment for the words to leave; promised says that the page, which
// is still there, will open its channel if it has not yet.
func (b *board) farewell(why string, promised bool) {
	if promised {
		t := time.NewTimer(openWait)
		select {
		case <-b.opened:
		case <-t.C:
		}
		t.Stop()
	}
	msg, _ := json.Marshal(map[string]string{"type": "end", "why": why}) // strings always marshal
	_ = b.post(string(msg))
	b.mu.Lock()
	b.closed = true
	wait := b.open && b.ch.BufferedAmount() > 0
	b.mu.Unlock()
	if !wait {
		return
	}
	select {
	case <-b.drained:
	default:
	}
	t := time.NewTimer(lastWords)
	defer t.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for b.ch.BufferedAmount() > 0 {
		select {
		case <-b.drained:
		case <-poll.C:
		case <-t.C:
			return
		}
	}
}

// open takes a data channel of the page. Keys may come on any of them.
func (l *Leg) open(ch *pion.DataChannel) {
	if ch.Label() == Captions {
		l.board.attach(ch)
	}
	ch.OnMessage(func(m pion.DataChannelMessage) {
		if k, ok := readKey(m.Data); ok {
			l.sigs.Key(k, "data", time.Now())
		}
	})
}

// readKey reads a message such as {"key":"5"}; ok is false for any other.
func readKey(data []byte) (key rune, ok bool) {
	var m struct {
		Key string `json:"key"`
	}
	if len(data) > 1024 || json.Unmarshal(data, &m) != nil || len(m.Key) != 1 {
		return 0, false
	}
	return knownKey(rune(m.Key[0]))
}
