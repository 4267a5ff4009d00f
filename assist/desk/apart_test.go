package desk

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// town is several nodes that share a desk, over a network that loses, delays and repeats.
type town struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // of the test
	rnd   *rand.Rand
	mu    sync.Mutex
	bad   bool // the network
	nodes []*village
	wg    sync.WaitGroup

	// The lease, and what leaders kept.
	holder  int // -1: nobody
	term    uint64
	renewed time.Time
	kept    []byte
	keptBy  uint64

	offers  map[string]call.ID // shown, by agent
	with    map[string]call.ID // connected, by agent
	taken   map[call.ID]string
	waiting map[call.ID]time.Time
	twice   []string
	moves   int
}

// village is one node.
type village struct {
	w      *town
	i      int
	desk   *Desk
	host   *Host
	branch *Branch
	cut    bool // off the network, as the lease sees it
	term   uint64
	until  time.Time
}

const (
	life  = 1200 * time.Millisecond
	trust = life * 85 / 100
)

func (w *town) chance(p float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rnd.Float64() < p
}

func (w *town) some(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.rnd.Int64N(int64(d)))
}

// Report implements Post.
func (v *village) Report(ctx context.Context, data []byte) ([]byte, error) {
	w := v.w
	w.mu.Lock()
	bad, cut := w.bad, v.cut
	w.mu.Unlock()
	if cut || bad && w.chance(0.15) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if bad {
		time.Sleep(w.some(300 * time.Millisecond))
		if w.chance(0.1) { // and once more, later
			late := w.some(3 * time.Second)
			w.wg.Go(func() {
				time.Sleep(late)
				_, _ = w.deliver(data)
			})
		}
	}
	out, err := w.deliver(data)
	if ctx.Err() != nil || bad && w.chance(0.15) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return out, err
}

// deliver hands a report to whoever says that they lead.
func (w *town) deliver(data []byte) ([]byte, error) {
	for _, v := range w.nodes {
		if w.off(v) {
			continue
		}
		if out, err := v.host.Report(w.ctx, data); err == nil {
			return out, nil
		}
	}
	return nil, errors.New("nobody leads")
}

func (w *town) off(v *village) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return v.cut
}

// Partial implements Post.
func (v *village) Partial([]byte) {}

// held is what the node believes.
func (v *village) held() (uint64, bool) {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	return v.term, v.term != 0 && time.Now().Before(v.until)
}

// lease renews, takes and loses the lease, until ctx ends.
func (v *village) lease(ctx context.Context) {
	w := v.w
	for ctx.Err() == nil {
		time.Sleep(200*time.Millisecond + time.Duration(v.i)*7*time.Millisecond)
		w.mu.Lock()
		now := time.Now()
		lost, won := v.term != 0 && !now.Before(v.until), false
		if lost {
			v.term = 0
		}
		if !v.cut {
			switch {
			case w.holder == v.i && v.term == w.term && v.term != 0:
				w.renewed, v.until = now, now.Add(trust)
			case v.term == 0 && (w.holder < 0 || now.Sub(w.renewed) >= life):
				w.term++
				w.holder, w.renewed, v.term, v.until = v.i, now, w.term, now.Add(trust)
				won = true
			}
		}
		term := v.term
		w.mu.Unlock()
		if lost {
			v.host.Drop()
		}
		if won {
			v.host.Lead(ctx, term)
		}
	}
}

func (w *town) keep(_ context.Context, term uint64, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if term < w.keptBy {
		return errors.New("passed on")
	}
	w.kept, w.keptBy = data, term
	return nil
}

func build(t *testing.T, ctx context.Context, nodes int, seed uint64) *town { //nolint:revive // the test comes first
	w := &town{t: t, ctx: ctx, rnd: rand.New(rand.NewPCG(seed, 7)), holder: -1,
		offers: map[string]call.ID{}, with: map[string]call.ID{}, taken: map[call.ID]string{}, waiting: map[call.ID]time.Time{}}
	for i := range nodes {
		v := &village{w: w, i: i}
		v.desk = New(Options{Leads: func() bool { return v.host.Leads() }, Queue: func(r string) Policy { return Policy{Name: r, Wait: true, Patience: time.Hour} }})
		v.host = NewHost(HostOptions{Desk: v.desk, Held: v.held, Keep: w.keep,
			Kept: func(context.Context) ([]byte, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.kept, nil },
			Poke: func(node string) { w.poke(node) }})
		v.branch = NewBranch(BranchOptions{Node: fmt.Sprint("n", i), Boot: 1, Post: v, Desk: Options{}})
		w.nodes = append(w.nodes, v)
	}
	for _, v := range w.nodes {
		w.wg.Go(func() { _ = v.desk.Run(ctx) })
		w.wg.Go(func() { _ = v.host.Run(ctx) })
		w.wg.Go(func() { _ = v.branch.Run(ctx) })
		w.wg.Go(func() { v.lease(ctx) })
	}
	return w
}

