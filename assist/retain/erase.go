package retain

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Noter writes the audit trail. It blocks until the line is kept.
type Noter interface {
	NoteErased(ctx context.Context, s Subject, id call.ID) error
	// NoteReport tells what came of the request with an ID, under which the report is filed.
	NoteReport(ctx context.Context, s Subject, id string, r Report) error
}

// Eraser removes all traces of calls. Its fields are set before use and not changed after.
type Eraser struct {
	Records Records
	Places  []Place // beside Records, in the order in which they are cleared
	Trail   Noter
	Same    func(a, b string) bool // whether two callers are the same; nil compares the texts
	Log     *slog.Logger           // nil discards
}

// rounds is how often traces that come back (written by something that was under way) are removed; the second time thoroughly.
const rounds = 2

// Erase removes all traces of the subject and reports what it looked at. Again is no error and looks again. It blocks
// until everything was searched, which takes as long as reading the data folder without its recordings. The errors are
// ErrUnknown, ErrHeld, ErrRunning and ErrInvalid; nothing has been removed then.
func (e *Eraser) Erase(ctx context.Context, s Subject) (Report, error) {
	r := newReport()
	if err := s.Check(); err != nil {
		return r, err
	}
	t, already, err := e.Records.Traces(ctx, s)
	if err != nil {
		return r, err
	}
	r.Calls, r.Already, r.Words = append(r.Calls, t.Calls...), append(r.Already, already...), len(t.Words)
	if err := e.held(ctx, s, t); err != nil {
		return r, err
	}
	if r.Backups, err = e.Records.Copies(ctx, t); err != nil {
		return r, err
	}
	if err := e.note(ctx, s, t, already); err != nil {
		return r, err
	}
	if err := e.remove(ctx, t, &r); err != nil {
		return r, err
	}
	if e.Log != nil {
		e.Log.Info("calls erased", "calls", len(r.Calls), "proved", r.Proved)
	}
	return r, nil
}

// Again removes what was erased once and has come back with a backup, and reports like Erase. s says who asks and why. A hold
// that came back with it, and was lifted before the calls were erased, does not keep them.
func (e *Eraser) Again(ctx context.Context, s Subject, t Traces) (Report, error) {
	r := newReport()
	r.Calls, r.Already, r.Words = append(r.Calls, t.Calls...), append(r.Already, t.Calls...), len(t.Words)
	if err := e.note(ctx, s, t, nil); err != nil {
		return r, err
	}
	return r, e.remove(ctx, t, &r)
}

func newReport() Report {
	return Report{At: time.Now().UTC().Truncate(time.Millisecond), Calls: []call.ID{}, Already: []call.ID{}, Erased: []Count{}, Looked: []Look{}, Backups: []Copy{}}
}

// remove clears everything until nothing is found, or twice.
func (e *Eraser) remove(ctx context.Context, t Traces, r *Report) error {
	if err := e.Records.Erased(ctx, t); err != nil {
		return err
	}
	for round := range rounds {
		if err := e.clear(ctx, t, r, round > 0); err != nil {
			return err
		}
		if r.Proved {
			break
		}
	}
	return nil
}

// held is ErrHeld when a hold covers one of the calls.
func (e *Eraser) held(ctx context.Context, s Subject, t Traces) error {
	holds, err := e.Records.Holds(ctx, false)
	if err != nil {
		return err
	}
	for _, h := range holds {
		for _, id := range t.Calls {
			if h.Call == id {
				return fmt.Errorf("%w: hold %s since %s: %s", ErrHeld, h.ID, h.At.Format(time.DateOnly), h.Reason)
			}
		}
		for _, c := range slices.Concat([]string{s.Caller}, t.Numbers, t.Callers) {
			if h.Caller != "" && c != "" && e.same(h.Caller, c) {
				return fmt.Errorf("%w: hold %s since %s: %s", ErrHeld, h.ID, h.At.Format(time.DateOnly), h.Reason)
			}
		}
	}
	return nil
}

func (e *Eraser) same(a, b string) bool { return a == b || e.Same != nil && e.Same(a, b) }

// note writes one line for each call that was not erased before.
func (e *Eraser) note(ctx context.Context, s Subject, t Traces, already []call.ID) error {
	gone := map[call.ID]bool{}
	for _, id := range already {
		gone[id] = true
	}
	for _, id := range t.Calls {
		if gone[id] {
			continue
		}
		if err := e.Trail.NoteErased(ctx, s, id); err != nil {
			return err
		}
	}
	return nil
}

// clear removes the traces everywhere and searches everywhere.
func (e *Eraser) clear(ctx context.Context, t Traces, r *Report, hard bool) error {
	all := append(append([]Place{}, e.Places...), e.Records)
	for _, p := range all {
		n, err := p.Erase(ctx, t)
		if err != nil {
			return err
		}
		r.Erased = append(r.Erased, n...)
	}
	if err := e.Records.Tidy(ctx, hard); err != nil {
		return err
	}
	r.Looked, r.Proved = []Look{}, true
	for _, p := range all {
		looks, err := p.Look(ctx, t)
		if err != nil {
			return err
		}
		r.Looked = append(r.Looked, looks...)
		for _, l := range looks {
			r.Proved = r.Proved && l.Found == 0
		}
	}
	return nil
}
