package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
)

type qualityFormsOutput struct {
	Body struct {
		Items []scoring.Form `json:"items"`
		Packs []scoring.Form `json:"packs" doc:"Forms to begin with, not in use until stored"`
	}
}

type qualityFormInput struct {
	ID string `path:"id" pattern:"^[a-z0-9-]{1,64}$"`
}

type qualityFormOutput struct{ Body scoring.Form }

type saveFormInput struct {
	ID   string `path:"id" pattern:"^[a-z0-9-]{1,64}$"`
	Body struct {
		YAML   string `json:"yaml" maxLength:"200000"`
		Expect int    `json:"expect" doc:"The version it was made from, 0 for a new form"`
	}
}

type replayFormInput struct {
	ID   string `path:"id" pattern:"^[a-z0-9-]{1,64}$"`
	Body struct {
		YAML string `json:"yaml" maxLength:"200000"`
		Days int    `json:"days" minimum:"1" maximum:"366"`
	}
}

type replayFormOutput struct{ Body scoring.Report }

func (a *API) registerForms(api huma.API) {
	scores := a.o.Quality.Scores
	huma.Register(api, qop("quality-forms", http.MethodGet, "/api/quality/forms", "The forms in use and the packs"), func(ctx context.Context, _ *struct{}) (*qualityFormsOutput, error) {
		out := &qualityFormsOutput{}
		var err error
		if out.Body.Items, err = scores.Forms(ctx); err != nil {
			return nil, a.failQuality(err)
		}
		if out.Body.Packs, err = scoring.Packs(); err != nil {
			return nil, a.failQuality(err)
		}
		return out, nil
	})
	huma.Register(api, qop("quality-form", http.MethodGet, "/api/quality/forms/{id}", "The newest version of a form"), func(ctx context.Context, in *qualityFormInput) (*qualityFormOutput, error) {
		f, err := scores.Form(ctx, in.ID, 0)
		if err != nil {
			return nil, a.failQuality(err)
		}
		return &qualityFormOutput{f}, nil
	})
	huma.Register(api, qop("save-quality-form", http.MethodPut, "/api/quality/forms/{id}", "Store the next version of a form; scores keep the version they were made with"), func(ctx context.Context, in *saveFormInput) (*qualityFormOutput, error) {
		if _, err := quality.Parse([]byte(in.Body.YAML)); err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		if _, err := scores.SaveForm(ctx, in.ID, in.Body.YAML, access.From(ctx).Person.ID, in.Body.Expect); err != nil {
			return nil, a.failQuality(err)
		}
		f, err := scores.Form(ctx, in.ID, 0)
		if err != nil {
			return nil, a.failQuality(err)
		}
		return &qualityFormOutput{f}, nil
	})
	huma.Register(api, qop("read-quality-form", http.MethodPost, "/api/quality/form-parts", "The parts of a form in YAML, for an editor; stores nothing"), readForm)
	huma.Register(api, qop("write-quality-form", http.MethodPost, "/api/quality/form-text", "A form as YAML; stores nothing and does not check it"), writeForm)
	huma.Register(api, qop("judge-quality-form", http.MethodPost, "/api/quality/form-reading", "Which answer to each question of yes and no is the bad one, as calls would be judged, and what makes that unsure; stores nothing"), a.formReading)
	huma.Register(api, qop("replay-quality-form", http.MethodPost, "/api/quality/forms/{id}/replay", "What a changed form would change; stores nothing"), a.replayForm)
}

type formTextInput struct {
	Body struct {
		YAML string `json:"yaml" maxLength:"200000"`
	}
}

type formTextOutput struct {
	Body struct {
		YAML string `json:"yaml"`
	}
}

type formPartsInput struct{ Body quality.Draft }

type formPartsOutput struct{ Body quality.Draft }

func readForm(_ context.Context, in *formTextInput) (*formPartsOutput, error) {
	f, err := quality.Parse([]byte(in.Body.YAML))
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	return &formPartsOutput{f.Draft()}, nil
}

func writeForm(_ context.Context, in *formPartsInput) (*formTextOutput, error) {
	text, err := in.Body.YAML()
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	out := &formTextOutput{}
	out.Body.YAML = string(text)
	return out, nil
}

type formReadingOutput struct {
	Body struct {
		Items []quality.Reading `json:"items"`
	}
}

func (a *API) formReading(ctx context.Context, in *formTextInput) (*formReadingOutput, error) {
	if _, err := quality.Parse([]byte(in.Body.YAML)); err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	f, err := a.o.Quality.Keeper.Read(ctx, in.Body.YAML)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &formReadingOutput{}
	out.Body.Items = f.Readings()
	return out, nil
}

func (a *API) replayForm(ctx context.Context, in *replayFormInput) (*replayFormOutput, error) {
	f, err := quality.Parse([]byte(in.Body.YAML))
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if f, err = a.o.Quality.Keeper.Read(ctx, in.Body.YAML); err != nil {
		return nil, a.failQuality(err)
	}
	old, err := a.o.Quality.Scores.Scored(ctx, in.ID, time.Now().AddDate(0, 0, -in.Body.Days), mostReplay)
	if err != nil {
		return nil, a.failQuality(err)
	}
	visible := old[:0]
	for _, s := range old {
		ok, err := a.maySee(ctx, s.Call)
		if err != nil {
			return nil, a.failQuality(err)
		}
		if ok {
			visible = append(visible, s)
		}
	}
	r, err := a.o.Quality.Keeper.Replay(ctx, f, visible)
	if err != nil {
		return nil, a.failQuality(err)
	}
	return &replayFormOutput{r}, nil
}
