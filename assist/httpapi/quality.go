package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/tracks"
	"github.com/parley-voice/parley/pipeline/call"
)

// Scores are the scored calls and their forms.
type Scores interface {
	scoring.Store
	Reviewers
	Calibrations
	Corrected
	Find(ctx context.Context, f scoring.Filter) ([]scoring.Item, error)
	// Found are the calls that Find would list, each once, all of them.
	Found(ctx context.Context, f scoring.Filter) ([]call.ID, error)
	Failures(ctx context.Context, scope *record.Scope, limit int) (some []scoring.Failure, all int, err error)
	FailuresOf(ctx context.Context, id call.ID) ([]scoring.Failure, error)
	Sheets(ctx context.Context, id call.ID) ([]scoring.Sheet, error)
	Scored(ctx context.Context, form string, since time.Time, limit int) ([]scoring.Sheet, error)
	Correct(ctx context.Context, id call.ID, form string, expect int, by, reason string, change func(quality.Card) (quality.Card, error)) (scoring.Sheet, error)
	AddNote(ctx context.Context, id call.ID, n scoring.Note, who scoring.Who) error
	Decide(ctx context.Context, id call.ID, n scoring.Note, who scoring.Who, change func(scoring.Sheet) (quality.Card, []string, error)) error
	Notes(ctx context.Context, id call.ID) ([]scoring.Note, string, error)
	Form(ctx context.Context, id string, version int) (scoring.Form, error)
	SaveForm(ctx context.Context, id, yaml, by string, expect int) (int, error)
	UseForm(ctx context.Context, id string, use bool, expect int) error
}

// QualityOptions let people look at scores. Without Scores the paths are not there.
type QualityOptions struct {
	Scores Scores
	Keeper *scoring.Keeper  // replays changed forms
	Export *export.Gatherer // nil: nothing is exported
	// AppealTime is how long after its last change a score may be appealed against, 0 for scoring.AppealTime.
	AppealTime time.Duration
}

const (
	inboxPage  = 50
	reviewPage = 50 // questions with how far people and the machine agree
	studyPage  = 20 // calibrations
	mostReplay = 10000
)

type scoredInput struct {
	ID call.ID `path:"id" maxLength:"64"`
}

type scoredOutput struct {
	Body struct {
		Call     record.Call       `json:"call"`
		Turns    []call.Turn       `json:"turns"`
		State    string            `json:"state"`
		Sheets   []qualitySheet    `json:"sheets"`
		Notes    []scoring.Note    `json:"notes"`
		Failures []scoring.Failure `json:"failures" doc:"Why the call could not be scored yet, by form; for reviewers"`
		AudioURL string            `json:"audio_url,omitempty"`
		PeaksURL string            `json:"peaks_url,omitempty"`
		Tracks   tracks.Tracks     `json:"tracks" doc:"What lies beside the recording"`
		Agents   []string          `json:"agents" doc:"People who took part, by id"`
		Names    map[string]string `json:"names" doc:"Of the people in this, by id"`
		// AppealUntil is when the time for an appeal ends.
		AppealUntil *time.Time `json:"appeal_until,omitempty"`
	}
}

type sheetOutput struct{ Body qualitySheet }

type answerInput struct {
	ID       call.ID `path:"id" maxLength:"64"`
	Question string  `path:"question" maxLength:"100"`
	Body     struct {
		Form   string        `json:"form,omitempty" maxLength:"64" doc:"Needed where a call has several forms"`
		Answer quality.Value `json:"answer" pattern:"^[a-z0-9_,-]{1,999}$" doc:"yes, no, na, cannot_tell; of a scale a key; of several options keys with commas between, or none"`
		Reason string        `json:"reason" minLength:"1" maxLength:"2000"`
		Expect int           `json:"expect" doc:"rev of the sheet that was seen"`
	}
}

type noteInput struct {
	ID   call.ID `path:"id" maxLength:"64"`
	Body struct {
		Text string  `json:"text,omitempty" maxLength:"4000"`
		AtS  float64 `json:"at_s,omitempty" minimum:"0"`
		Turn int     `json:"turn,omitempty" minimum:"0"`
		Word string  `json:"word,omitempty" maxLength:"200"`
		// Answers are for a decision only.
		Answers []newAnswer `json:"answers,omitempty" maxItems:"100" doc:"Of a decision: answers in place of those appealed against"`
	}
}

func qop(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"quality"}}
}

