package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/insight"
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
	mostReplay = 10000
)

// InboxFilter narrows the list of scored calls.
type InboxFilter struct {
	Kind     string    `query:"kind" enum:"risk,alert,sample,disagreement,appeal" default:"risk"`
	Words    string    `query:"words" maxLength:"200" doc:"All of them were said, in either language"`
	Queue    string    `query:"queue" maxLength:"100"`
	MinS     float64   `query:"min_s" minimum:"0"`
	MaxS     float64   `query:"max_s" minimum:"0"`
	ScoreMin string    `query:"score_min" pattern:"^([0-9]{1,3}([.][0-9]+)?)?$"`
	ScoreMax string    `query:"score_max" pattern:"^([0-9]{1,3}([.][0-9]+)?)?$"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
	Agent    string    `query:"agent" maxLength:"64" doc:"Id of a person who took part"`
	Alert    string    `query:"alert" maxLength:"100" doc:"A rule that warned"`
	Intent   string    `query:"intent" maxLength:"100"`
	Emotion  string    `query:"emotion" enum:"upset,calm,pleased" doc:"Of the caller's worst turn"`
	Silence  float64   `query:"silence_min" minimum:"0" doc:"The longest silence, in seconds"`
	Each     int       `query:"each" minimum:"1" maximum:"100" default:"5" doc:"Of a sample: calls of each agent"`
	Seed     string    `query:"seed" maxLength:"100" doc:"Of a sample: another word draws other calls; without, the sample changes every week"`
}

type inboxInput struct {
	InboxFilter

	Cursor string `query:"cursor" pattern:"^[0-9]{0,9}$"`
}

type inboxOutput struct {
	Body struct {
		Items []scoring.Item       `json:"items"`
		Names map[string]inboxName `json:"names" doc:"What ids in the items stand for: FORM/VERSION/QUESTION, rule/RULE"`
		Next  string               `json:"next,omitempty"`
	}
}

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

// filterOf reads what a list is narrowed to, within what who asks may see.
func (a *API) filterOf(ctx context.Context, in InboxFilter) (scoring.Filter, error) {
	f := scoring.Filter{Words: scoring.Query(in.Words), Queue: in.Queue, MinS: in.MinS, MaxS: in.MaxS, From: in.From, To: in.To, Limit: inboxPage}
	if in.Kind == "appeal" {
		f.State = scoring.StateAppealed
	} else if in.Kind != "risk" {
		f.Kind = in.Kind
	}
	f.Agent, f.Alert, f.Intent, f.SilenceMin, f.Each, f.Seed = in.Agent, in.Alert, in.Intent, in.Silence, in.Each, seedOf(in.Seed, time.Now())
	f.MoodMin, f.MoodMax = moods(in.Emotion)
	if v, err := strconv.ParseFloat(in.ScoreMin, 64); err == nil {
		f.ScoreMin = &v
	}
	if v, err := strconv.ParseFloat(in.ScoreMax, 64); err == nil {
		f.ScoreMax = &v
	}
	if s := a.scope(ctx); s != nil {
		f.Limited, f.Routes, f.Person = true, s.Routes, s.Person
	}
	return f, nil
}

// upset and pleased are where the mood of a caller's worst turn is told as such.
const upset, pleased = insight.Upset, 0.3

func moods(emotion string) (low, high *float64) {
	at := func(v float64) *float64 { return &v }
	switch emotion {
	case "upset":
		return nil, at(upset)
	case "calm":
		return at(upset), at(pleased)
	case "pleased":
		return at(pleased), nil
	}
	return nil, nil
}

// seedOf is where in the order of call ids, whose ends are random, a sample begins.
func seedOf(word string, now time.Time) string {
	if word == "" {
		year, week := now.UTC().ISOWeek()
		word = fmt.Sprintf("%d-%d", year, week)
	}
	sum := sha256.Sum256([]byte(word))
	return hex.EncodeToString(sum[:6])
}

func (a *API) inbox(ctx context.Context, in *inboxInput) (*inboxOutput, error) {
	f, err := a.filterOf(ctx, in.InboxFilter)
	if err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		n, err := strconv.Atoi(in.Cursor)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity("cursor must be what a page before gave as next")
		}
		f.Offset = n
	}
	items, err := a.o.Quality.Scores.Find(ctx, f)
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &inboxOutput{}
	hidden, err := a.unseen(ctx, "")
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden.items(items)
	if out.Body.Names, err = a.inboxNames(ctx, items); err != nil {
		return nil, a.failQuality(err)
	}
	if out.Body.Items = items; len(items) == inboxPage {
		out.Body.Next = strconv.Itoa(f.Offset + inboxPage)
	}
	return out, nil
}

type failuresOutput struct {
	Body struct {
		Items []scoring.Failure `json:"items" doc:"Those of the newest calls"`
		Total int               `json:"total"`
	}
}

func (a *API) failures(ctx context.Context, _ *struct{}) (*failuresOutput, error) {
	out := &failuresOutput{}
	var err error
	if out.Body.Items, out.Body.Total, err = a.o.Quality.Scores.Failures(ctx, a.scope(ctx), inboxPage); err != nil {
		return nil, a.failQuality(err)
	}
	return out, nil
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
		return nil, huma.Error409Conflict(fmt.Sprintf("version %d of the form %s cannot be read by this version of Parley, save it anew: %v", stored.Version, s.Form, err))
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
		a.log.Debug("a form of scored calls cannot be read", "form", s.Form, "version", s.Version, "error", err)
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
		return huma.Error409Conflict("somebody else saved in between; nothing was changed: read it again")
	case errors.Is(err, scoring.ErrAnswer):
		return huma.Error422UnprocessableEntity("the question cannot be answered with this: use yes or no, a key of its options, na or cannot_tell")
	case errors.Is(err, scoring.ErrLate):
		return huma.Error409Conflict("the time for an appeal is over")
	case errors.Is(err, scoring.ErrSecond):
		return huma.Error403Forbidden("somebody else has to decide: not who answered, reviewed or appealed")
	case errors.Is(err, scoring.ErrOthers):
		return huma.Error403Forbidden("only who took part in the call may acknowledge its score, and they or their supervisor may appeal")
	case errors.Is(err, scoring.ErrState):
		return huma.Error409Conflict("the state of the call does not allow this")
	}
	return a.fail(err)
}
