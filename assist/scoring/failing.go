package scoring

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Failure is a call that could not be judged. It waits longer each time that it is tried, and no other call waits for it.
type Failure struct {
	Call  call.ID   `json:"call"`
	Form  string    `json:"form" doc:"The form it is owed a score by; empty: all that are for it"`
	Tries int       `json:"tries"`
	Last  time.Time `json:"last" doc:"When it was tried last"`
	Next  time.Time `json:"next" doc:"When it is tried again"`
	Why   string    `json:"why" doc:"What went wrong, in English"`
}

const (
	firstWait = time.Minute
	mostWait  = time.Hour
	mostWhy   = 400 // characters
)

// Wait is how long a call waits that could not be judged, after so many tries, 1 or more: a minute, then twice as long each time,
// an hour at most.
func Wait(tries int) time.Duration {
	return min(mostWait, firstWait<<min(max(tries, 1)-1, 10))
}

// failed has a call wait that could not be judged, and returns err. It does not where the program ends.
func (k *Keeper) failed(ctx context.Context, o Owed, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	why := []rune(err.Error())
	return errors.Join(err, k.Store.Failed(ctx, o, string(why[:min(len(why), mostWhy)])))
}
