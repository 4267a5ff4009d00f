package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Media carries the sound of people who work in a browser. An offer (SDP) that cannot be used is ErrOffer.
type Media interface {
	// Talk answers the offer of an agent who has accepted a call, and brings their leg to the desk once it is connected.
	Talk(ctx context.Context, id call.ID, agent desk.Agent, sdp string) (answer string, err error)
	// Listen answers the offer of a supervisor and lets them into the call as a silent listener.
	Listen(ctx context.Context, id call.ID, person desk.Agent, sdp string) (answer string, err error)
}

// ErrOffer means that an SDP offer cannot be used; its text says why.
var ErrOffer = errors.New("httpapi: the offer cannot be used")

// Finder searches approved knowledge for a person who types.
type Finder interface {
	Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error)
}

// WrapUps keeps what agents write down.
type WrapUps interface {
	// Save keeps an agent's version beside the one that was made.
	Save(ctx context.Context, id call.ID, agent string, edited json.RawMessage) (json.RawMessage, error)
}

// DeskOptions are what the desk's paths work with; a nil Desk leaves them out.
type DeskOptions struct {
	Desk    *desk.Desk
	Media   Media
	Finder  Finder
	WrapUps WrapUps
	// Writings are read beside a call on record; nil: their path is not there.
	Writings Writings
	// Callbacks are the callers who wait to be called back; nil: none do.
	Callbacks Callbacks
	// Compensations keeps what is offered to make good; nil: nothing is.
	Compensations Compensations
}

// Callbacks lets supervisors take back that somebody is called.
type Callbacks interface {
	Open() []callback.Wish
	// Cancel is callback.ErrUnknown for what is not open, or is being dialled.
	Cancel(ctx context.Context, id, by string) error
}

