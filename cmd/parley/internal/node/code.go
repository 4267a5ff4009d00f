package node

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	codeTries = 3
	codeWait  = 20 * time.Second
	// proveTime bounds the look at the database for one code.
	proveTime = 3 * time.Second
)

// keypad checks one caller by a code they key in. Its methods are called by the call's own loop, and one at a time.
type keypad struct {
	n    *Node
	id   call.ID
	ctl  *pipeline.Control
	who  []string // the customers they may be
	by   string
	try  int
	show func(callpage.Message) // to the caller's page, nil on a telephone
}

// checkCode has the caller of a running call key in their code, up to codeTries times, and tells the desk what came of it.
func (n *Node) checkCode(id call.ID, ctl *pipeline.Control, c desk.Command) {
	k := &keypad{n: n, id: id, ctl: ctl, who: strings.Split(c.Who, ","), by: c.Agent}
	if show, ok := n.shown.Load(id); ok {
		k.show = show.(func(callpage.Message)) //nolint:forcetypeassert // nothing else is stored
	}
	n.dialling.Go(func() { // ends by the deadline
		ctx, cancel := context.WithTimeout(context.WithoutCancel(n.running), proveTime)
		defer cancel()
		if !n.business.Customers.HasCode(ctx, k.who) { // not even asked
			k.end("none", "", nil)
			return
		}
		k.ask(answer.SayCode)
	})
}

// ask asks for the code once.
func (k *keypad) ask(sentence string) {
	k.try++
	k.page(true)
	k.tell("asked", 0, "")
	k.ctl.Ask(pipeline.Ask{
		Text: answer.SayOfCode(sentence), Most: customer.MaxCode, Wait: codeWait,
		Typed: func(n int) { k.tell("asked", n, "") },
		Done: func(digits string) {
			if digits == "" {
				k.end("none", "", answer.SayOfCode(answer.SayCodeNone))
				return
			}
			k.n.dialling.Go(func() { k.prove(digits) }) // ends by the deadline
		},
	})
}

// prove looks whether a code is right.
func (k *keypad) prove(digits string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(k.n.running), proveTime)
	defer cancel()
	who, err := k.n.business.Customers.Prove(ctx, k.who, digits)
	switch {
	case err == nil:
		k.end("verified", who, answer.SayOfCode(answer.SayCodeRight))
	case errors.Is(err, customer.ErrCode) && k.try < codeTries:
		k.ask(answer.SayCodeWrong)
	case errors.Is(err, customer.ErrCode):
		k.end("wrong", "", answer.SayOfCode(answer.SayCodeFailed))
	case errors.Is(err, customer.ErrLocked):
		k.end("locked", "", answer.SayOfCode(answer.SayCodeFailed))
	default:
		if !errors.Is(err, customer.ErrNoCode) {
			k.n.env.Log.Error("a code could not be checked", "call", string(k.id), "err", err)
		}
		k.end("none", "", answer.SayOfCode(answer.SayCodeNone))
	}
}

func (k *keypad) end(state, who string, text map[string]string) {
	k.page(false)
	if text != nil {
		k.ctl.Tell(text)
	}
	k.tell(state, 0, who)
}

func (k *keypad) tell(state string, typed int, who string) {
	k.n.front.Coded(k.id, desk.Coded{Code: desk.Code{State: state, Typed: typed, Try: k.try}, Customer: who, By: k.by})
}

// page opens or closes the keypad on the caller's page.
func (k *keypad) page(on bool) {
	if k.show != nil {
		k.show(callpage.Message{Type: "keypad", Text: "code", Final: !on})
	}
}
