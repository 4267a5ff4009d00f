package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Corrected gives what reviewers corrected in calls since a moment, with the turns of the calls they went through.
type Corrected interface {
	Misheard(ctx context.Context, since time.Time) ([]scoring.Read, []scoring.Misheard, error)
}

type heardInput struct {
	Days int `query:"days" minimum:"1" maximum:"3660" default:"90"`
}

type heardOutput struct {
	Body struct {
		Items []scoring.Heard `json:"items"`
	}
}

func (a *API) registerHeard(api huma.API) {
	huma.Register(api, qop("quality-heard", http.MethodGet, "/api/quality/heard", "How well calls were recognised, as far as reviewers corrected them, and words to tell the recogniser"), a.heard)
}

func (a *API) heard(ctx context.Context, in *heardInput) (*heardOutput, error) {
	turns, wrong, err := a.o.Quality.Scores.Misheard(ctx, time.Now().AddDate(0, 0, -in.Days))
	if err != nil {
		return nil, a.failQuality(err)
	}
	may := map[call.ID]bool{}
	kept := turns[:0]
	for _, t := range turns {
		ok, asked := may[t.Call]
		if !asked {
			if ok, err = a.maySee(ctx, t.Call); err != nil {
				return nil, a.failQuality(err)
			}
			may[t.Call] = ok
		}
		if ok {
			kept = append(kept, t)
		}
	}
	out := &heardOutput{}
	out.Body.Items = scoring.HowHeard(kept, wrong)
	return out, nil
}
