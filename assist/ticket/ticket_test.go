package ticket_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newDesk returns a desk, and what receivers of its news are told, oldest first.
func newDesk(t *testing.T) (*ticket.Desk, func() []string) {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	forms, err := ticket.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return &ticket.Desk{Forms: forms, Store: s.Tickets(hooks.Target{Name: "crm"})}, func() []string {
		all, err := s.Outbox().Deliveries(t.Context(), hooks.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range slices.Backward(all) {
			ids = append(ids, string(d.Event.Kind)+" "+d.Event.ID)
		}
		return ids
	}
}

func TestCreatedOnce(t *testing.T) {
	d, told := newDesk(t)
	ctx := t.Context()
	want := ticket.Ticket{Form: "refund", Fields: map[string]string{"reason": "broken kettle", "amount": "30 pounds"}, Call: "c1", Queue: "shop", By: "p1"}
	first, err := d.Create(ctx, "c1/refund", want, ticket.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	numbers := make([]string, 5)
	for i := range numbers { // a retry, and a second click
		wg.Go(func() {
			got, err := d.Create(ctx, "c1/refund", want, ticket.Calendar{})
			if err != nil || got.Fields["reason"] != "broken kettle" || got.Version != 1 {
				t.Error(got, err)
			}
			numbers[i] = got.Number
		})
	}
	wg.Wait()
	for _, n := range numbers {
		if n != "T-000001" {
			t.Error(numbers)
		}
	}
	if got := told(); !slices.Equal(got, []string{"ticket.created ticket-" + first.ID}) {
		t.Errorf("told %v", got)
	}
	second, err := d.Create(ctx, "", ticket.Ticket{Form: "question", Fields: map[string]string{"reason": "hours?"}, Queue: "bank", By: "p2"}, ticket.Calendar{})
	if err != nil || second.Number != "T-000002" {
		t.Error(second, err)
	}
	for _, c := range []struct {
		q    ticket.Query
		want int
	}{{ticket.Query{}, 2}, {ticket.Query{Call: "c1"}, 1}, {ticket.Query{Queues: []string{"bank"}}, 1}, {ticket.Query{Queues: []string{"x"}, By: "p1"}, 1}, {ticket.Query{Queues: []string{}}, 0}, {ticket.Query{Status: ticket.Closed}, 0}, {ticket.Query{Before: "T-000002"}, 1}} {
		if all, err := d.Store.Tickets(ctx, c.q); err != nil || len(all) != c.want {
			t.Errorf("%+v: %d, %v", c.q, len(all), err)
		}
	}
}

func TestUpdate(t *testing.T) {
	d, told := newDesk(t)
	ctx := t.Context()
	got, err := d.Create(ctx, "", ticket.Ticket{Form: "fault", Fields: map[string]string{"reason": "leak"}}, ticket.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	pending, bad := ticket.Pending, ticket.Status("lost")
	for why, c := range map[string]ticket.Change{
		"date": {Fields: map[string]string{"visit": "tomorrow"}}, "missing": {Fields: map[string]string{"reason": " "}}, "unknown": {Fields: map[string]string{"x": "y"}},
		"status": {Status: &bad}, "long": {Fields: map[string]string{"reason": strings.Repeat("x", 5000)}},
	} {
		if _, err := d.Update(ctx, got.ID, c); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", why, err)
		}
	}
	next, err := d.Update(ctx, got.ID, ticket.Change{Status: &pending, Fields: map[string]string{"visit": "2026-03-02"}, Version: 1})
	if err != nil || next.Status != pending || next.Version != 2 || next.Fields["reason"] != "leak" {
		t.Fatal(next, err)
	}
	if _, err := d.Update(ctx, got.ID, ticket.Change{Status: &pending, Version: 1}); !errors.Is(err, ticket.ErrStale) {
		t.Errorf("a change of an older version: %v", err)
	}
	if _, err := d.Update(ctx, "none", ticket.Change{}); !errors.Is(err, ticket.ErrUnknown) {
		t.Error(err)
	}
	if all := told(); len(all) != 2 || all[1] != "ticket.updated ticket-"+got.ID+"-2" {
		t.Error(all)
	}
}

func TestMove(t *testing.T) {
	d, told := newDesk(t)
	ctx := t.Context()
	made, err := d.Create(ctx, "c1", ticket.Ticket{Form: "refund", Fields: map[string]string{"reason": "leak", "amount": "30 pounds"}, Call: "c1"}, ticket.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := d.Move(ctx, made.ID, "fault", map[string]string{"reason": "leak", "amount": "30 pounds"}, ticket.Calendar{})
	if err != nil || moved.Form != "fault" || moved.Number != made.Number || moved.Version != 2 || moved.Fields["reason"] != "leak" || len(moved.Fields) != 1 {
		t.Fatalf("%+v, %v", moved, err)
	}
	all, err := d.Store.Tickets(ctx, ticket.Query{Call: "c1"})
	if err != nil || len(all) != 1 || all[0].Form != "fault" || all[0].Fields["reason"] != "leak" || !all[0].Due.Equal(moved.Due.Truncate(time.Millisecond)) {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := d.Move(ctx, made.ID, "refund", map[string]string{}, ticket.Calendar{}); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("without what the form asks for: %v", err)
	}
	if _, err := d.Move(ctx, made.ID, "none", nil, ticket.Calendar{}); !errors.Is(err, ticket.ErrUnknown) {
		t.Error(err)
	}
	if all := told(); len(all) != 2 || all[1] != "ticket.updated ticket-"+made.ID+"-2" {
		t.Error(all)
	}
}

func TestDueTimes(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	work := func(at time.Time) bool {
		at = at.In(london)
		return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && at.Hour() >= 9 && at.Hour() < 17
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, london)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		from    string
		d       time.Duration
		working bool
		want    string
	}{
		{"2026-03-06 16:00", 4 * time.Hour, true, "2026-03-09 12:00"},   // Friday afternoon to Monday noon
		{"2026-03-07 11:11", time.Hour, true, "2026-03-09 10:00"},       // on a Saturday
		{"2026-03-05 10:03", 2 * time.Hour, true, "2026-03-05 12:03"},   // within the day
		{"2026-03-05 10:00", 8 * time.Hour, true, "2026-03-06 10:00"},   // a working day
		{"2026-03-05 09:00", 8 * time.Hour, true, "2026-03-05 17:00"},   // the whole day
		{"2026-03-28 12:00", 24 * time.Hour, false, "2026-03-29 12:00"}, // the clocks go forward
		{"2026-10-24 12:00", 48 * time.Hour, false, "2026-10-26 12:00"}, // and back
		{"2026-03-27 16:30", time.Hour, true, "2026-03-30 09:30"},       // over the change, in working time
		{"2026-03-05 10:00", 90 * time.Minute, false, "2026-03-05 11:30"},
	} {
		if got := (ticket.Calendar{Zone: london, Open: work}).After(at(c.from), c.d, c.working); !got.Equal(at(c.want)) {
			t.Errorf("%v: %s", c, got.In(london))
		}
	}
	never := ticket.Calendar{Open: func(time.Time) bool { return false }}
	if got := never.After(at("2026-03-05 10:00"), time.Hour, true); !got.Equal(at("2026-03-05 11:00")) {
		t.Error(got)
	}
}

func TestPrefill(t *testing.T) {
	t.Parallel()
	forms, err := ticket.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lang, intent, reason, want string }{
		{"en", "", "I want my money back for the kettle", "refund"}, {"zh", "", "我要退款", "refund"}, {"zh", "", "我要退貨", "refund"}, {"en", "complaint", "hello", "complaint"},
		{"en", "", "when do you open", "question"}, {"zh", "", "快递还没到", "delivery"}, {"en", "", "the returning officer", "question"}, {"", "", "", "question"},
	} {
		if got := forms.Choose(ticket.Facts{Lang: c.lang, Intent: c.intent, Reason: c.reason}).ID; got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
	got := forms.Prefill(ticket.Facts{Lang: "en", Reason: "refund please", Values: map[string]string{"reason": "refund please", "amount": "30 pounds", "reference": "", "tier": "gold"}})
	if got.Fields["reason"] != "refund please" || got.Fields["amount"] != "30 pounds" || len(got.Fields) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestFormsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"forms: []":                   "there is none",
		"forms: [{id: a, slaa: 1h}]":  "slaa",
		"forms: [{id: a}]":            "sla must be",
		"forms: [{id: A b, sla: 1h}]": "id",
		"forms: [{id: a, sla: 1h, fields: [{name: x, type: blob}]}]":   "none of text",
		"forms: [{id: a, sla: 1h, fields: [{name: x, type: choice}]}]": "choices",
		"forms: [{id: a, sla: 1h, fields: [{name: x, from: salary}]}]": "salary",
		"forms: [{id: a, sla: 1h, fields: [{name: x}, {name: x}]}]":    "twice",
		"forms: [": "",
	} {
		if _, err := ticket.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	path := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(path, []byte("forms: [{id: a, sla: 1h}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := ticket.Load(path); err != nil || len(f.All()) != 1 {
		t.Error(f, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("forms: [{id: a, sla: 1h, fields: [{name: x, type: choice, choices: [a]}]}]")
	f.Fuzz(func(t *testing.T, text string) {
		if forms, err := ticket.Parse([]byte(text)); err == nil {
			forms.Prefill(ticket.Facts{Lang: "en", Reason: text, Values: map[string]string{"reason": text}})
		}
	})
}
