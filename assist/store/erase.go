package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// place is how a report names the record.
const place = "record"

// Traces are the calls of a subject and what they can be recognised by.
func (k *Keeping) Traces(ctx context.Context, s retain.Subject) (retain.Traces, []call.ID, error) {
	var t retain.Traces
	if s.Call != "" {
		t.Calls = []call.ID{s.Call}
	} else {
		if err := k.byCaller(ctx, s, &t); err != nil {
			return t, nil, err
		}
	}
	var already []call.ID
	for _, id := range t.Calls {
		started, caller, gone, err := k.known(ctx, id)
		if err != nil {
			return t, nil, err
		}
		t.Started, t.Callers = append(t.Started, started), append(t.Callers, caller)
		if gone {
			already = append(already, id)
		}
	}
	var err error
	t.Words, err = k.words(ctx, t.Calls, t.Calls)
	return t, already, err
}

// known returns when a call began and who called, and whether it is only known because it was erased.
func (k *Keeping) known(ctx context.Context, id call.ID) (started time.Time, caller string, gone bool, err error) {
	var at int64
	var state record.State
	var mark, beside string
	err = k.s.read.QueryRowContext(ctx, "SELECT started_ms, state, caller, caller_sealed FROM calls WHERE id = ?", id).Scan(&at, &state, &mark, &beside)
	if err == nil {
		err = k.s.besideMark(&caller, "calls.caller_sealed", mark, beside, id)
	}
	if gone = errors.Is(err, sql.ErrNoRows); gone {
		err = k.s.read.QueryRowContext(ctx, "SELECT started_ms FROM keeping_erased WHERE id = ?", id).Scan(&at)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = fmt.Errorf("%w: no call %s", retain.ErrUnknown, id)
	case err != nil:
		err = fmt.Errorf("find call: %w", err)
	case state == record.Running:
		err = fmt.Errorf("%w: %s", retain.ErrRunning, id)
	}
	return time.UnixMilli(at).UTC(), caller, gone, err
}

// byCaller finds the calls of a caller, however the number was signalled, and who is known under it.
func (k *Keeping) byCaller(ctx context.Context, s retain.Subject, t *retain.Traces) error {
	forms, err := k.s.numbers(ctx, "calls.caller_sealed", "SELECT caller, caller_sealed, id, '' FROM calls WHERE caller <> ''")
	if err != nil {
		return err
	}
	handles, err := k.s.numbers(ctx, "customers_handles.sealed", "SELECT value, sealed, customer, channel FROM customers_handles WHERE channel = 'phone'")
	if err != nil {
		return err
	}
	t.Numbers = []string{s.Caller}
	for _, f := range slices.Concat(forms, handles) {
		if !slices.Contains(t.Numbers, f) && k.same(f, s.Caller) {
			t.Numbers = append(t.Numbers, f)
		}
	}
	in, args := k.s.marks("calls.caller", t.Numbers...)
	ids, err := strs(ctx, k.s.read, "SELECT id FROM calls WHERE caller IN "+in+" ORDER BY id", args...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		t.Calls = append(t.Calls, call.ID(id))
	}
	if s.Customer {
		in, args := k.s.marks("customers_handles.value", t.Numbers...)
		if t.Customers, err = strs(ctx, k.s.read, "SELECT DISTINCT customer FROM customers_handles WHERE value IN "+in, args...); err != nil {
			return err
		}
	}
	return nil
}

// strs reads one column of text.
func strs(ctx context.Context, db querier, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return collect(rows, "read the record", func(r scanner) (string, error) {
		var s string
		return s, r.Scan(&s)
	})
}

const (
	mostWords    = 30
	shortestText = 12 // bytes of Latin script; a Chinese character counts three
)