func (a *API) registerQuality(api huma.API) {
	huma.Register(api, qop("quality-inbox", http.MethodGet, "/api/quality/inbox", "Scored calls, the riskiest first"), a.inbox)
	huma.Register(api, qop("quality-own", http.MethodGet, "/api/quality/own", "Scores of calls that you took part in"), a.own)
	huma.Register(api, qop("quality-failures", http.MethodGet, "/api/quality/failures", "Calls that could not be scored, why, and when they are tried again"), a.failures)
	huma.Register(api, qop("quality-call", http.MethodGet, "/api/quality/calls/{id}", "A call with its scores and what people did with them"), a.scored)
	huma.Register(api, qop("quality-answer", http.MethodPut, "/api/quality/calls/{id}/answers/{question}", "Answer a question in place of the machine"), a.answerQuestion)
	for path, kind := range map[string]scoring.NoteKind{
		"corrections": scoring.NoteWord, "comments": scoring.NoteComment, "reviewed": scoring.NoteReviewed,
		"acknowledge": scoring.NoteAcknowledge, "appeal": scoring.NoteAppeal, "decide": scoring.NoteDecision,
	} {
		huma.Register(api, qop("quality-"+path, http.MethodPost, "/api/quality/calls/{id}/"+path, "Add a note to a scored call: "+string(kind)), a.noter(kind))
	}
	a.registerForms(api)
	a.registerTracks(api)
	a.registerReview(api)
	a.registerCalibrations(api)
	a.registerHeard(api)
	if a.o.Quality.Export != nil {
		a.registerExport(api)
	}
}

