// Package chat answers callers who type. A Chat is to text what a call is to sound: the same answer engine, the same
// events and turns, the same hand-off to a person at the desk. It knows neither HTTP nor the store.
package chat

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrOver means that the chat has ended.
	ErrOver = errors.New("chat: this conversation is over")
	// ErrFast means that messages come faster than a person types.
	ErrFast = errors.New("chat: too many messages at once")
	// ErrText means that a message is empty or too long.
	ErrText = errors.New("chat: a message has 1 to 2000 characters")
)

// Answerer decides what to say.
type Answerer interface {
	Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error)
}

// Log takes the events of a chat in order.
type Log interface {
	Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error
}

// Redactor masks what must not be stored or sent.
type Redactor interface {
	Text(who call.Party, text string) string
	Heard(who call.Party, text string)
}

// Desk finds people for those who ask for one.
type Desk interface {
	Seek(ctx context.Context, w desk.Wish, tell func(text string)) (desk.Taken, error)
	Event(id call.ID, at call.Offset, kind call.Kind, body any)
}

// Beside is a spoken call that somebody writes during.
type Beside interface {
	// Wrote gives a message, masked, to the person who has the call, and reports whether somebody has it. It blocks at most until
	// ctx ends.
	Wrote(ctx context.Context, text, lang string) bool
}

// Message is one line of the conversation.
type Message struct {
	N    int         `json:"n"`
	Who  call.Party  `json:"who"`
	Text string      `json:"text"`
	At   call.Offset `json:"at_s"`
}

// Options are what a chat works with.
type Options struct {
	ID       call.ID
	Started  call.Started
	Answerer Answerer
	Log      Log
	Redact   Redactor
	Desk     Desk   // nil: nobody but the bot
	Beside   Beside // nil: nobody is on the line meanwhile
	Logger   *slog.Logger
	Greeting string
	Idle     time.Duration // without a message for so long, the chat ends; 15 min
}

const (
	longestText = 2000
	depth       = 16 // messages that may wait for an answer
	answerTime  = 20 * time.Second
	besideTime  = 2 * time.Second // for a call to take a message
)

// Chat is one conversation in writing. Its methods may be called from any goroutine; Serve runs it.
type Chat struct {
	o     Options
	log   *slog.Logger
	start time.Time
	in    chan string
	does  chan func(context.Context)
	end   context.CancelCauseFunc
	done  chan struct{}

	mu      sync.Mutex
	out     []Message
	changed chan struct{} // closed and replaced with every message
	over    bool
	early   error // how it was ended before Serve ran
	lang    string

	// Serve's goroutine only
	dialogue answer.Dialogue
	turns    int
	person   desk.Agent // who has the chat, the zero value: the bot
	seeking  bool
	wg       sync.WaitGroup
}

// New returns a chat that Serve runs.
func New(o Options) *Chat {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Idle <= 0 {
		o.Idle = 15 * time.Minute
	}
	lang := "en"
	if len(o.Started.Langs) > 0 {
		lang = o.Started.Langs[0]
	}
	return &Chat{o: o, log: o.Logger.With("call", string(o.ID)), start: time.Now(), in: make(chan string, depth), does: make(chan func(context.Context), depth),
		done: make(chan struct{}), changed: make(chan struct{}), lang: lang}
}

// ID is the conversation's ID, a call's.
func (c *Chat) ID() call.ID { return c.o.ID }

type ended struct {
	by  call.Party
	why string
}

func (e *ended) Error() string { return "ended: " + e.why }

// Serve answers until somebody ends the chat, nothing is written for long, or ctx ends. It returns when everything it
// started has ended.
func (c *Chat) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	c.end = cancel
	if c.early != nil { // left before it began
		cancel(c.early)
	}
	c.mu.Unlock()
	c.emit(ctx, call.KindStarted, c.o.Started, true)
	c.say(ctx, call.Bot, c.o.Greeting, "", "greeting")
	idle := time.NewTimer(c.o.Idle)
	defer idle.Stop()
	for ctx.Err() == nil {
		select {
		case text := <-c.in:
			idle.Reset(c.o.Idle)
			c.heard(ctx, text)
		case f := <-c.does:
			idle.Reset(c.o.Idle)
			f(ctx)
		case <-idle.C:
			cancel(&ended{call.Caller, "silence"})
		case <-ctx.Done():
		}
	}
	c.wg.Wait()
	c.finish(context.WithoutCancel(ctx), context.Cause(ctx))
	return nil
}

