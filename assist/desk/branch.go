package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Post carries a branch's reports to whoever leads the desk.
type Post interface {
	// Report sends one and returns the answer. It blocks until there is one or ctx, which has a deadline, ends.
	Report(ctx context.Context, data []byte) ([]byte, error)
	// Partial sends what may be lost and returns at once.
	Partial(data []byte)
}

// BranchOptions are what a branch works with.
type BranchOptions struct {
	Node string // this one's name, unique
	Boot int64  // greater than at every start of the node before
	Post Post
	// Desk are the options of the desk: the branch uses Queue, Search, Rules, Judge and Phone.
	Desk Options
	Log  *slog.Logger
}

// Branch is the desk for the calls that live on this node, whichever node leads: it takes what Desk takes, gives the
// advice, and seeks people through the leader. Its methods may be called from any goroutine and do not block, but Seek.
type Branch struct {
	o   BranchOptions
	log *slog.Logger

	mu    sync.Mutex
	calls map[call.ID]*told
	order []call.ID // of calls, oldest first
	term  uint64    // newest known
	done  uint64    // orders of it that were carried out
	peer  uint64    // what this node is to the leader
	n     uint64    // reports sent
	heard time.Time // last answer
	poke  chan struct{}
	wg    sync.WaitGroup
}

// told is a call and what was told of it.
type told struct {
	id      call.ID
	line    Line
	session *session
	ctx     context.Context //nolint:containedctx // of the session; ends with the call
	stop    context.CancelFunc

	base  *state // with what a leader sent; nil: from the beginning
	from  uint64 // number of lines[0]
	lines []line
	taken uint64 // the leader has these
	ever  uint64 // some leader had these
	over  bool
	met   bool // people are in the call
	seeks uint64
	seek  *inquiry
	rings map[string]context.CancelFunc // telephones that ring, or have
}

// inquiry is a search under way.
type inquiry struct {
	n    uint64
	tell func(string)
	got  chan Taken
	came bool // somebody has, with a leg; guarded by the lock of the branch
	none chan *NobodyError
}

// NewBranch returns a branch without calls; Run makes it work.
func NewBranch(o BranchOptions) *Branch {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Desk.Queue == nil {
		o.Desk.Queue = func(route string) Policy { return Policy{Name: route} }
	}
	return &Branch{o: o, log: o.Log, calls: map[call.ID]*told{}, poke: make(chan struct{}, 1), heard: time.Now()}
}

// Begin takes a call into view as it begins. The line is used until End.
func (b *Branch) Begin(ctx context.Context, id call.ID, started call.Started, channel string, l Line) {
	t := &told{id: id, line: l, from: 1}
	t.session = b.o.Desk.advise(started.Route, started.Base, &tellings{b, id}, b.log.With("call", string(id)))
	sctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.ctx, t.stop = sctx, stop
	b.mu.Lock()
	b.calls[id] = t
	b.order = append(b.order, id)
	b.add(t, line{Do: doBegin, Body: raw(beganWith(started, channel))})
	b.mu.Unlock()
	b.wg.Go(func() { t.session.run(sctx) }) // ends with the call
}

// add tells a line. The lock is held.
func (b *Branch) add(t *told, l line) {
	t.lines = append(t.lines, l)
	b.Poke()
}

