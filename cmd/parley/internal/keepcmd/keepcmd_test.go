package keepcmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/pgvector"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

func TestMain(m *testing.M) { os.Exit(pgtest.MainWithoutLeaks(m)) }

const (
	secret = "my heliotrope wheelbarrow was \"lost\" <yesterday>"
	zh     = "我的紫色独轮车昨天丢了"
	common = "when do you open on sundays"
	number = "+442079460123"
)

// house is a data folder with a record in it.
type house struct {
	t    *testing.T
	home string
	db   string  // address of the database that has the record, "" for files in home
	a, b call.ID // the call to be erased, and one that stays
}

// run runs a command and returns its output.
func (h house) run(make func(*cli.Env) *cobra.Command, asJSON bool, args ...string) (string, error) {
	h.t.Helper()
	var out, errs bytes.Buffer
	cmd := make(&cli.Env{Out: &out, Err: &errs, JSON: asJSON, Home: h.home, Database: h.db})
	err := clitest.Run(h.t, cmd, args...)
	if errs.Len() > 0 {
		h.t.Log(errs.String())
	}
	return out.String(), err
}

func (h house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// fill makes a folder with two calls and everything that is written about them.
func fill(t *testing.T) house {
	t.Helper()
	return fillIn(t, "")
}

func fillIn(t *testing.T, db string) house {
	t.Helper()
	h := house{t: t, home: t.TempDir(), db: db, a: call.NewID(), b: call.NewID()}
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(h.home, "events")})
	h.must(err)
	s := h.record()
	ctx, cancel := context.WithCancel(t.Context())
	rec := store.NewRecorder(s, nil)
	done := make(chan error, 1)
	go func() { done <- rec.Run(ctx, bus) }() // ends with cancel
	<-rec.Ready()
	h.talk(bus, h.a, number, secret, zh, common)
	h.talk(bus, h.b, "0044 20 7946 0999", common, "another matter altogether")
	cancel()
	h.must(<-done)
	h.must(bus.Close())
	h.writeAbout(s, h.a, secret)
	h.writeAbout(s, h.b, "another matter altogether")
	h.must(s.Close())
	h.know()
	return h
}

// record opens the record as the node of the house does.
func (h house) record() *store.Store {
	h.t.Helper()
	at, err := member.Place(&cli.Env{Home: h.home, Database: h.db}, "")
	h.must(err)
	s, err := store.OpenAt(h.t.Context(), at)
	h.must(err)
	return s
}

// library is knowledge in files or in a database.
type library interface {
	knowledge.Store
	Tidy(ctx context.Context) error
}

// library opens the knowledge.
func (h house) library() library {
	h.t.Helper()
	if h.db != "" {
		k, err := pgvector.Open(h.t.Context(), h.db, pgvector.Options{})
		h.must(err)
		return k
	}
	k, err := sqlite.Open(h.t.Context(), filepath.Join(h.home, "knowledge.db"), sqlite.Options{})
	h.must(err)
	return k
}

func (h house) talk(bus *events.Bus, id call.ID, from string, said ...string) {
	l := events.NewLog(bus, id, time.Now())
	h.must(l.Emit(h.t.Context(), 0, call.KindStarted, call.Started{From: from, To: "bank", Route: "bank", Langs: []string{"en"}, SIPCall: "sip-" + string(id), At: time.Now().Add(-time.Hour).UTC(), Recorded: true}, true))
	for i, text := range said {
		h.must(l.Emit(h.t.Context(), call.Offset(i)*1e9, call.KindTurn, call.Turn{N: i + 1, Who: call.Caller, Text: text, Lang: "en"}, true))
	}
	h.must(l.Emit(h.t.Context(), 9e9, call.KindEnded, call.Ended{By: call.Caller, Why: "bye", Duration: 9}, true))
	dir, err := store.Folder(h.home, id)
	h.must(err)
	h.must(os.MkdirAll(dir, 0o700))
	h.must(os.WriteFile(filepath.Join(dir, store.AudioName), bytes.Repeat([]byte("sound"), 1000), 0o600))
}

