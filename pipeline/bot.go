// Package pipeline runs a call from the first ring to the wrap-up. Bot.Serve is one call: it listens, decides whose
// turn it is, has the answer prepared while a pause is still young, speaks, and leaves a record. It knows neither SIP
// nor HTTP nor SQL; what it needs it asks for through the small interfaces below.
package pipeline

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
)

// Leg is the caller's side of a call. Its methods may be called from any goroutine, and none of ReadFrame and
// WriteFrame may block: the media loop calls both once every 20 ms.
type Leg interface {
	// ReadFrame fills dst (audio.FrameLen samples) with the next 20 ms; io.EOF after the far side has hung up.
	ReadFrame(dst []int16) (audio.Arrival, error)
	// WriteFrame sends 20 ms and returns when the packet left.
	WriteFrame(src []int16) (time.Time, error)
	// Signals gives keys and holds; it is closed when the leg has ended.
	Signals() <-chan call.Signal
	// Why tells who ended the leg and how; both are empty while it is up.
	Why() (by call.Party, why string)
}

// Transferrer is a leg that can be sent to somebody else. Transfer blocks until the other end has taken the call (nil)
// or has not (an error); after an error the call goes on.
type Transferrer interface {
	Transfer(ctx context.Context, target string) error
}

// untaken is an error of a Transferrer that transfers no calls: nobody was called, and the target may be reached in another way.
type untaken interface {
	error
	Untaken() bool
}

// Explainer is a leg that can tell the far side, when it is hung up, who ended the call and why.
type Explainer interface {
	// Because is called once, before the leg is hung up by this side. It must not block.
	Because(by call.Party, why string)
}

// Recognizer turns an utterance into text. It ends soon after ctx does.
type Recognizer interface {
	Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error)
}

// Voices gives the voice probability of one leg: Push appends one value per complete 32 ms of sound.
type Voices interface {
	Push(dst []float32, pcm []int16) []float32
}

// Answerer decides what to say. It has no side effects, so that a reply may be prepared and thrown away.
type Answerer interface {
	Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error)
}

// Understander tells what an utterance is. It must be safe for concurrent use.
type Understander interface {
	Understand(ctx context.Context, t nlu.Turn) (nlu.Understanding, error)
}

// Speaker makes sound from text, clause by clause; breaking the range stops it.
type Speaker interface {
	Speak(ctx context.Context, text string, v tts.Voice, class work.Class) iter.Seq2[tts.Clip, error]
}

// Log takes the events of one call in order. Emit blocks until the event is safe when durable is true.
type Log interface {
	Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error
}

// Tape records both sides. Write is called from one goroutine and may block on the disk.
type Tape interface {
	Write(left, right []int16) error
	// Mute silences what was written of the caller (left) or the other side from sample from up to sample to.
	Mute(left bool, from, to int64) error
	// Discard ends the recording and removes what was written; only Close follows.
	Discard() error
	Close() error
}

// Redactor masks what must not be stored, logged or sent in one call. Its methods may be called from any goroutine.
type Redactor interface {
	// Mask returns t masked, and where in the call the masked words were said. It remembers nothing.
	Mask(t asr.Transcript) (asr.Transcript, []Stretch)
	// Heard remembers a completed turn, so that what it asks for is recognised in the next one.
	Heard(who call.Party, text string)
	// Private reports whether what who gives next is most likely a number or a word that must not be seen: keys are then
	// neither written down nor recorded.
	Private(who call.Party) bool
}

// Stretch is a piece of a call's time.
type Stretch struct{ Start, End call.Offset }

// Route says how a dialled number is answered.
type Route struct {
	Name     string
	Base     string
	Langs    []string // first one first spoken
	Voices   map[string]tts.Voice
	Greeting map[string]string // by language; said at once
	Desk     bool              // a person is found at the desk, not by Transfer
	Transfer string            // where a person is reached; "" when nobody is
	Closed   map[string]string // said instead of a transfer when nobody is there now; "" in hours
	Hot      []string          // words callers of this route say
	Longest  time.Duration     // longest call; 30 min
	OptOut   rune              // key with which a caller refuses to be recorded, until they have said something; 0 = none
	OptedOut map[string]string // said then, by language
	Ask      time.Duration     // silence before the bot asks whether the caller is still there; 12 s, and five times that after "wait"
}

