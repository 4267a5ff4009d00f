package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store/nexttest"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// asked are the questions that a caller of TestRollingVersions asks in one call, with what is known about them.
func asked() [][2]string {
	return [][2]string{
		{stolen, "Call us at any hour and we block the card at once."},
		{"When does the branch open?", "We open at nine in the morning."},
		{"How do I report a lost card?", "Call us at any hour and we block the card at once."},
	}
}

// TestRollingVersions exchanges two nodes for ones of a next version, one after the other. Callers are on both meanwhile and go
// on asking; who rings during an exchange is answered by the other node. All that was said is on record, each call has the one
// ticket that was asked for at both nodes, and a receiver is told of everything once.
func TestRollingVersions(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes minutes: make test-cluster")
	}
	first := environment(t)
	newer := nexttest.Build(t)
	lines := questions(t, first)
	post := openMailbox(t)
	url, bus, keys := pgtest.Database(t), natsServer(t), freshKeys(t)
	told := func(home string) *box {
		x := newBox(t, home, url, bus, keys)
		x.env = append(x.env, childHook+"="+post.URL)
		x.start()
		return x
	}
	a := told(first.Home)
	b := told(beside(t, first.Home).Home)
	e := &exchanging{t: t, phone: telephone(t), lines: lines}
	e.exchange(newer, a, b)
	e.exchange(newer, b, a)
	last := []*talk{e.ring(a), e.ring(b)}
	e.ticket(last[0], a, b)
	e.ticket(last[1], b, a)
	e.finish(last...)

	for _, at := range e.calls {
		checkTalk(t, a, at)
	}
	if all := a.calls(""); len(all) != len(e.calls) {
		t.Errorf("%d calls on record, %d were made", len(all), len(e.calls))
	}
	post.await(t, e.calls)
	a.drain()
	b.drain()
	again := post.check(t, e.calls)
	t.Logf("two nodes exchanged for ones of a next version under %d calls: %d answered to the end, %d questions, %d webhooks, %d of them sent twice",
		len(e.calls), e.whole(), len(e.calls)*len(lines), post.count(), again)
}

