package pipeline

import (
	"context"

	"github.com/parley-voice/parley/pipeline/call"
)

// Role says what a person does in a call, and with it who hears whom.
type Role string

// The roles. Everybody but the caller hears everybody else, and whoever is on hold hears music.
const (
	RoleAgent      Role = "agent"      // talks with the caller; there is one
	RoleColleague  Role = "colleague"  // was called in by the agent; talks with the caller too when nobody is on hold
	RoleSupervisor Role = "supervisor" // only listens; the agent hears them while they whisper
)

// Person is somebody who takes part in a call beside the caller, through a leg of their own. The call reads and writes
// the leg until it has ended or the person leaves, and then calls Leave once.
type Person struct {
	ID     string
	Name   string
	Role   Role
	Leg    Leg
	Voices Voices // voice activity of this leg
	Leave  func() // hangs the leg up; must not block
	// Deliberate says that the end of the leg by "bye" is a hang-up: a telephone is put down on purpose, a browser is closed
	// by mistake.
	Deliberate bool
}

// letGo is for whoever leaves, or came too late.
func (p Person) letGo() {
	if p.Leave != nil {
		p.Leave()
	}
}

// turnAway lets go whoever comes to a call that is over: nobody else would.
func turnAway(notes []note) {
	for _, n := range notes {
		switch {
		case n.joined != nil:
			n.joined.letGo()
		case n.found != nil:
			n.found.person.letGo()
		case n.moved != nil && n.moved.person != nil:
			n.moved.person.letGo()
		}
	}
}

// Aim is where a call is sent when not to whoever is next. The zero value is whoever is next.
type Aim struct {
	Agent string // a person's ID
	Queue string
}

// Seek is a caller who needs a person.
type Seek struct {
	Call    call.ID
	Route   string
	From    string // user part or number of the caller as signalled
	Lang    string
	Why     string // asked, rule:<id>, transfer, agent_lost
	Aim     Aim
	Former  string   // the person the caller was with, "" for a first hand-off
	Back    bool     // nobody is sought: the caller takes the offer to be called back, and hears what comes of it
	Control *Control // of the call, for whoever takes it
}

// Waiting tells how a caller who needs a person stands.
type Waiting struct {
	Text string // what the caller is to be told, "" for nothing
	Lang string
}

// Desk finds people for callers.
type Desk interface {
	// Seek blocks until somebody has taken the call and can be heard, and returns them. It tells what the caller should
	// hear meanwhile. It returns an error (an *Unavailable where there is something to be said) when nobody will come, and
	// ends with ctx, which is the call's.
	Seek(ctx context.Context, s Seek, tell func(Waiting)) (Person, error)
	// Lost is told that a person's leg has gone without their having hung up: the browser was closed, the network failed.
	Lost(id call.ID, person string)
	// Key offers a key that a waiting caller pressed, and returns what the caller is told, "" for nothing.
	Key(id call.ID, digit rune) string
}

// Unavailable tells that nobody takes the call and what the caller hears about it.
type Unavailable struct {
	Why  string // closed, nobody, timeout, refused
	Text string // in the caller's language
	Bye  bool   // the call ends after it
	Key  rune   // pressed afterwards, it makes a Seek with Back; 0: none
}

func (e *Unavailable) Error() string { return "nobody takes the call: " + e.Why }

// Control is a running call in the hands of the people who are in it. Its methods may be called from any goroutine,
// return at once and do nothing after the end of the call; what they ask for is done in order by the call's own loop.
type Control struct {
	v *conversation
}

func (c *Control) do(f func(ctx context.Context) error) { c.v.box.post(note{do: f}) }

// HandOver takes the call from the bot and seeks a person, as if the caller had asked for one.
func (c *Control) HandOver(why string, aim Aim) {
	c.do(func(ctx context.Context) error { c.v.handOver(ctx, why, aim); return nil })
}

// Transfer sends the caller from the person they talk with to somebody else.
func (c *Control) Transfer(aim Aim) {
	c.do(func(ctx context.Context) error { c.v.passOn(ctx, aim); return nil })
}

// Join adds a person: a colleague to be consulted, a supervisor. After the end of the call they are let go.
func (c *Control) Join(p Person) {
	if !c.v.box.post(note{joined: &p}) {
		p.letGo()
	}
}

// Hear lets the room hear a telephone that is called into it and rings, until whoever answers it has joined with the same leg, or it
// has ended. A caller who waits hears it in place of music, one on hold does not.
func (c *Control) Hear(leg Leg) { c.v.room.call(leg) }

// Leave takes a person out of the call; the others go on. A caller whose agent leaves is brought to somebody else.
func (c *Control) Leave(person string) {
	c.do(func(ctx context.Context) error {
		if g := c.v.leave(person, "left"); g != nil && g.Role == RoleAgent {
			c.v.bereft(ctx, "")
		}
		return nil
	})
}

// SetRole gives a person another part: a consulted colleague becomes the agent, a supervisor takes over.
func (c *Control) SetRole(person string, role Role) {
	c.do(func(context.Context) error { c.v.setRole(person, role); return nil })
}

// Hold puts the caller on hold, or takes them back.
func (c *Control) Hold(on bool) {
	c.do(func(context.Context) error { c.v.holdCaller(on); return nil })
}

// Mute keeps a person from being heard.
func (c *Control) Mute(person string, on bool) {
	c.do(func(context.Context) error { c.v.mute(person, on); return nil })
}

// Whisper lets the agent, and nobody else, hear a supervisor.
func (c *Control) Whisper(person string, on bool) {
	c.do(func(context.Context) error { c.v.whisper(person, on); return nil })
}

// Record pauses the recording, which goes on in silence, or resumes it.
func (c *Control) Record(on bool) {
	c.do(func(context.Context) error { c.v.record(on); return nil })
}

// Press plays the tones of keys to the caller's side.
func (c *Control) Press(keys string) {
	c.do(func(context.Context) error { c.v.press(keys); return nil })
}

// End hangs up.
func (c *Control) End(by call.Party, why string) {
	c.do(func(context.Context) error { return &endError{by, why} })
}

// Write puts down what the caller has written beside the call, as a turn of theirs, for the person who has the call, and reports
// whether one has it; if not, nothing is put down. The text is masked already. It blocks until the call's loop comes to it, at most
// until ctx ends.
func (c *Control) Write(ctx context.Context, text, lang string) bool {
	seen := make(chan bool, 1)
	c.do(func(context.Context) error {
		seen <- ctx.Err() == nil && c.v.wrote(text, lang)
		return nil
	})
	select {
	case ok := <-seen:
		return ok
	case <-ctx.Done():
		return false
	}
}

// ToBot gives the caller back to the bot.
func (c *Control) ToBot() {
	c.do(func(ctx context.Context) error { c.v.toBot(ctx); return nil })
}

// Emit publishes an event of the call, in order with its others.
func (c *Control) Emit(kind call.Kind, body any, durable bool) {
	c.v.emit.put(c.v.now(), kind, body, durable)
}

// Now is the time since the start of the call.
func (c *Control) Now() call.Offset { return c.v.now() }

// Langs are the languages of the call's route, the caller's first.
func (c *Control) Langs() []string { return c.v.Route.Langs }
