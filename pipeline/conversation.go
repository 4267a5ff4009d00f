package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
)

// conversation is the state of one call. Two goroutines share it: the media loop and the conversation loop; what only
// one of them touches says so.
type conversation struct {
	*Bot
	Call
	leg    Leg
	log    *slog.Logger
	start  time.Time
	emit   *emitter
	tape   *tapeWriter // nil when not recorded
	redact Redactor
	player *player
	heard  *sound
	box    *mailbox[note]
	jobs   sync.WaitGroup // everything started beside the loops

	turnMu sync.Mutex
	turn   *turn.Machine

	room    *room
	control *Control
	ears    atomic.Pointer[listener] // the caller's while people talk, nil otherwise
	paused  atomic.Bool              // recording
	quiet   quiet                    // around private keys

	lastVoice atomic.Int64 // offset of the last voiced packet's arrival
	held      atomic.Bool  // on hold or being transferred: not listening
	peeking   atomic.Bool  // a partial recognition is under way
	keying    atomic.Bool  // the caller keys a code in: the recording is silent

	// media loop only
	in, out [audio.FrameLen]int16
	probs   []float32
	echo    echo
	hush    hush
	tones   keyTones
	letGo   func() // of the queue, held while the caller is in a turn; nil: it is not

	// conversation loop only
	dialogue answer.Dialogue
	tongue
	prep     *preparation
	owed     *preparation   // the turn before prep while nothing has been said to it, see setAside
	caption  asr.Transcript // last partial, of which the next one confirms a part
	pending  *call.Turn     // caller's turn, written when the reply begins
	final    *final         // its text, told with it; nil: it was not heard
	answered *preparation   // what pending is answered with, nil for nothing
	aside    *call.Turn     // what the bot said while it made the reply, written after pending
	moment   *time.Timer    // until it says that
	saying   *reply
	turns    int
	idle     *time.Timer
	lively   call.Offset // when last something was understood, said to the caller or keyed
	asked    bool        // the caller was asked whether they are still there
	patient  bool        // the caller wants the bot to wait
	moving   bool        // a transfer to another telephone is under way
	leaving  bool        // a goodbye or a transfer is under way, or a person has the call
	seeking  bool        // a person is being sought
	sought   *Seek       // the last search
	pressed  *presses    // keys that wait for the words before them, nil when there are none
	code     *code       // the caller keys one in or is to, nil otherwise
	choice   rune        // the key that takes the offer to be called back, 0: none was made
	people   bool        // a person has, or had, the call
	person   string
	phoned   string             // who was called since the leg could not be sent to them
	stopSeek context.CancelFunc // of the search under way
	longest  *time.Timer
	rounds   rounds

	poor    atomic.Bool // the voice of last resort has spoken, and it was told
	refused atomic.Bool // the caller does not want to be recorded
	spoke   bool        // the caller has said or keyed something
}

// note is what the media loop and the jobs tell the conversation loop. One field is set.
type note struct {
	turn      turn.Decision
	began     *reply
	voiced    *reply
	over      *reply
	prepared  *preparation
	asking    *preparation
	peeked    *peek
	caption   *asr.Transcript
	moved     *transferred
	do        func(context.Context) error
	joined    *Person
	waiting   *Waiting
	found     *found
	gone      *guest
	overheard *overheard
}

func newConversation(b *Bot, leg Leg, c Call) *conversation {
	log := b.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = log.With("call", string(c.ID))
	v := &conversation{
		Bot: b, Call: c, leg: leg, log: log, start: time.Now(),
		emit: newEmitter(c.Log, log), player: newPlayer(), heard: newSound(heardKept),
		box: newMailbox[note](), redact: b.Redact(c.ID), turn: turn.New(b.Turn), tongue: tongue{lang: c.Route.Langs[0]},
	}
	v.room, v.control = &room{}, &Control{v}
	if v.Route.Ask == 0 {
		v.Route.Ask = 12 * time.Second
	}
	if v.Route.Longest == 0 {
		v.Route.Longest = 30 * time.Minute
	}
	if c.Tape != nil {
		v.tape = newTapeWriter(c.Tape, log)
		v.tape.failed = func(err error) { v.trouble("recording", err, "the rest of the call is not recorded") }
	}
	return v
}

