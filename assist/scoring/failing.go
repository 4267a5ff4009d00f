package scoring

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// Failure is a call that could not be judged. It waits longer each time that it is tried, and no other call waits for it.
type Failure struct {
	Call  call.ID   `json:"call"`
	Form  string    `json:"form" doc:"The form it is owed a score by; empty: all that are for it"`
	Tries int       `json:"tries"`
	Last  time.Time `json:"last" doc:"When it was tried last"`
	Next  time.Time `json:"next" doc:"When it is tried again"`
	Code  string    `json:"code,omitempty" enum:"form,key,time,model,record" doc:"What went wrong: the form cannot be read, a key is missing, it took too long, the models or the language model failed, the record could not be read or written; empty: not known"`
	Why   string    `json:"why" doc:"What went wrong, in English"`
}

// Codes of failures, which pages say in their language.
const (
	FailedForm   = "form"
	FailedKey    = "key"
	FailedTime   = "time"
	FailedModel  = "model"
	FailedRecord = "record"
)

// modelError is what came of asking the models or a language model.
type modelError struct{ error }

// Unwrap is for package errors.
func (m modelError) Unwrap() error { return m.error }

// codeOf is the code of what kept a call from being judged.
func codeOf(err error) string {
	var form unreadable
	var model modelError
	switch {
	case errors.As(err, &form):
		return FailedForm
	case errors.Is(err, seal.ErrKey), errors.Is(err, seal.ErrLocked):
		return FailedKey
	case errors.Is(err, context.DeadlineExceeded):
		return FailedTime
	case errors.As(err, &model):
		return FailedModel
	}
	return FailedRecord
}

const (
	firstWait = time.Minute
	mostWait  = time.Hour
	mostWhy   = 400 // characters
	calm      = 10 * time.Minute
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
	return errors.Join(err, k.Store.Failed(ctx, o, codeOf(err), string(why[:min(len(why), mostWhy)])))
}

// outage tells when what kept calls from being scored is over, so that they need not wait on. Calls that can never be judged
// look like one where they are alone, so that one ends only once in a while (calm).
type outage struct {
	mu    sync.Mutex
	on    bool
	ended time.Time
}

// over reports whether one is over, after a pass that scored n calls. One begins with a pass in which nothing but errors came.
func (o *outage) over(n int, bad error, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n == 0 {
		o.on = o.on || bad != nil
		return false
	}
	if !o.on || now.Sub(o.ended) < calm {
		return false
	}
	o.on, o.ended = false, now
	return true
}
