package httpapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/pipeline/call"
)

// Chats opens and finds the conversations of callers who type.
type Chats interface {
	// Open begins one on a route, record.ErrUnknown when there is no such route, chat.ErrFull when too many are open.
	Open(a Arrival) (c *chat.Chat, token string, err error)
	Find(id call.ID, token string) (*chat.Chat, error)
}

// Arrival is somebody who begins to type.
type Arrival struct {
	Route, Lang string
	From        netip.Addr
	Customer    string // token of a site that says who they are, as sent
	Contact     string // number or address they gave
	Name        string // name they gave
	Call        string // the call on the same page that they talk in, or talked in last, as its address ends; "" for none
}

type (
	openChatInput struct {
		Body struct {
			Route    string `json:"route" maxLength:"100"`
			Lang     string `json:"lang,omitempty" maxLength:"16"`
			Customer string `json:"customer,omitempty" maxLength:"4096" doc:"Token of the embedding site that says who its visitor is (docs/integration.md)"`
			Contact  string `json:"contact,omitempty" maxLength:"200" doc:"Number or e-mail address the caller gives; an agent checks it"`
			Name     string `json:"name,omitempty" maxLength:"100" doc:"Name the caller gives; an agent checks it"`
			Call     string `json:"call,omitempty" maxLength:"100" doc:"Last part of the Location of the call that the conversation goes on from"`
		}
	}
	openChatOutput struct {
		Body struct {
			ID    call.ID `json:"id"`
			Token string  `json:"token" doc:"To be sent as Authorization: Bearer TOKEN, or ?token= by event streams"`
		}
	}
	ChatPath struct {
		CallPath
		Token string `header:"Authorization" maxLength:"80" doc:"Bearer TOKEN"`
		Query string `query:"token" maxLength:"60"`
	}
	postInput struct {
		ChatPath
		Body struct {
			Text string `json:"text" maxLength:"8000"`
		}
	}
	chatStreamInput struct {
		ChatPath
		Last int `header:"Last-Event-ID" minimum:"0"`
	}
)

func (a *API) registerChat(api huma.API) {
	if a.o.Chats == nil {
		return
	}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"chat"}, Summary: summary, Security: []map[string][]string{}}
	}
	open := op("open-chat", http.MethodPost, "/api/chat", "Begin a conversation in writing")
	open.Middlewares = huma.Middlewares{func(c huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(c)
		next(huma.WithValue(c, addrKey{}, addrOf(r)))
	}}
	huma.Register(api, open, func(ctx context.Context, in *openChatInput) (*openChatOutput, error) {
		from, _ := ctx.Value(addrKey{}).(netip.Addr)
		c, token, err := a.o.Chats.Open(Arrival{Route: in.Body.Route, Lang: in.Body.Lang, From: from, Customer: in.Body.Customer, Contact: in.Body.Contact, Name: in.Body.Name, Call: in.Body.Call})
		if err != nil {
			return nil, a.chatFail(err)
		}
		out := &openChatOutput{}
		out.Body.ID, out.Body.Token = c.ID(), token
		return out, nil
	})
	huma.Register(api, op("chat-message", http.MethodPost, "/api/chat/{id}/messages", "Say something"), func(_ context.Context, in *postInput) (*struct{}, error) {
		c, err := a.o.Chats.Find(in.ID, in.token())
		if err == nil {
			err = c.Post(in.Body.Text)
		}
		return nil, a.chatFail(err)
	})
	huma.Register(api, op("leave-chat", http.MethodDelete, "/api/chat/{id}", "End the conversation"), func(_ context.Context, in *ChatPath) (*struct{}, error) {
		c, err := a.o.Chats.Find(in.ID, in.token())
		if err == nil {
			c.Leave()
		}
		return nil, a.chatFail(err)
	})
	events := op("chat-events", http.MethodGet, "/api/chat/{id}/events", "What is said, as it is said")
	events.Responses = content("text/event-stream", http.StatusOK)
	huma.Register(api, events, func(_ context.Context, in *chatStreamInput) (*huma.StreamResponse, error) {
		c, err := a.o.Chats.Find(in.ID, in.token())
		if err != nil {
			return nil, a.chatFail(err)
		}
		return a.stream(func(ctx context.Context, s *stream) error { return s.chat(ctx, c, in.Last) })
	})
}

type addrKey struct{}

func addrOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host) // an address that cannot be read shares the limits of all such
	return addr
}

func (p ChatPath) token() string {
	if t, ok := strings.CutPrefix(p.Token, "Bearer "); ok {
		return t
	}
	return p.Query
}

// chat sends the messages after n until the chat is over or ctx ends.
func (s *stream) chat(ctx context.Context, c *chat.Chat, n int) error {
	for {
		msgs, more, over := c.Since(n)
		for _, m := range msgs {
			if err := s.numbered(uint64(m.N), "message", m); err != nil {
				return err
			}
			n = m.N
		}
		if over {
			return s.named("ended")
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *API) chatFail(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chat.ErrUnknown):
		return huma.Error404NotFound("there is no such conversation; it may be over")
	case errors.Is(err, chat.ErrOver):
		return conflict(ProblemOver, "this conversation is over: begin another")
	case errors.Is(err, chat.ErrText):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, chat.ErrFast), errors.Is(err, chat.ErrFull):
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(err.Error()), http.Header{"Retry-After": {"5"}})
	}
	return a.fail(err)
}
