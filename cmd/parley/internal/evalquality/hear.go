package evalquality

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/transcribe"
	"github.com/parley-voice/parley/models"
)

// hear transcribes the sound files of a set that have no turns and puts them among its calls. It returns those that could
// not be, each of which it has named.
func hear(ctx context.Context, env *cli.Env, dir string, set *quality.Set) (left []string, err error) {
	left = []string{}
	if len(set.Sounds) == 0 {
		return left, nil
	}
	l, err := transcribe.Open(env, set.Form.Languages)
	if errors.Is(err, models.ErrMissing) {
		for _, f := range set.Sounds {
			env.Infof("%s has no transcript, and the weights to make one are not here: run parley models pull, or put its turns into a .json beside it; left out", f)
		}
		return set.Sounds, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for _, f := range set.Sounds {
		id := strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))
		turns, lang, err := l.Turns(ctx, filepath.Join(dir, f))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			env.Infof("%s: %v; left out", f, err)
			left = append(left, f)
			continue
		}
		env.Infof("%s: transcribed, %d turns", f, len(turns))
		at := slices.IndexFunc(set.Calls, func(c quality.Call) bool { return c.ID == id })
		if at < 0 {
			set.Calls, at = append(set.Calls, quality.Call{ID: id}), len(set.Calls)
		}
		c := &set.Calls[at]
		if c.Turns = turns; c.Lang == "" {
			c.Lang = lang
		}
	}
	return left, nil
}
