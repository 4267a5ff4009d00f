package node

import (
	"context"
	"fmt"
	"maps"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// form is a ticket's form as the page draws it.
type form struct {
	choice

	Fields []field `json:"fields"`
}

type field struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	TitleZh  string   `json:"title_zh"`
	Type     string   `json:"type"`
	Choices  []string `json:"choices,omitempty"`
	Required bool     `json:"required"`
}

func (n *Node) forms() []form {
	var out []form
	for _, f := range n.business.Tickets.Forms.All() {
		o := form{choice: choice{f.ID, f.Title("en"), f.Title("zh")}}
		for _, x := range f.Fields {
			o.Fields = append(o.Fields, field{x.Name, x.Title("en"), x.Title("zh"), x.Type, x.Choices, x.Required})
		}
		out = append(out, o)
	}
	return out
}

// prefilled begins a ticket about a call: on the form that suits the facts, with the fields that they and the caller's record fill.
// It is not kept yet.
func (n *Node) prefilled(v desk.View, f ticket.Facts) ticket.Ticket {
	f.Lang = v.Lang
	f.Values = maps.Clone(f.Values)
	f.Values["name"], f.Values["number"], f.Values["tier"] = v.Caller.Called(), v.Caller.Number, v.Caller.Tier
	if v.Caller.Number == v.Channel || call.Nameless(v.Caller.Number) { // of the page, or not to be shown: they gave none
		delete(f.Values, "number")
	}
	t := n.business.Tickets.Forms.Prefill(f)
	t.Call, t.Customer, t.Queue = v.Call, v.Caller.ID, v.Queue
	return t
}

// file makes the ticket of a call as an agent wrote it, or brings the one that is there to that: before is the ID of the one that
// was made when the summary was saved before, "" when none is known of, and t has that of one which a rule opened during the call.
// One for which another form was chosen since moves to that.
func (n *Node) file(ctx context.Context, before string, t ticket.Ticket) (ticket.Ticket, error) {
	tickets, hours := n.business.Tickets, n.calendar(t.Queue)
	was, err := n.filed(ctx, before, t)
	switch {
	case err != nil:
		return ticket.Ticket{}, err
	case was.Form != t.Form:
		return tickets.Move(ctx, was.ID, t.Form, t.Fields, hours)
	case maps.Equal(was.Fields, t.Fields):
		return was, nil
	}
	return tickets.Update(ctx, was.ID, ticket.Change{Fields: t.Fields})
}

// filed is the ticket of a call that is there, or is t, which is made now. A summary that could not be kept after its ticket was made
// does not know of that; its key does.
func (n *Node) filed(ctx context.Context, before string, t ticket.Ticket) (ticket.Ticket, error) {
	if before == "" {
		before = t.ID
	}
	if before == "" {
		return n.business.Tickets.Create(ctx, "wrapup:"+string(t.Call), t, n.calendar(t.Queue))
	}
	was, err := n.business.Tickets.Store.Ticket(ctx, before)
	if err == nil && was.Call != t.Call {
		err = fmt.Errorf("%w: ticket %s is of another call", ticket.ErrUnknown, was.Number)
	}
	return was, err
}
