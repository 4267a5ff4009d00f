package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// Holds keeps calls for a court or an auditor. What is not there is retain.ErrUnknown.
type Holds interface {
	Hold(ctx context.Context, h retain.Hold) (retain.Hold, error)
	Lift(ctx context.Context, id, by string) (retain.Hold, error)
	Holds(ctx context.Context, lifted bool) ([]retain.Hold, error)
}

// Requests takes work that is done in the background.
type Requests interface {
	Ask(ctx context.Context, w retain.Work, body any) (id string, err error)
	Request(ctx context.Context, id string) (retain.Request, error)
}

// Reports are what erasures did, for whoever audits them. What is not there is retain.ErrUnknown.
type Reports interface {
	// Reports are at most limit, newest first, with a number below before, or from the newest with 0.
	Reports(ctx context.Context, before int64, limit int) ([]retain.Filed, error)
}

// RetentionOptions add holds and erasures; all or none.
type RetentionOptions struct {
	Holds   Holds
	Tray    Requests
	Reports Reports
}

type holdsInput struct {
	Lifted bool `query:"lifted" doc:"Also those that were lifted"`
}

type holdsOutput struct {
	Body struct {
		Items []retain.Hold `json:"items"`
	}
}

type holdInput struct {
	Body struct {
		Call   call.ID `json:"call,omitempty" pattern:"^[A-Za-z0-9_-]{1,64}$"`
		Caller string  `json:"caller,omitempty" maxLength:"100" doc:"All calls of this number instead, also those to come"`
		Reason string  `json:"reason" minLength:"1" maxLength:"500"`
	}
}

type liftInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9-]{1,64}$"`
}

type holdOutput struct{ Body retain.Hold }

type eraseInput struct {
	Body struct {
		Call     call.ID `json:"call,omitempty" pattern:"^[A-Za-z0-9_-]{1,64}$"`
		Caller   string  `json:"caller,omitempty" maxLength:"100" doc:"All calls of this number instead, however it was signalled"`
		Customer bool    `json:"customer,omitempty" doc:"With caller: also who is known under the number"`
		Reason   string  `json:"reason,omitempty" maxLength:"500" doc:"For the audit trail, such as the number of the request"`
	}
}

type reportsInput struct {
	Before int64 `query:"before" minimum:"0" doc:"Older than the report of this number"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type reportsOutput struct {
	Body struct {
		Items []retain.Filed `json:"items"`
	}
}

type erasureInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9-]{1,64}$"`
}

type erasure struct {
	ID     string         `json:"id"`
	State  retain.State   `json:"state" enum:"wanted,doing,done,failed"`
	Report *retain.Report `json:"report,omitempty" doc:"What was removed, what was looked at and what was found; when done"`
	Why    string         `json:"why,omitempty" doc:"Nothing was removed; when failed"`
}

type erasureOutput struct{ Body erasure }

func (a *API) registerRetention(api huma.API) {
	tags := []string{"retention"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	o := a.o.Retention
	huma.Register(api, op("list-holds", http.MethodGet, "/api/holds", "Calls and callers that are kept whatever the days say"), func(ctx context.Context, in *holdsInput) (*holdsOutput, error) {
		all, err := o.Holds.Holds(ctx, in.Lifted)
		if err != nil {
			return nil, a.failRetention(err)
		}
		out := &holdsOutput{}
		out.Body.Items = append([]retain.Hold{}, all...)
		return out, nil
	})
	huma.Register(api, op("set-hold", http.MethodPost, "/api/holds", "Keep a call or a caller's calls"), func(ctx context.Context, in *holdInput) (*holdOutput, error) {
		h, err := o.Holds.Hold(ctx, retain.Hold{Call: in.Body.Call, Caller: in.Body.Caller, Reason: strings.TrimSpace(in.Body.Reason), By: access.From(ctx).Person.ID})
		return a.held(ctx, h, err, access.SetHold)
	})
	huma.Register(api, op("lift-hold", http.MethodDelete, "/api/holds/{id}", "End a hold"), func(ctx context.Context, in *liftInput) (*holdOutput, error) {
		h, err := o.Holds.Lift(ctx, in.ID, access.From(ctx).Person.ID)
		return a.held(ctx, h, err, access.LiftedHold)
	})
	huma.Register(api, op("list-erasures", http.MethodGet, "/api/erasures", "Reports of the erasures that were done, newest first"), func(ctx context.Context, in *reportsInput) (*reportsOutput, error) {
		all, err := o.Reports.Reports(ctx, in.Before, in.Limit)
		if err != nil {
			return nil, a.failRetention(err)
		}
		out := &reportsOutput{}
		out.Body.Items = append([]retain.Filed{}, all...)
		return out, nil
	})
	ask := op("erase", http.MethodPost, "/api/erasures", "Remove all traces of a call or a caller")
	ask.DefaultStatus = http.StatusAccepted
	huma.Register(api, ask, a.erase)
	huma.Register(api, op("get-erasure", http.MethodGet, "/api/erasures/{id}", "How far an erasure is, and its report, which stays on record"), func(ctx context.Context, in *erasureInput) (*erasureOutput, error) {
		r, err := o.Tray.Request(ctx, in.ID)
		if err == nil && r.Work != retain.ToErase {
			err = retain.ErrUnknown
		}
		if err != nil {
			return nil, a.failRetention(err)
		}
		out := &erasureOutput{erasure{ID: r.ID, State: r.State, Why: r.Why}}
		if r.State == retain.Done {
			if err := json.Unmarshal(r.Result, &out.Body.Report); err != nil {
				return nil, a.failRetention(err)
			}
		}
		return out, nil
	})
}

func (a *API) erase(ctx context.Context, in *eraseInput) (*erasureOutput, error) {
	who := access.From(ctx).Person
	s := retain.Subject{Call: in.Body.Call, Caller: in.Body.Caller, Customer: in.Body.Customer, Reason: in.Body.Reason, By: who.ID, Name: who.Name}
	if err := s.Check(); err != nil {
		return nil, a.failRetention(err)
	}
	id, err := a.o.Retention.Tray.Ask(ctx, retain.ToErase, s)
	if err != nil {
		return nil, a.failRetention(err)
	}
	return &erasureOutput{erasure{ID: id, State: retain.Wanted}}, nil
}

// held notes a hold that was set or lifted.
func (a *API) held(ctx context.Context, h retain.Hold, err error, what string) (*holdOutput, error) {
	if err != nil {
		return nil, a.failRetention(err)
	}
	if a.o.Access != nil {
		e := by(ctx)
		e.What, e.Call, e.Detail = what, h.Call, h.ID
		if err := a.o.Access.Note(ctx, e); err != nil {
			return nil, a.failRetention(err)
		}
	}
	return &holdOutput{h}, nil
}

func (a *API) failRetention(err error) error {
	switch {
	case errors.Is(err, retain.ErrUnknown):
		return huma.Error404NotFound("there is no such call, hold or erasure")
	case errors.Is(err, retain.ErrInvalid):
		return invalid(err, retain.ErrInvalid)
	}
	return a.fail(err)
}
