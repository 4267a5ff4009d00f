package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"
)

type readiness struct {
	Status int
	Body   struct {
		Ready  bool              `json:"ready"`
		Checks map[string]string `json:"checks" doc:"Each part with ok, failed or degraded (calls are served without it); the log has the reasons"`
	}
}

const (
	checkLimit = 3 * time.Second
	checkFresh = 200 * time.Millisecond // pages ask often; the parts are not asked more often than this
)

// lookout asks the parts how they are, for all who want to know at the same time. The zero value is ready.
type lookout struct {
	mu   sync.Mutex
	at   time.Time
	last *readiness
}

// Parts returns each part with ok, failed or degraded, as /readyz tells it. It blocks for at most 3 s.
func (a *API) Parts(ctx context.Context) map[string]string { return a.ready.look(ctx, a).Body.Checks }

// look returns how the parts are. It blocks for at most checkLimit.
func (l *lookout) look(ctx context.Context, a *API) *readiness {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && time.Since(l.at) < checkFresh {
		return l.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkLimit) // others wait for it too
	defer cancel()
	errs := make([]error, len(a.o.Checks))
	var wg sync.WaitGroup
	for i, c := range a.o.Checks { // side by side: one that hangs must not use up the time of the others
		wg.Go(func() { errs[i] = c.Run(ctx) }) // ends with ctx
	}
	wg.Wait()
	out := &readiness{Status: http.StatusOK}
	out.Body.Ready, out.Body.Checks = true, make(map[string]string, len(errs))
	for i, c := range a.o.Checks {
		state := "ok"
		switch {
		case errs[i] == nil:
		case c.Optional:
			state = "degraded"
		default:
			state = "failed"
			out.Body.Ready, out.Status = false, http.StatusServiceUnavailable
		}
		out.Body.Checks[c.Name] = state
		switch changed := l.last == nil || l.last.Body.Checks[c.Name] != state; {
		case changed && errs[i] != nil:
			a.log.Warn("a part does not work", "part", c.Name, "state", state, "err", errs[i])
		case changed && l.last != nil:
			a.log.Info("a part works again", "part", c.Name)
		}
	}
	l.at, l.last = time.Now(), out
	return out
}
