package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// keepingPart holds what is to be kept and for how long: holds, what was forgotten by its days, the IDs of erased calls
// and customers, so that nothing brings them back, where backups were written, and work one process asks of another, with
// the reports of erasures.
func keepingPart() part {
	return part{"keeping", []string{`
CREATE TABLE keeping_holds (
	id        TEXT PRIMARY KEY,
	held_call TEXT NOT NULL,
	caller    TEXT NOT NULL,
	reason    TEXT NOT NULL,
	person    TEXT NOT NULL,
	at_ms     INTEGER NOT NULL,
	lifted_ms INTEGER NOT NULL DEFAULT 0,
	lifted_by TEXT NOT NULL DEFAULT ''
);
CREATE TABLE keeping_done (
	call  TEXT NOT NULL,
	thing TEXT NOT NULL,
	PRIMARY KEY (call, thing)
);
CREATE TABLE keeping_erased (
	id         TEXT PRIMARY KEY,
	started_ms INTEGER NOT NULL,
	at_ms      INTEGER NOT NULL
);
CREATE INDEX keeping_erased_at ON keeping_erased (at_ms);
CREATE TABLE keeping_backups (
	path  TEXT PRIMARY KEY,
	at_ms INTEGER NOT NULL
);
CREATE TABLE keeping_requests (
	n      INTEGER PRIMARY KEY,
	id     TEXT NOT NULL UNIQUE,
	work   TEXT NOT NULL,
	body   TEXT NOT NULL,
	state  TEXT NOT NULL,
	result TEXT NOT NULL DEFAULT '',
	why    TEXT NOT NULL DEFAULT '',
	at_ms  INTEGER NOT NULL
);
`, `
CREATE TABLE keeping_erased_customers (
	id    TEXT PRIMARY KEY,
	at_ms INTEGER NOT NULL
);
`}}
}

// Keeping is the part of the store that knows what is kept for how long. It is retain.Records, Shelf and Tray.
type Keeping struct {
	s    *Store
	same func(a, b string) bool
}

var (
	_ retain.Records = (*Keeping)(nil)
	_ retain.Shelf   = (*Keeping)(nil)
	_ retain.Tray    = (*Keeping)(nil)
)

// Keeping returns that part. same says whether two callers are the same; nil compares the texts.
func (s *Store) Keeping(same func(a, b string) bool) *Keeping {
	if same == nil {
		same = func(a, b string) bool { return a == b }
	}
	return &Keeping{s, same}
}

// erased reports whether a call was erased and must not come back.
func erased(ctx context.Context, q rowQuerier, id call.ID) (bool, error) {
	var one int
	err := q.QueryRowContext(ctx, "SELECT 1 FROM keeping_erased WHERE id = ?", id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for erased calls: %w", err)
	}
	return true, nil
}

// Hold keeps a call or a caller; reason and who are for the auditor.
func (k *Keeping) Hold(ctx context.Context, h retain.Hold) (retain.Hold, error) {
	if (h.Call == "") == (h.Caller == "") || h.Reason == "" {
		return h, fmt.Errorf("%w: a hold is of one call or one caller, and has a reason", retain.ErrInvalid)
	}
	if h.Call != "" {
		var one int
		err := k.s.read.QueryRowContext(ctx, "SELECT 1 FROM calls WHERE id = ?", h.Call).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return h, retain.ErrUnknown
		}
		if err != nil {
			return h, fmt.Errorf("hold: %w", err)
		}
	}
	h.ID, h.At = uuid.NewString(), time.Now().UTC().Truncate(time.Millisecond)
	const q = "INSERT INTO keeping_holds (id, held_call, caller, reason, person, at_ms) VALUES (?, ?, ?, ?, ?, ?)"
	if _, err := k.s.write.ExecContext(ctx, q, h.ID, h.Call, h.Caller, h.Reason, h.By, h.At.UnixMilli()); err != nil {
		return h, fmt.Errorf("hold: %w", err)
	}
	return h, nil
}

// Lift ends a hold; retain.ErrUnknown when there is none that stands.
func (k *Keeping) Lift(ctx context.Context, id, by string) (retain.Hold, error) {
	const q = "UPDATE keeping_holds SET lifted_ms = ?, lifted_by = ? WHERE id = ? AND lifted_ms = 0"
	if err := alterOne(ctx, k.s.write, retain.ErrUnknown, "lift hold", q, time.Now().UnixMilli(), by, id); err != nil {
		return retain.Hold{}, err
	}
	return scanHold(k.s.read.QueryRowContext(ctx, "SELECT "+holdColumns+" FROM keeping_holds WHERE id = ?", id))
}

