package desk

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/known"
	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Command is something done to a running call.
type Command struct {
	// Do is hand_over, transfer, hold, mute, whisper, record, role, leave, code, end or to_bot.
	Do     string
	Person string // whom it concerns, "" the one who has the call; a caller whose agent is to leave is brought to somebody else
	On     bool   // hold, mute, whisper, record
	Role   string // role: agent, colleague, supervisor
	Agent  string // hand_over, transfer: to this person; code: who wanted it
	Queue  string // hand_over, transfer: to this queue
	Why    string // hand_over
	Text   string // say, in a chat
	Who    string // code: ids of the customers the caller may be, with commas between
}

// Line is a running call as the desk commands it. Its methods return at once and do nothing after the end of the call.
type Line interface {
	Do(Command)
	Emit(kind call.Kind, body any)
}

// Occasion is the call for which somebody is looked up.
type Occasion struct {
	Call   call.ID
	Queue  string
	Number string // of the caller, as far as it is known
}

// Customers tells who calls. Both may block up to a second and must end with ctx.
type Customers interface {
	// Lookup is for a call that begins.
	Lookup(ctx context.Context, at Occasion, started call.Started, channel string) (Who, []Contact, error)
	// Person is a customer by their id.
	Person(ctx context.Context, at Occasion, id string) (Who, []Contact, error)
}

// Policy is how a queue treats its callers.
type Policy struct {
	Name     string
	Patience time.Duration            // longest wait; 5 min
	Skills   []string                 // wished for
	Base     string                   // of the cards, "" the route's
	Bye      bool                     // when nobody comes the call ends; otherwise the bot goes on
	Wait     bool                     // callers wait even when nobody is at work
	CallBack bool                     // callers whom nobody takes are offered to be called back
	WrapUp   time.Duration            // longest writing after a call, the agent is ready then; 0: as long as they like
	Within   time.Duration            // a call taken within it counts for the service level; 20 s
	Target   float64                  // share of the calls that should, 0..1; 0 is none
	Open     func(time.Time) bool     // opening hours; nil: always
	Closed   func(lang string) string // what callers hear out of hours; nil, or "": a sentence of the desk
}

// Options are what a desk works with. A nil part is done without.
type Options struct {
	Times     Times
	Queue     func(route string) Policy
	Queues    func() []Policy                         // all there are, for supervisors; nil: those with calls
	Search    func(base, queue string) cards.Searcher // what agents of a queue find in a base
	Rules     func(route string) *rules.Set
	Judge     listen.Judge // of the meaning of what callers say; nil: words decide alone
	Customers Customers
	Codes     bool                                                         // some customers have a code they can key in to prove who they are
	WrapUp    func(ctx context.Context, agent string, v View) (any, error) // what an agent writes down after a call
	Ceiling   func(v View) *Ceiling                                        // how far the agent may go; must not block
	// Obey carries out what a rule wants beside showing it: a ticket, a webhook. It must not block.
	Obey     func(v View, f rules.Firing, do rules.Do)
	CallBack func(ctx context.Context, v View) error // keeps a caller's wish to be called back
	BackKey  func() rune                             // the key with which callers ask for it; nil or 0: 1
	// Asked are the offers above an agent's ceiling that wait for a supervisor; must not block.
	Asked func() []allow.Grant
	// Over is told when a call has ended; it must not block.
	Over func(v View)
	// Callbacks are those who wait to be called back, for supervisors; must not block.
	Callbacks func() []callback.Wish
	Phones    func() []Place // telephones calls can be sent to
	// Phone rings at one of them until somebody answers or ctx ends, and lets whoever answers into the call, as a colleague; it returns at
	// once. failed is told when nobody answered, and may be when ctx has ended.
	Phone func(ctx context.Context, id call.ID, name string, failed func(why string))
	ICE   func() []ICEServer // for the browsers of agents; must not block
	// Leads reports whether this desk may offer calls and give them away; nil: always. Of several nodes' desks it is one at
	// a time. It must not block.
	Leads func() bool
	Log   *slog.Logger
	Now   func() time.Time // nil: time.Now
}

// Desk joins agents and calls. Its methods may be called from any goroutine and do not block, unless they say so.
type Desk struct {
	o   Options
	log *slog.Logger

	mu         sync.Mutex
	router     *Router
	calls      map[call.ID]*running
	windows    map[*Window]struct{}
	absent     map[string]time.Time // agents without a window, since when
	cut        map[string]bool      // agents whose chat was brought to somebody else since their page was closed
	wrapups    map[string]*Written  // by agent
	consults   map[string]string    // offers that are not for the caller: by whom
	joining    map[string]call.ID   // colleagues who accepted and whose leg is to come
	lost       map[string]lost      // agents whose leg has gone by itself
	was        map[string]was       // agents whose node died
	dirty      bool
	moved      bool // since agents were told what goes on around them
	toldAround time.Time
	wg         sync.WaitGroup
	poke       chan struct{}
	day        day
	trend      []sample // by the minute, oldest first
}

