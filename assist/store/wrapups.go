package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// wrapupsPart holds the summaries of calls: what was made of a call, and what people made of that, each of them for themselves and, in edited
// of wrapups, joined.
func wrapupsPart() part {
	return part{"wrapups", []string{`
CREATE TABLE wrapups (
	call     TEXT PRIMARY KEY,
	original TEXT NOT NULL DEFAULT '{}',
	edited   TEXT NOT NULL DEFAULT '',
	ticket   TEXT NOT NULL DEFAULT '',
	person   TEXT NOT NULL DEFAULT '',
	at_ms    INTEGER NOT NULL,
	done     INTEGER NOT NULL DEFAULT 0
);
`, `
CREATE TABLE wrapups_people (
	call     TEXT NOT NULL,
	person   TEXT NOT NULL,
	original TEXT NOT NULL DEFAULT '{}',
	edited   TEXT NOT NULL DEFAULT '',
	made_ms  INTEGER NOT NULL,
	PRIMARY KEY (call, person)
);
`}}
}

// Wrapups keeps wrap-ups in a Store. It is a wrapup.Store.
type Wrapups struct{ s *Store }

var _ wrapup.Store = (*Wrapups)(nil)

// Wrapups returns the part of the store that keeps wrap-ups.
func (s *Store) Wrapups() *Wrapups { return &Wrapups{s} }

// SaveOriginal stores what was made of a call for a person.
func (w *Wrapups) SaveOriginal(ctx context.Context, id call.ID, person string, s wrapup.Summary, at time.Time) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	return w.s.inTx(ctx, "store wrap-up", func(tx *sql.Tx) error {
		const q = "INSERT INTO wrapups (call, original, at_ms) VALUES (?, ?, ?) ON CONFLICT (call) DO UPDATE SET original = excluded.original"
		if _, err := tx.ExecContext(ctx, q, id, w.s.hide("wrapups.original", string(body), id), at.UnixMilli()); err != nil {
			return fmt.Errorf("store wrap-up: %w", err)
		}
		const own = `INSERT INTO wrapups_people (call, person, original, made_ms) VALUES (?, ?, ?, ?)
			ON CONFLICT (call, person) DO UPDATE SET original = excluded.original, made_ms = excluded.made_ms`
		if _, err := tx.ExecContext(ctx, own, id, person, w.s.hide("wrapups_people.original", string(body), id, person), at.UnixMilli()); err != nil {
			return fmt.Errorf("store wrap-up: %w", err)
		}
		return nil
	})
}

