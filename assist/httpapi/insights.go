package httpapi

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/insight"
)

// Insights are the facts of ended calls and their topics.
type Insights interface {
	insight.Reader
	NameTopic(ctx context.Context, id, name, by string) error
	QuietTopic(ctx context.Context, id string, until time.Time) error
}

// InsightsOptions let people see what calls are about. Without Store the paths are not there.
type InsightsOptions struct {
	Store Insights
	// Figures are how they are made; Now and Zone are filled in.
	Figures insight.Options
	Now     func() time.Time // nil: time.Now
}

// InsightsInput is a period with what it is compared with.
type InsightsInput struct {
	From    string `query:"from" maxLength:"10" doc:"First day, as 2026-11-01; empty: 27 days before the last"`
	To      string `query:"to" maxLength:"10" doc:"Last day; empty: today"`
	Zone    string `query:"zone" maxLength:"64" doc:"IANA time zone in which days begin; empty: insights.zone"`
	Queue   string `query:"queue" maxLength:"100"`
	By      string `query:"by" enum:"day,queue,agent,intent,topic" default:"day"`
	Compare string `query:"compare" maxLength:"10" default:"previous" doc:"previous (the days before), week (whole weeks earlier), none, or the first day of a period as long"`
	Lang    string `query:"lang" enum:"en,zh" default:"en" doc:"Of names of figures in tables and reports"`
}

type insightsOutput struct{ Body insight.View }

type behindInput struct {
	InsightsInput
	Figure  string `query:"figure" maxLength:"40" doc:"Only calls that count for it, or of which it cannot be told"`
	Value   string `query:"value" enum:",yes,no,unknown" doc:"With figure"`
	Key     string `query:"key" maxLength:"200" doc:"With by: the calls of one group"`
	Outcome string `query:"outcome" enum:",resolved_bot,resolved_person,promised,open,cannot_tell"`
	Topic   string `query:"topic" maxLength:"64"`
	Repeat  string `query:"repeat" maxLength:"200" doc:"Calls that follow one about this"`
	Spot    string `query:"spot" maxLength:"64" doc:"Calls with a question of a blind spot"`
	Cursor  int    `query:"cursor" minimum:"0"`

	keyed, again bool
}

// Resolve notes which parameters are there at all: a group and a reason may have no name.
func (in *behindInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.keyed, in.again = u.Query().Has("key"), u.Query().Has("repeat")
	return nil
}