// now is the time since the start of the call.
func (v *conversation) now() call.Offset { return call.Offset(time.Since(v.start)) }

// converse runs the conversation until a party ends it or ctx does.
func (v *conversation) converse(ctx context.Context) error {
	defer v.flushAside()
	defer v.flushPending()
	defer v.abandon()
	v.idle = time.NewTimer(time.Hour)
	defer v.idle.Stop()
	v.moment = time.NewTimer(time.Hour)
	v.moment.Stop()
	defer v.moment.Stop()
	v.longest = time.NewTimer(v.Route.Longest)
	defer v.longest.Stop()
	defer v.dismiss()
	defer v.dropCode()
	if v.Desk != nil {
		v.jobs.Go(func() { holdMusic() }) // made now, since the media loop must not wait for it; takes a second, once
	}
	if v.Begun != nil {
		v.Begun(v.control)
	}
	if err := v.greet(ctx); err != nil {
		return err
	}
	signals := v.leg.Signals()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-v.box.ready:
			notes := v.box.take()
			for i, n := range notes {
				if err := v.take(ctx, n); err != nil {
					turnAway(notes[i+1:])
					return err
				}
				v.pressOn(ctx, v.pressed)
			}
		case s, ok := <-signals:
			if !ok {
				signals = nil // the leg has ended; the media loop sees it too
				continue
			}
			v.signal(ctx, s)
		case <-v.idle.C:
			v.silent(ctx)
		case <-v.moment.C:
			v.sayMoment(ctx)
		case <-v.longest.C:
			if v.people || v.seeking { // how long people talk is their business; the bot may get the caller back
				v.longest.Reset(v.Route.Longest)
				continue
			}
			v.sayLast(ctx, answer.Say(answer.SayTooLong, v.lang), "longest call")
		}
	}
}

// greet says the first sentence.
func (v *conversation) greet(ctx context.Context) error {
	if v.Met != nil {
		if err := v.join(*v.Met); err != nil {
			return err
		}
	}
	v.sayNow(ctx, v.Route.Greeting[v.lang], "greeting", afterReply{})
	return nil
}

// take handles one note. An error ends the call.
func (v *conversation) take(ctx context.Context, n note) error {
	switch {
	case n.began != nil:
		v.flushPending()
		v.saying = n.began
		if v.owed != nil && v.owed.reply == n.began {
			v.owed = nil
		}
	case n.voiced != nil:
		v.waterfall(n.voiced)
	case n.over != nil:
		return v.said(ctx, n.over)
	case n.prepared != nil:
		v.judge(n.prepared)
	case n.asking != nil:
		v.judgeEarly(n.asking)
	case n.peeked != nil:
		v.judgePeek(n.peeked)
	case n.caption != nil:
		v.caption = *n.caption
	case n.moved != nil:
		return v.afterTransfer(ctx, n.moved)
	case n.do != nil:
		return n.do(ctx)
	case n.joined != nil:
		return v.join(*n.joined)
	case n.waiting != nil:
		v.announce(ctx, *n.waiting)
	case n.found != nil:
		return v.met(ctx, n.found)
	case n.gone != nil:
		return v.vanished(ctx, n.gone)
	case n.overheard != nil:
		n.overheard.l.take(ctx, n.overheard)
	default:
		v.turnTaken(ctx, n.turn)
	}
	return nil
}

// turnTaken acts on a decision of the turn machine.
func (v *conversation) turnTaken(ctx context.Context, d turn.Decision) {
	switch d.Kind {
	case turn.Start:
		v.idle.Stop()
		v.setAside(d.From)
	case turn.Peek:
		v.peek(ctx, d)
	case turn.Speculate:
		v.retract()
		v.prepare(ctx, d.From, d.To, false)
	case turn.Retract:
		v.retract()
	case turn.Drop:
		v.retract()
		v.resume()
		v.wait()
	case turn.End:
		v.end(ctx, d)
	case turn.Duck:
		v.emit.put(call.Offset(d.At), call.KindInterrupt, call.Interrupt{Action: "duck", Why: d.Why}, false)
	case turn.Unduck:
		v.emit.put(call.Offset(d.At), call.KindInterrupt, call.Interrupt{Action: "resume", Why: d.Why}, false)
	case turn.Cancel:
		v.emit.put(call.Offset(d.At), call.KindInterrupt, call.Interrupt{Action: "cancel", Why: d.Why}, false)
	}
}