func (h house) writeAbout(s *store.Store, id call.ID, text string) {
	ctx, now := h.t.Context(), time.Now().UTC()
	h.must(s.Wrapups().SaveOriginal(ctx, id, "amy", wrapup.Summary{Reason: wrapup.Line{Text: text, Turn: 1}}, now))
	_, _, err := s.Tickets().AddTicket(ctx, "wrapup:"+string(id), ticket.Ticket{ID: uuid.NewString(), Form: "f", Fields: map[string]string{"what": text}, Status: ticket.Open, Call: id, Created: now, Updated: now, Due: now, Version: 1})
	h.must(err)
	h.must(s.Scores().SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: now, Card: quality.Card{Answers: []quality.Answer{{Why: text}}}}}, []string{"heliotrope"}))
	h.must(s.Customers().PutVisit(ctx, customer.Visit{Contact: customer.Contact{Call: id, At: now, Channel: customer.Phone, Summary: text}}))
	data, err := json.Marshal(call.Turn{N: 1, Text: text})
	h.must(err)
	h.must(s.Outbox().Enqueue(ctx, []hooks.Target{{Name: "crm"}}, []hooks.Event{{ID: string(id) + "-1", Kind: hooks.TranscriptFinal, At: now, Call: id, Data: data}}, nil))
	h.must(s.People().AddTaken(ctx, id, "agent-1", now))
	if text == secret {
		h.must(s.Customers().Put(ctx, []customer.Customer{{Ref: "c1", Name: "Ada Heliotrope", Handles: []customer.Handle{{Channel: customer.Phone, Value: number}}, Updated: now}}))
	}
	if h.db != "" {
		return
	}
	// What an upgrade kept.
	h.must(store.SnapshotFile(ctx, store.Path(h.home), store.Path(h.home)+".v"+string(id[len(id)-4:])+".bak"))
}

// know drafts an answer from what the caller said, and an upgrade keeps a copy of it.
func (h house) know() {
	k := h.library()
	for _, e := range []knowledge.Entry{
		{ID: "d1", Base: "bank", Question: secret, Answer: "We look for it.", Lang: "en", Status: knowledge.Status{State: knowledge.Draft}},
		{ID: "p1", Base: "bank", Question: "When do you open?", Answer: "At nine.", Lang: "en", Status: knowledge.Status{State: knowledge.Published}},
	} {
		_, err := k.Save(h.t.Context(), e, "somebody")
		h.must(err)
	}
	h.must(k.Close())
	if h.db == "" {
		path := filepath.Join(h.home, "knowledge.db")
		h.must(store.SnapshotFile(h.t.Context(), path, path+".v2.bak"))
	}
}

// holding lists the files with text in their bytes, as they stand on the disk. A process of its own reads them: closing a
// database here would let go of the locks of the server that this process plays.
func (h house) holding(text string) []string {
	h.t.Helper()
	quoted, err := json.Marshal(text)
	h.must(err)
	out, err := exec.CommandContext(h.t.Context(), "grep", "-rlF", "-e", text, "-e", string(quoted[1:len(quoted)-1]), h.home).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	h.must(err)
	var files []string
	for line := range strings.Lines(string(out)) {
		rel, err := filepath.Rel(h.home, strings.TrimSpace(line))
		h.must(err)
		files = append(files, rel)
	}
	return files
}

