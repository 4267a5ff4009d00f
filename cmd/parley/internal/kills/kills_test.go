package kills

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "child" {
		fmt.Fprintln(os.Stderr, child(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// world is what happens outside of the process: what the receiver of webhooks and the telephones saw.
type world struct {
	mu        sync.Mutex
	hooks     map[string]int             // deliveries by the ID of the event
	facts     map[string]map[string]bool // IDs by what they tell
	transfers map[string]int             // by call
}

func (w *world) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // the sender died in the middle: nothing was told
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.URL.Path == "/transfer" {
		w.transfers[string(body)]++
		return
	}
	var e hooks.Event
	if json.Unmarshal(body, &e) != nil {
		return
	}
	w.hooks[e.ID]++
	fact := string(e.Kind) + " " + string(e.Call)
	if e.Kind == hooks.TranscriptFinal {
		var turn call.Turn
		if json.Unmarshal(e.Data, &turn) != nil {
			return
		}
		fact += " " + strconv.Itoa(turn.N)
	}
	if e.Kind == hooks.CallAnswered { // by the bot, and then by a person
		fact += " " + string(e.Data)
	}
	if w.facts[fact] == nil {
		w.facts[fact] = map[string]bool{}
	}
	w.facts[fact][e.ID] = true
}

// account is what the processes said was done before they were killed.
type account struct {
	turns   map[string]map[int]bool // by call
	asked   map[string]bool         // tickets without an answer yet
	tickets map[string]string       // by call
}

func (a *account) note(line string, t *testing.T) {
	f := strings.Fields(line)
	switch {
	case len(f) == 3 && f[0] == "turn":
		n, err := strconv.Atoi(f[2])
		if err != nil {
			return
		}
		if a.turns[f[1]] == nil {
			a.turns[f[1]] = map[int]bool{}
		}
		a.turns[f[1]][n] = true
	case len(f) == 2 && f[0] == "asked":
		a.asked[f[1]] = true
	case len(f) == 3 && f[0] == "ticket":
		delete(a.asked, f[1])
		if was := a.tickets[f[1]]; was != "" && was != f[2] {
			t.Errorf("call %s has tickets %s and %s", f[1], was, f[2])
		}
		a.tickets[f[1]] = f[2]
	}
}

// cycle starts the process, lets it work for a while and kills it.
func cycle(t *testing.T, home, url string, a *account, life time.Duration, early bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "child", home, url)
	var wants strings.Builder
	for id := range a.asked {
		wants.WriteString(id + "\n")
	}
	cmd.Stdin, cmd.Stderr = strings.NewReader(wants.String()), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(life, func() { _ = cmd.Process.Kill() }) }
	if early { // while it starts
		kill()
	}
	ready := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" && !early {
			ready = true
			kill()
		}
		a.note(lines.Text(), t)
	}
	_ = cmd.Wait()
	if !ready && !early {
		t.Fatal("the process did not start again after it was killed")
	}
}

// TestKills kills a process at random points: 20 times, or PARLEY_KILLS times. Nothing that was completed may be lost and
// nothing may happen twice. A webhook that was sent and not yet noted is sent again under the same ID, which is counted apart.
func TestKills(t *testing.T) {
	times := 20
	if s := os.Getenv("PARLEY_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal("PARLEY_KILLS is no number:", s)
		}
		times = n
	}
	w := &world{hooks: map[string]int{}, facts: map[string]map[string]bool{}, transfers: map[string]int{}}
	srv := httptest.NewServer(w)
	defer srv.Close()
	a := &account{map[string]map[int]bool{}, map[string]bool{}, map[string]string{}}
	home := t.TempDir()
	began := time.Now()
	early := 0
	for n := range times {
		e := n > 0 && rand.IntN(5) == 0
		if e {
			early++
		}
		cycle(t, home, srv.URL, a, time.Duration(rand.IntN(400))*time.Millisecond, e)
	}
	took := time.Since(began)
	lost, doubled := settle(t, home, srv.URL, w, a)
	turns, again, facts := 0, 0, 0
	for _, ns := range a.turns {
		turns += len(ns)
	}
	for _, n := range w.hooks {
		again += n - 1
	}
	for fact, ids := range w.facts {
		facts++
		if len(ids) > 1 {
			t.Errorf("told under %d IDs: %s", len(ids), fact)
			doubled++
		}
	}
	for id, n := range w.transfers {
		if n > 1 {
			t.Errorf("%d transfers of call %s", n, id)
			doubled++
		}
	}
	t.Logf("kills %d (%d while starting) in %s; calls %d, completed turns %d, tickets %d, webhooks %d, transfers %d", times, early, took.Round(time.Second), len(a.turns), turns, len(a.tickets), facts, len(w.transfers))
	t.Logf("lost %d, done twice %d; webhooks sent again under the same ID %d", lost, doubled, again)
	if times >= 20 && turns < times {
		t.Errorf("only %d turns in %d kills, so this shows little", turns, times)
	}
}

// settle lets a last process finish what was left, and compares.
func settle(t *testing.T, home, url string, w *world, a *account) (lost, doubled int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	h, err := open(ctx, home, url)
	if err != nil {
		t.Fatal(err)
	}
	h.run(ctx)
	defer func() { stop(); _ = h.bus.Close(); _ = h.store.Close() }()
	<-h.recorder.Ready()
	for id := range a.asked {
		if _, err := h.tickets.Create(ctx, id, ticket.Ticket{Form: "refund", Fields: map[string]string{"reason": "broken"}, Call: call.ID(id)}, ticket.Calendar{}); err != nil {
			t.Error(err)
		}
	}
	for id, ns := range a.turns {
		d, err := h.store.Get(ctx, call.ID(id))
		if err != nil {
			t.Errorf("call %s: %v", id, err)
			lost += len(ns)
			continue
		}
		have := map[int]int{}
		for _, u := range d.Turns {
			have[u.N]++
		}
		for n := range ns {
			if have[n] == 0 {
				t.Errorf("call %s: turn %d is lost", id, n)
				lost++
			}
			if have[n] > 1 {
				doubled++
			}
		}
		if d.State == "running" {
			t.Errorf("call %s is still running", id)
		}
		ts, err := h.store.Tickets().Tickets(ctx, ticket.Query{Call: call.ID(id)})
		if err != nil {
			t.Error(err)
		}
		if len(ts) > 1 {
			t.Errorf("call %s has %d tickets", id, len(ts))
			doubled++
		}
		if a.tickets[id] != "" && (len(ts) != 1 || ts[0].ID != a.tickets[id]) {
			t.Errorf("the ticket of call %s is lost", id)
			lost++
		}
	}
	missing, before := 0, 1<<62
	// Polling what the courier sends, for as long as it sends something: after many kills much is left to be told.
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		missing = 0
		w.mu.Lock()
		for id, ns := range a.turns {
			for n := range ns {
				if len(w.facts[string(hooks.TranscriptFinal)+" "+id+" "+strconv.Itoa(n)]) == 0 {
					missing++
				}
			}
		}
		for id := range a.tickets {
			if len(w.facts[string(hooks.TicketCreated)+" "+id]) == 0 {
				missing++
			}
		}
		w.mu.Unlock()
		if missing == 0 {
			break
		}
		if missing < before {
			before, deadline = missing, time.Now().Add(60*time.Second)
		}
	}
	if missing > 0 {
		t.Errorf("%d events were never told", missing)
	}
	return lost + missing, doubled
}
