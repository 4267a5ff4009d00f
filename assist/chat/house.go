package chat

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// ErrFull means that no more chats are taken, from this address or at all.
var ErrFull = errors.New("chat: too many conversations are open")

// ErrUnknown means that there is no such chat, or that it is somebody else's.
var ErrUnknown = errors.New("chat: there is no such conversation")

// House holds the chats of a node. Its methods may be called from any goroutine; Run makes it take chats.
type House struct {
	Most    int // chats at once; 500
	PerHost int // of one address (an IPv6 /64); 5

	mu    sync.Mutex
	ctx   context.Context //nolint:containedctx // of Run; ends every chat
	chats map[call.ID]*guest
	wg    sync.WaitGroup
}

// guest is a chat with the proof that somebody is its caller.
type guest struct {
	chat  *Chat
	token [sha256.Size]byte
	host  netip.Prefix
}

// keepOver is how long a chat that is over can still be read.
const keepOver = 10 * time.Minute

// Run takes chats until ctx ends, and returns when all of them have.
func (h *House) Run(ctx context.Context) error {
	h.mu.Lock()
	h.ctx = ctx
	h.mu.Unlock()
	<-ctx.Done()
	h.wg.Wait()
	return nil
}

// Open begins a chat and returns the token that its caller shows from then on. after is called when it has ended.
func (h *House) Open(o Options, from netip.Addr, after func()) (*Chat, string, error) {
	host := hostOf(from)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx == nil || h.ctx.Err() != nil {
		return nil, "", ErrFull
	}
	if h.chats == nil {
		h.chats = map[call.ID]*guest{}
	}
	open, mine := 0, 0
	for _, g := range h.chats {
		if _, _, over := g.chat.Since(0); over {
			continue
		}
		open++
		if g.host == host {
			mine++
		}
	}
	if open >= cmp.Or(h.Most, 500) || mine >= cmp.Or(h.PerHost, 5) {
		return nil, "", ErrFull
	}
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	c := New(o)
	h.chats[o.ID] = &guest{c, sha256.Sum256([]byte(token)), host}
	ctx := h.ctx
	h.wg.Go(func() { // ends with the chat
		defer after()
		if err := c.Serve(ctx); err != nil {
			c.log.Error("chat ended by a fault", "err", err)
		}
		time.AfterFunc(keepOver, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			delete(h.chats, o.ID)
		})
	})
	return c, token, nil
}

// Lively is how many chats are open in which something was written within that time.
func (h *House) Lively(within time.Duration) (n int) {
	for _, c := range h.open() {
		if c.writtenSince(within) {
			n++
		}
	}
	return n
}

// Retire ends all chats, as Chat.Retire does. It does not wait.
func (h *House) Retire() {
	for _, c := range h.open() {
		c.Retire()
	}
}

// open are the chats that are not over.
func (h *House) open() (out []*Chat) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, g := range h.chats {
		if _, _, over := g.chat.Since(0); !over {
			out = append(out, g.chat)
		}
	}
	return out
}

// Find returns a chat to its caller.
func (h *House) Find(id call.ID, token string) (*Chat, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.chats[id]
	sum := sha256.Sum256([]byte(token))
	if g == nil || subtle.ConstantTimeCompare(g.token[:], sum[:]) != 1 {
		return nil, ErrUnknown
	}
	return g.chat, nil
}

func hostOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
