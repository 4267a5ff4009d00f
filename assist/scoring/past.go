package scoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Past is an ended call that a form has not judged.
type Past struct {
	Call  call.ID
	Queue string
	Lang  string
}

// Owed is a call that ended before a form was there and is to be judged by it all the same.
type Owed struct {
	Call call.ID
	Form string
}

// PastOf are the calls since a moment that a form is for and has not judged, the newest first, up to limit. may says which
// of them count; nil: all.
func (k *Keeper) PastOf(ctx context.Context, id string, f *quality.Form, since time.Time, limit int, may func(call.ID) (bool, error)) ([]call.ID, error) {
	var out []call.ID
	for skip, more := 0, true; more && len(out) < limit; skip += pastPage {
		page, err := k.Store.Unjudged(ctx, id, since, skip, pastPage)
		if err != nil {
			return nil, err
		}
		more = len(page) == pastPage
		for _, p := range page {
			if len(out) == limit || !For(f, quality.Call{Lang: p.Lang, Queue: p.Queue}) {
				continue
			}
			ok := true
			if may != nil {
				if ok, err = may(p.Call); err != nil {
					return nil, err
				}
			}
			if ok {
				out = append(out, p.Call)
			}
		}
	}
	return out, nil
}

// pastPage is how many calls are looked at together: those that a form is for may lie behind many others.
const pastPage = 1000

// owed judges calls of before a form was there. They come after those that have just ended, and have the scores that they
// have already as these are.
func (k *Keeper) owed(ctx context.Context) (int, error) {
	all, err := k.Store.Owed(ctx, batch)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	forms, err := k.forms(ctx)
	if err != nil {
		return 0, err
	}
	return each(all, k.waiting(ctx), func(o Owed) error {
		if err := k.failed(ctx, o, k.pay(ctx, forms, o)); err != nil {
			return fmt.Errorf("score call %s by form %s: %w", o.Call, o.Form, err)
		}
		return nil
	})
}

func (k *Keeper) pay(ctx context.Context, forms []ready, o Owed) error {
	wanted := slices.DeleteFunc(slices.Clone(forms), func(f ready) bool { return f.ID != o.Form })
	for _, f := range wanted {
		if f.broken != nil {
			return fmt.Errorf("the form cannot be read by this version of Parley, save it anew: %w", f.broken)
		}
	}
	sheets, _, err := k.judged(ctx, wanted, o.Call)
	if err != nil && !errors.Is(err, record.ErrUnknown) {
		return err
	}
	return k.Store.SaveOwed(ctx, o, sheets)
}
