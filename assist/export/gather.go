package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Records are the recorded calls. Both methods return record.ErrUnknown for a call that is not there.
type Records interface {
	Get(ctx context.Context, id call.ID) (record.Detail, error)
	Events(ctx context.Context, id call.ID, after uint64, limit int) ([]call.Event, bool, error)
}

// Scores are their scores. Notes and Form return scoring.ErrUnknown for what is not there.
type Scores interface {
	Sheets(ctx context.Context, id call.ID) ([]scoring.Sheet, error)
	Notes(ctx context.Context, id call.ID) ([]scoring.Note, string, error)
	Form(ctx context.Context, id string, version int) (scoring.Form, error)
	// Agents are the people who took part in a call, by id.
	Agents(ctx context.Context, id call.ID) ([]string, error)
	// Names are what people are called, by id; those who are gone are left out.
	Names(ctx context.Context, ids []string) (map[string]string, error)
}

// Imports know which calls were recorded elsewhere: Of returns record.ErrUnknown for others.
type Imports interface {
	Of(ctx context.Context, id call.ID) (record.Import, error)
}

// Gatherer reads what is known of calls. It is safe for concurrent use.
type Gatherer struct {
	Records Records
	Scores  Scores
	Imports Imports // nil: none were

	mu    sync.Mutex
	forms map[formKey]*quality.Form
}

type formKey struct {
	id      string
	version int
}

const eventsAtOnce = 1000

// Call reads one call. The error is record.ErrUnknown when it is not there.
func (g *Gatherer) Call(ctx context.Context, id call.ID) (*Call, error) {
	d, err := g.Records.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &Call{Detail: d}
	for after := uint64(0); ; {
		evs, _, err := g.Records.Events(ctx, id, after, eventsAtOnce)
		if err != nil {
			return nil, err
		}
		c.Alerts = append(c.Alerts, Alerts(evs)...)
		if len(evs) < eventsAtOnce {
			break
		}
		after = evs[len(evs)-1].Seq
	}
	if _, c.Review, err = g.Scores.Notes(ctx, id); err != nil && !errors.Is(err, scoring.ErrUnknown) {
		return nil, err
	}
	sheets, err := g.Scores.Sheets(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		f, err := g.form(ctx, s)
		if err != nil {
			return nil, err
		}
		c.Sheets = append(c.Sheets, Sheet{Sheet: s, Form: f})
	}
	if err := g.people(ctx, c); err != nil {
		return nil, err
	}
	if g.Imports == nil {
		return c, nil
	}
	i, err := g.Imports.Of(ctx, id)
	if err == nil {
		c.Voices = i.Voices
	} else if !errors.Is(err, record.ErrUnknown) {
		return nil, err
	}
	return c, nil
}

// people says who took part in a call and who answered its forms, by name. Who is gone is called as in the call, or by the id.
func (g *Gatherer) people(ctx context.Context, c *Call) error {
	took, err := g.Scores.Agents(ctx, c.ID)
	if err != nil {
		return err
	}
	ids := slices.Clone(took)
	for _, s := range c.Sheets {
		ids = append(ids, s.By)
	}
	names, err := g.Scores.Names(ctx, ids)
	if err != nil {
		return err
	}
	called := map[string]string{}
	for _, t := range c.Turns {
		if t.By != "" && t.Name != "" {
			called[t.By] = t.Name
		}
	}
	for _, id := range took {
		c.Agents = append(c.Agents, cmp.Or(names[id], called[id], id))
	}
	for i, s := range c.Sheets {
		c.Sheets[i].Name = cmp.Or(names[s.By], s.By)
	}
	return nil
}

// form is the form that a score was made with, nil when it is gone or cannot be read any more.
func (g *Gatherer) form(ctx context.Context, s scoring.Sheet) (*quality.Form, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := formKey{s.Form, s.Version}
	if f, ok := g.forms[k]; ok {
		return f, nil
	}
	stored, err := g.Scores.Form(ctx, s.Form, s.Version)
	if err != nil && !errors.Is(err, scoring.ErrUnknown) {
		return nil, fmt.Errorf("read form %s: %w", s.Form, err)
	}
	var f *quality.Form
	if err == nil {
		f, _ = quality.Parse([]byte(stored.YAML)) // stored by another version of this program: its questions go by their ids
	}
	if g.forms == nil {
		g.forms = map[formKey]*quality.Form{}
	}
	g.forms[k] = f
	return f, nil
}
