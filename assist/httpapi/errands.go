package httpapi

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/scoring"
)

// errands are things that take longer than a request may: an import, a run of a golden set, a replay of a form. The zero
// value is ready.
type errands struct {
	mu   sync.Mutex
	all  []*errand // oldest first
	jobs sync.WaitGroup
}

// errand is one of them. Its fields are guarded by the mutex of errands.
type errand struct {
	id, who     string
	began       time.Time
	done, total int
	state       string // running, done or failed
	result      any
	err         error
	over        chan struct{}
	stop        context.CancelFunc
}

const (
	mostErrands  = 32
	errandsKept  = time.Hour
	errandAtOnce = 2 * time.Second // an answer waits this long for the end of an errand
)

// start runs f beside the request. f is told how to report progress; it ends by itself or with close.
func (e *errands) start(ctx context.Context, who string, f func(ctx context.Context, progress func(done, total int)) (any, error)) *errand {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x := &errand{id: rand.Text(), who: who, began: time.Now(), state: "running", over: make(chan struct{}), stop: cancel}
	e.mu.Lock()
	e.all = slices.DeleteFunc(e.all, func(o *errand) bool { return o.state != "running" && time.Since(o.began) > errandsKept })
	if i := slices.IndexFunc(e.all, func(o *errand) bool { return o.state != "running" }); len(e.all) >= mostErrands && i >= 0 {
		e.all = slices.Delete(e.all, i, i+1)
	}
	e.all = append(e.all, x)
	e.mu.Unlock()
	// Ends with f; close cancels it and waits.
	e.jobs.Go(func() {
		defer cancel()
		result, err := f(ctx, func(done, total int) {
			e.mu.Lock()
			defer e.mu.Unlock()
			x.done, x.total = done, total
		})
		e.mu.Lock()
		defer e.mu.Unlock()
		x.state, x.result, x.err = "done", result, err
		if err != nil {
			x.state = "failed"
		}
		close(x.over)
	})
	return x
}

// wait waits a little for the end of an errand, which most reach at once.
func (x *errand) wait(ctx context.Context) {
	select {
	case <-x.over:
	case <-ctx.Done():
	case <-time.After(errandAtOnce):
	}
}

// find returns a copy of the errand of who.
func (e *errands) find(id, who string) (errand, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.all, func(o *errand) bool { return o.id == id && o.who == who })
	if i < 0 {
		return errand{}, false
	}
	return *e.all[i], true
}

// close ends what runs and waits for it.
func (e *errands) close() {
	e.mu.Lock()
	for _, x := range e.all { // what runs is never left out
		x.stop()
	}
	e.mu.Unlock()
	e.jobs.Wait()
}

type errandInput struct {
	ID string `path:"id" maxLength:"64"`
}

type errandOutput struct {
	Body errandView
}

type errandView struct {
	ID     string        `json:"id"`
	State  string        `json:"state" enum:"running,done,failed"`
	Done   int           `json:"done"`
	Total  int           `json:"total"`
	Why    string        `json:"why,omitempty" doc:"Of failed"`
	Status int           `json:"status,omitempty" doc:"Of failed: what an answer would have had"`
	Type   string        `json:"type,omitempty" doc:"Of failed: likewise"`
	Run    *gaps.Run     `json:"run,omitempty" doc:"Of a golden set"`
	Counts *importCounts `json:"counts,omitempty" doc:"Of an import"`
	// Preview is what would change.
	Preview     *gaps.Preview   `json:"preview,omitempty" doc:"Of a preview"`
	Report      *scoring.Report `json:"report,omitempty" doc:"Of a form that was tried on past calls"`
	Calibration *reviewed       `json:"calibration,omitempty" doc:"The calibration that began"`
}

// errandOf is how an errand of who asks stands. fail says in words what an error means.
func (a *API) errandOf(ctx context.Context, id string, fail func(error) error) (*errandOutput, error) {
	x, ok := a.errands.find(id, access.From(ctx).Person.ID)
	if !ok {
		return nil, huma.Error404NotFound("this is not known any more")
	}
	out := &errandOutput{errandView{ID: x.id, State: x.state, Done: x.done, Total: x.total}}
	if x.err != nil {
		a.log.Error("an errand failed", "err", x.err)
		err := fail(x.err)
		out.Body.Why, out.Body.Status, out.Body.Type = err.Error(), http.StatusInternalServerError, typeOf(err)
		if s, ok := err.(huma.StatusError); ok { //nolint:errorlint // as it came from fail
			out.Body.Status = s.GetStatus()
		}
		return out, nil
	}
	switch r := x.result.(type) {
	case gaps.Run:
		out.Body.Run = &r
	case importCounts:
		out.Body.Counts = &r
	case gaps.Preview:
		out.Body.Preview = &r
	case scoring.Report:
		out.Body.Report = &r
	case reviewed:
		out.Body.Calibration = &r
	}
	return out, nil
}