type (
	// CallPath is exported since huma reads no path of an embedded type that is not.
	CallPath struct {
		ID call.ID `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
	}
	offerPath struct {
		ID   string `path:"id" maxLength:"100"`
		Body struct {
			SDP    string `json:"sdp,omitempty" maxLength:"65536"`
			Reason string `json:"reason,omitempty" maxLength:"200"`
		}
	}
	boardOutput struct{ Body desk.Board }
	stateInput  struct {
		Body struct {
			State  desk.State `json:"state" enum:"ready,away"`
			Reason string     `json:"reason,omitempty" maxLength:"200"`
		}
	}
	sdpInput struct {
		CallPath
		Body struct {
			SDP string `json:"sdp" minLength:"1" maxLength:"65536"`
		}
	}
	sdpOutput struct {
		Body struct {
			Call call.ID `json:"call"`
			SDP  string  `json:"sdp"`
		}
	}
	commandInput struct {
		CallPath
		Do   string `path:"do"`
		Body struct {
			On    bool   `json:"on,omitempty"`
			Kind  string `json:"kind,omitempty" enum:"blind,warm,"`
			To    string `json:"to,omitempty" maxLength:"100" doc:"A place of transfers: an agent's or a queue's id"`
			Text  string `json:"text,omitempty" maxLength:"20000"`
			State string `json:"state,omitempty" enum:"unknown,verified,failed,"`
			How   string `json:"how,omitempty" maxLength:"200"`
			// Customer is for identity: which of those the caller may be they are.
			Customer string `json:"customer,omitempty" maxLength:"100"`
			Digits   string `json:"digits,omitempty" pattern:"^[0-9*#A-D]{0,32}$"`
			Person   string `json:"person,omitempty" maxLength:"100"`
		}
	}
	cardInput struct {
		CallPath
		Card string `path:"card" maxLength:"40"`
		Body struct {
			Action string `json:"action" enum:"used,dismissed,muted,helpful"`
		}
	}
	checkInput struct {
		CallPath
		Item string `path:"item" maxLength:"120" doc:"id of the item, with its / escaped"`
		Body struct {
			Done bool `json:"done"`
		}
	}
	searchInput struct {
		Query string  `query:"q" minLength:"1" maxLength:"500"`
		Call  call.ID `query:"call" maxLength:"64"`
	}
	searchOutput struct {
		Body struct {
			Hits []searchHit `json:"hits"`
		}
	}
	searchHit struct {
		Base     string  `json:"base"`
		Entry    string  `json:"entry"`
		Question string  `json:"question"`
		Answer   string  `json:"answer"`
		Score    float64 `json:"score"`
		PRight   float64 `json:"p_right"`
	}
	wrapInput struct {
		CallPath
		Body json.RawMessage
	}
	wrapOutput struct{ Body any }
)

// agentOf is who asks, as the desk knows people.
func agentOf(ctx context.Context) desk.Agent {
	p := access.From(ctx).Person
	a := desk.Agent{ID: p.ID, Name: p.Name, Langs: p.Langs, Skills: p.Skills, Queues: p.Queues}
	if a.ID == "" {
		a.ID, a.Name = "local", "Local agent"
	}
	return a
}

func (a *API) registerDesk(api huma.API) {
	d := a.o.Desk.Desk
	if d == nil {
		return
	}
	tags := []string{"desk"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	huma.Register(api, op("desk", http.MethodGet, "/api/desk", "The whole desk of who asks"), func(ctx context.Context, _ *struct{}) (*boardOutput, error) {
		return &boardOutput{d.Board(agentOf(ctx).ID)}, nil
	})
	huma.Register(api, op("desk-state", http.MethodPut, "/api/desk/state", "Be ready, or away"), func(ctx context.Context, in *stateInput) (*boardOutput, error) {
		who := agentOf(ctx)
		if err := d.Set(who.ID, in.Body.State, in.Body.Reason); err != nil {
			return nil, a.deskFail(err)
		}
		return &boardOutput{d.Board(who.ID)}, nil
	})
	events := op("desk-events", http.MethodGet, "/api/desk/events", "What changes on the desk, as it happens")
	events.Description = "Server-sent events. The first one, desk, is the whole state, so a page that reconnects misses nothing. An open stream makes its reader an agent at work."
	events.Responses = content("text/event-stream", http.StatusOK)
	huma.Register(api, events, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		who := agentOf(ctx)
		return a.stream(func(ctx context.Context, s *stream) error { return s.window(ctx, d.OpenVia(who, desk.Via(ctx)), nil) })
	})
	a.registerOffers(api, d, op)
	a.registerCommands(api, d, op)
	a.registerAdvice(api, d, op)
	a.registerMoney(api)
	a.registerCallbacks(api)
}

type opFunc func(id, method, path, summary string) huma.Operation

func (a *API) registerOffers(api huma.API, d *desk.Desk, op opFunc) {
	huma.Register(api, op("accept-offer", http.MethodPost, "/api/desk/offers/{id}/accept", "Take a call"), func(ctx context.Context, in *offerPath) (*sdpOutput, error) {
		who := agentOf(ctx)
		id, err := d.Accept(in.ID, who.ID)
		if err != nil {
			return nil, a.deskFail(err)
		}
		return a.talk(ctx, id, who, in.Body.SDP)
	})
	huma.Register(api, op("decline-offer", http.MethodPost, "/api/desk/offers/{id}/decline", "Leave a call to somebody else"), func(ctx context.Context, in *offerPath) (*boardOutput, error) {
		who := agentOf(ctx)
		if err := d.Decline(in.ID, who.ID, in.Body.Reason); err != nil {
			return nil, a.deskFail(err)
		}
		return &boardOutput{d.Board(who.ID)}, nil
	})
	huma.Register(api, op("desk-media", http.MethodPost, "/api/desk/calls/{id}/media", "Come back to a call after the page was loaded again"), func(ctx context.Context, in *sdpInput) (*sdpOutput, error) {
		who := agentOf(ctx)
		if err := d.Return(in.ID, who.ID); err != nil {
			return nil, a.deskFail(err)
		}
		return a.talk(ctx, in.ID, who, in.Body.SDP)
	})
}

// talk answers the offer of an agent who has a call.
func (a *API) talk(ctx context.Context, id call.ID, who desk.Agent, sdp string) (*sdpOutput, error) {
	out := &sdpOutput{}
	out.Body.Call = id
	if v, err := a.o.Desk.Desk.Call(id); err == nil && v.Channel == "chat" {
		if a.o.Access != nil { // as whoever lets them into a call does
			if err := a.o.Access.Took(ctx, id, who.ID); err != nil {
				return nil, a.deskFail(err)
			}
		}
		return out, a.deskFail(a.o.Desk.Desk.Arrive(id, who.ID, nil))
	}
	var err error
	if out.Body.SDP, err = a.o.Desk.Media.Talk(ctx, id, who, sdp); err != nil {
		return nil, a.deskFail(err)
	}
	return out, nil
}

func (a *API) registerCommands(api huma.API, d *desk.Desk, op opFunc) {
	huma.Register(api, op("desk-command", http.MethodPost, "/api/desk/calls/{id}/{do}", "hold, mute, recording, end, transfer, to_bot, notes, identity, code"), func(ctx context.Context, in *commandInput) (*boardOutput, error) {
		who := agentOf(ctx)
		if err := command(ctx, d, in, who.ID); err != nil {
			return nil, a.deskFail(err)
		}
		return &boardOutput{d.Board(who.ID)}, nil
	})
	huma.Register(api, op("desk-transfer", http.MethodPost, "/api/desk/calls/{id}/transfer/{do}", "A warm transfer: complete, cancel, merge"), func(ctx context.Context, in *commandInput) (*boardOutput, error) {
		who := agentOf(ctx)
		if err := warm(d, in, who.ID); err != nil {
			return nil, a.deskFail(err)
		}
		return &boardOutput{d.Board(who.ID)}, nil
	})
}

// command does what the last part of the path says.
func command(ctx context.Context, d *desk.Desk, in *commandInput, agent string) error {
	b := in.Body
	switch in.Do {
	case "hold":
		return d.Do(in.ID, agent, desk.Command{Do: "hold", On: b.On})
	case "mute":
		return d.Do(in.ID, agent, desk.Command{Do: "mute", On: b.On})
	case "recording":
		return d.Do(in.ID, agent, desk.Command{Do: "record", On: b.On})
	case "end":
		return d.Do(in.ID, agent, desk.Command{Do: "end"})
	case "to_bot":
		return d.Do(in.ID, agent, desk.Command{Do: "to_bot"})
	case "notes":
		return d.Note(in.ID, agent, b.Text)
	case "identity":
		if b.Customer != "" {
			return d.Choose(ctx, in.ID, agent, b.Customer, b.How)
		}
		return d.Identify(in.ID, agent, b.State, b.How)
	case "code":
		return d.AskCode(in.ID, agent)
	case "dtmf":
		return d.Do(in.ID, agent, desk.Command{Do: "dtmf", Text: b.Digits})
	case "message":
		return d.Do(in.ID, agent, desk.Command{Do: "say", Text: b.Text})
	case "transfer":
		return d.Transfer(in.ID, agent, b.To, b.Kind == "warm")
	}
	return desk.ErrUnknown
}

// warm goes on with a warm transfer.
func warm(d *desk.Desk, in *commandInput, agent string) error {
	switch in.Do {
	case "complete", "cancel", "merge":
		return d.Consult(in.ID, agent, in.Do)
	}
	return desk.ErrUnknown
}

func (a *API) registerAdvice(api huma.API, d *desk.Desk, op opFunc) {
	huma.Register(api, op("desk-card", http.MethodPost, "/api/desk/calls/{id}/cards/{card}", "What became of a card"), func(ctx context.Context, in *cardInput) (*struct{}, error) {
		return nil, a.deskFail(d.Card(in.ID, agentOf(ctx).ID, in.Card, in.Body.Action))
	})
	huma.Register(api, op("desk-check", http.MethodPost, "/api/desk/calls/{id}/checklist/{item}", "Tick an item"), func(ctx context.Context, in *checkInput) (*struct{}, error) {
		return nil, a.deskFail(d.Check(in.ID, agentOf(ctx).ID, in.Item, in.Body.Done))
	})
	huma.Register(api, op("desk-search", http.MethodGet, "/api/desk/search", "Search the knowledge"), a.search)
	huma.Register(api, op("wrapup", http.MethodGet, "/api/desk/calls/{id}/wrapup", "What was made for the agent to write down"), func(ctx context.Context, in *CallPath) (*wrapOutput, error) {
		w, err := d.Wrote(agentOf(ctx).ID)
		if err != nil || w.View.Call != in.ID {
			return nil, huma.Error404NotFound("there is nothing to write down about this call")
		}
		return &wrapOutput{w.Body}, nil
	})
	huma.Register(api, op("save-wrapup", http.MethodPut, "/api/desk/calls/{id}/wrapup", "Keep the agent's version"), func(ctx context.Context, in *wrapInput) (*wrapOutput, error) {
		who := agentOf(ctx).ID
		if w, err := d.Wrote(who); err != nil || w.View.Call != in.ID {
			return nil, huma.Error404NotFound("there is nothing to write down about this call")
		}
		if a.o.Desk.WrapUps == nil {
			return nil, huma.Error503ServiceUnavailable("wrap-ups are not kept on this node")
		}
		body, err := a.o.Desk.WrapUps.Save(ctx, in.ID, who, in.Body)
		if err != nil {
			return nil, a.deskFail(err)
		}
		return &wrapOutput{body}, nil
	})
	huma.Register(api, op("wrapup-done", http.MethodPost, "/api/desk/calls/{id}/wrapup/done", "Ready for the next call"), func(ctx context.Context, _ *CallPath) (*boardOutput, error) {
		who := agentOf(ctx)
		if err := d.Wrapped(who.ID); err != nil {
			return nil, a.deskFail(err)
		}
		return &boardOutput{d.Board(who.ID)}, nil
	})
}

// search answers what an agent typed, in the base of their call.
func (a *API) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	ask := knowledge.Ask{View: knowledge.View{Desk: true}, Text: in.Query, Most: 8}
	if v, err := a.o.Desk.Desk.Call(in.Call); err == nil {
		ask.Base, ask.Lang, ask.View.Queue = v.Base, v.Lang, v.Queue
	}
	if a.o.Desk.Finder == nil {
		return nil, huma.Error503ServiceUnavailable("there is no knowledge to search")
	}
	hits, err := a.o.Desk.Finder.Search(ctx, ask)
	if err != nil {
		return nil, a.deskFail(err)
	}
	out := &searchOutput{}
	out.Body.Hits = []searchHit{}
	for _, h := range hits {
		out.Body.Hits = append(out.Body.Hits, searchHit{h.Base, h.ID, h.Question, h.Answer, h.Score, h.PRight})
	}
	return out, nil
}

// deskFail turns an error of the desk into its answer.
func (a *API) deskFail(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, desk.ErrGone):
		return conflict(ProblemGone, "this call is not yours to take any more")
	case errors.Is(err, desk.ErrUnknown):
		return huma.Error404NotFound("there is no such thing on your desk")
	case errors.Is(err, desk.ErrState):
		return conflict(ProblemState, plainly(err))
	case errors.Is(err, desk.ErrNotOne):
		return conflict(ProblemNotThem, plainly(err))
	case errors.Is(err, desk.ErrNobody):
		return conflict(ProblemNoCode, plainly(err))
	case errors.Is(err, desk.ErrNobodyThere):
		return conflict(ProblemNobody, plainly(err))
	case errors.Is(err, ErrOffer):
		return huma.Error400BadRequest(err.Error())
	case errors.Is(err, ticket.ErrInvalid), errors.Is(err, ticket.ErrUnknown), errors.Is(err, ticket.ErrStale):
		return a.failTicket(err)
	}
	return a.fail(err)
}

// window sends what a window of the desk gives, until it is closed or ctx ends. more fills in the data of messages that
// carry none.
func (s *stream) window(ctx context.Context, w *desk.Window, more func() any) error {
	defer w.Close()
	for {
		select {
		case m, ok := <-w.C:
			if !ok {
				return s.named("again") // fell behind: the page connects again and gets the whole state
			}
			if m.Data == nil && more != nil {
				m.Data = more()
			}
			if err := s.data(m.Event, m.Data); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
