package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// Writings are what was written down about calls.
type Writings interface {
	// Wrapup returns that of a call, wrapup.ErrUnknown when there is none.
	Wrapup(ctx context.Context, id call.ID) (wrapup.Saved, error)
}

type writtenOutput struct {
	Body struct {
		Versions []writtenVersion `json:"versions" doc:"One for each person who had the call, in the order in which they left it"`
		Ticket   string           `json:"ticket,omitempty" doc:"ID of the ticket that was made"`
	}
}

type writtenVersion struct {
	Person   string          `json:"person"`
	Name     string          `json:"name,omitempty"`
	Made     time.Time       `json:"made,omitzero" doc:"When their part was over"`
	Original wrapup.Summary  `json:"original" doc:"As it was made for them"`
	Edited   *wrapup.Summary `json:"edited,omitempty" doc:"As they left it; missing when they did not touch it"`
}

func (a *API) registerWritten(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-written", Method: http.MethodGet, Path: "/api/calls/{id}/written", Tags: []string{"calls"},
		Summary: "What those who had a call wrote down about it, beside what was made for them",
	}, func(ctx context.Context, in *callInput) (*writtenOutput, error) {
		saved, err := a.o.Desk.Writings.Wrapup(ctx, in.ID)
		if err != nil && !errors.Is(err, wrapup.ErrUnknown) {
			return nil, a.fail(err)
		}
		out := &writtenOutput{}
		out.Body.Ticket, out.Body.Versions = saved.Ticket, []writtenVersion{}
		var ids []string
		for _, v := range saved.Versions {
			ids = append(ids, v.Person)
		}
		names := a.namesOf(ctx, ids, nil, nil)
		for _, v := range saved.Versions {
			out.Body.Versions = append(out.Body.Versions, writtenVersion{v.Person, names[v.Person], v.Made, v.Original, v.Edited})
		}
		return out, nil
	})
}
