package httpapi

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
)

// Goldens keeps golden sets - questions whose right answers are known - and their runs.
type Goldens interface {
	Golden(ctx context.Context, base string) ([]gaps.Golden, error)
	SetGolden(ctx context.Context, base string, items []gaps.Golden, person string, at time.Time) error
	AddRun(ctx context.Context, r gaps.Run) error
	Runs(ctx context.Context, base string, limit int) ([]gaps.Run, error)
}

type (
	baseQuery struct {
		Base string `query:"base" maxLength:"64"`
	}
	goldenOutput struct {
		Body struct {
			Items  []gaps.Golden     `json:"items"`
			Titles map[string]string `json:"titles" doc:"Questions of the entries of the base that are named, by ID; an ID without one names no entry any more"`
		}
	}
	putGoldenInput struct {
		Body struct {
			Base  string        `json:"base" minLength:"1" maxLength:"64"`
			Items []gaps.Golden `json:"items" maxItems:"2000"`
		}
	}
	runGoldenInput struct {
		Body struct {
			Base string `json:"base" minLength:"1" maxLength:"64"`
		}
	}
	runsOutput struct {
		Body struct {
			Items  []gaps.Run        `json:"items" doc:"The last 100, newest first"`
			Titles map[string]string `json:"titles" doc:"Questions of the entries that are named, by ID"`
		}
	}
)

const mostRuns = 100

func (a *API) registerGolden(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	g := a.o.Knowledge.Goldens
	huma.Register(api, op("get-golden", http.MethodGet, "golden", "The golden set of a base"), func(ctx context.Context, in *baseQuery) (*goldenOutput, error) {
		items, err := g.Golden(ctx, in.Base)
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		return a.goldenOf(ctx, in.Base, items)
	})
	huma.Register(api, op("put-golden", http.MethodPut, "golden", "Keep the golden set of a base in place of the one before"), func(ctx context.Context, in *putGoldenInput) (*goldenOutput, error) {
		if why := gaps.CheckGolden(in.Body.Items); why != "" {
			return nil, huma.Error422UnprocessableEntity(why)
		}
		if err := g.SetGolden(ctx, in.Body.Base, in.Body.Items, author(ctx), time.Now()); err != nil {
			return nil, a.failKnowledge(err)
		}
		return a.goldenOf(ctx, in.Body.Base, append([]gaps.Golden{}, in.Body.Items...))
	})
	huma.Register(api, op("run-golden", http.MethodPost, "golden/run", "Ask the bot every question of the golden set; see tasks for how far it is"), a.runGolden)
	huma.Register(api, op("golden-runs", http.MethodGet, "golden/runs", "The last runs"), func(ctx context.Context, in *baseQuery) (*runsOutput, error) {
		runs, err := g.Runs(ctx, in.Base, mostRuns)
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		out := &runsOutput{}
		out.Body.Items = runs
		if out.Body.Titles, err = a.titles(ctx, in.Base, func(yield func(id string) bool) {
			for _, r := range runs {
				for _, f := range r.Failures {
					for _, id := range append([]string{f.Got}, f.Want...) {
						if !yield(id) {
							return
						}
					}
				}
			}
		}); err != nil {
			return nil, a.failKnowledge(err)
		}
		return out, nil
	})
}

func (a *API) goldenOf(ctx context.Context, base string, items []gaps.Golden) (*goldenOutput, error) {
	out := &goldenOutput{}
	out.Body.Items = items
	var err error
	out.Body.Titles, err = a.titles(ctx, base, func(yield func(id string) bool) {
		for _, g := range items {
			for _, id := range g.Relevant {
				if !yield(id) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	return out, nil
}

// titles are the questions of entries of a base by ID.
func (a *API) titles(ctx context.Context, base string, ids iter.Seq[string]) (map[string]string, error) {
	all, err := a.o.Knowledge.Store.Entries(ctx, base)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]string, len(all))
	for _, e := range all {
		byID[e.ID] = e.Question
	}
	out := map[string]string{}
	for id := range ids {
		if q, ok := byID[id]; ok {
			out[id] = q
		}
	}
	return out, nil
}

func (a *API) runGolden(ctx context.Context, in *runGoldenInput) (*errandOutput, error) {
	k, base := a.o.Knowledge, in.Body.Base
	items, err := k.Goldens.Golden(ctx, base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	if len(items) == 0 || k.Bot == nil {
		return nil, huma.Error422UnprocessableEntity("the golden set of this base is empty: add questions first")
	}
	by := author(ctx)
	x := a.errands.start(ctx, access.From(ctx).Person.ID, func(ctx context.Context, progress func(done, total int)) (any, error) {
		n := 0
		run, err := gaps.Try(ctx, k.Bot, func(ctx context.Context, query string) (string, error) {
			n++
			progress(n, len(items))
			hits, err := k.Store.Search(ctx, knowledge.Ask{Base: base, Text: query, Most: 1})
			if err != nil || len(hits) == 0 {
				return "", err
			}
			return hits[0].ID, nil
		}, base, items, time.Now())
		if err != nil {
			return nil, err
		}
		run.By = by
		return run, k.Goldens.AddRun(ctx, run)
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failKnowledge)
}