// TestEraseLeavesNothing greps the bytes of the whole data folder.
func TestEraseLeavesNothing(t *testing.T) {
	t.Parallel()
	h := fill(t)
	for _, text := range []string{secret, zh, number, "sip-" + string(h.a), "Ada Heliotrope"} {
		if len(h.holding(text)) == 0 {
			t.Fatalf("%q is nowhere before: this test could not fail", text)
		}
	}
	file := filepath.Join(t.TempDir(), "b.tar")
	if _, err := h.run(keepcmd.NewBackup, true, file); err != nil {
		t.Fatal(err)
	}
	out, err := h.run(keepcmd.NewErase, true, "--caller", "020 7946 0123", "--customer", "--reason", "request 17", "--config", countries(t))
	if err != nil {
		t.Fatal(err, out)
	}
	var r retain.Report
	h.must(json.Unmarshal([]byte(out), &r))
	if !r.Proved || len(r.Calls) != 1 || r.Calls[0] != h.a || r.Words != 2 || len(r.Looked) < 10 {
		t.Errorf("report %+v", r)
	}
	if len(r.Backups) != 1 || r.Backups[0].Path != file || !r.Backups[0].There {
		t.Errorf("backups that hold the call: %+v", r.Backups)
	}
	for _, text := range []string{secret, zh, number, "sip-" + string(h.a), "Ada Heliotrope"} {
		if left := h.holding(text); len(left) > 0 {
			t.Errorf("%q is still in %v", text, left)
		}
	}
	for _, f := range h.holding(string(h.a)) {
		if f != "calls.db" { // the audit trail and the list of erased calls
			t.Errorf("the ID is in %s", f)
		}
	}
	if len(h.holding("another matter altogether")) == 0 || len(h.holding(common)) == 0 {
		t.Error("what others said is gone too")
	}
	h.again(r)
}

