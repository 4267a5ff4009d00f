// Package keeping joins what holds traces of calls (the record, the event store, recordings and transcripts, knowledge,
// copies that upgrades left) for erasing, forgetting and backups. The node and the commands use it.
package keeping

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Bus is the event store.
type Bus interface {
	// Erase removes the events of a call from the disk and returns how many there were.
	Erase(ctx context.Context, id call.ID) (int, error)
	// Count returns how many events of a call are kept.
	Count(ctx context.Context, id call.ID) (int, error)
}

// Library is what callers' words may have been drafted into.
type Library interface {
	Bases(ctx context.Context) ([]knowledge.Base, error)
	Entries(ctx context.Context, base string) ([]knowledge.Entry, error)
	Delete(ctx context.Context, base, id string, version int) error
	// Tidy makes sure that the disk does not hold what was deleted.
	Tidy(ctx context.Context) error
}

// Parts are what an eraser works on.
type Parts struct {
	Home    string
	Store   *store.Store
	Gate    *access.Gate
	Bus     Bus     // nil = none
	Library Library // nil = none
	Aside   *Aside  // nil = none
	Same    func(a, b string) bool
	Log     *slog.Logger
}

// Eraser returns an eraser over the parts.
func Eraser(p Parts) *retain.Eraser {
	var places []retain.Place
	if p.Bus != nil {
		places = append(places, eventPlace{p.Bus})
	}
	places = append(places, filePlace{p.Home})
	if p.Library != nil {
		places = append(places, libraryPlace{p.Library})
	}
	places = append(places, copyPlace{p.Home})
	return &retain.Eraser{
		Records: proving{p.Store.Keeping(p.Same), p.Home, p.Aside}, Places: places, Trail: trail{p.Gate}, Same: p.Same, Log: p.Log,
	}
}

// Same returns a function that says whether two callers are the same, by their numbers as of the countries.
func Same(countries []string) func(a, b string) bool {
	return func(a, b string) bool {
		if a == b {
			return true
		}
		x, ok := customer.Normalise(a, countries...)
		if !ok {
			return false
		}
		y, ok := customer.Normalise(b, countries...)
		return ok && x == y
	}
}

// trail notes erasures in the audit trail.
type trail struct{ gate *access.Gate }

// NoteErased implements retain.Noter.
func (t trail) NoteErased(ctx context.Context, s retain.Subject, id call.ID) error {
	return t.gate.Note(ctx, access.Entry{Who: s.By, Name: s.Name, What: access.ErasedCall, Call: id, Detail: s.Reason})
}

// NoteReport implements retain.Noter.
func (t trail) NoteReport(ctx context.Context, s retain.Subject, id string, r retain.Report) error {
	state := "nothing is left"
	if !r.Proved {
		state = "traces are left"
	}
	detail := fmt.Sprintf("%s: %d calls, %d places searched, %s", id, len(r.Calls), len(r.Looked), state)
	return t.gate.Note(ctx, access.Entry{Who: s.By, Name: s.Name, What: access.ReportedErasure, Detail: detail})
}

// proving is the record; when it has been searched row by row, the bytes of the data folder are, and what restores put aside.
type proving struct {
	*store.Keeping

	home  string
	aside *Aside
}

// Look implements retain.Place.
func (p proving) Look(ctx context.Context, t retain.Traces) ([]retain.Look, error) {
	looks, err := p.Keeping.Look(ctx, t)
	if err != nil {
		return nil, err
	}
	bytes, err := search(ctx, p.home, t)
	if err != nil {
		return nil, err
	}
	aside, err := lookAside(ctx, p.home, p.aside, t)
	return slices.Concat(looks, bytes, aside), err
}
