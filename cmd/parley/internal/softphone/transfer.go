package softphone

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/sip"
)

// transfer is what a caller does when it is told to call somebody else: it does.
type transfer struct {
	server *sip.Server

	mu     sync.Mutex
	busy   bool
	target string
	leg    *sip.Leg
}

// ringTime is how long the other one may ring.
const ringTime = 20 * time.Second

// follow takes the request, calls target, and reports how that went.
func (t *transfer) follow(target string) iter.Seq[int] {
	return func(yield func(int) bool) {
		t.setBusy(true)
		defer t.setBusy(false)
		if !yield(202) || !yield(100) {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), ringTime)
		defer cancel()
		leg, err := t.server.Dial(ctx, target, sip.DialOptions{})
		if err != nil {
			code := 503
			if st := (*sip.StatusError)(nil); errors.As(err, &st) {
				code = st.Code
			}
			yield(code)
			return
		}
		t.mu.Lock()
		t.target, t.leg = target, leg
		t.mu.Unlock()
		yield(200)
	}
}

func (t *transfer) setBusy(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = on
}

// underWay reports whether the other one is being called.
func (t *transfer) underWay() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy
}

// reached is the URI that answered, "" when none did.
func (t *transfer) reached() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.target
}

// end hangs up the other call.
func (t *transfer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leg == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = t.leg.Hangup(ctx) // the call that mattered is over
}