// Poke has the branch report at once.
func (b *Branch) Poke() {
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// tell adds a line to a running call.
func (b *Branch) tell(id call.ID, l line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.calls[id]; t != nil && !t.over {
		b.add(t, l)
	}
}

// Event takes an event of a running call.
func (b *Branch) Event(id call.ID, at call.Offset, kind call.Kind, body any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.calls[id]
	if t == nil || t.over {
		return
	}
	switch x := body.(type) {
	case call.Turn:
		t.session.feed(x)
	case call.Part:
		t.met = t.met || x.Action == "joined"
		t.session.follow(x)
	case call.Trouble, call.Transfer:
	case asr.Transcript:
		if kind != call.KindPartial {
			return
		}
		if x.Party == call.Caller {
			t.session.foresee(t.ctx, &b.wg, x.Text, x.Lang)
		}
		if t.met {
			b.o.Post.Partial(raw(partial{id, at, raw(x)}))
		}
		return
	default:
		return
	}
	b.add(t, line{Do: doEvent, At: at, Kind: kind, Body: raw(body)})
}

// End takes a call out of view. It does nothing the second time.
func (b *Branch) End(id call.ID, e call.Ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.calls[id]
	if t == nil || t.over {
		return
	}
	b.add(t, line{Do: doEnd, Body: raw(e)})
	t.finish()
	for _, old := range b.order {
		if len(b.order) <= mostTold {
			break
		}
		if b.calls[old].over {
			b.forget(old) // no desk has answered for hours
			break
		}
	}
}

// mostTold bounds the calls that are kept for a desk that does not answer.
const mostTold = 1000

// finish ends the advice on a call. The lock is held.
func (t *told) finish() {
	t.over = true
	close(t.session.in)
	t.stop()
}

// Recall, Lost and Key tell the desk what Desk's methods of these names are told.
func (b *Branch) Recall(id call.ID, reason string) { b.tell(id, line{Do: doRecall, Body: raw(reason)}) }

// Coded tells how a check by keypad went.
func (b *Branch) Coded(id call.ID, c Coded) { b.tell(id, line{Do: doCoded, Body: raw(c)}) }

// Lost is told that somebody's leg has gone by itself.
func (b *Branch) Lost(id call.ID, agent string) {
	b.tell(id, line{Do: doLost, Body: raw(sought{Agent: Agent{ID: agent}})})
}

// Key takes a key of a waiting caller.
func (b *Branch) Key(_ context.Context, id call.ID, digit rune) string {
	b.tell(id, line{Do: doKey, Body: raw(digit)})
	return ""
}

// unheard is how long a search goes on while no desk answers.
const unheard = 10 * time.Second

// Seek finds a person for a call, as Desk.Seek does. When no node leads for long, nobody comes.
func (b *Branch) Seek(ctx context.Context, w Wish, tell func(text string)) (Taken, error) {
	b.mu.Lock()
	t := b.calls[w.Call]
	if t == nil || t.over {
		b.mu.Unlock()
		return Taken{}, ErrUnknown
	}
	if t.seek != nil {
		b.mu.Unlock()
		return Taken{}, ErrState
	}
	t.seeks++
	q := &inquiry{n: t.seeks, tell: tell, got: make(chan Taken, 1), none: make(chan *NobodyError, 1)}
	t.seek = q
	t.session.meet()
	b.add(t, line{Do: doSeek, Body: raw(sought{N: q.n, Wish: w, Since: time.Now().UTC()})})
	b.mu.Unlock()
	x, err := b.await(ctx, w, q)
	b.unseek(t, q)
	return orCame(x, err, q.got)
}

// await waits for somebody to come.
func (b *Branch) await(ctx context.Context, w Wish, q *inquiry) (Taken, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case x := <-q.got:
			return x, nil
		case e := <-q.none:
			return Taken{}, e
		case <-tick.C:
			b.mu.Lock()
			silent := time.Since(b.heard)
			b.mu.Unlock()
			if silent > unheard {
				b.log.Error("no node leads the desk: callers get nobody", "call", string(w.Call))
				return Taken{}, &NobodyError{Why: "nobody", Text: say(sayNobody, w.Lang)}
			}
		case <-ctx.Done():
			return Taken{}, context.Cause(ctx)
		}
	}
}

func (b *Branch) unseek(t *told, q *inquiry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.seek = nil
	if !t.over {
		b.add(t, line{Do: doUnseek, Body: raw(sought{N: q.n})})
	}
}

// Arrive tells that the leg of somebody who accepted can carry sound. The first one gets the caller; ErrGone is for
// everybody else, whatever a leader promised them.
func (b *Branch) Arrive(id call.ID, agent Agent, leg any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.calls[id]
	if t == nil || t.over || t.seek == nil || t.seek.came {
		return ErrGone
	}
	select {
	case t.seek.got <- Taken{Agent: agent, Leg: leg}:
		t.seek.came = true
	default:
		return ErrGone
	}
	b.add(t, line{Do: doArrived, Body: raw(sought{N: t.seek.n, Agent: agent})})
	return nil
}

// Admits reports whether a leader of a term may still give orders: none of a greater one is known.
func (b *Branch) Admits(term uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return term >= b.term
}

// tellings passes what a session says on to the desk.
type tellings struct {
	b  *Branch
	id call.ID
}

func (s *tellings) tell(a advised) { s.b.tell(s.id, line{Do: doAdvice, Body: raw(a)}) }

func (s *tellings) advised(cs []Card) { s.tell(advised{Cards: cs}) }

func (s *tellings) fired(f rules.Firing, alerts []Alert, cs []Card) {
	s.tell(advised{Firing: &f, Alerts: alerts, Cards: cs})
}

func (s *tellings) ticked(t rules.Tick) { s.tell(advised{Tick: &t}) }

func (s *tellings) broke(part string, err error) { s.tell(advised{Part: part, Why: err.Error()}) }