func (w *town) poke(node string) {
	if w.badly() && w.chance(0.3) {
		return
	}
	for i, v := range w.nodes {
		if node == "" || node == fmt.Sprint("n", i) {
			v.branch.Poke()
		}
	}
}

func (w *town) badly() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bad
}

// leader is the node that leads now, nil when none does.
func (w *town) leader() *village {
	for _, v := range w.nodes {
		if _, ok := v.held(); ok && !w.off(v) && v.host.Term() != 0 {
			return v
		}
	}
	return nil
}

// caller rings at a node, asks for a person, talks for a while and hangs up.
func (w *town) caller(ctx context.Context, v *village, id call.ID) {
	v.branch.Begin(ctx, id, call.Started{From: "+441632960000", Route: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", &wire{})
	w.mu.Lock()
	w.waiting[id] = time.Now()
	w.mu.Unlock()
	got, err := v.branch.Seek(ctx, Wish{Call: id, Why: "asked", Lang: "en"}, func(string) {})
	w.mu.Lock()
	delete(w.waiting, id)
	w.mu.Unlock()
	if err != nil {
		v.branch.End(id, call.Ended{Why: "bye"})
		return
	}
	w.mu.Lock()
	if other, ok := w.taken[id]; ok {
		w.twice = append(w.twice, fmt.Sprintf("%s is connected with %s and %s", id, other, got.Agent.ID))
	}
	if other, ok := w.with[got.Agent.ID]; ok {
		w.twice = append(w.twice, fmt.Sprintf("%s is connected with %s and %s", got.Agent.ID, other, id))
	}
	w.taken[id], w.with[got.Agent.ID] = got.Agent.ID, id
	w.mu.Unlock()
	v.branch.Event(id, 0, call.KindParty, call.Part{Action: "joined", ID: got.Agent.ID, Name: got.Agent.Name, Role: "agent"})
	time.Sleep(time.Second + w.some(20*time.Second))
	w.mu.Lock()
	delete(w.with, got.Agent.ID)
	w.mu.Unlock()
	v.branch.End(id, call.Ended{By: call.Caller, Why: "bye"})
}

// agent works at the desk of whoever leads, through a page at any node.
func (w *town) agent(ctx context.Context, name string) {
	a := Agent{ID: name, Name: name}
	for ctx.Err() == nil {
		v := w.leader()
		if v == nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		win := v.desk.OpenVia(a, fmt.Sprint("n", w.some(3)))
		w.work(ctx, v, win, a)
		win.Close()
		w.see(a.ID, nil)
	}
}

// work looks at the desk and does something on it now and then, until the window is closed.
func (w *town) work(ctx context.Context, v *village, win *Window, a Agent) {
	done := make(chan struct{})
	go func() { // ends with the window
		defer close(done)
		for m := range win.C {
			if b, ok := m.Data.(Board); ok {
				w.see(a.ID, b.Offer)
			}
		}
	}()
	for ctx.Err() == nil {
		select {
		case <-done:
			return
		case <-time.After(500 * time.Millisecond):
			w.act(v, a)
		}
	}
	win.Close()
	<-done
}

// see notes what is shown to an agent, and whether it stays shown to another one too.
func (w *town) see(agent string, o *Ringing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.offers, agent)
	if o == nil {
		return
	}
	w.offers[agent] = o.View.Call
	w.wg.Go(func() {
		time.Sleep(time.Millisecond) // windows are told one after another
		w.mu.Lock()
		defer w.mu.Unlock()
		for other, id := range w.offers {
			if other != agent && id == o.View.Call && w.offers[agent] == id {
				w.twice = append(w.twice, fmt.Sprintf("%s rings at %s and %s", id, other, agent))
			}
		}
	})
}

// act does what an agent might.
func (w *town) act(v *village, a Agent) {
	b := v.desk.Board(a.ID)
	switch {
	case b.Offer != nil && w.chance(0.6):
		id, err := v.desk.Accept(b.Offer.ID, a.ID)
		if err != nil {
			return
		}
		w.connect(v, id, a)
	case b.Offer != nil && w.chance(0.2):
		_ = v.desk.Decline(b.Offer.ID, a.ID, "")
	case b.Me.State == Away || b.Me.State == WrapUp:
		_ = v.desk.Set(a.ID, Ready, "")
	case b.Me.State == Ready && w.chance(0.02):
		_ = v.desk.Set(a.ID, Away, "tea")
	}
}

// connect brings the leg of an agent to the node of the call, as far as the leader may still say so.
func (w *town) connect(v *village, id call.ID, a Agent) {
	owner, term := v.host.Owner(id), v.host.Term()
	for i, o := range w.nodes {
		if fmt.Sprint("n", i) != owner || w.off(v) || !o.branch.Admits(term) {
			continue
		}
		time.Sleep(w.some(400 * time.Millisecond))
		w.mu.Lock()
		_, talks := w.with[a.ID]
		w.mu.Unlock()
		if !talks && !w.chance(0.1) {
			_ = o.branch.Arrive(id, a, "leg")
		}
	}
}