const holdColumns = "id, held_call, caller, reason, person, at_ms, lifted_ms, lifted_by"

func scanHold(r scanner) (retain.Hold, error) {
	var h retain.Hold
	var at, lifted int64
	if err := r.Scan(&h.ID, &h.Call, &h.Caller, &h.Reason, &h.By, &at, &lifted, &h.LiftedBy); err != nil {
		return h, fmt.Errorf("read hold: %w", err)
	}
	h.At = time.UnixMilli(at).UTC()
	if lifted != 0 {
		t := time.UnixMilli(lifted).UTC()
		h.Lifted = &t
	}
	return h, nil
}

// Holds are those that stand, or with lifted all that ever were, oldest first.
func (k *Keeping) Holds(ctx context.Context, lifted bool) ([]retain.Hold, error) {
	rows, err := k.s.read.QueryContext(ctx, "SELECT "+holdColumns+" FROM keeping_holds WHERE lifted_ms = 0 OR 1 = ? ORDER BY at_ms, id", lifted)
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	return collect(rows, "list holds", scanHold)
}

// Backed remembers that a backup was written to a file.
func (k *Keeping) Backed(ctx context.Context, path string, at time.Time) error {
	return backed(ctx, k.s.write, path, at)
}

func backed(ctx context.Context, db execer, path string, at time.Time) error {
	const q = "INSERT INTO keeping_backups (path, at_ms) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET at_ms = excluded.at_ms"
	if _, err := db.ExecContext(ctx, q, path, at.UnixMilli()); err != nil {
		return fmt.Errorf("note backup: %w", err)
	}
	return nil
}

// Backups are the backups that were written, oldest first, there or not.
func (k *Keeping) Backups(ctx context.Context) ([]retain.Copy, error) { return backups(ctx, k.s.read) }

func backups(ctx context.Context, db querier) ([]retain.Copy, error) {
	rows, err := db.QueryContext(ctx, "SELECT path, at_ms FROM keeping_backups ORDER BY at_ms, path")
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	return collect(rows, "list backups", func(r scanner) (retain.Copy, error) {
		var c retain.Copy
		var at int64
		if err := r.Scan(&c.Path, &at); err != nil {
			return c, fmt.Errorf("list backups: %w", err)
		}
		c.At = time.UnixMilli(at).UTC()
		_, err := os.Stat(c.Path)
		c.There = err == nil
		return c, nil
	})
}

// Copies are the backups made after one of the calls began and before it was erased.
func (k *Keeping) Copies(ctx context.Context, t retain.Traces) ([]retain.Copy, error) {
	all, err := k.Backups(ctx)
	if err != nil {
		return nil, err
	}
	out := []retain.Copy{}
	for _, c := range all {
		for i, started := range t.Started {
			at, err := k.erasedAt(ctx, t.Calls[i])
			if err != nil {
				return nil, err
			}
			if c.At.After(started) && (at.IsZero() || c.At.Before(at)) {
				out = append(out, c)
				break
			}
		}
	}
	return out, nil
}

func (k *Keeping) erasedAt(ctx context.Context, id call.ID) (time.Time, error) {
	var at int64
	err := k.s.read.QueryRowContext(ctx, "SELECT at_ms FROM keeping_erased WHERE id = ?", id).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look for erased calls: %w", err)
	}
	return time.UnixMilli(at).UTC(), nil
}

// Over tells which of the calls were erased, and of which others a thing was forgotten by its days, so that a node removes
// files that another one could not reach.
func (k *Keeping) Over(ctx context.Context, ids []call.ID) (gone []call.ID, done map[retain.Thing][]call.ID, err error) {
	in, args := among(ids)
	erased, err := strs(ctx, k.s.read, "SELECT id FROM keeping_erased WHERE id IN "+in+" ORDER BY id", args...)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range erased {
		gone = append(gone, call.ID(id))
	}
	done = map[retain.Thing][]call.ID{}
	for _, t := range []retain.Thing{retain.Audio, retain.Text} {
		some, err := strs(ctx, k.s.read, "SELECT call FROM keeping_done WHERE thing = ? AND call IN "+in+" ORDER BY call", append([]any{t}, args...)...)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range some {
			done[t] = append(done[t], call.ID(id))
		}
	}
	return gone, done, nil
}
