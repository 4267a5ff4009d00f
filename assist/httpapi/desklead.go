package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/pipeline/call"
)

// Compensations keeps what agents offer to make good. Its errors are those of assist/allow, and desk.ErrUnknown for calls
// that are not the agent's.
type Compensations interface {
	Offer(ctx context.Context, id call.ID, agent string, amount float64, note string) (allow.Grant, error)
	Decide(ctx context.Context, id, supervisor string, yes bool, answer string) (allow.Grant, error)
	Asked() []allow.Grant
}

type (
	offerMoneyInput struct {
		CallPath
		Body struct {
			Amount float64 `json:"amount" exclusiveMinimum:"0" maximum:"1000000000" doc:"In main units of the policy's currency"`
			Note   string  `json:"note,omitempty" maxLength:"500"`
		}
	}
	decideMoneyInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Grant bool   `json:"grant"`
			Note  string `json:"note,omitempty" maxLength:"500"`
		}
	}
	grantOutput     struct{ Body allow.Grant }
	cancelBackInput struct {
		ID string `path:"id" maxLength:"64"`
	}
)

// registerMoney adds offers to make good: the agent's and, above their ceiling, the supervisor's decision. Both are in the
// audit trail before they are done.
func (a *API) registerMoney(api huma.API) {
	m := a.o.Desk.Compensations
	if m == nil {
		return
	}
	huma.Register(api, huma.Operation{
		OperationID: "offer-compensation", Method: http.MethodPost, Path: "/api/desk/calls/{id}/compensation", Tags: []string{"desk"},
		Summary: "Offer something to make good; above the ceiling a supervisor is asked",
	}, func(ctx context.Context, in *offerMoneyInput) (*grantOutput, error) {
		if err := a.noteDesk(ctx, access.OfferedMoney, in.ID, fmt.Sprintf("%g", in.Body.Amount)); err != nil {
			return nil, err
		}
		g, err := m.Offer(ctx, in.ID, agentOf(ctx).ID, in.Body.Amount, in.Body.Note)
		if err != nil {
			return nil, a.failMoney(err)
		}
		return &grantOutput{g}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "decide-compensation", Method: http.MethodPost, Path: "/api/live/approvals/{id}", Tags: []string{"live"},
		Summary: "Grant or refuse what an agent asks for",
	}, func(ctx context.Context, in *decideMoneyInput) (*grantOutput, error) {
		i := slices.IndexFunc(m.Asked(), func(g allow.Grant) bool { return g.ID == in.ID })
		if i < 0 || !sees(ctx)(m.Asked()[i].Queue) {
			return nil, a.failMoney(allow.ErrUnknown)
		}
		what := "refused"
		if in.Body.Grant {
			what = "granted"
		}
		g := m.Asked()[i]
		if err := a.noteDesk(ctx, access.DecidedMoney, g.Call, fmt.Sprintf("%s %s %g of %s", what, g.Currency, g.Amount, g.By)); err != nil {
			return nil, err
		}
		g, err := m.Decide(ctx, in.ID, agentOf(ctx).ID, in.Body.Grant, in.Body.Note)
		if err != nil {
			return nil, a.failMoney(err)
		}
		return &grantOutput{g}, nil
	})
}

// registerCallbacks lets supervisors take calls back from the list of those to be made.
func (a *API) registerCallbacks(api huma.API) {
	c := a.o.Desk.Callbacks
	if c == nil {
		return
	}
	huma.Register(api, huma.Operation{
		OperationID: "cancel-callback", Method: http.MethodPost, Path: "/api/live/callbacks/{id}/cancel", Tags: []string{"live"}, Summary: "Do not call somebody back",
	}, func(ctx context.Context, in *cancelBackInput) (*struct{}, error) {
		see := sees(ctx)
		if !slices.ContainsFunc(c.Open(), func(w callback.Wish) bool { return w.ID == in.ID && see(w.Queue) }) {
			return nil, huma.Error404NotFound("nobody waits to be called back under this id")
		}
		if err := a.noteDesk(ctx, access.CancelledCallBack, call.ID(in.ID), ""); err != nil {
			return nil, err
		}
		err := c.Cancel(ctx, in.ID, agentOf(ctx).ID)
		if errors.Is(err, callback.ErrUnknown) {
			return nil, conflict(ProblemRings, "they are being called just now, or have been")
		}
		if err != nil {
			return nil, a.fail(err)
		}
		return nil, nil
	})
}

// noteDesk writes what somebody does into the audit trail; without the trail it is not done.
func (a *API) noteDesk(ctx context.Context, what string, id call.ID, detail string) error {
	if a.o.Access == nil {
		return nil
	}
	e := by(ctx)
	e.What, e.Call, e.Detail = what, id, detail
	if err := a.o.Access.Note(ctx, e); err != nil {
		a.log.Error("nothing is done since it cannot be noted", "err", err)
		return huma.Error503ServiceUnavailable("the audit trail cannot be written, so nothing is done")
	}
	return nil
}

func (a *API) failMoney(err error) error {
	switch {
	case errors.Is(err, allow.ErrMuch):
		return conflict(ProblemMuch, plainly(err))
	case errors.Is(err, allow.ErrOwn):
		return huma.Error403Forbidden("somebody else than who asks decides")
	case errors.Is(err, allow.ErrUnknown):
		return huma.Error404NotFound("this request is not open any more")
	case errors.Is(err, allow.ErrAmount):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, desk.ErrUnknown):
		return a.deskFail(err)
	}
	return a.fail(err)
}
