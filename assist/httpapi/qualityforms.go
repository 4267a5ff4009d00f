package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

type qualityFormsOutput struct {
	Body struct {
		Items []scoring.Form `json:"items" doc:"Those out of use are marked as retired"`
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
		Days   int    `json:"past_days,omitempty" minimum:"0" maximum:"366" doc:"Have calls of so many days judged as well that the form is for and has not judged; 0: only calls that end from now on"`
	}
}

type useFormInput struct {
	ID   string `path:"id" pattern:"^[a-z0-9-]{1,64}$"`
	Body struct {
		InUse  bool `json:"in_use" doc:"false: it judges no more calls; the scores made with it stay"`
		Expect int  `json:"expect" doc:"The newest version, as it was seen"`
	}
}

type replayFormInput struct {
	ID   string `path:"id" pattern:"^[a-z0-9-]{1,64}$"`
	Body struct {
		YAML string `json:"yaml" maxLength:"200000"`
		Days int    `json:"days" minimum:"1" maximum:"366"`
	}
}

func (a *API) registerForms(api huma.API) {
	scores := a.o.Quality.Scores
	huma.Register(api, qop("quality-forms", http.MethodGet, "/api/quality/forms", "The forms and the packs"), func(ctx context.Context, _ *struct{}) (*qualityFormsOutput, error) {
		out := &qualityFormsOutput{}
		all, err := scores.Forms(ctx)
		if err != nil {
			return nil, a.failQuality(err)
		}
		out.Body.Items = slices.DeleteFunc(all, func(f scoring.Form) bool { return !a.maySeeForm(ctx, f.YAML) })
		if out.Body.Packs, err = scoring.Packs(); err != nil {
			return nil, a.failQuality(err)
		}
		return out, nil
	})
	huma.Register(api, qop("quality-form", http.MethodGet, "/api/quality/forms/{id}", "The newest version of a form"), func(ctx context.Context, in *qualityFormInput) (*qualityFormOutput, error) {
		f, err := scores.Form(ctx, in.ID, 0)
		if err == nil && !a.maySeeForm(ctx, f.YAML) {
			err = scoring.ErrUnknown
		}
		if err != nil {
			return nil, a.failQuality(err)
		}
		return &qualityFormOutput{f}, nil
	})
	huma.Register(api, qop("save-quality-form", http.MethodPut, "/api/quality/forms/{id}", "Store the next version of a form; scores keep the version they were made with"), a.saveForm)
	huma.Register(api, qop("use-quality-form", http.MethodPut, "/api/quality/forms/{id}/use", "Take a form out of use, or put it back"), a.useForm)
	huma.Register(api, qop("read-quality-form", http.MethodPost, "/api/quality/form-parts", "The parts of a form in YAML, for an editor; stores nothing"), readForm)
	huma.Register(api, qop("write-quality-form", http.MethodPost, "/api/quality/form-text", "A form as YAML; stores nothing and does not check it"), writeForm)
	huma.Register(api, qop("judge-quality-form", http.MethodPost, "/api/quality/form-reading", "Which answer to each question of yes and no is the bad one, as calls would be judged, and what makes that unsure; stores nothing"), a.formReading)
	huma.Register(api, qop("replay-quality-form", http.MethodPost, "/api/quality/forms/{id}/replay", "What a changed form would change, as a task; stores nothing"), a.replayForm)
	huma.Register(api, qop("quality-task", http.MethodGet, "/api/quality/tasks/{id}", "How far a form that is tried on past calls is, or a calibration that begins"), func(ctx context.Context, in *errandInput) (*errandOutput, error) {
		return a.errandOf(ctx, in.ID, a.failQuality)
	})
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
		return nil, badForm(err)
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
		return nil, badForm(err)
	}
	f, err := a.o.Quality.Keeper.Read(ctx, in.Body.YAML)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &formReadingOutput{}
	out.Body.Items = f.Readings()
	return out, nil
}

// saveForm stores the next version of a form and has past calls judged by it where that is wanted.
func (a *API) saveForm(ctx context.Context, in *saveFormInput) (*qualityFormOutput, error) {
	scores, b := a.o.Quality.Scores, in.Body
	f, err := quality.Parse([]byte(b.YAML))
	if err != nil {
		return nil, badForm(err)
	}
	if err := a.mayChangeForm(ctx, in.ID, f); err != nil {
		return nil, a.failQuality(err)
	}
	var past []call.ID // looked for first: a form that is saved must not look as if it were not
	if b.Days > 0 {
		if past, err = a.pastOf(ctx, in.ID, f, b.Days, mostReplay); err != nil {
			return nil, a.failQuality(err)
		}
	}
	version, err := scores.SaveForm(ctx, in.ID, b.YAML, access.From(ctx).Person.ID, b.Expect)
	if err != nil {
		return nil, a.failQuality(err)
	}
	detail := fmt.Sprintf("%s version %d", in.ID, version)
	if b.Days > 0 {
		if err := scores.Owe(ctx, in.ID, past); err != nil {
			return nil, a.failQuality(err)
		}
		detail += fmt.Sprintf(", and %d calls of %d days before", len(past), b.Days)
	}
	stored, err := scores.Form(ctx, in.ID, version)
	if err != nil {
		return nil, a.failQuality(err)
	}
	return &qualityFormOutput{stored}, a.noteReview(ctx, "", "form", detail)
}