// finish writes the end.
func (c *Chat) finish(ctx context.Context, cause error) {
	e := call.Ended{Why: "cut", Duration: time.Since(c.start).Seconds()}
	if end := (*ended)(nil); errors.As(cause, &end) {
		e.By, e.Why = end.by, end.why
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c.emit(ctx, call.KindEnded, e, true)
	c.mu.Lock()
	c.over = true
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	close(c.done)
}

func (c *Chat) now() call.Offset { return call.Offset(time.Since(c.start)) }

func (c *Chat) emit(ctx context.Context, kind call.Kind, body any, durable bool) {
	if err := c.o.Log.Emit(ctx, c.now(), kind, body, durable); err != nil && ctx.Err() == nil {
		c.log.Error("event not stored", "kind", string(kind), "err", err)
	}
}

// Post takes a message of the caller. It does not wait for the answer.
func (c *Chat) Post(text string) error {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if text == "" || utf8.RuneCountInString(text) > longestText {
		return ErrText
	}
	c.mu.Lock()
	over := c.over
	c.mu.Unlock()
	if over {
		return ErrOver
	}
	select {
	case c.in <- text:
		return nil
	default:
		return ErrFast
	}
}

// Leave ends the chat for the caller.
func (c *Chat) Leave() { c.hangUp(call.Caller, "bye") }

func (c *Chat) hangUp(by call.Party, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == nil {
		c.early = &ended{by, why}
		return
	}
	c.end(&ended{by, why})
}

// Since returns the messages after number n, a channel that is closed when there are more, and whether the chat is over.
func (c *Chat) Since(n int) (msgs []Message, more <-chan struct{}, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < len(c.out) {
		msgs = append(msgs, c.out[max(n, 0):]...)
	}
	return msgs, c.changed, c.over
}

// writtenSince reports whether either side has written within that time.
func (c *Chat) writtenSince(within time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.out) > 0 && c.now()-c.out[len(c.out)-1].At < call.Offset(within)
}

// put shows a message.
func (c *Chat) put(who call.Party, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, Message{N: len(c.out) + 1, Who: who, Text: text, At: c.now()})
	close(c.changed)
	c.changed = make(chan struct{})
}

// say shows and writes down what the other side says.
func (c *Chat) say(ctx context.Context, who call.Party, text, entry, decision string) {
	if text == "" {
		return
	}
	c.put(who, text)
	masked := text
	if who != call.Bot { // approved text is written as it is
		masked = c.o.Redact.Text(who, text)
	}
	c.o.Redact.Heard(who, masked)
	c.turns++
	at := c.now()
	t := call.Turn{N: c.turns, Who: who, Text: masked, Lang: c.lang, Start: at, End: at, Entry: entry, Decision: decision, Confidence: 1}
	if who == call.Agent {
		t.By, t.Name = c.person.ID, c.person.Name
	}
	c.emit(ctx, call.KindTurn, t, true)
}

// heard answers a message of the caller, or passes it to the person who has the chat.
func (c *Chat) heard(ctx context.Context, text string) {
	c.put(call.Caller, text)
	masked := c.o.Redact.Text(call.Caller, text)
	lang := nlu.Language(text, c.lang)
	if len(c.o.Started.Langs) == 0 || slices.Contains(c.o.Started.Langs, lang) {
		c.lang = lang
	}
	actx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	theirs := c.person.ID != "" || c.seeking // nobody waits for the bot's words: only what is meant is asked
	dec, err := c.o.Answerer.Answer(actx, c.dialogue, answer.Query{Text: masked, Lang: lang, Reply: c.lang, Base: c.o.Started.Base, Queue: c.o.Started.Route, Confidence: 1, Quick: theirs})
	c.turns++
	at := c.now()
	c.emit(ctx, call.KindTurn, call.Turn{N: c.turns, Who: call.Caller, Text: masked, Lang: lang, Start: at, End: at, Confidence: 1, Intent: dec.Intent, Sentiment: dec.Sentiment}, true)
	c.o.Redact.Heard(call.Caller, masked)
	if theirs || c.beside(ctx, masked, lang) {
		return
	}
	if err != nil {
		c.log.Warn("no answer", "err", err)
		c.say(ctx, call.Bot, answer.Say(answer.SayAgain, c.lang), "", "clarify")
		return
	}
	c.dialogue = dec.Next
	c.emit(ctx, call.KindAnswered, dec, false)
	c.say(ctx, call.Bot, dec.Text, dec.Entry, dec.Decision)
	switch dec.Command {
	case nlu.Person:
		c.seek(ctx, desk.Wish{Why: "asked"})
	case nlu.Goodbye:
		c.hangUp(call.Bot, "goodbye")
	}
}

// beside reports whether a person on the line has been given a message, who then replies.
func (c *Chat) beside(ctx context.Context, masked, lang string) bool {
	if c.o.Beside == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, besideTime)
	defer cancel()
	return c.o.Beside.Wrote(ctx, masked, lang)
}
