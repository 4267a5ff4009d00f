package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// HostOptions are what a host works with.
type HostOptions struct {
	Desk *Desk
	// Held reports whether this node leads now, and its term. It must not block.
	Held func() (term uint64, ok bool)
	// Poke asks a node to report at once, "" all of them. It must not block, and may fail.
	Poke func(node string)
	// Keep stores who is at work for the next leader; it may block until ctx ends, and must refuse an older term.
	Keep func(ctx context.Context, term uint64, data []byte) error
	// Kept reads that.
	Kept func(ctx context.Context) ([]byte, error)
	// Begun is told of every call that begins at any node; Gone of a node that fell silent. They must not block.
	Begun func(s call.Started, channel string)
	Gone  func(node string)
	Log   *slog.Logger
}

// Host is the desk of all nodes while this one leads: it takes in what the branches tell and passes on what the desk wants
// done. Its methods may be called from any goroutine.
type Host struct {
	o   HostOptions
	d   *Desk
	log *slog.Logger

	mu      sync.Mutex // before the desk's
	term    uint64     // 0: does not lead
	began   time.Time
	settled bool
	seats   []seated // as they were taken over
	peers   map[string]*peer
	count   uint64 // of peers so far
	kept    string // presence that was stored last
	unkept  bool   // it could not be stored the last time
	wg      sync.WaitGroup

	out    sync.Mutex // after the desk's
	orders map[string]*outbox
	phones map[string]*phoning // telephones that ring, by the ID of the ringing
	// settledFor is the term in which the branches were heard.
	settledFor uint64
}

// peer is a node that reports.
type peer struct {
	id    uint64
	boot  int64
	n     uint64
	seen  time.Time
	calls map[call.ID]*far
	ended map[call.ID]uint64 // calls whose end was taken in, and its number
}

// far is a call of a peer.
type far struct {
	node  string
	taken uint64
	wish  *sought
	line  *farLine
	stop  context.CancelFunc // of the search
	done  chan struct{}      // closed when it has ended
	dirty bool
	kept  time.Time
}

// outbox holds the orders for a node until it has carried them out.
type outbox struct {
	first uint64 // number of orders[0]
	all   []order
}

// NewHost returns a host that does not lead yet.
func NewHost(o HostOptions) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Host{o: o, d: o.Desk, log: o.Log, peers: map[string]*peer{}, orders: map[string]*outbox{}, phones: map[string]*phoning{}}
}

// settleWithin is how long a new leader waits for the branches before it offers anything.
const settleWithin = 300 * time.Millisecond

// Leads reports whether calls may be offered now: this node holds the lease of its term and has heard the branches.
func (h *Host) Leads() bool {
	term, ok := h.o.Held()
	if !ok {
		return false
	}
	h.out.Lock() // not h.mu: the desk's lock may be held
	defer h.out.Unlock()
	return h.settledFor == term && term != 0
}

// Lead begins to lead, with the agents the leader before had at work.
func (h *Host) Lead(ctx context.Context, term uint64) {
	var seats []seated
	if data, err := h.o.Kept(ctx); err != nil {
		h.log.Warn("who was at work is not known: agents have to say so again", "err", err)
	} else if len(data) > 0 {
		if err := json.Unmarshal(data, &seats); err != nil {
			h.log.Warn("who was at work is not known: agents have to say so again", "err", err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clear()
	h.d.seat(seats)
	h.term, h.began, h.settled, h.seats, h.kept = term, h.d.now(), false, seats, ""
	h.log.Info("this node leads the desk", "term", term)
	h.o.Poke("")
}

// Drop stops to lead.
func (h *Host) Drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.term != 0 {
		h.log.Info("another node leads the desk", "term", h.term)
	}
	h.clear()
}

// clear forgets everything. The lock is held.
func (h *Host) clear() {
	for _, p := range h.peers {
		for _, f := range p.calls {
			f.unseek()
		}
	}
	h.term = 0
	h.peers = map[string]*peer{}
	h.out.Lock()
	h.orders, h.phones, h.settledFor = map[string]*outbox{}, map[string]*phoning{}, 0
	h.out.Unlock()
	h.d.reset()
}

func (f *far) unseek() {
	if f.stop != nil {
		f.stop()
	}
	f.stop, f.wish = nil, nil
}

// send puts an order into a node's box. Other locks may be held.
func (h *Host) send(node string, o order) {
	h.out.Lock()
	b := h.orders[node]
	if b == nil {
		b = &outbox{first: 1}
		h.orders[node] = b
	}
	b.all = append(b.all, o)
	h.out.Unlock()
	h.o.Poke(node)
}

var errNotLeading = errors.New("this node does not lead the desk")

// Report takes in what a branch tells and returns what it is answered.
func (h *Host) Report(_ context.Context, data []byte) ([]byte, error) {
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read a report: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if term, ok := h.o.Held(); !ok || term != h.term {
		return nil, errNotLeading
	}
	p := h.peers[r.Node]
	switch {
	case p != nil && (r.Boot < p.boot || r.Boot == p.boot && r.N <= p.n):
		return nil, errors.New("an old report")
	case p != nil && r.Boot > p.boot:
		h.bury(r.Node, p)
		h.out.Lock()
		delete(h.orders, r.Node)
		h.out.Unlock()
		p = nil
	}
	if p == nil {
		h.count++
		p = &peer{id: h.count, boot: r.Boot, calls: map[call.ID]*far{}, ended: map[call.ID]uint64{}}
		h.peers[r.Node] = p
	}
	p.n, p.seen = r.N, h.d.now()
	out := receipt{Term: h.term, Peer: p.id, Taken: map[call.ID]uint64{}}
	still := map[call.ID]uint64{}
	for _, c := range r.Calls {
		if n, ok := p.ended[c.Call]; ok {
			still[c.Call] = n
			out.Taken[c.Call] = n
			continue
		}
		n, ok := h.take(r.Node, p, c)
		if !ok {
			out.Again = append(out.Again, c.Call)
			continue
		}
		out.Taken[c.Call] = n
		if e, ok := p.ended[c.Call]; ok {
			still[c.Call] = e
		}
	}
	p.ended = still
	h.collect(&out, r)
	if r.Bye {
		h.bury(r.Node, p)
	}
	return raw(out), nil
}

// collect adds the orders for a node to a receipt, and forgets those that it has carried out. The lock is held.
func (h *Host) collect(out *receipt, r report) {
	h.out.Lock()
	defer h.out.Unlock()
	b := h.orders[r.Node]
	if b == nil {
		return
	}
	if r.Term == h.term {
		for len(b.all) > 0 && b.first <= r.Done {
			b.first++
			b.all = b.all[1:]
		}
	}
	out.First = b.first
	size := 0
	for _, o := range b.all {
		if size += len(o.Body) + 80; size > portion && len(out.Orders) > 0 {
			break
		}
		out.Orders = append(out.Orders, o)
	}
}

// Partial takes what somebody is just saying.
func (h *Host) Partial(data []byte) {
	var p partial
	if json.Unmarshal(data, &p) != nil {
		return
	}
	if b := bodyOf(call.KindPartial, p.Body); b != nil {
		h.d.Event(p.Call, p.At, call.KindPartial, b)
	}
}

// Owner is the node that carries a call, "" when none is known to.
func (h *Host) Owner(id call.ID) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for node, p := range h.peers {
		if p.calls[id] != nil {
			return node
		}
	}
	return ""
}

// Term is the term this node leads in, 0 when it does not.
func (h *Host) Term() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.term
}
