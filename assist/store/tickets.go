package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/ticket"
)

// ticketsPart holds tickets. key names the occasion a ticket was made for, so that it is made once.
func ticketsPart() part {
	return part{"tickets", []string{`
CREATE TABLE tickets (
	n            INTEGER PRIMARY KEY,
	id           TEXT NOT NULL UNIQUE,
	key          TEXT NOT NULL UNIQUE,
	form         TEXT NOT NULL,
	fields       TEXT NOT NULL,
	status       TEXT NOT NULL,
	due_ms       INTEGER NOT NULL,
	follow_up_ms INTEGER NOT NULL DEFAULT 0,
	call         TEXT NOT NULL,
	customer     TEXT NOT NULL,
	queue        TEXT NOT NULL,
	person       TEXT NOT NULL,
	created_ms   INTEGER NOT NULL,
	updated_ms   INTEGER NOT NULL,
	version      INTEGER NOT NULL
);
CREATE INDEX tickets_call ON tickets (call);
CREATE INDEX tickets_customer ON tickets (customer, n);
`}}
}

// Tickets keeps tickets in a Store. It is a ticket.Store.
type Tickets struct {
	s    *Store
	told []hooks.Target
}

var _ ticket.Store = (*Tickets)(nil)

// Tickets returns the part of the store that keeps tickets, and with each one that is made or changed what the receivers in told
// are to be told of it.
func (s *Store) Tickets(told ...hooks.Target) *Tickets { return &Tickets{s, told} }

// tell keeps for the receivers what became of a ticket.
func (s *Tickets) tell(ctx context.Context, tx *sql.Tx, t ticket.Ticket) error {
	if len(s.told) == 0 {
		return nil
	}
	e, err := hooks.FromTicket(t)
	if err != nil {
		return err
	}
	return s.s.enqueue(ctx, tx, s.told, []hooks.Event{e}, nil)
}

const ticketColumns = "n, id, form, fields, status, due_ms, follow_up_ms, call, customer, queue, person, created_ms, updated_ms, version"

func ticketNumber(n int64) string { return fmt.Sprintf("T-%06d", n) }

func (s *Tickets) scanTicket(r scanner) (ticket.Ticket, error) {
	var t ticket.Ticket
	var n, due, follow, created, updated int64
	var fields string
	err := r.Scan(&n, &t.ID, &t.Form, s.s.opened(&fields, "tickets.fields", &t.ID), &t.Status, &due, &follow, &t.Call, &t.Customer, &t.Queue, &t.By, &created, &updated, &t.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return t, ticket.ErrUnknown
	}
	if err != nil {
		return t, fmt.Errorf("read ticket: %w", err)
	}
	t.Number = ticketNumber(n)
	t.Due, t.Created, t.Updated = time.UnixMilli(due).UTC(), time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	if follow != 0 {
		at := time.UnixMilli(follow).UTC()
		t.FollowUp = &at
	}
	if err := json.Unmarshal([]byte(fields), &t.Fields); err != nil {
		return t, fmt.Errorf("read ticket: %w", err)
	}
	return t, nil
}

func millis(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// AddTicket stores a ticket once for a key.
func (s *Tickets) AddTicket(ctx context.Context, key string, t ticket.Ticket) (stored ticket.Ticket, added bool, err error) {
	fields, err := json.Marshal(t.Fields)
	if err != nil {
		return t, false, fmt.Errorf("store ticket: %w", err)
	}
	err = s.s.inTx(ctx, "store ticket", func(tx *sql.Tx) error {
		const q = `INSERT INTO tickets (n, id, key, form, fields, status, due_ms, follow_up_ms, call, customer, queue, person, created_ms, updated_ms, version)
			VALUES ((SELECT coalesce(max(n), 0) + 1 FROM tickets), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`
		n, err := alter(ctx, tx, "store ticket", q, t.ID, key, t.Form, s.s.hide("tickets.fields", string(fields), t.ID), t.Status, t.Due.UnixMilli(), millis(t.FollowUp), t.Call, t.Customer, t.Queue, t.By,
			t.Created.UnixMilli(), t.Updated.UnixMilli(), t.Version)
		if err != nil {
			return err
		}
		added = n > 0
		stored, err = s.scanTicket(tx.QueryRowContext(ctx, "SELECT "+ticketColumns+" FROM tickets WHERE key = ?", key))
		if err != nil || !added {
			return err
		}
		return s.tell(ctx, tx, stored)
	})
	return stored, added, err
}

// SetTicket replaces a ticket of the version before.
func (s *Tickets) SetTicket(ctx context.Context, t ticket.Ticket) error {
	fields, err := json.Marshal(t.Fields)
	if err != nil {
		return fmt.Errorf("store ticket: %w", err)
	}
	const q = "UPDATE tickets SET form = ?, fields = ?, status = ?, due_ms = ?, follow_up_ms = ?, updated_ms = ?, version = ? WHERE id = ? AND version = ?"
	return s.s.inTx(ctx, "store ticket", func(tx *sql.Tx) error {
		err := alterOne(ctx, tx, ticket.ErrStale, "store ticket", q, t.Form, s.s.hide("tickets.fields", string(fields), t.ID), t.Status, t.Due.UnixMilli(), millis(t.FollowUp), t.Updated.UnixMilli(), t.Version, t.ID, t.Version-1)
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, t)
	})
}

// Ticket returns a ticket by ID.
func (s *Tickets) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	return s.scanTicket(s.s.read.QueryRowContext(ctx, "SELECT "+ticketColumns+" FROM tickets WHERE id = ?", id))
}

// Tickets lists tickets, newest first.
func (s *Tickets) Tickets(ctx context.Context, q ticket.Query) ([]ticket.Ticket, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	w := &clause{}
	if q.Status != "" {
		w.add("status = ?", q.Status)
	}
	if q.Call != "" {
		w.add("call = ?", q.Call)
	}
	if q.Customer != "" {
		w.add("customer = ?", q.Customer)
	}
	if q.Queues != nil {
		cond, vals := "person = ? AND person <> ''", []any{q.By}
		for _, one := range q.Queues {
			cond, vals = cond+" OR queue = ?", append(vals, one)
		}
		w.add("("+cond+")", vals...)
	}
	if q.Before != "" {
		var n int64
		if _, err := fmt.Sscanf(q.Before, "T-%d", &n); err != nil {
			return nil, fmt.Errorf("%w: the cursor is no number of a ticket", ticket.ErrInvalid)
		}
		w.add("n < ?", n)
	}
	rows, err := s.s.read.QueryContext(ctx, "SELECT "+ticketColumns+" FROM tickets"+w.where()+" ORDER BY n DESC LIMIT ?", append(w.args, min(q.Limit, 200))...)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	return collect(rows, "list tickets", s.scanTicket)
}
