package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// InboxFilter narrows the list of scored calls.
type InboxFilter struct {
	Kind     string    `query:"kind" enum:"risk,alert,sample,disagreement,appeal" default:"risk"`
	Words    string    `query:"words" maxLength:"200" doc:"All of them were said, in either language"`
	Queue    string    `query:"queue" maxLength:"100"`
	State    string    `query:"state" enum:"open,reviewed,acknowledged,appealed,decided" doc:"What people have done with the call: open is nothing yet"`
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

// filterOf reads what a list is narrowed to, within what who asks may see.
func (a *API) filterOf(ctx context.Context, in InboxFilter) (scoring.Filter, error) {
	f := scoring.Filter{Words: scoring.Query(in.Words), Queue: in.Queue, MinS: in.MinS, MaxS: in.MaxS, From: in.From, To: in.To, Limit: inboxPage}
	f.State = in.State
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

type ownInput struct {
	From time.Time `query:"from" doc:"Calls that began then or later"`
}

// ownScore is what an agent sees of the score of an own call in a list.
type ownScore struct {
	Call  call.ID  `json:"call"`
	Form  string   `json:"form"`
	Score *float64 `json:"score"`
	Band  string   `json:"band"`
	Fail  bool     `json:"fail" doc:"A question failed the call"`
	State string   `json:"state" enum:"open,reviewed,acknowledged,appealed,decided"`
}

type ownOutput struct {
	Body struct {
		Items []ownScore `json:"items"`
	}
}

const ownPage = 200 // scores: those of as many calls as a list has, by several forms

// own are the scores of calls that who asks took part in.
func (a *API) own(ctx context.Context, in *ownInput) (*ownOutput, error) {
	out := &ownOutput{}
	out.Body.Items = []ownScore{}
	me := access.From(ctx).Person.ID
	if me == "" {
		return out, nil
	}
	items, err := a.o.Quality.Scores.Find(ctx, scoring.Filter{Agent: me, From: in.From, Limit: ownPage})
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden, err := a.unseen(ctx, "")
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden.items(items)
	for _, i := range items {
		out.Body.Items = append(out.Body.Items, ownScore{i.Call, i.Form, i.Score, i.Band, len(i.Fails) > 0, i.State})
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