// words are texts, the longest ones, that were said by people in the calls of and in none that is not in gone.
func (k *Keeping) words(ctx context.Context, of, gone []call.ID) ([]string, error) {
	if len(of) == 0 {
		return nil, nil
	}
	in, args := among(of)
	said, err := k.s.spoken(ctx, "SELECT call, n, text FROM turns WHERE who <> 'bot' AND call IN "+in, args...)
	if err != nil {
		return nil, err
	}
	said = slices.DeleteFunc(said, func(s string) bool { return len(s) < shortestText || !strings.ContainsFunc(s, unicode.IsLetter) })
	slices.SortFunc(said, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	said = said[:min(len(said), mostWords)]
	if len(said) == 0 {
		return nil, nil
	}
	in, args = among(gone)
	texts, targs := among(said)
	query := "SELECT call, n, text FROM turns WHERE text IN " + texts + " AND call NOT IN " + in
	targs = append(targs, args...)
	if k.s.maySealed() { // all of them are opened
		query, targs = "SELECT call, n, text FROM turns WHERE who <> 'bot' AND call NOT IN "+in, args
	}
	others, err := k.s.spoken(ctx, query, targs...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(said, func(s string) bool { return slices.Contains(others, s) }), nil
}

// Erased remembers calls and customers that are to be gone.
func (k *Keeping) Erased(ctx context.Context, t retain.Traces) error {
	return k.s.inTx(ctx, "erase", func(tx *sql.Tx) error {
		for i, id := range t.Calls {
			const q = "INSERT INTO keeping_erased (id, started_ms, at_ms) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
			if _, err := tx.ExecContext(ctx, q, id, t.Started[i].UnixMilli(), time.Now().UnixMilli()); err != nil {
				return fmt.Errorf("erase: %w", err)
			}
		}
		for _, id := range t.Customers {
			const q = "INSERT INTO keeping_erased_customers (id, at_ms) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
			if _, err := tx.ExecContext(ctx, q, id, time.Now().UnixMilli()); err != nil {
				return fmt.Errorf("erase: %w", err)
			}
		}
		return nil
	})
}

// Erase removes the rows of the calls from every table, those of features to come included: a row with the ID of a call
// in a column of that name goes. A ticket keeps its number, state and due time, and loses its texts.
func (k *Keeping) Erase(ctx context.Context, t retain.Traces) ([]retain.Count, error) {
	var out []retain.Count
	err := k.s.inTx(ctx, "erase", func(tx *sql.Tx) (err error) {
		out, err = eraseRows(ctx, tx, t)
		return err
	})
	return out, err
}

type queryExecer interface {
	querier
	execer
}

func eraseRows(ctx context.Context, db queryExecer, t retain.Traces) ([]retain.Count, error) {
	all, err := tables(ctx, db)
	if err != nil {
		return nil, err
	}
	out := []retain.Count{}
	has := func(name string) bool { return slices.ContainsFunc(all, func(t table) bool { return t.name == name }) }
	do := func(what, name, query string, args []any) error {
		if !has(name) || len(args) == 0 {
			return nil
		}
		res, err := db.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("erase %s: %w", what, err)
		}
		n, err := res.RowsAffected()
		if err == nil && n > 0 {
			out = append(out, retain.Count{Place: place, What: what, N: int(n)})
		}
		return err
	}
	for ids := range slices.Chunk(t.Calls, 200) {
		in, args := among(ids)
		for _, one := range all {
			if one.ofCalls() {
				if err := do(one.name, one.name, "DELETE FROM "+one.name+" WHERE "+one.call+" IN "+in, args); err != nil {
					return out, err
				}
			}
		}
		for _, q := range []struct{ what, name, query string }{
			{"texts of tickets", "tickets", "UPDATE tickets SET fields = '{}', customer = '', key = 'erased:' || id, call = '' WHERE call IN " + in},
			{"calls", "calls", "DELETE FROM calls WHERE id IN " + in},
			{"call backs", "callbacks", "DELETE FROM callbacks WHERE id IN " + in},
			{"holds that were lifted", "keeping_holds", "DELETE FROM keeping_holds WHERE lifted_ms > 0 AND held_call IN " + in},
		} {
			if err := do(q.what, q.name, q.query, args); err != nil {
				return out, err
			}
		}
		if err := do("calls named in calibrations", "calibrations", "UPDATE calibrations SET calls = '[]' WHERE "+like("calls", ids), starts(ids)); err != nil {
			return out, err
		}
		if err := do("events for other programs", "hooks_outbox", "DELETE FROM hooks_outbox WHERE "+like("body", ids), starts(ids)); err != nil {
			return out, err
		}
	}
	in, args := among(t.Customers)
	for _, q := range []struct{ what, name, query string }{
		{"customers", "customers", "DELETE FROM customers WHERE id IN " + in},
		{"codes of customers", "customers_codes", "DELETE FROM customers_codes WHERE customer IN " + in},
		{"numbers of customers", "customers_handles", "DELETE FROM customers_handles WHERE customer IN " + in},
		{"contacts of customers", "customers_visits", "DELETE FROM customers_visits WHERE customer IN " + in},
		{"customers of tickets", "tickets", "UPDATE tickets SET customer = '', fields = '{}' WHERE customer IN " + in},
	} {
		if err := do(q.what, q.name, q.query, args); err != nil {
			return out, err
		}
	}
	in, args = among(t.Numbers)
	return out, do("holds that were lifted", "keeping_holds", "DELETE FROM keeping_holds WHERE lifted_ms > 0 AND caller IN "+in, args)
}

// Tidy makes sure that what was deleted is not on the disk.
// In PostgreSQL the rows are cleared away; what the database keeps in its own log and backups is out of reach.
func (k *Keeping) Tidy(ctx context.Context, hard bool) error {
	if !k.s.shared {
		return tidy(ctx, k.s.write, hard)
	}
	if !hard {
		return nil
	}
	if _, err := k.s.write.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("clear away deleted rows: %w", err)
	}
	return nil
}