// useForm takes a form out of use or puts it back, also one that cannot be read any more.
func (a *API) useForm(ctx context.Context, in *useFormInput) (*qualityFormOutput, error) {
	scores, b := a.o.Quality.Scores, in.Body
	if err := a.mayChangeForm(ctx, in.ID); err != nil {
		return nil, a.failQuality(err)
	}
	if err := scores.UseForm(ctx, in.ID, b.InUse, b.Expect); err != nil {
		return nil, a.failQuality(err)
	}
	stored, err := scores.Form(ctx, in.ID, 0)
	if err != nil {
		return nil, a.failQuality(err)
	}
	detail := in.ID + " is out of use"
	if b.InUse {
		detail = in.ID + " is in use again"
	}
	return &qualityFormOutput{stored}, a.noteReview(ctx, "", "form", detail)
}

// maySeeForm reports whether a form may judge calls that who asks may see. One that cannot be read is shown, so that
// somebody can mend it.
func (a *API) maySeeForm(ctx context.Context, yaml string) bool {
	s := a.scope(ctx)
	if s == nil {
		return true
	}
	f, err := quality.Parse([]byte(yaml))
	return err != nil || len(f.Queues) == 0 || slices.ContainsFunc(f.Queues, func(q string) bool { return slices.Contains(s.Routes, q) })
}

// mayChangeForm refuses a form that judges calls of queues that who asks has no right to, or would in the versions to come.
func (a *API) mayChangeForm(ctx context.Context, id string, next ...*quality.Form) error {
	s := a.scope(ctx)
	if s == nil {
		return nil
	}
	old, err := a.o.Quality.Scores.Form(ctx, id, 0)
	switch {
	case err == nil:
		read, err := quality.Parse([]byte(old.YAML))
		if err != nil {
			return huma.Error403Forbidden("the form in use cannot be read, so it is not known whose calls it judges: somebody who may see all queues has to save it anew, or give yours another name")
		}
		next = append(next, read)
	case !errors.Is(err, scoring.ErrUnknown):
		return err
	}
	for _, one := range next {
		if len(one.Queues) == 0 || slices.ContainsFunc(one.Queues, func(q string) bool { return !slices.Contains(s.Routes, q) }) {
			return huma.Error403Forbidden("this form is for calls of other queues than yours too: name yours in it (queues: [" + strings.Join(s.Routes, ", ") + "]), or give it another name")
		}
	}
	return nil
}

// pastOf are the calls of so many days that a form is for and has not judged, as far as who asks may see them.
func (a *API) pastOf(ctx context.Context, id string, f *quality.Form, days, limit int) ([]call.ID, error) {
	may := func(c call.ID) (bool, error) { return a.maySee(ctx, c) }
	return a.o.Quality.Keeper.PastOf(ctx, id, f, time.Now().AddDate(0, 0, -days), limit, may)
}

// replayForm is an errand: thousands of calls take minutes.
func (a *API) replayForm(ctx context.Context, in *replayFormInput) (*errandOutput, error) {
	parsed, err := quality.Parse([]byte(in.Body.YAML))
	if err != nil {
		return nil, badForm(err)
	}
	old, err := a.o.Quality.Scores.Scored(ctx, in.ID, time.Now().AddDate(0, 0, -in.Body.Days), mostReplay)
	if err != nil {
		return nil, a.failQuality(err)
	}
	t := scoring.Trial{}
	for _, s := range old {
		ok, err := a.maySee(ctx, s.Call)
		if err != nil {
			return nil, a.failQuality(err)
		}
		if ok {
			t.Old = append(t.Old, s)
		}
	}
	if t.Past, err = a.pastOf(ctx, in.ID, parsed, in.Body.Days, mostReplay-len(t.Old)); err != nil {
		return nil, a.failQuality(err)
	}
	x := a.errands.start(ctx, access.From(ctx).Person.ID, func(ctx context.Context, progress func(done, total int)) (any, error) {
		var err error
		if t.Form, err = a.o.Quality.Keeper.Read(ctx, in.Body.YAML); err != nil {
			return nil, err
		}
		t.Progress = progress
		return a.o.Quality.Keeper.Replay(ctx, t)
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failQuality)
}
