package desk

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// CardLife is how long a card of the knowledge is worth reading.
const CardLife = call.Offset(90 * time.Second)

// replyWithin is how long a rule waits for the reply to what alarmed it. A turn is there when it has ended, so this is longer
// than most replies take to say.
const replyWithin = 20 * time.Second

// sessionDepth bounds the turns that wait for advice; older ones are given up, as advice on them would come too late.
const sessionDepth = 32

// session gives advice on one call. Turns go in without waiting; what comes of them is told to the sink, in order, by the
// session's own goroutine, rules first, since they need no search.
type session struct {
	rules   *rules.Session
	set     *rules.Set // nil without rules
	chooser *cards.Chooser
	ahead   *cards.Ahead
	looking atomic.Bool // a search ahead is under way
	hear    *listen.Listener
	sink    sink
	log     *slog.Logger
	in      chan said
	count   int
	shown   map[string]string // IDs of the knowledge's cards, by entry
}

// said is what a session is told, in order. One field is set.
type said struct {
	turn     *call.Turn
	customer *rules.Customer
	met      bool // a person is sought, or has come
}

// sink takes a session's advice. Its methods are called from one goroutine.
type sink interface {
	advised(cards []Card)
	fired(f rules.Firing, alerts []Alert, cards []Card)
	ticked(t rules.Tick)
	broke(part string, err error)
}

func newSession(set *rules.Set, search cards.Searcher, judge listen.Judge, to sink, log *slog.Logger) *session {
	s := &session{sink: to, log: log, hear: listen.New(nil, judge), in: make(chan said, sessionDepth), shown: map[string]string{}}
	if set != nil {
		s.set, s.rules = set, set.Session()
	}
	if search != nil {
		s.ahead = cards.NewAhead(search)
		s.chooser = cards.New(s.ahead, cards.Options{})
	}
	return s
}

// feed takes a completed turn and never blocks.
func (s *session) feed(t call.Turn) {
	select {
	case s.in <- said{turn: &t}:
	default:
		s.log.Warn("advice is behind: a turn is passed over", "turn", t.N)
	}
}

// foresee searches for what the caller is just saying, so that its cards are there as soon as they have finished. It
// returns at once; what it starts ends with the search or with ctx. Nothing is shown because of it.
func (s *session) foresee(ctx context.Context, wg *sync.WaitGroup, text, lang string) {
	if s.ahead == nil || s.looking.Swap(true) {
		return
	}
	wg.Go(func() {
		defer s.looking.Store(false)
		s.ahead.Prepare(ctx, text, lang, cards.Options{})
	})
}

// know tells the session who calls; it never blocks.
func (s *session) know(c rules.Customer) {
	select {
	case s.in <- said{customer: &c}:
	default:
		s.log.Warn("advice is behind: the rules do not learn who calls")
	}
}

// meet tells the session that a person has the call or soon will; it never blocks. What a caller asked the bot in vain is theirs now.
func (s *session) meet() {
	select {
	case s.in <- said{met: true}:
	default:
		s.log.Warn("advice is behind: cards for what was asked before come with the next turn")
	}
}

// follow takes what a person does in the call.
func (s *session) follow(p call.Part) {
	if p.Role == "agent" && (p.Action == "joined" || p.Action == "role") {
		s.meet()
	}
}

// run gives advice until the call is over (the channel closed) or ctx ends.
func (s *session) run(ctx context.Context) {
	var unanswered <-chan time.Time
	var last rules.Turn
	for {
		select {
		case <-unanswered:
			s.tell(s.rules.Lapse(last))
			unanswered = nil
		case m, ok := <-s.in:
			switch {
			case !ok:
				return
			case m.met && s.chooser != nil:
				s.show(s.chooser.Meet())
			case m.turn != nil:
				s.rule(ctx, *m.turn)
				if last, unanswered = rules.FromCall(*m.turn), nil; s.rules != nil && s.rules.Waits() {
					unanswered = time.After(replyWithin)
				}
				s.choose(ctx, *m.turn)
			case m.customer != nil && s.rules != nil:
				s.rules.SetCustomer(*m.customer)
			}
		case <-ctx.Done():
			return
		}
	}
}

