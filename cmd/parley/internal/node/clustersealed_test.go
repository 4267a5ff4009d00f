package node

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// freshKeys is a file with a key for the record, which nodes of one test share.
func freshKeys(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.AddKey(file); err != nil {
		t.Fatal(err)
	}
	return file
}

const politeForm = "form: polite\nlanguages: [en]\nquestions:\n  - {id: hello, text_en: \"Did the agent say hello?\", hints: {en: [\"hello, this is\"]}}\n"

// TestClusterSealed has two nodes with one sealed record and one event server: an agent at one takes a call of the other,
// the call is scored and read at both, nothing of what was said is in the clear at any of the three places, and it is
// erased at the node that did not carry it.
func TestClusterSealed(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes a minute: make test-cluster")
	}
	_ = environment(t)
	places := t.TempDir()
	url, bus, keys := pgtest.Database(t), natsServerIn(t, places), freshKeys(t)
	shared := func() *config.Config {
		cfg := sharing(url)
		cfg.Events.URL, cfg.Security.KeyFile, cfg.Security.SealRecords = bus, keys, true
		return cfg
	}
	a := start(t, shared())
	b := startIn(t, beside(t, a.env.Home), shared())
	a.floor("the desk of two nodes", func(f desk.Floor) bool { return f.Calls != nil })
	asks := [2]*agent{{t: t, base: "http://" + a.Web()}, {t: t, base: "http://" + b.Web()}}
	asks[0].do(http.MethodPut, "/api/quality/forms/polite", map[string]any{"yaml": politeForm, "expect": 0}, nil)
	takes(t, a, b)
	page, err := b.store.List(t.Context(), record.Query{})
	if err != nil || len(page.Calls) != 1 || page.Calls[0].Node != a.id {
		t.Fatalf("the call at the other node: %+v, %v", page.Calls, err)
	}
	id := page.Calls[0].ID
	for _, x := range asks {
		x.readsScored(id)
	}
	for _, dir := range []string{a.env.Home, b.env.Home, places} {
		if left := holding(t, dir, "speak to a person|this is Ann"); len(left) > 0 {
			t.Errorf("what was said is in the clear in %v", left)
		}
	}
	if n, err := b.bus.Count(t.Context(), id); err != nil || n == 0 {
		t.Fatalf("%d events on the server, %v", n, err)
	}
	asks[1].erases(id)
	for _, r := range []*rig{a, b} {
		if err := r.sweep(t.Context()); err != nil { // which it does each ten minutes
			t.Error(err)
		}
		if _, err := r.store.Get(t.Context(), id); !errors.Is(err, record.ErrUnknown) {
			t.Errorf("the call at %s: %v", r.id, err)
		}
		if n, err := r.bus.Count(t.Context(), id); err != nil || n != 0 {
			t.Errorf("%d events are left, %v", n, err)
		}
		dir, err := store.Folder(r.env.Home, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("files of the call are left at %s: %v", r.id, err)
		}
	}
}

// readsScored waits until a call is scored, and reads it as the pages of reviewers do.
func (a *agent) readsScored(id call.ID) {
	a.t.Helper()
	var got struct {
		Turns []call.Turn `json:"turns"`
	}
	var inbox struct {
		Items []struct {
			Call call.ID `json:"call"`
		} `json:"items"`
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(250 * time.Millisecond) { // polling what runs when no caller waits
		if a.try(http.MethodGet, "/api/quality/inbox?words=hello", nil, &inbox) == nil && len(inbox.Items) > 0 {
			break
		}
		if time.Now().After(deadline) {
			a.t.Fatal("the call is not scored")
		}
	}
	a.do(http.MethodGet, "/api/calls/"+string(id), nil, &got)
	if !slices.ContainsFunc(got.Turns, func(u call.Turn) bool { return u.Who == call.Agent && strings.Contains(u.Text, "help") }) {
		a.t.Errorf("turns %+v", got.Turns)
	}
	a.do(http.MethodGet, "/api/quality/calls/"+string(id), nil, &struct{}{})
}

// erases has a call erased, and waits for the proof.
func (a *agent) erases(id call.ID) {
	a.t.Helper()
	var e struct {
		ID     string
		State  retain.State
		Why    string
		Report retain.Report
	}
	a.do(http.MethodPost, "/api/erasures", map[string]any{"call": id, "reason": "request 17"}, &e)
	for deadline := time.Now().Add(time.Minute); e.State != retain.Done && e.State != retain.Failed; time.Sleep(100 * time.Millisecond) { // polling what another goroutine does
		a.do(http.MethodGet, "/api/erasures/"+e.ID, nil, &e)
		if time.Now().After(deadline) {
			break
		}
	}
	if e.State != retain.Done || e.Report.Words == 0 {
		a.t.Errorf("erasure %+v", e)
	}
	for _, l := range e.Report.Looked {
		if l.Found > 0 && l.Place != "knowledge" { // where somebody approved the very question that the caller asked
			a.t.Errorf("left %+v", l)
		}
	}
}
