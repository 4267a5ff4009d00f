package store

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/ticket"
)

// TestTicketAndNewsAreOne has the outbox fail: a ticket that nobody would ever be told of is not kept either, nor its change.
func TestTicketAndNewsAreOne(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(ctx, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	tickets, now := s.Tickets(hooks.Target{Name: "crm"}), time.Now().UTC()
	made := ticket.Ticket{ID: "t", Form: "f", Fields: map[string]string{"reason": "leak"}, Status: ticket.Open, Due: now, Created: now, Updated: now, Version: 1}
	failing(t, s, func() {
		if _, _, err := tickets.AddTicket(ctx, "key", made); err == nil || !strings.Contains(err.Error(), "keep event") {
			t.Errorf("made without a word to anybody: %v", err)
		}
	})
	if _, added, err := tickets.AddTicket(ctx, "key", made); err != nil || !added {
		t.Fatalf("made by the one that failed: %v, %v", added, err)
	}
	made.Version, made.Status = 2, ticket.Solved
	failing(t, s, func() {
		if err := tickets.SetTicket(ctx, made); err == nil || !strings.Contains(err.Error(), "keep event") {
			t.Errorf("changed without a word to anybody: %v", err)
		}
	})
	if err := tickets.SetTicket(ctx, made); err != nil {
		t.Errorf("changed by the one that failed: %v", err)
	}
	all, err := s.Outbox().Deliveries(ctx, hooks.Query{})
	if err != nil || len(all) != 2 || all[1].Event.Kind != hooks.TicketCreated || all[0].Event.Kind != hooks.TicketUpdated {
		t.Errorf("%+v, %v", all, err)
	}
}

// failing does something while the outbox cannot be written.
func failing(t *testing.T, s *Store, do func()) {
	t.Helper()
	move := func(from, to string) {
		if _, err := s.write.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	move("hooks_outbox", "hooks_away")
	do()
	move("hooks_away", "hooks_outbox")
}