func (a *API) scored(ctx context.Context, in *scoredInput) (*scoredOutput, error) {
	d, err := a.o.Records.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &scoredOutput{}
	out.Body.Call, out.Body.Turns = d.Call, d.Turns
	if d.Audio {
		out.Body.AudioURL = "/api/calls/" + string(in.ID) + "/audio"
		out.Body.PeaksURL = "/api/quality/calls/" + string(in.ID) + "/peaks"
	}
	if out.Body.Tracks, err = a.tracksOf(ctx, d); err != nil {
		return nil, a.failQuality(err)
	}
	sheets, err := a.o.Quality.Scores.Sheets(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	if until := scoring.AppealUntil(sheets, a.o.Quality.AppealTime); !until.IsZero() {
		out.Body.AppealUntil = &until
	}
	if out.Body.Agents, err = a.o.Quality.Scores.Agents(ctx, in.ID); err != nil {
		return nil, a.failQuality(err)
	}
	out.Body.Failures = []scoring.Failure{}
	if a.judges(ctx) {
		if out.Body.Failures, err = a.o.Quality.Scores.FailuresOf(ctx, in.ID); err != nil {
			return nil, a.failQuality(err)
		}
	}
	hidden, err := a.unseen(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out.Body.Sheets = []qualitySheet{}
	for _, s := range sheets {
		if k, ok := hidden[in.ID][s.Form]; ok {
			out.Body.Sheets = append(out.Body.Sheets, qualitySheet{Form: s.Form, Version: s.Version, Hidden: k, Fails: []string{}, Answers: []qualityAnswer{}})
			continue
		}
		form, err := a.wordsOf(ctx, s)
		if err != nil {
			return nil, a.failQuality(err)
		}
		out.Body.Sheets = append(out.Body.Sheets, viewSheet(s, form))
	}
	out.Body.Notes, out.Body.State, err = a.o.Quality.Scores.Notes(ctx, in.ID)
	if errors.Is(err, scoring.ErrUnknown) { // it has just ended, or could not be scored yet
		out.Body.Notes, out.Body.State, err = []scoring.Note{}, scoring.StateOpen, nil
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	out.Body.Notes = hidden.notes(ctx, in.ID, out.Body.Notes)
	out.Body.Names = a.namesOf(ctx, out.Body.Agents, sheets, out.Body.Notes)
	return out, nil
}

// namesOf are the names of people who took part in a call or worked on its scores. Who is gone has none.
func (a *API) namesOf(ctx context.Context, agents []string, sheets []scoring.Sheet, notes []scoring.Note) map[string]string {
	names := map[string]string{}
	if a.o.Access == nil {
		return names
	}
	ids := append([]string(nil), agents...)
	for _, s := range sheets {
		ids = append(ids, s.By)
	}
	for _, n := range notes {
		ids = append(ids, n.By)
	}
	for _, id := range ids {
		if _, seen := names[id]; seen || id == "" || id == scoring.Machine {
			continue
		}
		if p, err := a.o.Access.Account(ctx, id); err == nil && p.Name != "" {
			names[id] = p.Name
		}
	}
	return names
}

func (a *API) answerQuestion(ctx context.Context, in *answerInput) (*sheetOutput, error) {
	sheets, err := a.o.Quality.Scores.Sheets(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	var old *scoring.Sheet
	for i, s := range sheets {
		if s.Form == in.Body.Form || in.Body.Form == "" && len(sheets) == 1 {
			old = &sheets[i]
		}
	}
	if old == nil {
		return nil, a.failQuality(scoring.ErrUnknown)
	}
	form, err := a.formOf(ctx, *old)
	if err == nil {
		err = a.answerFirst(ctx, in.ID, old.Form)
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	b := in.Body
	s, err := a.o.Quality.Scores.Correct(ctx, in.ID, old.Form, b.Expect, access.From(ctx).Person.ID, in.Question+": "+string(b.Answer)+": "+b.Reason, func(c quality.Card) (quality.Card, error) {
		return scoring.Overrule(form, c, in.Question, b.Answer, b.Reason)
	})
	if err != nil {
		return nil, a.failQuality(err)
	}
	return &sheetOutput{viewSheet(s, form)}, a.noteReview(ctx, in.ID, "answer", in.Question+" "+string(b.Answer))
}

// formOf is the version of the form that a score was made with, the newest for version 0. One that another version of this
// program stored, and that this one cannot read, is a conflict that says so.
func (a *API) formOf(ctx context.Context, s scoring.Sheet) (*quality.Form, error) {
	stored, err := a.o.Quality.Scores.Form(ctx, s.Form, s.Version)
	if err != nil {
		return nil, err
	}
	f, err := quality.Parse([]byte(stored.YAML))
	if err != nil {
		return nil, conflict(ProblemUnreadable, fmt.Sprintf("version %d of the form %s cannot be read by this version of Parley, save it anew: %v", stored.Version, s.Form, err))
	}
	return f, nil
}

// wordsOf is formOf for the words of the questions alone: nil where the form is gone or cannot be read, since figures without
// words are better than none.
func (a *API) wordsOf(ctx context.Context, s scoring.Sheet) (*quality.Form, error) {
	f, err := a.formOf(ctx, s)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		a.log.Debug("a form of scored calls cannot be read", "form", s.Form, "version", s.Version, "err", err)
		return nil, nil
	}
	return f, nil
}

// noter adds notes of a kind.
func (a *API) noter(kind scoring.NoteKind) func(context.Context, *noteInput) (*struct{}, error) {
	return func(ctx context.Context, in *noteInput) (*struct{}, error) {
		b := in.Body
		text := strings.TrimSpace(b.Text)
		if text == "" && kind != scoring.NoteReviewed && kind != scoring.NoteAcknowledge {
			return nil, huma.Error422UnprocessableEntity("text is missing")
		}
		n := scoring.Note{Kind: kind, By: access.From(ctx).Person.ID, At: time.Now().UTC(), Text: text, AtS: b.AtS, Turn: b.Turn, Word: b.Word}
		var err error
		if kind == scoring.NoteWord {
			err = a.heardThere(ctx, in.ID, n)
		}
		switch {
		case err != nil:
		case kind == scoring.NoteDecision:
			err = a.settle(ctx, in.ID, n, b.Answers)
		default:
			err = a.o.Quality.Scores.AddNote(ctx, in.ID, n, a.whoNotes(ctx))
		}
		if err != nil {
			return nil, a.failQuality(err)
		}
		return nil, a.noteReview(ctx, in.ID, string(kind), "")
	}
}

func (a *API) failQuality(err error) error {
	var said huma.StatusError
	switch {
	case errors.As(err, &said): // it says in words already what is wrong
		return said
	case errors.Is(err, scoring.ErrUnknown), errors.Is(err, record.ErrUnknown):
		return huma.Error404NotFound("there is no such call, score, form or question")
	case errors.Is(err, scoring.ErrStale):
		return conflict(ProblemChanged, "somebody else saved in between; nothing was changed: read it again")
	case errors.Is(err, scoring.ErrAnswer):
		return unfit(ProblemAnswer, "the question cannot be answered with this: use yes or no, a key of its options, na or cannot_tell")
	case errors.Is(err, scoring.ErrLate):
		return conflict(ProblemLate, "the time for an appeal is over")
	case errors.Is(err, scoring.ErrSecond):
		return huma.Error403Forbidden("somebody else has to decide: not who answered, reviewed or appealed")
	case errors.Is(err, scoring.ErrOthers):
		return huma.Error403Forbidden("only who took part in the call may acknowledge its score, and they or their supervisor may appeal")
	case errors.Is(err, scoring.ErrClosed):
		return conflict(ProblemClosed, "the calibration is closed: nobody answers any more")
	case errors.Is(err, scoring.ErrAway):
		return conflict(ProblemAway, "you do not take part in this calibration")
	case errors.Is(err, scoring.ErrShown):
		return conflict(ProblemShown, "you have seen the result of this calibration: what you answered stays")
	case errors.Is(err, scoring.ErrState):
		return conflict(ProblemState, "the state of the call does not allow this")
	}
	return a.fail(err)
}
