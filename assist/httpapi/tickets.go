package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// Deliveries is what was sent to other programs.
type Deliveries interface {
	Deliveries(ctx context.Context, q hooks.Query) ([]hooks.Delivery, error)
	// Replay sends what q selects again and returns how many deliveries that is.
	Replay(ctx context.Context, q hooks.Query) (int, error)
}

type formView struct {
	ID     string      `json:"id"`
	Title  string      `json:"title"`
	Fields []fieldView `json:"fields"`
}

type fieldView struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Type     string   `json:"type" enum:"text,number,date,choice"`
	Choices  []string `json:"choices,omitempty"`
	Required bool     `json:"required"`
}

// FormViews are ticket forms as pages show them, in a language.
func formViews(forms *ticket.Forms, lang string) []formView {
	out := []formView{}
	for _, f := range forms.All() {
		v := formView{ID: f.ID, Title: f.Title(lang), Fields: []fieldView{}}
		for _, fd := range f.Fields {
			v.Fields = append(v.Fields, fieldView{fd.Name, fd.Title(lang), fd.Type, fd.Choices, fd.Required})
		}
		out = append(out, v)
	}
	return out
}

type formsInput struct {
	Lang string `query:"lang" enum:"en,zh" default:"en"`
}

type formsOutput struct {
	Body struct {
		Items []formView `json:"items"`
	}
}

type ticketsInput struct {
	Status   ticket.Status `query:"status" enum:"open,pending,solved,closed"`
	Call     call.ID       `query:"call" maxLength:"64"`
	Customer string        `query:"customer" maxLength:"64"`
	Cursor   string        `query:"cursor" pattern:"^(T-[0-9]{1,18})?$" doc:"next of the page before"`
}

type ticketsOutput struct {
	Body struct {
		Items []ticket.Ticket `json:"items"`
		Next  string          `json:"next,omitempty"`
	}
}

type ticketInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
}

type ticketOutput struct{ Body ticket.Ticket }

type newTicketInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"100" doc:"The same key again returns the ticket made before"`
	Body struct {
		Form     string            `json:"form" maxLength:"40"`
		Fields   map[string]string `json:"fields"`
		Call     call.ID           `json:"call,omitempty" maxLength:"64"`
		Customer string            `json:"customer,omitempty" maxLength:"64"`
		Queue    string            `json:"queue,omitempty" maxLength:"100" doc:"Route whose opening hours and zone give the due time"`
		FollowUp *time.Time        `json:"follow_up,omitempty"`
	}
}

type changeTicketInput struct {
	ID   string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
	Body struct {
		Fields   map[string]string `json:"fields,omitempty"`
		Status   *ticket.Status    `json:"status,omitempty"`
		Due      *time.Time        `json:"due,omitempty"`
		FollowUp *time.Time        `json:"follow_up,omitempty"`
		Version  int               `json:"version,omitempty" doc:"Of the ticket as it was seen; 409 when it was changed since"`
	}
}

const ticketPage = 50

func (a *API) registerTickets(api huma.API) {
	tags := []string{"tickets"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	huma.Register(api, op("ticket-forms", http.MethodGet, "/api/tickets/forms", "The categories and their fields"), func(_ context.Context, in *formsInput) (*formsOutput, error) {
		out := &formsOutput{}
		out.Body.Items = formViews(a.o.Tickets.Forms, in.Lang)
		return out, nil
	})
	huma.Register(api, op("list-tickets", http.MethodGet, "/api/tickets", "Tickets, newest first"), func(ctx context.Context, in *ticketsInput) (*ticketsOutput, error) {
		q := ticket.Query{Status: in.Status, Call: in.Call, Customer: in.Customer, Before: in.Cursor, Limit: ticketPage}
		if s := a.scope(ctx); s != nil {
			q.Queues, q.By = append([]string{}, s.Routes...), s.Person
		}
		all, err := a.o.Tickets.Store.Tickets(ctx, q)
		if err != nil {
			return nil, a.failTicket(err)
		}
		out := &ticketsOutput{}
		if out.Body.Items = all; len(all) == ticketPage {
			out.Body.Next = all[len(all)-1].Number
		}
		return out, nil
	})
	huma.Register(api, op("get-ticket", http.MethodGet, "/api/tickets/{id}", "One ticket"), func(ctx context.Context, in *ticketInput) (*ticketOutput, error) {
		return a.ticket(ctx, in.ID)
	})
	huma.Register(api, op("make-ticket", http.MethodPost, "/api/tickets", "Make a ticket"), a.makeTicket)
	huma.Register(api, op("change-ticket", http.MethodPatch, "/api/tickets/{id}", "Change a ticket; what is not given stays"), func(ctx context.Context, in *changeTicketInput) (*ticketOutput, error) {
		if _, err := a.ticket(ctx, in.ID); err != nil {
			return nil, err
		}
		t, err := a.o.Tickets.Update(ctx, in.ID, ticket.Change(in.Body))
		if err != nil {
			return nil, a.failTicket(err)
		}
		return &ticketOutput{t}, nil
	})
}

// ticket returns a ticket that who asks may see.
func (a *API) ticket(ctx context.Context, id string) (*ticketOutput, error) {
	t, err := a.o.Tickets.Store.Ticket(ctx, id)
	if err != nil {
		return nil, a.failTicket(err)
	}
	if s := a.scope(ctx); s != nil && !slices.Contains(s.Routes, t.Queue) && (s.Person == "" || s.Person != t.By) {
		return nil, a.failTicket(ticket.ErrUnknown)
	}
	return &ticketOutput{t}, nil
}

func (a *API) makeTicket(ctx context.Context, in *newTicketInput) (*ticketOutput, error) {
	b := in.Body
	who := access.From(ctx).Person.ID
	if b.Call != "" {
		ok, err := a.maySee(ctx, b.Call)
		if err != nil {
			return nil, a.failTicket(err)
		}
		if !ok {
			return nil, huma.Error404NotFound("there is no such call")
		}
	}
	key := in.Key
	if key != "" { // one person's keys say nothing about another's tickets
		key = "http/" + who + "/" + key
	}
	var cal ticket.Calendar
	if a.o.Calendar != nil {
		cal = a.o.Calendar(b.Queue)
	}
	t, err := a.o.Tickets.Create(ctx, key, ticket.Ticket{Form: b.Form, Fields: b.Fields, Call: b.Call, Customer: b.Customer, Queue: b.Queue, FollowUp: b.FollowUp, By: who}, cal)
	if err != nil {
		return nil, a.failTicket(err)
	}
	return &ticketOutput{t}, nil
}

func (a *API) failTicket(err error) error {
	switch {
	case errors.Is(err, ticket.ErrUnknown):
		return huma.Error404NotFound("there is no such ticket or form")
	case errors.Is(err, ticket.ErrInvalid):
		return invalid(err, ticket.ErrInvalid)
	case errors.Is(err, ticket.ErrStale):
		return conflict(ProblemChanged, "the ticket was changed in between: read it again")
	}
	return a.fail(err)
}

type deliveriesInput struct {
	Target string      `query:"target" maxLength:"100"`
	State  hooks.State `query:"state" enum:"waiting,delivered,given_up"`
	Event  string      `query:"event" maxLength:"200"`
	Cursor string      `query:"cursor" maxLength:"20"`
}

type deliveriesOutput struct {
	Body struct {
		Items []hooks.Delivery `json:"items"`
		Next  string           `json:"next,omitempty"`
	}
}

type replayInput struct {
	Body struct {
		Target string      `json:"target" minLength:"1" maxLength:"100"`
		Event  string      `json:"event,omitempty" maxLength:"200"`
		State  hooks.State `json:"state,omitempty" enum:"delivered,given_up"`
		From   time.Time   `json:"from,omitzero"`
		To     time.Time   `json:"to,omitzero"`
	}
}

type replayOutput struct {
	Body struct {
		Deliveries int `json:"deliveries" doc:"That are sent again, with the same IDs"`
	}
}

const deliveryPage = 100

func (a *API) registerHooks(api huma.API) {
	tags := []string{"webhooks"}
	huma.Register(api, huma.Operation{
		OperationID: "list-deliveries", Method: http.MethodGet, Path: "/api/hooks", Tags: tags, Summary: "Events on their way to other programs, newest first",
	}, func(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
		before, err := placeOf(in.Cursor)
		if err != nil {
			return nil, err
		}
		all, err := a.o.Deliveries.Deliveries(ctx, hooks.Query{Target: in.Target, State: in.State, Event: in.Event, Before: before, Limit: deliveryPage})
		if err != nil {
			return nil, a.failTicket(err)
		}
		out := &deliveriesOutput{}
		if out.Body.Items = all; len(all) == deliveryPage {
			out.Body.Next = strconv.FormatInt(all[len(all)-1].N, 10)
		}
		return out, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "replay-deliveries", Method: http.MethodPost, Path: "/api/hooks/replay", Tags: tags, Summary: "Send events to a receiver again",
	}, func(ctx context.Context, in *replayInput) (*replayOutput, error) {
		b := in.Body
		if err := a.noteCustomer(ctx, access.ReplayedDeliveries, b.Target); err != nil {
			return nil, err
		}
		n, err := a.o.Deliveries.Replay(ctx, hooks.Query{Target: b.Target, Event: b.Event, State: b.State, From: b.From, To: b.To})
		if err != nil {
			return nil, a.failTicket(err)
		}
		out := &replayOutput{}
		out.Body.Deliveries = n
		return out, nil
	})
}
