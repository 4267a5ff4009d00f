package node

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// eventServer is a NATS server of its own, which can be stopped and started again on the same address and files.
type eventServer struct {
	t   *testing.T
	opt server.Options
	srv *server.Server
}

func newEventServer(t *testing.T) *eventServer {
	e := &eventServer{t: t, opt: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true}}
	e.start()
	t.Cleanup(e.stop)
	return e
}

func (e *eventServer) start() {
	opt := e.opt
	srv, err := server.NewServer(&opt)
	if err != nil {
		e.t.Error(err)
		return
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		e.t.Error("the event server does not start")
		return
	}
	e.srv, e.opt.Port = srv, opt.Port
}

func (e *eventServer) stop() {
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
}

// TestFaultsDuringACall kills and freezes the recogniser and takes the event server away in the middle of one call. The
// caller asks again each time, hears something each time, and the call ends as it should; the record has it whole.
// It takes two minutes, so it runs with PARLEY_FAULTS=1 only (make test-faults).
func TestFaultsDuringACall(t *testing.T) {
	faulty(t)
	bus := newEventServer(t)
	cfg := settings("")
	cfg.Events.URL = bus.srv.ClientURL()
	r := start(t, cfg)
	worker, ok := r.hearing.(*whisper.Worker)
	if !ok {
		t.Skip("recognition runs in this process")
	}
	ask := r.line(stolen)
	res := r.under("english", map[int]func(){
		1: func() { _ = syscall.Kill(worker.PID(), syscall.SIGKILL) },
		2: func() { _ = syscall.Kill(worker.PID(), syscall.SIGSTOP) },
		4: func() { bus.stop(); r.says("events", true) },
		5: func() { bus.start(); r.says("events", false) },
	}, ask, ask, ask, ask, ask, r.line(bye))
	d := r.whole(res.CallID)
	answers := 0
	for _, u := range d.Turns {
		if u.Who == call.Bot && strings.HasPrefix(u.Text, "Call us at any hour") {
			answers++
		}
	}
	t.Logf("turns %d, right answers %d of 5", len(d.Turns), answers)
	if answers < 3 { // the ones without a fault
		t.Errorf("right answers %d: %+v", answers, d.Turns)
	}
	if d.State != record.Ended || d.EndedBy == "" || !d.Audio {
		t.Errorf("ended as %s by %q, recording %v", d.State, d.EndedBy, d.Audio)
	}
	if !slices.IsSortedFunc(d.Turns, func(a, b call.Turn) int { return a.N - b.N }) || len(d.Turns) > 0 && d.Turns[len(d.Turns)-1].N != len(d.Turns) {
		t.Errorf("turns are missing: %+v", d.Turns)
	}
	if worker.Crashes() < 2 {
		t.Errorf("the recogniser was replaced %d times", worker.Crashes())
	}
}

// whole waits for the record longer than recorded does: events come after the event server is back.
func (r *rig) whole(sipCall string) record.Detail {
	r.t.Helper()
	for deadline := time.Now().Add(45 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) { // polling what another process writes
		page, err := r.store.List(r.t.Context(), record.Query{State: record.Ended})
		if err != nil { // the database may still be away
			continue
		}
		for _, c := range page.Calls {
			if c.SIPCall != sipCall {
				continue
			}
			if d, err := r.store.Get(r.t.Context(), c.ID); err == nil {
				return d
			}
		}
	}
	page, _ := r.store.List(r.t.Context(), record.Query{})
	r.t.Fatalf("the call has no complete record: %+v", page.Calls)
	return record.Detail{}
}
