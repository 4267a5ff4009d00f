package desk

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Several nodes have one desk: one of them leads it at a time, with a term that is greater than all before. On every node
// a Branch tells the leading desk about the calls that live there and does to them what the desk wants; on the leader a
// Host takes that in. What they say to each other is in this file.
//
// A branch asks again until it is answered, one report at a time, so that messages may be lost, come late or come twice:
// lines of a call and orders are numbered, and each is taken once. A branch keeps what it told, so that it can tell
// everything again to the next leader: from the state the leader sent it last, and the lines since.

// report is what a branch tells.
type report struct {
	Node  string       `json:"node"`
	Boot  int64        `json:"boot"`          // greater with each start of the node
	N     uint64       `json:"n"`             // of the report
	Term  uint64       `json:"term"`          // the newest that the branch knows
	Bye   bool         `json:"bye,omitempty"` // the last one: the node ends
	Done  uint64       `json:"done"`          // orders of this term that were carried out
	Calls []callReport `json:"calls,omitempty"`
}

// callReport is what is new of one call.
type callReport struct {
	Call  call.ID `json:"call"`
	Base  *state  `json:"base,omitempty"` // the call after the line before From
	From  uint64  `json:"from"`
	Told  uint64  `json:"told,omitempty"` // lines up to it a leader before had taken in
	Lines []line  `json:"lines"`
}

// line is something that happened in a call.
type line struct {
	Do   string          `json:"do"`
	At   call.Offset     `json:"at,omitempty"`
	Kind call.Kind       `json:"kind,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
}

// receipt is the desk's answer.
type receipt struct {
	Term   uint64             `json:"term"`
	Peer   uint64             `json:"peer"`            // another one than before: the desk knew nothing of this node
	Taken  map[call.ID]uint64 `json:"taken,omitempty"` // last line taken in
	Again  []call.ID          `json:"again,omitempty"` // calls to be told from the beginning
	First  uint64             `json:"first"`           // number of the first order
	Orders []order            `json:"orders,omitempty"`
}

// order is something to be done to a call.
type order struct {
	Call call.ID         `json:"call"`
	Do   string          `json:"do"`
	Body json.RawMessage `json:"body,omitempty"`
}

// What lines and orders say.
const (
	// Lines.
	doBegin   = "begin"
	doEvent   = "event"
	doAdvice  = "advice"
	doSeek    = "seek"
	doUnseek  = "unseek"
	doKey     = "key"
	doLost    = "lost"
	doRecall  = "recall"
	doArrived = "arrived"
	doCoded   = "coded"
	doUnrung  = "unrung" // a telephone was not reached
	doEnd     = "end"
	// Orders.
	doCommand = "do"
	doEmit    = "emit"
	doKnow    = "know"
	doTell    = "tell"
	doFound   = "found"
	doNobody  = "nobody"
	doPhone   = "phone"
	doUnphone = "unphone" // it need not ring any more
	doKeep    = "keep"
)

// Most bytes of calls in a report and of orders in a receipt; what is left goes with the next one.
const portion = 400 << 10

// Timing of reports.
const (
	reportEvery  = 400 * time.Millisecond
	reportWithin = 900 * time.Millisecond
	// silentAfter is when a node that told nothing is taken for dead.
	silentAfter = 1300 * time.Millisecond
	keepEvery   = 2 * time.Second
)

type began struct {
	Started call.Started `json:"started"`
	Contact string       `json:"contact,omitempty"` // which Started does not write down
	Name    string       `json:"name,omitempty"`    // the same
	Hidden  string       `json:"hidden,omitempty"`  // the same, of Withheld
	Channel string       `json:"channel"`
}

func beganWith(s call.Started, channel string) began {
	return began{s, s.Contact, s.Name, s.Withheld, channel}
}

func (b began) started() call.Started {
	b.Started.Contact, b.Started.Name, b.Started.Withheld = b.Contact, b.Name, b.Hidden
	return b.Started
}

// sought is a search, or what came of one.
type sought struct {
	N     uint64    `json:"n"` // of the searches of a call
	Wish  Wish      `json:"wish"`
	Since time.Time `json:"since"`
	Text  string    `json:"text,omitempty"`
	Agent Agent     `json:"agent"`
	Why   string    `json:"why,omitempty"`
	Bye   bool      `json:"bye,omitempty"`
	Key   rune      `json:"key,omitempty"`
}

type phoned struct {
	Ring    string `json:"ring"` // this ringing
	Name    string `json:"name,omitempty"`
	Consult bool   `json:"consult,omitempty"` // always: a node of before has who answers take the call otherwise
	Why     string `json:"why,omitempty"`
}

type emitted struct {
	Kind call.Kind       `json:"kind"`
	Body json.RawMessage `json:"body"`
}

type partial struct {
	Call call.ID         `json:"call"`
	At   call.Offset     `json:"at"`
	Body json.RawMessage `json:"body"`
}

// state is a call as the desk has it, to be taken over by another desk.
type state struct {
	Seq    uint64          `json:"seq"` // last line that is in it
	View   View            `json:"view"`
	Began  began           `json:"began"`
	Agents []string        `json:"agents"`
	Value  float64         `json:"value"`
	Handed bool            `json:"handed"`
	Sought bool            `json:"sought"`
	Down   map[string]bool `json:"down,omitempty"`
	Seek   *sought         `json:"seek,omitempty"`
}

// raw writes a value of this package, which cannot fail.
func raw(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

// enter takes a call into view. It lives until End; what ctx carries is kept, not its end.
func (d *Desk) enter(ctx context.Context, r *running, started call.Started) {
	v := &r.view
	id, channel := v.Call, v.Channel
	if _, far := r.line.(*farLine); far { // its advice is given where it lives; here are the checklists
		r.session = newSession(nil, nil, nil, &advice{d, id}, d.log)
		r.session.set = d.o.rules(v.Route)
	} else {
		r.session = d.o.advise(v.Route, v.Base, &advice{d, id}, d.log.With("call", string(id)))
	}
	sctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.ctx, r.stop = sctx, stop
	d.mu.Lock()
	r.started, r.began = started, d.now().Add(-time.Duration(v.Duration))
	d.calls[id] = r
	d.changed()
	d.mu.Unlock()
	d.wg.Go(func() { r.session.run(sctx) }) // ends with the call
	if d.o.Customers != nil {
		d.wg.Go(func() { d.lookUp(sctx, id, started, channel) }) // ends by its own deadline
	}
}

func (o *Options) rules(route string) *rules.Set {
	if o.Rules == nil {
		return nil
	}
	return o.Rules(route)
}

// advise makes the session of a call.
func (o *Options) advise(route, base string, to sink, log *slog.Logger) *session {
	var search cards.Searcher
	if o.Search != nil {
		if p := o.Queue(route); p.Base != "" {
			base = p.Base
		}
		search = o.Search(base, route)
	}
	return newSession(o.rules(route), search, o.Judge, to, log)
}

// leads reports whether this desk decides.
func (d *Desk) leads() bool { return d.o.Leads == nil || d.o.Leads() }