// Bot holds what calls share. Its fields are set before the first Serve and not changed after.
type Bot struct {
	Recognizer Recognizer
	Answerer   Answerer
	Speaker    Speaker
	Redact     func(call.ID) Redactor // a fresh one for each call
	Work       *work.Queue
	Turn       turn.Config
	Desk       Desk // nil: no people but those Route.Transfer reaches
	// Understander tells what people say to each other is about; nil: their turns have no intent and no sentiment.
	Understander Understander
	Logger       *slog.Logger // nil discards
}

// Call is what one call needs beside the bot.
type Call struct {
	ID      call.ID
	Started call.Started
	Route   Route
	Voices  Voices // voice activity of this leg
	Log     Log
	Tape    Tape           // nil: not recorded
	Begun   func(*Control) // called once when the call has begun; must not block; may be nil
	// Phone rings at the telephone that a transfer goes to and returns who answers, where the leg cannot be sent there itself; the
	// error is ErrNoPhone when it may not be called from here. The person is let go by their Leave; nil: there is no such way.
	Phone func(ctx context.Context, target string) (Person, error)
	// Met, unless nil, is a person who is there when the call begins, such as the agent for whom the caller was called back.
	// They hear the greeting too.
	Met *Person
}

// ErrNoPhone means that nobody can be called at the target of a transfer.
var ErrNoPhone = errors.New("that telephone cannot be called from here")

// endError ends a call; it tells who did and why.
type endError struct {
	by  call.Party
	why string
}

func (e *endError) Error() string { return string(e.by) + ": " + e.why }

// Serve runs one call on leg and returns when the call is over and everything it started has ended. Hanging the leg up
// is left to the caller. It returns nil when a party ended the call, and an error when it was cut by ctx or a fault.
func (b *Bot) Serve(ctx context.Context, leg Leg, c Call) error {
	v := newConversation(b, leg, c)
	g, gctx := errgroup.WithContext(ctx)
	logctx, stopLog := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLog()
	logged := make(chan struct{})
	// Ends when the conversation closes the emitter, at the latest flushTime later.
	go func() { defer close(logged); v.emit.run(logctx) }()

	v.emit.put(0, call.KindStarted, c.Started, true)
	g.Go(func() error { return v.media(gctx) })    // ends at hang-up or with gctx
	g.Go(func() error { return v.converse(gctx) }) // ends by hanging up, at hang-up or with gctx
	stopTape := v.roll(ctx)
	err := g.Wait()
	v.jobs.Wait()
	turnAway(v.box.close())
	stopTape()
	ended := v.farewell(err)
	if e, ok := leg.(Explainer); ok && ended.By != "" {
		e.Because(ended.By, ended.Why)
	}
	v.emit.put(v.now(), call.KindEnded, ended, true)
	v.emit.close()
	timer := time.AfterFunc(flushTime, stopLog)
	<-logged
	timer.Stop()
	if end := (*endError)(nil); errors.As(err, &end) {
		return nil
	}
	if _, why := leg.Why(); why != "" {
		return nil
	}
	return err
}

// flushTime bounds the wait for the last events to be stored.
const flushTime = 5 * time.Second

// farewell tells how the call ended.
func (v *conversation) farewell(err error) call.Ended {
	e := call.Ended{Why: "error", Duration: time.Duration(v.now()).Seconds()}
	end := (*endError)(nil)
	by, why := v.leg.Why()
	switch {
	case why != "": // the leg knows best: hang-up, time-out, transfer
		e.By, e.Why = by, why
	case errors.As(err, &end):
		e.By, e.Why = end.by, end.why
	case errors.Is(err, context.Canceled):
		e.Why = "stopped"
	case err != nil:
		v.log.Error("call failed", "err", err)
	}
	return e
}
