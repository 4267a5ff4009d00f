package chat

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/pipeline/call"
)

// seek looks for a person. It ends when one has come, nobody will, or the chat is over; Serve waits for it.
func (c *Chat) seek(ctx context.Context, w desk.Wish) {
	if c.o.Desk == nil || c.seeking {
		if c.o.Desk == nil {
			c.say(ctx, call.Bot, answer.Say(answer.SayNoPerson, c.lang), "", "transfer unavailable")
		}
		return
	}
	c.seeking = true
	w.Call, w.Lang = c.o.ID, c.lang
	c.emit(ctx, call.KindTransfer, call.Transfer{Target: "desk", State: "asked", Why: w.Why}, true)
	c.wg.Go(func() {
		t, err := c.o.Desk.Seek(ctx, w, func(text string) { c.do(func(ctx context.Context) { c.say(ctx, call.Bot, text, "", "waiting") }) })
		c.do(func(ctx context.Context) { c.met(ctx, t, err) })
	})
}

// do has f run by Serve, in order. It gives up when the chat is over.
func (c *Chat) do(f func(context.Context)) {
	select {
	case c.does <- f:
	case <-c.done:
	default: // Serve is behind or gone; what is lost is a notice to somebody who left
		go func() { // ends with the chat
			select {
			case c.does <- f:
			case <-c.done:
			}
		}()
	}
}

// met ends a search.
func (c *Chat) met(ctx context.Context, t desk.Taken, err error) {
	c.seeking = false
	if err != nil {
		text, bye := answer.Say(answer.SayNoPerson, c.lang), false
		if nobody := (*desk.NobodyError)(nil); errors.As(err, &nobody) {
			text, bye = nobody.Text, nobody.Bye
		}
		c.emit(ctx, call.KindTransfer, call.Transfer{Target: "desk", State: "unavailable", Why: err.Error()}, true)
		c.say(ctx, call.Bot, text, "", "transfer unavailable")
		if bye {
			c.hangUp(call.Bot, "nobody")
		}
		return
	}
	c.person = t.Agent
	c.emit(ctx, call.KindTransfer, call.Transfer{Target: t.Agent.ID, State: "accepted"}, true)
	c.part(ctx, "joined")
}

func (c *Chat) part(ctx context.Context, action string) {
	c.emit(ctx, call.KindParty, call.Part{Action: action, ID: c.person.ID, Name: c.person.Name, Role: "agent"}, true)
}

// Do implements desk.Line: what the desk commands.
func (c *Chat) Do(cmd desk.Command) {
	c.do(func(ctx context.Context) {
		switch cmd.Do {
		case "say":
			if cmd.Person == c.person.ID {
				c.say(ctx, call.Agent, cmd.Text, "", "")
			}
		case "end":
			c.hangUp(call.Agent, "bye")
		case "hand_over":
			if c.person.ID == "" && !c.seeking {
				c.say(ctx, call.Bot, answer.Say(answer.SayTransfer, c.lang), "", "hand-off")
				c.seek(ctx, desk.Wish{Why: cmd.Why, Agent: cmd.Agent, Queue: cmd.Queue})
			}
		case "transfer":
			if c.person.ID != "" {
				former := c.person.ID
				c.part(ctx, "transferred")
				c.person = desk.Agent{}
				c.say(ctx, call.Bot, answer.Say(answer.SayTransfer, c.lang), "", "hand-off")
				c.seek(ctx, desk.Wish{Why: "transfer", Agent: cmd.Agent, Queue: cmd.Queue, Former: former})
			}
		case "leave":
			if c.person.ID != "" && c.person.ID == cmd.Person {
				c.part(ctx, "left")
				c.person = desk.Agent{}
				c.say(ctx, call.Bot, answer.Say(answer.SayBack, c.lang), "", "agent lost")
				c.seek(ctx, desk.Wish{Why: "agent_lost"})
			}
		case "to_bot":
			if c.person.ID != "" {
				c.part(ctx, "left")
				c.person, c.dialogue = desk.Agent{}, answer.Dialogue{}
				c.say(ctx, call.Bot, answer.Say(answer.SayHelp, c.lang), "", "back with the bot")
			}
		}
	})
}

// Emit implements desk.Line.
func (c *Chat) Emit(kind call.Kind, body any) {
	c.do(func(ctx context.Context) { c.emit(ctx, kind, body, false) })
}

// Retire ends the chat with a sentence that asks to come back later, whoever has it: the node is about to stop.
func (c *Chat) Retire() {
	c.do(func(ctx context.Context) {
		if ctx.Err() != nil { // it has ended
			return
		}
		c.say(ctx, call.Bot, answer.Say(answer.SayService, c.lang), "", "goodbye")
		c.hangUp(call.Bot, "maintenance")
	})
}