// SaveEdit stores a person's version, and what all of them wrote.
func (w *Wrapups) SaveEdit(ctx context.Context, id call.ID, edited wrapup.Summary, ticket, by string, at time.Time) error {
	body, err := json.Marshal(edited)
	if err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	return w.s.inTx(ctx, "store wrap-up", func(tx *sql.Tx) error {
		const own = `INSERT INTO wrapups_people (call, person, edited, made_ms) VALUES (?, ?, ?, ?)
			ON CONFLICT (call, person) DO UPDATE SET edited = excluded.edited`
		if _, err := tx.ExecContext(ctx, own, id, by, w.s.hide("wrapups_people.edited", string(body), id, by), at.UnixMilli()); err != nil {
			return fmt.Errorf("store wrap-up: %w", err)
		}
		all, err := w.versions(ctx, tx, id)
		if err != nil {
			return err
		}
		who, joined := wrapup.Joined(all)
		body, err := json.Marshal(joined)
		if err != nil {
			return fmt.Errorf("store wrap-up: %w", err)
		}
		const q = `INSERT INTO wrapups (call, edited, ticket, person, at_ms) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (call) DO UPDATE SET edited = excluded.edited, ticket = excluded.ticket, person = excluded.person, at_ms = excluded.at_ms`
		if _, err := tx.ExecContext(ctx, q, id, w.s.hide("wrapups.edited", string(body), id), ticket, who, at.UnixMilli()); err != nil {
			return fmt.Errorf("store wrap-up: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE calls SET counted = 0 WHERE id = ?", id); err != nil { // again, by what a person says
			return fmt.Errorf("store wrap-up: %w", err)
		}
		return nil
	})
}

// versions are those of everybody who had a call, in the order in which they left it. What an older program has stored of somebody, beside whom
// this one runs, is among them, without its original. Of a call that was written down before versions were kept there is one,
// with what was made of the call; whose it is, is not known where nobody edited it.
func (w *Wrapups) versions(ctx context.Context, db interface {
	querier
	rowQuerier
}, id call.ID,
) ([]wrapup.Version, error) {
	rows, err := db.QueryContext(ctx, "SELECT person, original, edited, made_ms FROM wrapups_people WHERE call = ? ORDER BY made_ms, person", id)
	if err != nil {
		return nil, fmt.Errorf("read wrap-up: %w", err)
	}
	kept := false // originals of each person
	all, err := collect(rows, "read wrap-up", func(r scanner) (v wrapup.Version, err error) {
		var original, edited string
		var made int64
		if err := r.Scan(&v.Person, w.s.opened(&original, "wrapups_people.original", id, &v.Person), w.s.opened(&edited, "wrapups_people.edited", id, &v.Person), &made); err != nil {
			return v, err
		}
		v.Made, kept = time.UnixMilli(made).UTC(), kept || original != noOriginal
		if v.Edited, err = editOf(edited); err != nil {
			return v, err
		}
		return v, json.Unmarshal([]byte(original), &v.Original)
	})
	if err != nil {
		return nil, err
	}
	var old wrapup.Version
	var original, edited string
	const joined = "SELECT person, original, edited FROM wrapups WHERE call = ?"
	err = db.QueryRowContext(ctx, joined, id).Scan(&old.Person, w.s.opened(&original, "wrapups.original", id), w.s.opened(&edited, "wrapups.edited", id))
	if errors.Is(err, sql.ErrNoRows) {
		return all, nil
	}
	if err == nil {
		old.Edited, err = editOf(edited)
	}
	if err == nil && !kept {
		err = json.Unmarshal([]byte(original), &old.Original)
	}
	if err != nil {
		return nil, fmt.Errorf("read wrap-up: %w", err)
	}
	theirs := func(v wrapup.Version) bool { return v.Person == old.Person && v.Edited != nil }
	switch {
	case old.Edited != nil && !slices.ContainsFunc(all, theirs), len(all) == 0 && original != noOriginal:
		all = append([]wrapup.Version{old}, all...)
	case len(all) > 0 && !kept:
		all[0].Original = old.Original
	}
	return all, nil
}

// noOriginal stands where nothing was made of a call, or for a person.
const noOriginal = "{}"

// editOf reads what somebody wrote, nil for "".
func editOf(body string) (*wrapup.Summary, error) {
	if body == "" {
		return nil, nil //nolint:nilnil // not touched
	}
	var s wrapup.Summary
	return &s, json.Unmarshal([]byte(body), &s)
}

// Finish marks a wrap-up as done.
func (w *Wrapups) Finish(ctx context.Context, id call.ID) error {
	return alterOne(ctx, w.s.write, wrapup.ErrUnknown, "finish wrap-up", "UPDATE wrapups SET done = 1 WHERE call = ?", id)
}

// Wrapup returns a wrap-up.
func (w *Wrapups) Wrapup(ctx context.Context, id call.ID) (wrapup.Saved, error) {
	out := wrapup.Saved{Call: id}
	var original, edited string
	var at int64
	err := w.s.read.QueryRowContext(ctx, "SELECT original, edited, ticket, person, at_ms, done FROM wrapups WHERE call = ?", id).Scan(w.s.opened(&original, "wrapups.original", id), w.s.opened(&edited, "wrapups.edited", id), &out.Ticket, &out.By, &at, &out.Done)
	if errors.Is(err, sql.ErrNoRows) {
		return out, wrapup.ErrUnknown
	}
	if err != nil {
		return out, fmt.Errorf("read wrap-up: %w", err)
	}
	out.At = time.UnixMilli(at).UTC()
	if out.Edited, err = editOf(edited); err == nil {
		err = json.Unmarshal([]byte(original), &out.Original)
	}
	if err != nil {
		return out, fmt.Errorf("read wrap-up: %w", err)
	}
	out.Versions, err = w.versions(ctx, w.s.read, id)
	return out, err
}
