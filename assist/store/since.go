package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// Since is what happened after a backup was made and must not be forgotten when it is brought back.
type Since struct {
	Gone    []retain.Gone  // what was erased after that, oldest first
	Backups []retain.Copy  // all that were made
	Reports []retain.Filed // of all erasures, oldest first

	keys []storedKey // of values: the event store and other nodes may hold what they sealed
}

// SinceAt reads it from the record at o, made being when the backup was made. The record stays as it is, and may be of
// another version; where there is none, nothing happened.
func SinceAt(ctx context.Context, o Options, made time.Time) (s Since, err error) {
	if o.URL == "" {
		db, err := openFile(Path(o.Home))
		if err != nil {
			return s, err
		}
		s, err = since(ctx, db, made)
		return s, errors.Join(err, db.Close())
	}
	err = onPostgres(ctx, o.URL, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx, _ copier) (bool, error) {
		s, err = since(ctx, tx, made)
		return false, err
	})
	return s, err
}

func since(ctx context.Context, db querier, made time.Time) (s Since, err error) {
	have, err := tables(ctx, db)
	if err != nil {
		return s, err
	}
	if slices.ContainsFunc(have, func(t table) bool { return t.name == keysTable }) {
		if s.keys, err = valueKeys(ctx, db); err != nil {
			return s, err
		}
	}
	if !slices.ContainsFunc(have, func(t table) bool { return t.name == erasedCalls.table }) {
		return s, nil
	}
	for _, l := range erasedLists {
		if !slices.ContainsFunc(have, func(t table) bool { return t.name == l.table }) { // older programs have fewer
			continue
		}
		some, err := l.read(ctx, db, made)
		if err != nil {
			return s, err
		}
		s.Gone = append(s.Gone, some...)
	}
	inOrder(s.Gone)
	if s.Backups, err = backups(ctx, db); err != nil {
		return s, err
	}
	s.Reports, err = reports(ctx, db, 0, math.MaxInt32)
	slices.Reverse(s.Reports)
	return s, err
}

// Carry remembers the backups and the reports of s and takes its keys of values over, all of it or nothing. What was erased is
// erased again by Returned and an eraser, which remembers it.
func (k *Keeping) Carry(ctx context.Context, s Since) error {
	return k.s.inTx(ctx, "carry over", func(tx *sql.Tx) error {
		for _, b := range s.Backups {
			if err := backed(ctx, tx, b.Path, b.At); err != nil {
				return err
			}
		}
		if err := carryKeys(ctx, tx, s.keys); err != nil {
			return err
		}
		return file(ctx, tx, s.Reports)
	})
}

// carryKeys adds keys of values to those of a record. Of one that both have, the form of the record that was rotated last
// stays: that one is sealed by the newer master key, and each rotation adds a key.
func carryKeys(ctx context.Context, tx *sql.Tx, more []storedKey) error {
	have, err := valueKeys(ctx, tx)
	if err != nil {
		return err
	}
	conflict := "NOTHING"
	if newest(more).After(newest(have)) {
		conflict = "UPDATE SET wrapped = excluded.wrapped"
	}
	for _, k := range more {
		q := "INSERT INTO " + keysTable + " (id, wrapped, made_ms, from_ms) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO " + conflict
		if _, err := tx.ExecContext(ctx, q, k.ID, k.Key, k.made.UnixMilli(), k.from.UnixMilli()); err != nil {
			return fmt.Errorf("carry a key of values over: %w", err)
		}
	}
	return nil
}

// newest is when the newest of keys was made.
func newest(keys []storedKey) (at time.Time) {
	for _, k := range keys {
		if k.made.After(at) {
			at = k.made
		}
	}
	return at
}

// MasterKeys names the master keys that seal the keys of values, each once, none for a record that was never sealed.
func (s *Store) MasterKeys(ctx context.Context) ([]string, error) {
	all, err := valueKeys(ctx, s.read)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, k := range all {
		if by := k.SealedBy(); !slices.Contains(out, by) {
			out = append(out, by)
		}
	}
	return out, nil
}

// erasedList is a table that lists what was erased.
type erasedList struct{ what, table string }

//nolint:gochecknoglobals // constants
var (
	erasedCalls = erasedList{retain.GoneCall, "keeping_erased"}
	erasedLists = []erasedList{erasedCalls, {retain.GoneCustomer, "keeping_erased_customers"}}
)

func (l erasedList) read(ctx context.Context, db querier, since time.Time) ([]retain.Gone, error) {
	rows, err := db.QueryContext(ctx, "SELECT id, at_ms FROM "+l.table+" WHERE at_ms >= ?", since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list what was erased: %w", err)
	}
	return collect(rows, "list what was erased", func(r scanner) (retain.Gone, error) {
		g := retain.Gone{What: l.what}
		var at int64
		err := r.Scan(&g.ID, &at)
		g.At = time.UnixMilli(at).UTC()
		return g, err
	})
}

func inOrder(all []retain.Gone) {
	slices.SortFunc(all, func(a, b retain.Gone) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Gone are the calls and customers erased at a time or later, oldest first.
func (k *Keeping) Gone(ctx context.Context, since time.Time) ([]retain.Gone, error) {
	var out []retain.Gone
	for _, l := range erasedLists {
		some, err := l.read(ctx, k.s.read, since)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	inOrder(out)
	return out, nil
}

// Returned are the traces of what was erased once and is in this record again, or may be. A call that is not on record began
// before began as far as anybody knows. Of a record that is sealed it needs the keys, and is seal.ErrKey without them.
func (k *Keeping) Returned(ctx context.Context, gone []retain.Gone, began time.Time) (retain.Traces, error) {
	var t retain.Traces
	for _, g := range gone {
		if g.What == retain.GoneCustomer {
			t.Customers = append(t.Customers, g.ID)
			continue
		}
		started := began.UnixMilli()
		err := k.s.read.QueryRowContext(ctx, "SELECT started_ms FROM calls WHERE id = ?", g.ID).Scan(&started)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return t, fmt.Errorf("find call: %w", err)
		}
		t.Calls, t.Started = append(t.Calls, call.ID(g.ID)), append(t.Started, time.UnixMilli(started).UTC())
	}
	for _, id := range t.Calls {
		words, err := k.words(ctx, []call.ID{id}, t.Calls)
		if err != nil {
			return t, err
		}
		t.Words = append(t.Words, words...)
	}
	return t, nil
}