// running is a call under way.
type running struct {
	view     View
	started  call.Started
	began    time.Time // for ages: view.Started is the time of day, which somebody may set
	line     Line
	session  *session
	ctx      context.Context //nolint:containedctx // of the session; ends with the call
	stop     context.CancelFunc
	seek     *seeking             // a person is being sought, nil otherwise
	handed   bool                 // to the desk before
	sought   bool                 // a person was, at the desk or elsewhere
	down     map[string]bool      // parts that failed and have not worked since
	early    map[string]*Evidence // points of checklists that were met before their list was opened
	asking   *asking              // somebody is being rung for the agent, nil otherwise
	unwanted []string             // people who were called off and may still come
	due      string               // why an offer to make good is due, "" while it is not
	replaced string               // agent in whose place somebody else is about to have the call
	before   *cause               // why the call came to the one who was cut off, until somebody has it again
}

// cause is why a call came to a person.
type cause struct{ why, reason string }

// New returns a desk without agents; Run makes it work.
func New(o Options) *Desk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Queue == nil {
		o.Queue = func(route string) Policy { return Policy{Name: route} }
	}
	return &Desk{
		day: day{date: o.Now().Format(time.DateOnly)},
		o:   o, log: o.Log, router: NewRouter(o.Times), calls: map[call.ID]*running{}, windows: map[*Window]struct{}{},
		absent: map[string]time.Time{}, cut: map[string]bool{}, wrapups: map[string]*Written{}, consults: map[string]string{}, lost: map[string]lost{}, was: map[string]was{}, joining: map[string]call.ID{}, poke: make(chan struct{}, 1),
	}
}

func (d *Desk) now() time.Time { return d.o.Now() }

// leaveAfter is how long an agent without a window is still at work.
const leaveAfter = 15 * time.Second

// Run offers calls, takes offers back, and tells windows, until ctx ends; then it waits for what it started.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	defer d.wg.Wait()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-d.poke:
		}
		d.step(n)
	}
}

// wake makes Run look at once. The lock may be held.
func (d *Desk) wake() {
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// step does what is due.
func (d *Desk) step(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	d.record(now)
	if !d.leads() {
		return
	}
	for id, since := range d.absent {
		if now.Sub(since) > leaveAfter {
			d.depart(id, now)
		}
	}
	for _, o := range d.router.Expire(now) {
		d.tell(o.Agent, "offer_gone", map[string]string{"id": o.ID, "why": "timeout"})
		d.refresh(o.Agent)
		d.unanswered(o.ID, o.Call, "no answer")
	}
	d.forgetLost(now)
	for _, agent := range d.router.Overdue(now) { // what they have written stays on their page until the next call
		d.refresh(agent)
	}
	for _, o := range d.router.Match(now) {
		d.refresh(o.Agent)
	}
	for _, r := range d.calls {
		if r.seek != nil {
			d.announce(r, now)
		}
		d.age(r, now)
	}
	d.tellAround(now)
	if n%2 == 0 {
		d.live()
	}
}

// Begin takes a call into view as it begins. The line is used until End.
func (d *Desk) Begin(ctx context.Context, id call.ID, started call.Started, channel string, line Line) {
	p := d.o.Queue(started.Route)
	v := View{
		Call: id, Started: started.At, Channel: channel, Queue: p.Name, Route: started.Route, Base: started.Base, With: "bot", Recording: "off",
		Continues: cmp.Or(started.Continues, call.ID(started.Back)),
		Caller:    Who{Number: started.From, Lang: first(started.Langs), Identity: Identity{State: "unknown"}, Links: []Link{}}, Lang: first(started.Langs),
		Summary: []SummaryLine{}, Slots: []known.Slot{}, Sentiment: []float64{}, History: []Contact{}, Turns: []Spoken{}, Parties: []Party{{Who: "caller", Name: started.From, State: "talking"}},
		Cards: []Card{}, Checklist: []Item{}, Alerts: []Alert{}, Tags: []string{}, Grants: []allow.Grant{},
	}
	if started.Recorded {
		v.Recording = "on"
	}
	d.enter(ctx, &running{view: v, line: line, down: map[string]bool{}}, started)
	d.mu.Lock()
	d.day.of(v.Queue).calls++
	d.mu.Unlock()
}

// lookUp finds out who calls.
func (d *Desk) lookUp(ctx context.Context, id call.ID, started call.Started, channel string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	who, history, err := d.o.Customers.Lookup(ctx, Occasion{id, d.o.Queue(started.Route).Name, started.From}, started, channel)
	if err != nil {
		d.log.Warn("who calls could not be looked up", "call", string(id), "err", err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	if who.Identity.State == "" {
		who.Identity = r.view.Caller.Identity
	}
	if who.Number == "" {
		who.Number = started.From
	}
	if who.Lang == "" {
		who.Lang = r.view.Caller.Lang
	}
	d.meet(r, who, history)
}

// meet takes who the caller is into view. The lock is held.
func (d *Desk) meet(r *running, who Who, history []Contact) {
	if who.Links == nil {
		who.Links = []Link{}
	}
	r.view.Caller = who
	c := rules.Customer{Known: who.ID != "", Tier: who.Tier, Value: who.Value}
	r.session.know(c)
	if f, ok := r.line.(*farLine); ok {
		f.know(c)
	}
	if history != nil {
		r.view.History = history
	}
	d.tellView(&r.view)
	for _, o := range d.router.offers {
		if o.Call == r.view.Call { // who is rung sees it too
			d.refresh(o.Agent)
		}
	}
	d.raise(r) // the tier counts
	d.changed()
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}