// questions are what is asked, as a caller says them.
func questions(t *testing.T, env *cli.Env) []softphone.Line {
	t.Helper()
	m, err := mouth.Open(t.Context(), env, settings("").TTS, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	var out []softphone.Line
	for _, q := range asked() {
		pcm, err := m.Say(t.Context(), q[0], tts.Voice{Name: "kokoro:am_michael", Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, softphone.Line{Text: q[0], Lang: "en", PCM: pcm})
	}
	return out
}

// exchanging are two nodes that are exchanged, and who calls meanwhile.
type exchanging struct {
	t     *testing.T
	phone *softphone.Phone
	lines []softphone.Line
	calls []*talk
}

// talk is one caller, who says a line when it may be said and hangs up when all may be.
type talk struct {
	number string
	id     call.ID // once it is on record
	may    atomic.Int32
	at     atomic.Int32 // how many lines were said and answered
	on     *box         // who answered
	ended  chan struct{}
	result softphone.Result
	kept   record.Detail // what is on record of it in the end
}

// ring has somebody call the nodes in this order, until one takes the call, and say the first line.
func (e *exchanging) ring(boxes ...*box) *talk {
	c := &talk{number: fmt.Sprintf("+441632960%03d", len(e.calls)), ended: make(chan struct{})}
	c.may.Store(1)
	e.calls = append(e.calls, c)
	script := softphone.Script{
		Lines: e.lines, Linger: patient.Linger, Patience: 5 * time.Minute, Dial: sip.DialOptions{From: c.number},
		May: func(line int) bool {
			c.at.Store(int32(line)) //nolint:gosec // a few
			return line < int(c.may.Load())
		},
	}
	go func() { // ends with the call, at the latest with the test's context
		defer close(c.ended)
		for _, x := range boxes {
			c.on = x
			if c.result = e.phone.Call(e.t.Context(), "sip:english@"+x.sip, script); c.result.Status != http.StatusServiceUnavailable {
				return
			}
		}
	}()
	return c
}

// exchange stops a node, with callers on it and on the other one, and starts it in another version when they have said all.
// Nobody is kept waiting in silence for long: a caller who says nothing is asked, and hung up on in the end.
func (e *exchanging) exchange(newer string, x, other *box) {
	e.t.Helper()
	before := []*talk{e.ring(x), e.ring(other)}
	for _, c := range before {
		e.ticket(c, x, other)
		until(e.t, c.number+" has been answered", func() bool { return c.at.Load() > 0 })
	}
	until(e.t, "both nodes show the calls of both", func() bool { return shows(x, before) && shows(other, before) })
	x.stop()
	until(e.t, x.sip+" takes no calls", func() bool { return x.try(http.MethodGet, "/readyz", nil, nil) != nil })
	late := e.ring(x, other)
	e.ticket(late, other, other)
	e.finish(append(before, late)...)
	if before[0].on != x || before[1].on != other || late.on != other {
		e.t.Error("a node that stops has taken a call, or one that runs has not")
	}
	x.gone()
	x.program = newer
	x.start()
}

// finish lets callers say the rest and hang up.
func (e *exchanging) finish(calls ...*talk) {
	e.t.Helper()
	for _, c := range calls {
		c.may.Store(int32(len(e.lines)) + 1) //nolint:gosec // a few
	}
	for _, c := range calls {
		select {
		case <-c.ended:
		case <-time.After(most):
			e.t.Fatalf("%s has not ended, with %d lines answered", c.number, c.at.Load())
		}
		if r := c.result; r.Err != nil || r.EndedBy != "caller" || len(r.Gaps) != len(e.lines) {
			e.t.Errorf("%s was lost: status %d, ended by %s, %d replies, %v", c.number, r.Status, r.EndedBy, len(r.Gaps), r.Err)
		}
	}
}

// whole is how many calls went on to the end.
func (e *exchanging) whole() (n int) {
	for _, c := range e.calls {
		if c.result.Err == nil && c.result.EndedBy == "caller" {
			n++
		}
	}
	return n
}

// ticket waits until a call is on record, and asks two nodes for its ticket, as a program does that asks again elsewhere.
func (e *exchanging) ticket(c *talk, boxes ...*box) {
	e.t.Helper()
	until(e.t, c.number+" is on record", func() bool {
		for _, r := range boxes[0].calls(record.Running) {
			if r.From == c.number {
				c.id = r.ID
			}
		}
		return c.id != ""
	})
	var made [2]ticket.Ticket
	for i, x := range boxes {
		body := map[string]any{"form": "refund", "fields": map[string]string{"reason": "card"}, "call": c.id}
		if err := x.tryAs("refund:"+string(c.id), http.MethodPost, "/api/tickets", body, &made[i]); err != nil {
			e.t.Fatal(err)
		}
	}
	if made[0].ID != made[1].ID {
		e.t.Errorf("%s has two tickets: %s, %s", c.number, made[0].Number, made[1].Number)
	}
}

// shows reports whether the desk of a node has these calls, all running.
func shows(x *box, calls []*talk) bool {
	var f desk.Floor
	if x.try(http.MethodGet, "/api/live", nil, &f) != nil {
		return false
	}
	return !slices.ContainsFunc(calls, func(c *talk) bool {
		return !slices.ContainsFunc(f.Calls, func(l desk.Live) bool { return l.ID == c.id })
	})
}

// checkTalk looks for all that was said in a call on record: what was asked, what was answered, and no gap.
func checkTalk(t *testing.T, x *box, c *talk) {
	t.Helper()
	until(t, c.number+" has ended on record", func() bool { // one that was taken for cut, since its node was too busy to say a word, is opened again
		return x.try(http.MethodGet, "/api/calls/"+string(c.id), nil, &c.kept) == nil && c.kept.State == record.Ended
	})
	var want, said []string
	for _, q := range asked() {
		want = append(want, q[1])
	}
	heard, gap := 0, false
	for i, u := range c.kept.Turns {
		gap = gap || u.N != i+1
		switch {
		case u.Who == call.Caller:
			heard++
		case u.Decision == answer.Known:
			said = append(said, u.Text)
		}
	}
	if gap || heard != len(asked()) || !slices.Equal(said, want) {
		t.Errorf("%s: the caller was heard %d times and told %q; turns %+v", c.number, heard, said, c.kept.Turns)
	}
}

// mailbox is a receiver of webhooks.
type mailbox struct {
	*httptest.Server

	mu  sync.Mutex
	got []hooks.Event // in the order they came
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e hooks.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got = append(m.got, e)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.got)
}

// ids are the IDs of what came about a call, of one kind.
func (m *mailbox) ids(id call.ID, k hooks.Kind) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, e := range m.got {
		if e.Call == id && e.Kind == k {
			out = append(out, e.ID)
		}
	}
	return out
}

// due is how much a receiver is told of a call, by kind.
func (c *talk) due() map[hooks.Kind]int {
	return map[hooks.Kind]int{hooks.CallStarted: 1, hooks.CallEnded: 1, hooks.TranscriptFinal: len(c.kept.Turns), hooks.TicketCreated: 1, hooks.TicketUpdated: 0}
}

// await waits until all of each call has come.
func (m *mailbox) await(t *testing.T, calls []*talk) {
	t.Helper()
	for _, c := range calls {
		for k, n := range c.due() {
			until(t, fmt.Sprintf("%d %s of %s have come", n, k, c.number), func() bool { return len(distinct(m.ids(c.id, k))) >= n })
		}
	}
}

// check looks for what came twice, and returns how many came again under the same ID, by which receivers know them.
func (m *mailbox) check(t *testing.T, calls []*talk) (again int) {
	t.Helper()
	for _, c := range calls {
		for k, n := range c.due() {
			ids := m.ids(c.id, k)
			if got := len(distinct(ids)); got != n {
				t.Errorf("%s: %d %s, want %d", c.number, got, k, n)
			}
			again += len(ids) - len(distinct(ids))
		}
	}
	return again
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(slices.Clone(ids))
}

// most is how long something may take that this machine does, however busy it is.
const most = 4 * time.Minute

// until waits for a state.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(most); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within the time: ", what)
		}
	}
}
