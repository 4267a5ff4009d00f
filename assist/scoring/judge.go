package scoring

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// forms are the forms that were read lately, by the hash of their text: reading one by its meaning takes a while. It is safe
// for concurrent use.
type forms struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*quality.Form
}

// mostForms are kept; with more they are all forgotten and read anew.
const mostForms = 64

// unreadable is why a form cannot be parsed.
type unreadable struct{ error }

// Unwrap is for package errors.
func (u unreadable) Unwrap() error { return u.error }

// Read parses a form and understands its questions as Scorer does.
func (k *Keeper) Read(ctx context.Context, yaml string) (*quality.Form, error) {
	key := sha256.Sum256([]byte(yaml))
	k.understood.mu.Lock()
	f := k.understood.all[key]
	k.understood.mu.Unlock()
	if f != nil {
		return f, nil
	}
	f, err := quality.Parse([]byte(yaml))
	if err != nil {
		return nil, unreadable{err}
	}
	if err := k.do(ctx, func(ctx context.Context) (err error) {
		f, err = k.Scorer.Understand(ctx, f)
		return err
	}); err != nil {
		return nil, err
	}
	k.understood.mu.Lock()
	defer k.understood.mu.Unlock()
	if k.understood.all == nil || len(k.understood.all) >= mostForms {
		k.understood.all = map[[sha256.Size]byte]*quality.Form{}
	}
	k.understood.all[key] = f
	return f, nil
}

// Judge is what the background would answer about a call by a stored form, of which Read gave parsed. It stores nothing.
func (k *Keeper) Judge(ctx context.Context, f Form, parsed *quality.Form, d record.Detail) (quality.Card, error) {
	c := Call(d)
	v, err := k.vectors(ctx, c)
	if err != nil {
		return quality.Card{}, err
	}
	card, err := k.judge(ctx, k.Scorer, parsed, c, v)
	if err != nil {
		return quality.Card{}, err
	}
	return k.beside(ctx, ready{Form: f, parsed: parsed}, card)
}

// beside decides the automatic fails of a fresh card beside the latest calls that the same version of the form judged.
func (k *Keeper) beside(ctx context.Context, f ready, card quality.Card) (quality.Card, error) {
	if !slices.ContainsFunc(card.Answers, func(a quality.Answer) bool { return a.FailOdds != nil }) {
		return card, nil
	}
	old, err := k.Store.Scored(ctx, f.ID, time.Time{}, quality.MostBeside)
	if err != nil {
		return quality.Card{}, err
	}
	var others []quality.Card
	for _, s := range old {
		if s.Version == f.Version {
			others = append(others, s.Card)
		}
	}
	return f.parsed.Beside(card, others)
}

// judge judges where no caller waits for it. A judgement that gave way goes on where it was.
func (k *Keeper) judge(ctx context.Context, s *quality.Scorer, f *quality.Form, c quality.Call, v *quality.Vectors) (card quality.Card, err error) {
	g := s.Begin(f, c, v)
	err = k.do(ctx, func(ctx context.Context) (err error) {
		card, err = g.Finish(ctx)
		return err
	})
	return card, err
}

func (k *Keeper) do(ctx context.Context, fn func(context.Context) error) error {
	if k.Do == nil {
		return fn(ctx)
	}
	return k.Do(ctx, fn)
}

// vectors are those kept of c, with room for more; without a name where none are kept.
func (k *Keeper) vectors(ctx context.Context, c quality.Call) (*quality.Vectors, error) {
	v := &quality.Vectors{}
	if k.Vectors == nil {
		return v, nil
	}
	if v.Model = k.Scorer.Model(c); v.Model == "" {
		return v, nil
	}
	return v, k.Vectors.Vectors(ctx, call.ID(c.ID), v)
}

func (k *Keeper) saveVectors(ctx context.Context, id call.ID, v *quality.Vectors) error {
	if v.Model == "" || !v.Fresh {
		return nil
	}
	return k.Vectors.SaveVectors(ctx, id, v)
}
