package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/pipeline/call"
)

// transferTime bounds a transfer from REFER to the last NOTIFY, and how long a telephone rings instead.
const transferTime = 45 * time.Second

// transferred is the result of a transfer.
type transferred struct {
	target string
	person *Person // who was called instead, since the leg could not be sent to them
	err    error
}

var errNobody = errors.New("nobody can be reached on this route now")

// transfer sends the caller to a person: the leg itself or, where that cannot be, by calling them into the call. It ends by
// itself within transferTime twice; Serve waits for it.
func (v *conversation) transfer(ctx context.Context) {
	target := v.Route.Transfer
	v.leaving, v.moving = true, true
	v.held.Store(true)
	v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: target, State: "asked"}, true)
	v.jobs.Go(func() {
		m := &transferred{target: target, err: errNobody}
		leg, ok := v.leg.(Transferrer)
		if ok && target != "" {
			m.err = v.send(ctx, leg, target)
		}
		if no := untaken(nil); target != "" && v.Phone != nil && (!ok || errors.As(m.err, &no) && no.Untaken()) {
			v.room.setMusic(true)
			m.reach(ctx, v.Phone)
			v.room.setMusic(false)
		}
		v.box.post(note{moved: m})
	})
}

// send has the far side of the leg call a target.
func (v *conversation) send(ctx context.Context, leg Transferrer, target string) error {
	ctx, cancel := context.WithTimeout(ctx, transferTime)
	defer cancel()
	err := leg.Transfer(ctx, target)
	if err == nil { // here, since it may end the call at once
		v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: target, State: "done"}, true)
	}
	return err
}

// reach calls the target.
func (m *transferred) reach(ctx context.Context, phone func(context.Context, string) (Person, error)) {
	limited, cancel := context.WithTimeout(ctx, transferTime)
	defer cancel()
	p, err := phone(limited, m.target)
	switch {
	case errors.Is(err, ErrNoPhone): // why the leg was not sent says more
	case err != nil:
		m.err = err
	default:
		p.Role = RoleAgent
		m.person, m.err = &p, nil
	}
}

// afterTransfer ends the bot's part, or takes the caller back and gives them a choice.
func (v *conversation) afterTransfer(ctx context.Context, m *transferred) error {
	v.moving = false
	switch {
	case m.person != nil && v.people: // somebody took the call meanwhile
		m.person.letGo()
		return nil
	case m.person != nil:
		v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: m.target, State: "accepted"}, true)
		v.phoned = m.person.ID
		return v.join(*m.person)
	case m.err == nil:
		return &endError{call.Bot, "transferred"}
	}
	state, text := "failed", answer.Say(answer.SayNoPerson, v.lang)
	if errors.Is(m.err, errNobody) {
		state = "unavailable"
	}
	v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: m.target, State: state, Why: m.err.Error()}, true)
	if v.people {
		return nil
	}
	v.leaving = false
	v.held.Store(false)
	v.sayNow(ctx, text, "transfer "+state, afterReply{})
	return nil
}
