//go:build wallclock

package node

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// jump sets the clock of this process forth and back by an hour, again and again, and leaves it so many hours off. Only the
// time of day is changed, as when somebody sets the clock of the machine (deploy/wallclock.sh).
func jump(hours int64) {
	for range 40 {
		for _, h := range []int64{1, -1} {
			time.WallShift.Store(3600 * h)
			time.Sleep(30 * time.Millisecond) // calls and pages look at the clock meanwhile
		}
	}
	time.WallShift.Store(3600 * hours)
}

// TestFaultsClock sets the clock by an hour, forth and back, in the middle of a call: the call goes on, its record tells its
// real length, and what was to be told later is told.
func TestFaultsClock(t *testing.T) {
	faulty(t)
	t.Cleanup(func() { time.WallShift.Store(0) })
	before := time.Now()
	time.WallShift.Store(3600)
	if time.Until(before) > -59*time.Minute && time.Now().Unix()-before.Unix() < 3590 {
		t.Fatal("the clock cannot be set here: run deploy/wallclock.sh")
	}
	time.WallShift.Store(0)
	told := &receiver{seen: map[string]int{}, of: map[hooks.Kind]int{}}
	var refused atomic.Int64
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused.Add(1) <= 3 { // so that the first event waits for another try while the clock is set back
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		told.ServeHTTP(w, r)
	}))
	t.Cleanup(hook.Close)
	cfg := settings("")
	cfg.Webhooks = []config.Webhook{{Name: "crm", URL: hook.URL, Networks: []string{"127.0.0.0/8"}}}
	r := start(t, cfg)
	r.ready("en", stolen, abroad, bye)
	lines := callersVoice(t, r.env, stolen, abroad, stolen, bye)
	began := time.Now()
	res := r.under("english", map[int]func(){
		1: func() { jump(1) },
		2: func() { jump(-1) },
		3: func() { jump(0) },
	}, lines...)
	took := time.Since(began)
	d := r.whole(res.CallID)
	t.Logf("%d turns in %.0f s", len(d.Turns), d.Duration)
	r.sound(d)
	if heard(d, blocks) != 2 || heard(d, costs) != 1 {
		t.Errorf("turns %+v", d.Turns)
	}
	if d.Duration <= 0 || d.Duration > took.Seconds() {
		t.Errorf("the record says %.0f s; it took %.0f", d.Duration, took.Seconds())
	}
	for i, u := range d.Turns {
		if u.End < u.Start || u.End.Seconds() > took.Seconds() || i > 0 && u.Start < d.Turns[i-1].Start {
			t.Errorf("turn %d lasts from %v to %v", u.N, u.Start, u.End)
		}
	}
	told.once(t, len(d.Turns))
}
