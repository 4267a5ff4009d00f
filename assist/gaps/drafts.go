package gaps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Errors of drafts. They may be wrapped.
var (
	ErrTaken   = errors.New("gaps: an entry asks this already: change that one")
	ErrDecided = errors.New("gaps: this was decided already: look at the list again")
)

// Decisions keeps what people decide about gaps and drafts.
type Decisions interface {
	Dismiss(ctx context.Context, d Dismissal, asked []string) error
	Dismissals(ctx context.Context, base string) ([]Dismissal, error)
	// Reopen reports whether the gap had been dismissed.
	Reopen(ctx context.Context, base, question string) (bool, error)
	SetOrigin(ctx context.Context, o Origin) error
	Origin(ctx context.Context, base, entry string) (Origin, bool, error)
	Origins(ctx context.Context, base string) (map[[2]string]Origin, error)
}

// Shelf is where drafts are kept: the knowledge.
type Shelf interface {
	Entries(ctx context.Context, base string) ([]knowledge.Entry, error)
	Entry(ctx context.Context, base, id string) (knowledge.Entry, bool, error)
	Save(ctx context.Context, e knowledge.Entry, by string) (knowledge.Entry, error)
	SetState(ctx context.Context, base, id string, state knowledge.State, by string) (knowledge.Entry, error)
}

// Draft is an answer somebody proposes.
type Draft struct {
	Base, Lang       string
	Question, Answer string
	Similar          []string
	Reply            *CallTurn // the agent's turn the answer was taken from
}

// Waiting is an entry that callers do not hear yet.
type Waiting struct {
	Entry  knowledge.Entry
	Origin *Origin // nil: it was written by hand
}

// closeDays is how far back the gap of a published draft is looked for.
const closeDays = 90

// Propose keeps a draft of the gap with an ID for review, masked, and where it comes from. The gap may be gone by then.
func (b Book) Propose(ctx context.Context, shelf Shelf, id string, days int, d Draft, by string) (knowledge.Entry, error) {
	e := knowledge.Entry{Base: d.Base, Lang: d.Lang, Question: b.Masked(strings.TrimSpace(d.Question), d.Lang), Answer: b.Masked(strings.TrimSpace(d.Answer), d.Lang)}
	for _, s := range d.Similar {
		if s = b.Masked(strings.TrimSpace(s), d.Lang); s != "" && s != e.Question && !slices.Contains(e.Similar, s) {
			e.Similar = append(e.Similar, s)
		}
	}
	e.ID, e.State = knowledge.NewID(d.Base, e.Question), knowledge.Review
	if _, taken, err := shelf.Entry(ctx, e.Base, e.ID); err != nil {
		return e, err
	} else if taken {
		return e, ErrTaken
	}
	var g Gap
	if b.Decisions != nil { // before anything is kept: who tries again after a failure would be told that the question is taken
		var err error
		if g, err = b.One(ctx, id, "", days); err != nil && !errors.Is(err, ErrGone) {
			return e, err
		}
	}
	e, err := shelf.Save(ctx, e, by)
	if err != nil || b.Decisions == nil {
		return e, err
	}
	o := originOf(g, d.Reply)
	o.Base, o.Entry, o.Gap, o.By, o.At = e.Base, e.ID, id, by, moment()
	return e, b.Decisions.SetOrigin(ctx, o)
}

func moment() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Waiting returns what callers of a base ("" = all) do not hear yet: what waits for review first, the most asked first.
func (b Book) Waiting(ctx context.Context, shelf Shelf, base string) ([]Waiting, error) {
	all, err := shelf.Entries(ctx, base)
	if err != nil {
		return nil, err
	}
	origins := map[[2]string]Origin{}
	if b.Decisions != nil {
		if origins, err = b.Decisions.Origins(ctx, base); err != nil {
			return nil, err
		}
	}
	out := []Waiting{}
	for _, e := range all {
		if e.State != knowledge.Review && e.State != knowledge.Draft {
			continue
		}
		v := Waiting{Entry: e}
		if o, ok := origins[[2]string{e.Base, e.ID}]; ok {
			v.Origin = &o
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y Waiting) int {
		return cmp.Or(cmp.Compare(y.review(), x.review()), cmp.Compare(y.asked(), x.asked()), y.Entry.Updated.Compare(x.Entry.Updated))
	})
	return out, nil
}

func (w Waiting) review() int {
	if w.Entry.State == knowledge.Review {
		return 1
	}
	return 0
}

func (w Waiting) asked() int {
	if w.Origin == nil {
		return 0
	}
	return w.Origin.Count
}

// Verdict is what somebody decides of a draft.
type Verdict struct {
	Base, ID string
	Version  int    // that was looked at; 0: whichever there is
	Decision string // Approved or Returned
	Reason   string
}

// Decide publishes a draft, and takes its gap off the list until it is asked in vain again, or makes it a draft again with a
// reason beside it.
func (b Book) Decide(ctx context.Context, shelf Shelf, v Verdict, by string) (knowledge.Entry, Origin, error) {
	e, ok, err := shelf.Entry(ctx, v.Base, v.ID)
	switch {
	case err != nil:
		return e, Origin{}, err
	case !ok:
		return e, Origin{}, knowledge.ErrUnknown
	case v.Version > 0 && e.Version != v.Version:
		return e, Origin{}, knowledge.ErrStale
	case e.State != knowledge.Review && e.State != knowledge.Draft:
		return e, Origin{}, ErrDecided
	}
	to := knowledge.Draft
	if v.Decision == Approved {
		to = knowledge.Published
	}
	writer, written := e.By, e.Updated
	if e, err = shelf.SetState(ctx, v.Base, v.ID, to, by); err != nil || b.Decisions == nil {
		return e, Origin{}, err
	}
	o, _, err := b.Decisions.Origin(ctx, v.Base, v.ID)
	if err != nil {
		return e, o, err
	}
	now := moment()
	o.Decision, o.Reason, o.Decider, o.Decided = v.Decision, strings.TrimSpace(v.Reason), by, &now
	if o.Calls == nil {
		o.Calls = []CallTurn{}
	}
	if o.At.IsZero() {
		o.By, o.At = writer, written
	}
	return e, o, errors.Join(b.Decisions.SetOrigin(ctx, o), b.closeGap(ctx, o, e, by))
}

// closeGap dismisses the gap from which an entry was made, when the entry is published: the one with its ID, or, since gaps
// change as calls come in, whatever asks what the entry answers in the same words.
func (b Book) closeGap(ctx context.Context, o Origin, e knowledge.Entry, by string) error {
	if o.Gap == "" || o.Decision != Approved {
		return nil
	}
	found, err := b.List(ctx, "", closeDays)
	if err != nil {
		return err
	}
	asks := map[string]bool{}
	for _, q := range append([]string{e.Question}, e.Similar...) {
		asks[knowledge.QuestionKey(q)] = true
	}
	for _, g := range found {
		if g.ID != o.Gap && (g.Base != e.Base || !slices.ContainsFunc(g.Keys(), func(k string) bool { return asks[k] })) {
			continue
		}
		if err := b.Dismiss(ctx, g, "→ "+e.Question, by); err != nil {
			return err
		}
	}
	return nil
}

// Dismiss keeps that g is none, until it is asked again.
func (b Book) Dismiss(ctx context.Context, g Gap, reason, by string) error {
	if b.Decisions == nil {
		return fmt.Errorf("dismiss gap: %w", errors.ErrUnsupported)
	}
	return b.Decisions.Dismiss(ctx, Dismissal{Base: g.Base, Question: g.Question, Reason: strings.TrimSpace(reason), By: by, At: moment()}, g.Keys())
}
