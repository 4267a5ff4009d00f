package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/hooks"
)

// hooksPart holds the events on their way to other programs.
func hooksPart() part {
	return part{"hooks", []string{`
CREATE TABLE hooks_outbox (
	n        INTEGER PRIMARY KEY,
	target   TEXT NOT NULL,
	event    TEXT NOT NULL,
	kind     TEXT NOT NULL,
	at_ms    INTEGER NOT NULL,
	body     TEXT NOT NULL,
	state    TEXT NOT NULL,
	tries    INTEGER NOT NULL DEFAULT 0,
	next_ms  INTEGER NOT NULL DEFAULT 0,
	why      TEXT NOT NULL DEFAULT '',
	UNIQUE (target, event)
);
CREATE INDEX hooks_waiting ON hooks_outbox (target, state, n);
CREATE TABLE hooks_position (one INTEGER PRIMARY KEY CHECK (one = 1), pos INTEGER NOT NULL);
`, `
CREATE TABLE hooks_positions (source TEXT PRIMARY KEY, pos INTEGER NOT NULL);
INSERT INTO hooks_positions SELECT '', pos FROM hooks_position;
DROP TABLE hooks_position;
`, `
ALTER TABLE hooks_outbox ADD COLUMN call TEXT NOT NULL DEFAULT '';
`}}
}

// Outbox keeps deliveries in a Store. It is a hooks.Outbox.
type Outbox struct{ s *Store }

var _ hooks.Outbox = (*Outbox)(nil)

// Outbox returns the part of the store that keeps deliveries.
func (s *Store) Outbox() *Outbox { return &Outbox{s} }

// Enqueue stores events for the targets that want them.
func (o *Outbox) Enqueue(ctx context.Context, targets []hooks.Target, evs []hooks.Event, position *uint64) error {
	return o.s.inTx(ctx, "keep events for receivers", func(tx *sql.Tx) error { return o.s.enqueue(ctx, tx, targets, evs, position) })
}

func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, targets []hooks.Target, evs []hooks.Event, position *uint64) error {
	const q = `INSERT INTO hooks_outbox (n, target, event, kind, at_ms, body, state, call) VALUES ((SELECT coalesce(max(n), 0) + 1 FROM hooks_outbox), ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (target, event) DO NOTHING`
	for _, e := range evs {
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("keep event: %w", err)
		}
		for _, t := range targets {
			if !t.Wants(e.Kind) {
				continue
			}
			if _, err := tx.ExecContext(ctx, q, t.Name, e.ID, e.Kind, e.At.UnixMilli(), s.hide("hooks_outbox.body", string(body), t.Name, e.ID), hooks.Waiting, e.Call); err != nil {
				return fmt.Errorf("keep event: %w", err)
			}
		}
	}
	if position == nil {
		return nil
	}
	const at = "INSERT INTO hooks_positions (source, pos) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET pos = excluded.pos"
	if _, err := tx.ExecContext(ctx, at, s.source, *position); err != nil {
		return fmt.Errorf("keep position: %w", err)
	}
	return nil
}

// Position is the place call events were read up to.
func (o *Outbox) Position(ctx context.Context) (uint64, bool, error) {
	var pos uint64
	err := o.s.read.QueryRowContext(ctx, "SELECT pos FROM hooks_positions WHERE source = ?", o.s.source).Scan(&pos)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read position: %w", err)
	}
	return pos, true, nil
}

const deliveryColumns = "n, target, event, body, state, tries, next_ms, why"

func (o *Outbox) scanDelivery(r scanner) (hooks.Delivery, error) {
	var d hooks.Delivery
	var event, body string
	var next int64
	if err := r.Scan(&d.N, &d.Target, &event, o.s.opened(&body, "hooks_outbox.body", &d.Target, &event), &d.State, &d.Tries, &next, &d.Why); err != nil {
		return d, fmt.Errorf("read delivery: %w", err)
	}
	d.Next = time.UnixMilli(next).UTC()
	if err := json.Unmarshal([]byte(body), &d.Event); err != nil {
		return d, fmt.Errorf("read event: %w", err)
	}
	return d, nil
}

// hookLease is longer than a delivery may take.
const hookLease = 15 * time.Second

// Oldest returns the first waiting delivery of a target; of several nodes one alone is given any.
func (o *Outbox) Oldest(ctx context.Context, target string) (hooks.Delivery, bool, error) {
	if mine, err := o.s.lease(ctx, "hooks:"+target, hookLease); err != nil || !mine {
		return hooks.Delivery{}, false, err
	}
	d, err := o.scanDelivery(o.s.read.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM hooks_outbox WHERE target = ? AND state = ? ORDER BY n LIMIT 1", target, hooks.Waiting))
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("read outbox: %w", err)
	}
	return d, true, nil
}

// Mark stores what became of a try.
func (o *Outbox) Mark(ctx context.Context, d hooks.Delivery) error {
	const q = "UPDATE hooks_outbox SET state = ?, tries = ?, next_ms = ?, why = ? WHERE n = ?"
	if _, err := o.s.write.ExecContext(ctx, q, d.State, d.Tries, d.Next.UnixMilli(), d.Why, d.N); err != nil {
		return fmt.Errorf("note delivery: %w", err)
	}
	return nil
}

// Sweep forgets what was delivered before a time.
func (o *Outbox) Sweep(ctx context.Context, before time.Time) error {
	const q = "DELETE FROM hooks_outbox WHERE state = ? AND at_ms < ?"
	if _, err := o.s.write.ExecContext(ctx, q, hooks.Delivered, before.UnixMilli()); err != nil {
		return fmt.Errorf("clear outbox: %w", err)
	}
	return nil
}

// selected are the conditions of q.
func selected(q hooks.Query) *clause {
	w := &clause{}
	if q.Target != "" {
		w.add("target = ?", q.Target)
	}
	if q.State != "" {
		w.add("state = ?", q.State)
	}
	if q.Event != "" {
		w.add("event = ?", q.Event)
	}
	if !q.From.IsZero() {
		w.add("at_ms >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		w.add("at_ms < ?", q.To.UnixMilli())
	}
	if q.Before > 0 {
		w.add("n < ?", q.Before)
	}
	return w
}

// Deliveries lists deliveries.
func (o *Outbox) Deliveries(ctx context.Context, q hooks.Query) ([]hooks.Delivery, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	w := selected(q)
	rows, err := o.s.read.QueryContext(ctx, "SELECT "+deliveryColumns+" FROM hooks_outbox"+w.where()+" ORDER BY n DESC LIMIT ?", append(w.args, min(q.Limit, 500))...)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return collect(rows, "list deliveries", o.scanDelivery)
}

// Replay sends what q selects again, in the old order and with the old IDs, and returns how many deliveries that is.
func (o *Outbox) Replay(ctx context.Context, q hooks.Query) (int, error) {
	w := selected(q)
	w.add("state <> ?", hooks.Waiting)
	return alter(ctx, o.s.write, "replay deliveries", "UPDATE hooks_outbox SET state = ?, tries = 0, next_ms = 0, why = ''"+w.where(), append([]any{hooks.Waiting}, w.args...)...)
}