// rule has the rules look at a turn: at its words at once, then, once a model has read it, at its meaning.
func (s *session) rule(ctx context.Context, t call.Turn) {
	if s.rules == nil {
		return
	}
	rt := rules.FromCall(t)
	s.tell(s.rules.Hear(rt))
	for _, tick := range s.rules.Ticks(rt) {
		s.sink.ticked(tick)
	}
	if t.Who == call.Bot && !s.rules.Waits() {
		s.hear.Pass(rt)
	} else if err := s.hear.Turn(ctx, &rt); err != nil && ctx.Err() == nil {
		s.log.Warn("meaning is not judged, words decide alone", "err", err)
	}
	s.tell(s.rules.Weigh(rt))
	if err := s.rules.Err(); err != nil {
		s.log.Warn("a rule could not be evaluated", "err", err)
	}
}

func (s *session) tell(fs []rules.Firing) {
	for _, f := range fs {
		alerts, shown := s.carry(f)
		s.sink.fired(f, alerts, shown)
	}
}

// carry turns what a rule wants shown into cards and at most one alert.
func (s *session) carry(f rules.Firing) (alerts []Alert, shown []Card) {
	var why []Why
	var words []string
	for _, r := range f.Reasons {
		why = append(why, Why{What: r.Variable, Value: r.Value, Turn: r.Turn, At: r.Start, Quote: r.Quote, Share: r.Contribution})
		if r.Quote != "" {
			words = append(words, "“"+r.Quote+"”")
		}
	}
	if a, ok := alertOf(f, why); ok {
		a.ID = s.next()
		alerts = []Alert{a}
	}
	for _, d := range f.Do {
		if d.Kind != rules.Card {
			continue
		}
		c := Card{ID: s.next(), Kind: kindOf(d.Params["kind"], f), Title: f.TextEn, Text: d.Params["text_en"], Priority: f.Priority, At: f.End, Turn: f.Turn, Why: append([]string{f.Rule}, words...)}
		c.TitleZh, c.TextZh = f.TextZh, d.Params["text_zh"]
		shown = append(shown, c)
	}
	return alerts, shown
}

// next is the id of the next thing that a rule shows.
func (s *session) next() string {
	s.count++
	return fmt.Sprintf("r%d", s.count)
}

// kindOf is the kind of a rule's card: as the rule says, a warning where it is one by its name, else a reply to say.
func kindOf(kind string, f rules.Firing) string {
	if kind != "" {
		return kind
	}
	for _, w := range []string{"warn", "must", "forbid", "compliance", "risk"} {
		if strings.Contains(f.Rule, w) {
			return "warning"
		}
	}
	return "reply"
}

func (s *session) choose(ctx context.Context, t call.Turn) {
	if s.chooser == nil {
		return
	}
	got, err := s.chooser.Feed(ctx, cards.Turn{N: t.N, Who: t.Who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Entry: t.Entry})
	if err != nil {
		if ctx.Err() == nil {
			s.sink.broke("knowledge", err)
		}
		return
	}
	s.show(got)
}

// show tells the sink what an agent is to see.
func (s *session) show(got []cards.Card) {
	var out []Card
	for _, c := range got {
		id := s.shown[c.Entry.ID] // one card an entry, which is renewed when it is needed again
		if id == "" {
			s.count++
			id = fmt.Sprintf("k%d", s.count)
		}
		s.shown[c.Entry.ID] = id
		out = append(out, Card{
			ID: id, Kind: "answer", Title: c.Entry.Question, Text: c.Entry.Answer, Score: c.PRight,
			Source: &Source{c.Entry.Base, c.Entry.ID, c.Entry.Question}, At: c.At, Turn: c.Turn, Expires: c.At + CardLife, Why: []string{"“" + c.Query + "”"},
		})
	}
	if len(out) > 0 {
		s.sink.advised(out)
	}
}