// end commits the turn: the reply prepared for it is said, now or as soon as it is ready.
func (v *conversation) end(ctx context.Context, d turn.Decision) {
	if v.leaving {
		return
	}
	if v.prep == nil {
		v.prepare(ctx, d.From, d.To, true)
	}
	v.prep.ended, v.prep.why = call.Offset(d.At), d.Why
	if v.prep.done {
		v.commit(v.prep)
		return
	}
	v.moment.Reset(max(momentAgain, momentAfter-time.Duration(v.prep.ended-v.prep.lastVoice)))
}

// vote changes the language after a command, or after what was heard.
func (v *conversation) vote(heard asr.Transcript, dec answer.Decision) {
	if dec.Switch != "" && slices.Contains(v.Route.Langs, dec.Switch) {
		v.tongue = tongue{lang: dec.Switch, met: true}
		return
	}
	v.tongue = v.after(heard, v.Route.Langs)
}

// said writes down what a reply came to and does what was to be done after it.
func (v *conversation) said(ctx context.Context, r *reply) error {
	r.stop()
	if v.saying == r {
		v.saying = nil
	}
	if v.owed != nil && v.owed.reply == r { // it was not begun either
		v.dialogue, v.owed = v.owed.dialogue, nil
	}
	v.lively = v.now()
	r.mu.Lock()
	began, ended, cut, failed := r.began, r.ended, r.cut, r.err
	r.mu.Unlock()
	if failed != nil && !cut {
		v.trouble("tts", failed, "the rest of the reply was not spoken")
	}
	if heard := r.heard(); r.decision == filler && began > 0 && heard != "" {
		v.sayAside(call.Turn{Who: call.Bot, Text: heard, Lang: r.lang, Start: began, End: ended, Cut: cut, Decision: filler})
	} else if began > 0 && heard != "" {
		v.emit.put(ended, call.KindSpoke, call.Spoke{Text: r.whole(), Heard: heard, Lang: r.lang, Start: began, End: ended, Cut: cut}, false)
		v.turns++
		v.redact.Heard(call.Bot, heard)
		v.emit.put(ended, call.KindTurn, call.Turn{
			N: v.turns, Who: call.Bot, Text: heard, Lang: r.lang, Start: began, End: ended,
			Cut: cut, Entry: r.entry, Decision: r.decision,
		}, true)
	}
	if r.whole() != r.text { // "say that again" means all of it
		v.dialogue.Last = r.whole()
	}
	v.wait()
	if cut && !r.after.sure {
		return nil
	}
	return v.act(ctx, r.after)
}

// flushPending writes the caller's last turn.
func (v *conversation) flushPending() {
	if v.pending == nil {
		return
	}
	defer v.flushAside()
	if f := v.final; f != nil {
		v.emit.put(f.at, call.KindFinal, f.heard, false)
		v.emit.put(f.at, call.KindUnderstood, f.meant, false)
	}
	v.turns++
	v.pending.N = v.turns
	v.redact.Heard(call.Caller, v.pending.Text)
	if p := v.answered; p != nil {
		v.emit.put(p.answeredAt, call.KindAnswered, p.decision, false)
	}
	v.emit.put(v.pending.End, call.KindTurn, *v.pending, true)
	v.pending, v.final, v.answered = nil, nil, nil
}

// waterfall publishes the wire-clock marks of a reply.
func (v *conversation) waterfall(r *reply) {
	p := r.after.prep
	if p == nil {
		return
	}
	r.mu.Lock()
	first, voiced := r.first, r.voiced
	r.mu.Unlock()
	v.emit.put(voiced, call.KindWaterfall, call.Waterfall{
		Turn: v.turns + 1, LastVoice: p.lastVoice, EndOfTurn: p.ended, FinalText: p.textAt, Answered: p.answeredAt,
		FirstAudio: first, FirstVoice: voiced, Speculated: p.textAt < p.ended, Why: p.why,
	}, false)
}

// trouble publishes that a part failed.
func (v *conversation) trouble(part string, err error, then string) {
	v.log.Warn("part failed", "part", part, "err", err)
	v.emit.put(v.now(), call.KindTrouble, call.Trouble{Part: part, Why: err.Error(), Then: then}, false)
}