type behindOutput struct {
	Body struct {
		Items []insight.Row `json:"items"`
		Total int           `json:"total"`
		Next  int           `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

type topicInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name      *string `json:"name,omitempty" maxLength:"80" doc:"Empty: the name made from its phrases again"`
		QuietDays *int    `json:"quiet_days,omitempty" minimum:"0" maximum:"90" doc:"Holds its alerts back for so long; 0: no longer"`
	}
}

type reportInput struct {
	Day  string `query:"day" maxLength:"10" doc:"Empty: yesterday"`
	Zone string `query:"zone" maxLength:"64"`
	Lang string `query:"lang" enum:"en,zh" default:"en"`
}

const behindPage = 100

func (a *API) registerInsights(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"insights"}}
	}
	huma.Register(api, op("insights", http.MethodGet, "/api/insights", "What calls were about and what became of them"), func(ctx context.Context, in *InsightsInput) (*insightsOutput, error) {
		v, err := a.insights(ctx, in)
		if err != nil {
			return nil, err
		}
		return &insightsOutput{v}, nil
	})
	huma.Register(api, op("insights-calls", http.MethodGet, "/api/insights/calls", "The calls behind a figure, topic, outcome or blind spot, newest first"), a.behind)
	huma.Register(api, op("insights-topic", http.MethodPatch, "/api/insights/topics/{id}", "Name a topic, or hold its alerts back"), a.changeTopic)
	table := op("insights-csv", http.MethodGet, "/api/insights.csv", "The same as a table")
	table.Responses = content("text/csv", http.StatusOK)
	huma.Register(api, table, a.insightsTable)
	report := op("insights-report", http.MethodGet, "/api/insights/report", "The morning report of a day")
	report.Responses = content("text/html", http.StatusOK)
	huma.Register(api, report, a.insightsReport)
}

// insightsNow is the time and the zone figures are made in.
func (a *API) insightsNow(zone string) (insight.Options, error) {
	o := a.o.Insights.Figures
	o.Now = time.Now()
	if a.o.Insights.Now != nil {
		o.Now = a.o.Insights.Now()
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if zone == "" {
		return o, nil
	}
	z, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return o, huma.Error422UnprocessableEntity("zone must be an IANA time zone such as Europe/London")
	}
	o.Zone = z
	return o, nil
}

func (a *API) insightsQuery(in InsightsInput) (insight.Query, error) {
	o, err := a.insightsNow(in.Zone)
	if err != nil {
		return insight.Query{}, err
	}
	q := insight.Query{Queue: in.Queue, By: insight.By(in.By), Lang: in.Lang, Options: o}
	if q.Period, err = insight.ParsePeriod(in.From, in.To, o.Now, o.Zone); err == nil {
		q.Before, err = q.Period.Earlier(in.Compare)
	}
	if err != nil {
		return q, a.failInsights(err)
	}
	return q, nil
}

func (a *API) behind(ctx context.Context, in *behindInput) (*behindOutput, error) {
	in.Compare = "none"
	q, err := a.insightsQuery(in.InsightsInput)
	if err != nil {
		return nil, err
	}
	d, err := insight.Load(ctx, a.o.Insights.Store, a.scope(ctx), &q)
	if err != nil {
		return nil, a.failInsights(err)
	}
	rows := insight.Behind(q, d, insight.Select{
		Figure: in.Figure, Value: in.Value, By: q.By, Key: in.Key, Keyed: in.keyed, Outcome: insight.Outcome(in.Outcome), Topic: in.Topic, Repeat: in.Repeat, Again: in.again, Spot: in.Spot,
	})
	out := &behindOutput{}
	from := min(in.Cursor, len(rows))
	to := min(from+behindPage, len(rows))
	if out.Body.Items, out.Body.Total = rows[from:to], len(rows); to < len(rows) {
		out.Body.Next = to
	}
	return out, nil
}

// changeTopic lets only those change a topic who may see calls about it.
func (a *API) changeTopic(ctx context.Context, in *topicInput) (*struct{}, error) {
	o, err := a.insightsNow("")
	if err != nil {
		return nil, err
	}
	if scope := a.scope(ctx); scope != nil {
		seen, err := a.o.Insights.Store.Facts(ctx, scope, insight.Period{From: o.Now.AddDate(0, 0, -insight.MostDays), To: o.Now.AddDate(0, 0, 1)})
		if err != nil {
			return nil, a.failInsights(err)
		}
		if !insight.About(seen, in.ID) {
			return nil, a.failInsights(insight.ErrUnknown)
		}
	}
	if in.Body.Name != nil {
		if err := a.o.Insights.Store.NameTopic(ctx, in.ID, strings.Join(strings.Fields(*in.Body.Name), " "), access.From(ctx).Person.ID); err != nil {
			return nil, a.failInsights(err)
		}
	}
	if in.Body.QuietDays != nil {
		until := time.Time{}
		if n := *in.Body.QuietDays; n > 0 {
			until = o.Now.AddDate(0, 0, n)
		}
		if err := a.o.Insights.Store.QuietTopic(ctx, in.ID, until); err != nil {
			return nil, a.failInsights(err)
		}
	}
	return nil, nil
}

// insights are the figures of a period, as far as who asks may see them.
func (a *API) insights(ctx context.Context, in *InsightsInput) (insight.View, error) {
	q, err := a.insightsQuery(*in)
	if err != nil {
		return insight.View{}, err
	}
	v, err := insight.Read(ctx, a.o.Insights.Store, a.scope(ctx), q)
	if err != nil {
		return v, a.failInsights(err)
	}
	return v, nil
}

func (a *API) insightsTable(ctx context.Context, in *InsightsInput) (*huma.StreamResponse, error) {
	v, err := a.insights(ctx, in)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := insight.WriteCSV(&b, v, in.Lang); err != nil {
		return nil, a.failInsights(err)
	}
	return file("text/csv; charset=utf-8", "parley-"+v.From+"-"+v.To+".csv", "", b.Bytes()), nil
}

func (a *API) insightsReport(ctx context.Context, in *reportInput) (*huma.StreamResponse, error) {
	o, err := a.insightsNow(in.Zone)
	if err != nil {
		return nil, err
	}
	day := in.Day
	if day == "" {
		day = o.Now.In(o.Zone).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	q, err := insight.ReportQuery(day, in.Lang, o)
	if err != nil {
		return nil, a.failInsights(err)
	}
	v, err := insight.Read(ctx, a.o.Insights.Store, a.scope(ctx), q)
	if err != nil {
		return nil, a.failInsights(err)
	}
	var b bytes.Buffer
	if err := insight.WriteReport(&b, v, in.Lang, a.o.Public); err != nil {
		return nil, a.failInsights(err)
	}
	// A report has its styles in its elements, as mail wants them; nothing else of it may do anything.
	const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return file("text/html; charset=utf-8", "", policy, b.Bytes()), nil
}

// file answers with bytes, as a download where a name is given.
func file(kind, name, policy string, body []byte) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", kind)
		if name != "" {
			ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		}
		if policy != "" {
			ctx.SetHeader("Content-Security-Policy", policy)
		}
		_, _ = ctx.BodyWriter().Write(body) // the peer is gone when it fails
	}}
}

func (a *API) failInsights(err error) error {
	switch {
	case errors.Is(err, insight.ErrPeriod):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, insight.ErrUnknown):
		return huma.Error404NotFound("there is no such topic")
	}
	return a.fail(err)
}
