package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// keysTable has the keys of values.
const keysTable = "sealing_keys"

// sealingPart holds the keys of values, sealed by the master key; whether the record is sealed; and how far a pass over
// the rows of a table has come.
func sealingPart() part {
	return part{"sealing", []string{`
CREATE TABLE sealing_keys (
	id      TEXT PRIMARY KEY,
	wrapped TEXT NOT NULL,
	made_ms INTEGER NOT NULL,
	from_ms INTEGER NOT NULL
);
CREATE TABLE sealing_state (one INTEGER PRIMARY KEY CHECK (one = 1), sealed INTEGER NOT NULL);
CREATE TABLE sealing_passes (name TEXT PRIMARY KEY, goal TEXT NOT NULL, at TEXT NOT NULL, done INTEGER NOT NULL);
`}}
}

// sealing is what a store knows about sealing.
type sealing struct {
	values *seal.Values // nil: nothing was ever sealed, or the keys are not there
	on     bool         // what is written is sealed
	err    error        // why values is nil although something is sealed

	later map[string]bool // columns, also those of marks, that stay in the clear until every node reads them sealed
}

// SealRecord says whether the sensitive columns of the record are sealed from now on, with keys of values that the master
// keys in r seal; the first one is made when there is none. Rows that are there are brought to the same form by SealRows.
// A record that is sealed and whose keys r lacks is seal.ErrKey, and nothing is changed. r may be nil when on is false.
func (s *Store) SealRecord(ctx context.Context, r *seal.Ring, on bool) error {
	if on && r == nil {
		return seal.ErrLocked
	}
	err := s.inTx(ctx, "seal the record", func(tx *sql.Tx) error {
		all, err := valueKeys(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := r.Values(wrapped(all)); err != nil {
			return err
		}
		if !on && len(all) == 0 {
			return nil
		}
		if len(all) == 0 {
			from, err := s.readyFrom(ctx, tx)
			if err != nil {
				return err
			}
			if err := addValueKey(ctx, tx, r, from); err != nil {
				return err
			}
		}
		const q = "INSERT INTO sealing_state (one, sealed) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET sealed = excluded.sealed"
		if _, err := tx.ExecContext(ctx, q, on); err != nil {
			return fmt.Errorf("seal the record: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.LoadSealing(ctx, r)
}

type storedKey struct {
	seal.Wrapped

	made, from time.Time
}

func wrapped(all []storedKey) []seal.Wrapped {
	var out []seal.Wrapped
	for _, k := range all {
		out = append(out, k.Wrapped)
	}
	return out
}

// valueKeys are the keys of values, the one that seals first: the newest that may be used by now.
func valueKeys(ctx context.Context, db querier) ([]storedKey, error) {
	rows, err := db.QueryContext(ctx, "SELECT id, wrapped, made_ms, from_ms FROM sealing_keys ORDER BY CASE WHEN from_ms <= ? THEN 0 ELSE 1 END, made_ms DESC, id", time.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the keys of values: %w", err)
	}
	return collect(rows, "read the keys of values", func(r scanner) (storedKey, error) {
		var k storedKey
		var made, from int64
		err := r.Scan(&k.ID, &k.Key, &made, &from)
		k.made, k.from = time.UnixMilli(made), time.UnixMilli(from)
		return k, err
	})
}

func addValueKey(ctx context.Context, tx *sql.Tx, r *seal.Ring, from time.Time) error {
	w := r.NewValueKey()
	if _, err := tx.ExecContext(ctx, "INSERT INTO sealing_keys (id, wrapped, made_ms, from_ms) VALUES (?, ?, ?, ?)", w.ID, w.Key, time.Now().UnixMilli(), from.UnixMilli()); err != nil {
		return fmt.Errorf("store a key of values: %w", err)
	}
	return nil
}

// Unlock reads how the record is sealed and gets the keys when it is. Without keys it is open all the same, for whoever
// does not need what is sealed. OpenAt does it. keys may be nil; the error is that of keys, or seal.ErrKey when one is missing
// among them.
func (s *Store) Unlock(ctx context.Context, keys func(context.Context) (*seal.Ring, error)) error {
	var n int
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM sealing_keys").Scan(&n); err != nil {
		return fmt.Errorf("look for keys: %w", err)
	}
	if n == 0 {
		s.sealing.Store(&sealing{})
		return nil
	}
	var r *seal.Ring
	if keys != nil {
		var err error
		if r, err = keys(ctx); err != nil {
			return err
		}
	}
	err := s.LoadSealing(ctx, r)
	if r != nil {
		s.UseKeys(r)
		return err
	}
	if s.sealing.Load() == nil {
		return err
	}
	return nil
}

// LoadSealing reads how the record is sealed, which another process may have changed. Without the keys it changes nothing
// in a store that had read it before; else what is sealed is not read, and nothing is written where it should be sealed.
// The error is then seal.ErrKey or seal.ErrDamaged.
func (s *Store) LoadSealing(ctx context.Context, r *seal.Ring) error {
	all, err := valueKeys(ctx, s.read)
	if err != nil {
		return err
	}
	st := &sealing{}
	err = s.read.QueryRowContext(ctx, "SELECT sealed FROM sealing_state").Scan(&st.on)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read whether the record is sealed: %w", err)
	}
	if len(all) > 0 {
		if st.values, st.err = r.Values(wrapped(all)); st.err != nil {
			if old := s.sealing.Load(); old != nil && old.err == nil { // what went well goes on
				return st.err
			}
		}
		st.on = st.on && !all[0].from.After(time.Now())
	}
	if err := s.forOthers(ctx, st); err != nil {
		return err
	}
	s.sealing.Store(st)
	return st.err
}

// Sealed reports whether what is written is sealed.
func (s *Store) Sealed() bool { st := s.sealing.Load(); return st != nil && st.on }

// seals reports whether what is written into a column, TABLE.COLUMN, is sealed.
func (s *Store) seals(column string) bool { return s.Sealed() && !s.sealing.Load().later[column] }

// maySealed reports whether some rows may be sealed, so that a text cannot be looked for by the database.
func (s *Store) maySealed() bool {
	st := s.sealing.Load()
	return st != nil && (st.on || st.values != nil || st.err != nil)
}

func (s *Store) values() *seal.Values {
	if st := s.sealing.Load(); st != nil {
		return st.values
	}
	return nil
}

// Rotate seals the keys of values with the current master key of r. Where the newest was not made under it, a fresh one is
// added that is used after grace, when every node has read it; the time from which it is used is returned, or zero. A
// record without keys of values is left alone.
func (s *Store) Rotate(ctx context.Context, r *seal.Ring, grace time.Duration) (from time.Time, err error) {
	err = s.inTx(ctx, "rotate the keys of values", func(tx *sql.Tx) error {
		all, err := valueKeys(ctx, tx)
		if err != nil || len(all) == 0 {
			return err
		}
		fresh := false
		for _, k := range all {
			w, did, err := r.RewrapValueKey(k.Wrapped)
			if err != nil {
				return err
			}
			if !did {
				continue
			}
			fresh = true
			if _, err := tx.ExecContext(ctx, "UPDATE sealing_keys SET wrapped = ? WHERE id = ?", w.Key, w.ID); err != nil {
				return fmt.Errorf("rotate the keys of values: %w", err)
			}
		}
		if !fresh {
			return nil
		}
		from = time.Now().Add(grace)
		return addValueKey(ctx, tx, r, from)
	})
	if err != nil {
		return time.Time{}, err
	}
	return from, s.LoadSealing(ctx, r)
}

// hidden is a text on its way into a sealed column.
type hidden struct {
	text string
	err  error
}

// Value is for driver.Valuer.
func (h hidden) Value() (driver.Value, error) { return h.text, h.err }

// hide prepares a text for a sealed column, TABLE.COLUMN, of the row that row names.
func (s *Store) hide(column, text string, row ...any) hidden {
	return s.hideAs(column, text, func(v *seal.Values) string { return v.Seal(text, placeOf(column, row)...) })
}

// mark prepares a text for the column it is looked up by: its mark, or the text itself while nothing is sealed.
func (s *Store) mark(column, text string) hidden {
	return s.hideAs(column, text, func(v *seal.Values) string { return v.Mark(text, column) })
}

// hideAs is what of makes of text where what is written into the column is sealed, else text itself.
func (s *Store) hideAs(column, text string, of func(*seal.Values) string) hidden {
	v, err := s.sealer()
	switch {
	case err != nil:
		return hidden{err: err}
	case v == nil || !s.seals(column):
		return hidden{text: seal.Plain(text)}
	}
	return hidden{text: of(v)}
}

// sealer is what seals what is written, nil while nothing is to be sealed. The error is seal.ErrLocked.
func (s *Store) sealer() (*seal.Values, error) {
	st := s.sealing.Load()
	switch {
	case st == nil || !st.on:
		return nil, nil //nolint:nilnil // nothing is sealed
	case st.values == nil:
		return nil, s.locked()
	}
	return st.values, nil
}

// lockedError is seal.ErrLocked in the words of why, which name the key that is missing.
type lockedError struct{ why error }

func (e lockedError) Error() string        { return e.why.Error() }
func (e lockedError) Unwrap() error        { return e.why }
func (e lockedError) Is(target error) bool { return target == seal.ErrLocked } //nolint:errorlint // that is what Is is for

// locked is why nothing sealed can be read or written.
func (s *Store) locked() error {
	if st := s.sealing.Load(); st != nil && st.err != nil {
		return lockedError{st.err}
	}
	return seal.ErrLocked
}

// aside prepares a text for the column beside that of its mark: nothing while nothing is sealed.
func (s *Store) aside(column, text string, row ...any) hidden {
	if !s.seals(column) {
		return hidden{}
	}
	return s.hide(column, text, row...)
}

// marks writes the right side of IN for what may stand for the texts in a column that is looked up.
func (s *Store) marks(column string, texts ...string) (string, []any) {
	var all []string
	for _, t := range texts {
		all = append(all, s.values().Marks(t, column)...)
	}
	return among(all)
}

// opened reads a sealed column into to. row names the row, by values or pointers to what was read before it.
type opened struct {
	s      *Store
	to     *string
	column string
	row    []any
}

func (s *Store) opened(to *string, column string, row ...any) opened {
	return opened{s, to, column, row}
}

// Scan is for sql.Scanner.
func (o opened) Scan(v any) error {
	var text string
	switch x := v.(type) {
	case nil:
	case string:
		text = x
	case []byte:
		text = string(x)
	default:
		return fmt.Errorf("read %s: it is a %T", o.column, v) //nolint:err113 // a mistake of the program
	}
	var err error
	*o.to, err = o.s.open(o.column, text, o.row...)
	return err
}

// open opens a text of a sealed column.
func (s *Store) open(column, text string, row ...any) (string, error) {
	if seal.SealedBy(text) == "" {
		return text, nil
	}
	v := s.values()
	if v == nil {
		return "", s.locked()
	}
	return v.Open(text, placeOf(column, row)...)
}

// besideMark opens a text that stands beside its mark, or in the place of the mark where it is not sealed.
func (s *Store) besideMark(to *string, column, mark, text string, row ...any) (err error) {
	if text == "" {
		*to = mark
		return nil
	}
	*to, err = s.open(column, text, row...)
	return err
}

func placeOf(column string, row []any) []string {
	out := make([]string, 1, 1+len(row))
	out[0] = column
	for _, r := range row {
		out = append(out, nameOf(r))
	}
	return out
}

// nameOf writes a part of what names a row, the same for all types it has on its way in and out.
func nameOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case *string:
		return *x
	case []byte:
		return string(x)
	case call.ID:
		return string(x)
	case *call.ID:
		return string(*x)
	case int:
		return strconv.Itoa(x)
	case *int:
		return strconv.Itoa(*x)
	case int64:
		return strconv.FormatInt(x, 10)
	case *int64:
		return strconv.FormatInt(*x, 10)
	}
	return fmt.Sprint(reflect.Indirect(reflect.ValueOf(v)).Interface())
}