// countries is a configuration for numbers without a country.
func countries(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(path, []byte("customers:\n  countries: [GB]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// again erases once more, brings nothing back, and looks at the rest of the record.
func (h house) again(first retain.Report) {
	h.t.Helper()
	out, err := h.run(keepcmd.NewErase, true, string(h.a))
	if err != nil {
		h.t.Fatal(err, out)
	}
	var r retain.Report
	h.must(json.Unmarshal([]byte(out), &r))
	if !r.Proved || len(r.Already) != 1 || len(r.Erased) != 0 {
		h.t.Errorf("again: %+v", r)
	}
	s, err := store.Open(h.t.Context(), h.home, nil)
	h.must(err)
	defer s.Close()
	late, err := json.Marshal(call.Turn{N: 9, Text: secret})
	h.must(err)
	_, err = s.Record(h.t.Context(), []call.Event{{V: 1, Call: h.a, Seq: 99, Kind: call.KindTurn, Body: late}})
	h.must(err)
	if _, err := s.Get(h.t.Context(), h.a); err == nil {
		h.t.Error("a late event brought the call back")
	}
	if d, err := s.Get(h.t.Context(), h.b); err != nil || len(d.Turns) != 2 || !d.Audio {
		h.t.Errorf("the other call: %+v, %v", d, err)
	}
	tickets, err := s.Tickets().Tickets(h.t.Context(), ticket.Query{})
	if err != nil || len(tickets) != 2 {
		h.t.Errorf("tickets %+v, %v", tickets, err)
	}
	trail, err := s.People().Entries(h.t.Context(), access.TrailQuery{What: access.ErasedCall})
	if err != nil || len(trail) != 1 || trail[0].Call != first.Calls[0] || trail[0].Detail != "request 17" {
		h.t.Errorf("audit trail %+v, %v", trail, err)
	}
	reported, err := s.People().Entries(h.t.Context(), access.TrailQuery{What: access.ReportedErasure})
	if err != nil || len(reported) != 2 || !strings.HasSuffix(reported[1].Detail, "nothing is left") {
		h.t.Fatalf("reports in the audit trail %+v, %v", reported, err)
	}
	id, _, _ := strings.Cut(reported[1].Detail, ":")
	out, err = h.run(keepcmd.NewErase, true, "--report", id)
	h.must(err)
	var filed, last retain.Filed
	h.must(json.Unmarshal([]byte(out), &filed))
	byCall, err := h.run(keepcmd.NewErase, true, "--report", string(first.Calls[0]))
	h.must(err)
	h.must(json.Unmarshal([]byte(byCall), &last))
	if last.N < filed.N || !slices.Equal(last.Report.Calls, first.Calls) {
		h.t.Errorf("the last report that names the call: %s", byCall)
	}
	if filed.Report.Words != first.Words || len(filed.Report.Looked) != len(first.Looked) || !filed.Report.At.Equal(first.At) || strings.Contains(out, number) {
		h.t.Errorf("the report on record: %s", out)
	}
}

// TestEraseWhileServing has the process that holds the event store do the work.
func TestEraseWhileServing(t *testing.T) {
	t.Parallel()
	h := fill(t)
	stop := h.serve()
	defer stop()
	if _, err := h.run(keepcmd.NewHold, true, "--caller", number, "--reason", "court"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.run(keepcmd.NewErase, true, string(h.a)); err == nil || !strings.Contains(err.Error(), "hold") {
		t.Errorf("a held call: %v", err)
	}
	out, err := h.run(keepcmd.NewHold, true, "--list")
	h.must(err)
	var holds struct{ Holds []retain.Hold }
	h.must(json.Unmarshal([]byte(out), &holds))
	if _, err := h.run(keepcmd.NewHold, true, "--lift", holds.Holds[0].ID); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	out, err = h.run(keepcmd.NewBackup, true, file)
	if err != nil || !strings.Contains(out, `"settled":true`) {
		t.Errorf("backup while serving: %s, %v", out, err)
	}
	if _, err := h.run(keepcmd.NewRestore, true, file, "--force"); !errors.Is(err, events.ErrInUse) {
		t.Errorf("restore under a running server: %v", err)
	}
	for range 3 {
		if out, err := h.run(keepcmd.NewErase, false, string(h.a)); err != nil || !strings.Contains(out, "Nothing is left.") {
			t.Errorf("%v\n%s", err, out)
		}
	}
	for _, text := range []string{secret, zh} {
		if left := h.holding(text); len(left) > 0 {
			t.Errorf("%q is still in %v", text, left)
		}
	}
	if _, err := h.run(keepcmd.NewErase, true, "no-such-call"); err == nil || cli.Code(err) != cli.ExitFailed {
		t.Errorf("unknown call: %v", err)
	}
	if _, err := h.run(keepcmd.NewErase, true); cli.Code(err) != cli.ExitUsage {
		t.Errorf("no call: %v", err)
	}
}

// node is the name of the node of the house, "" for one that shares nothing.
func (h house) node() string {
	h.t.Helper()
	at, err := member.Place(&cli.Env{Home: h.home, Database: h.db}, "")
	h.must(err)
	return at.Node
}

// serve does what the node does for requests, until the function it returns is called.
func (h house) serve() func() {
	h.t.Helper()
	bus, err := events.Open(h.t.Context(), events.Options{Dir: filepath.Join(h.home, "events")})
	h.must(err)
	s, lib := h.record(), h.library()
	gate, err := peoplecmd.Gate(s, &cli.Env{Home: h.home}, access.Options{})
	h.must(err)
	clerk := &retain.Clerk{
		Tray: s.Keeping(nil), Eraser: keeping.Eraser(keeping.Parts{Home: h.home, Store: s, Gate: gate, Bus: bus, Library: lib}),
		Settle: func(ctx context.Context) (retain.Settled, error) {
			last, err := bus.Last(ctx)
			return retain.Settled{Last: last, Node: h.node()}, err
		},
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	rec := store.NewRecorder(s, nil)
	done := make(chan error, 2)
	go func() { done <- clerk.Run(ctx) }()    // ends with cancel
	go func() { done <- rec.Run(ctx, bus) }() // ends with cancel
	<-rec.Ready()
	return func() {
		cancel()
		h.must(errors.Join(<-done, <-done, lib.Close(), bus.Close(), s.Close()))
	}
}
