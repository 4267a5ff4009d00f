package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// Originals opens the vault of what was masked in calls.
type Originals interface {
	// Originals returns what was masked in a call, none when nothing was or is kept; seal.ErrKey without the key.
	Originals(ctx context.Context, id call.ID) ([]record.Original, error)
}

type originalsInput struct {
	ID     call.ID `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"ID of the call"`
	Reason string  `query:"reason" required:"true" minLength:"3" maxLength:"300" doc:"Why; it is written into the audit trail"`
}

type originalsOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []record.Original `json:"items"`
	}
}

func (a *API) registerOriginals(api huma.API) {
	if a.o.Originals == nil {
		return
	}
	huma.Register(api, huma.Operation{
		OperationID: "get-originals", Method: http.MethodGet, Path: "/api/calls/{id}/originals", Tags: []string{"calls"},
		Summary:     "What was masked in a call, from the vault",
		Description: "For admins. Each look is written into the audit trail with its reason before anything is shown; when it cannot be written, nothing is.",
	}, func(ctx context.Context, in *originalsInput) (*originalsOutput, error) {
		all, err := a.o.Originals.Originals(ctx, in.ID)
		switch {
		case errors.Is(err, seal.ErrKey):
			return nil, conflict(ProblemNoKey, "the key that sealed it is not here: add it to security.key_file")
		case err != nil:
			return nil, a.fail(err)
		}
		out := &originalsOutput{Cache: "no-store"}
		out.Body.Items = append([]record.Original{}, all...)
		return out, nil
	})
}
