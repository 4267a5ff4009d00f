package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Calibrations keep calls that several reviewers score blind. What is not there is scoring.ErrUnknown; what can be answered no
// more, or not by this person, is scoring.ErrState.
type Calibrations interface {
	AddCalibration(ctx context.Context, k scoring.Calibration, machine []scoring.Vote) error
	Standings(ctx context.Context, q scoring.Standings) ([]scoring.Standing, error)
	Vote(ctx context.Context, id, person string, votes []scoring.Vote) error
	LeaveCalibration(ctx context.Context, id, person string) error
	Votes(ctx context.Context, id string) ([]scoring.Vote, error)
	CloseCalibration(ctx context.Context, id string) error
}

type calibrationsInput struct {
	Cursor string `query:"cursor" pattern:"^([0-9]{1,15}-[A-Za-z0-9_-]{1,64})?$" doc:"next of the page before"`
}

type calibrationsOutput struct {
	Body struct {
		Items []scoring.Standing `json:"items" doc:"The newest first"`
		Next  string             `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

type addCalibrationInput struct {
	Body struct {
		Name  string    `json:"name" minLength:"1" maxLength:"100"`
		Form  string    `json:"form" minLength:"1" maxLength:"64"`
		Calls []call.ID `json:"calls" minItems:"1" maxItems:"50"`
	}
}

type calibrationInput struct {
	ID string `path:"id" maxLength:"64"`
}

type askedQuestion struct {
	ID       string `json:"id"`
	TextEn   string `json:"text_en,omitempty"`
	TextZh   string `json:"text_zh,omitempty"`
	AutoFail bool   `json:"auto_fail"`

	Type    string          `json:"type"`
	Options []qualityOption `json:"options,omitempty"`
}

// reviewed is a calibration for one reviewer.
type reviewed struct {
	Calibration scoring.Standing `json:"calibration"`
	Questions   []askedQuestion  `json:"questions"`
	Mine        []scoring.Vote   `json:"mine" doc:"Your answers"`
	// Result is there once you have answered everything, or the calibration is closed: what others said must not lead you.
	Result *scoring.Result `json:"result,omitempty"`
	// Votes are there with the result, so that reviewers can talk about where they differ.
	Votes []scoring.Vote    `json:"votes,omitempty" doc:"Everybody's answers and the machine's, with the result"`
	Names map[string]string `json:"names,omitempty" doc:"Of the people who answered, by id, with the result"`
}

type calibrationOutput struct{ Body reviewed }

type votesInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Call    call.ID `json:"call" maxLength:"64"`
		Answers []struct {
			Question string        `json:"question" maxLength:"100"`
			Answer   quality.Value `json:"answer" pattern:"^[a-z0-9_,-]{1,999}$"`
		} `json:"answers" minItems:"1" maxItems:"200"`
	}
}

func (a *API) registerCalibrations(api huma.API) {
	huma.Register(api, qop("quality-calibrations", http.MethodGet, "/api/quality/calibrations", "Sets of calls that reviewers score blind"), a.calibrations)
	huma.Register(api, qop("add-quality-calibration", http.MethodPost, "/api/quality/calibrations", "Begin a calibration, as a task: the machine answers first"), a.addCalibration)
	huma.Register(api, qop("quality-calibration", http.MethodGet, "/api/quality/calibrations/{id}", "One calibration: your answers, and the result once you are done"), a.oneCalibration)
	huma.Register(api, qop("answer-quality-calibration", http.MethodPost, "/api/quality/calibrations/{id}/answers", "Your answers about one of its calls"), a.vote)
	huma.Register(api, qop("leave-quality-calibration", http.MethodPost, "/api/quality/calibrations/{id}/leave", "Do not take part, for good: you see the scores of its calls, your answers are taken out"), a.leaveCalibration)
	huma.Register(api, qop("close-quality-calibration", http.MethodPost, "/api/quality/calibrations/{id}/close", "End it: no more answers, everybody sees the result"), a.closeCalibration)
}

// seesAll reports whether who asks may look at every call of a calibration.
func (a *API) seesAll(ctx context.Context, calls []call.ID) (bool, error) {
	for _, id := range calls {
		if ok, err := a.maySee(ctx, id); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// standing are calibrations as they stand for who asks, those alone whose calls who asks may all see.
func (a *API) standing(ctx context.Context, q scoring.Standings) ([]scoring.Standing, error) {
	q.Person, q.Scope = access.From(ctx).Person.ID, a.scope(ctx)
	return a.o.Quality.Scores.Standings(ctx, q)
}

// oneStanding is one of them; scoring.ErrUnknown where there is none.
func (a *API) oneStanding(ctx context.Context, id string) (scoring.Standing, error) {
	all, err := a.standing(ctx, scoring.Standings{ID: id})
	if err == nil && len(all) == 0 {
		err = scoring.ErrUnknown
	}
	if err != nil {
		return scoring.Standing{}, err
	}
	return all[0], nil
}

// visible is one of them with its form.
func (a *API) visible(ctx context.Context, id string) (scoring.Standing, *quality.Form, error) {
	k, err := a.oneStanding(ctx, id)
	if err != nil {
		return k, nil, err
	}
	f, err := a.formOf(ctx, scoring.Sheet{Form: k.Form, Version: k.Version})
	return k, f, err
}

// calibrations is one page of them. A cursor is when the last one of the page before began, and its id.
func (a *API) calibrations(ctx context.Context, in *calibrationsInput) (*calibrationsOutput, error) {
	q := scoring.Standings{Limit: studyPage + 1}
	if at, id, ok := strings.Cut(in.Cursor, "-"); ok {
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return nil, huma.Error400BadRequest("cursor must be what a page before gave as next")
		}
		q.After = &scoring.Calibration{ID: id, At: time.UnixMilli(ms)}
	}
	out := &calibrationsOutput{}
	var err error
	if out.Body.Items, err = a.standing(ctx, q); err != nil {
		return nil, a.failQuality(err)
	}
	if len(out.Body.Items) > studyPage {
		out.Body.Items = out.Body.Items[:studyPage]
		last := out.Body.Items[studyPage-1]
		out.Body.Next = strconv.FormatInt(last.At.UnixMilli(), 10) + "-" + last.ID
	}
	return out, nil
}

func mine(ctx context.Context, votes []scoring.Vote) []scoring.Vote {
	me := access.From(ctx).Person.ID
	return slices.DeleteFunc(slices.Clone(votes), func(v scoring.Vote) bool { return v.By != me })
}

func (a *API) addCalibration(ctx context.Context, in *addCalibrationInput) (*errandOutput, error) {
	b := in.Body
	slices.Sort(b.Calls)
	k := scoring.Calibration{ID: string(call.NewID()), Name: b.Name, Form: b.Form, Calls: slices.Compact(b.Calls), By: access.From(ctx).Person.ID, At: time.Now().UTC()}
	ok, err := a.seesAll(ctx, k.Calls)
	if err == nil && !ok {
		err = scoring.ErrUnknown
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	stored, err := a.o.Quality.Scores.Form(ctx, b.Form, 0)
	if err != nil {
		return nil, a.failQuality(err)
	}
	k.Version = stored.Version
	x := a.errands.start(ctx, k.By, func(ctx context.Context, progress func(done, total int)) (any, error) {
		machine, err := a.machineVotes(ctx, k, stored, progress)
		if err != nil {
			return nil, err
		}
		if err := a.o.Quality.Scores.AddCalibration(ctx, k, machine); err != nil {
			return nil, err
		}
		if err := a.noteReview(ctx, "", "calibration", "began "+k.ID); err != nil {
			return nil, err
		}
		return a.reviewed(ctx, k.ID)
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failQuality)
}

// machineVotes are what the machine answers by itself, whatever people have made of its scores.
func (a *API) machineVotes(ctx context.Context, k scoring.Calibration, stored scoring.Form, progress func(done, total int)) ([]scoring.Vote, error) {
	f, err := a.o.Quality.Keeper.Read(ctx, stored.YAML)
	if err != nil {
		return nil, err
	}
	var machine []scoring.Vote
	for i, id := range k.Calls {
		progress(i, len(k.Calls))
		d, err := a.o.Records.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		card, err := a.o.Quality.Keeper.Judge(ctx, stored, f, d)
		if errors.Is(err, quality.ErrNoTurns) {
			return nil, unfit(ProblemSilent, "nothing was said in call "+string(id)+": there is nothing to answer")
		}
		if err != nil {
			return nil, err
		}
		for _, x := range card.Answers {
			machine = append(machine, scoring.Vote{Call: id, Question: x.Question, By: scoring.Machine, Answer: x.Value})
		}
	}
	return machine, nil
}

func (a *API) oneCalibration(ctx context.Context, in *calibrationInput) (*calibrationOutput, error) {
	b, err := a.reviewed(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	return &calibrationOutput{b}, nil
}

// reviewed is a calibration as who asks may see it.
func (a *API) reviewed(ctx context.Context, id string) (reviewed, error) {
	k, f, err := a.visible(ctx, id)
	if err != nil {
		return reviewed{}, err
	}
	votes, err := a.o.Quality.Scores.Votes(ctx, k.ID)
	if err != nil {
		return reviewed{}, err
	}
	b := reviewed{Calibration: k, Questions: []askedQuestion{}, Mine: mine(ctx, votes)}
	for _, q := range f.Questions {
		b.Questions = append(b.Questions, askedQuestion{q.ID, q.TextEn, q.TextZh, q.AutoFail, q.Kind(), viewOptions(&q)})
	}
	if !k.Blind() {
		r := scoring.Compare(f, votes)
		b.Result, b.Votes, b.Names = &r, votes, a.namesOf(ctx, r.Raters, nil, nil)
	}
	return b, nil
}

func (a *API) vote(ctx context.Context, in *votesInput) (*struct{}, error) {
	k, f, err := a.visible(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	if !slices.Contains(k.Calls, in.Body.Call) {
		return nil, a.failQuality(scoring.ErrUnknown)
	}
	var votes []scoring.Vote
	for _, x := range in.Body.Answers {
		q := f.Question(x.Question)
		if q == nil {
			return nil, a.failQuality(scoring.ErrUnknown)
		}
		v, ok := q.Normal(x.Answer)
		if !ok {
			return nil, a.failQuality(scoring.ErrAnswer)
		}
		votes = append(votes, scoring.Vote{Call: in.Body.Call, Question: x.Question, By: access.From(ctx).Person.ID, Answer: v})
	}
	if err := a.o.Quality.Scores.Vote(ctx, k.ID, access.From(ctx).Person.ID, votes); err != nil {
		return nil, a.failQuality(err)
	}
	return nil, a.noteReview(ctx, in.Body.Call, "calibration", "answered "+k.ID)
}

func (a *API) closeCalibration(ctx context.Context, in *calibrationInput) (*struct{}, error) {
	k, err := a.oneStanding(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	who := access.From(ctx)
	if who.Kind == access.Human && who.Person.ID != k.By && !who.Person.Has(access.Admin) {
		return nil, huma.Error403Forbidden("only who began a calibration can end it")
	}
	if err := a.o.Quality.Scores.CloseCalibration(ctx, k.ID); err != nil {
		return nil, a.failQuality(err)
	}
	return nil, a.noteReview(ctx, "", "calibration", "closed "+k.ID)
}

func (a *API) leaveCalibration(ctx context.Context, in *calibrationInput) (*struct{}, error) {
	k, err := a.oneStanding(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	if err := a.o.Quality.Scores.LeaveCalibration(ctx, k.ID, access.From(ctx).Person.ID); err != nil {
		return nil, a.failQuality(err)
	}
	return nil, a.noteReview(ctx, "", "calibration", "left "+k.ID)
}
