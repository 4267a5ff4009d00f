package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
)

// sealStep is how many rows are looked at in one transaction.
const sealStep = 200

// sealLease is how long one node goes on before another one may.
const sealLease = time.Minute

// sealedTable is a table with its sealed columns.
type sealedTable struct {
	name    string
	key     []string
	columns []sealedColumn
}

func sealedTables() []sealedTable {
	var out []sealedTable
	for _, c := range sealedColumns() {
		i := slices.IndexFunc(out, func(t sealedTable) bool { return t.name == c.table })
		if i < 0 {
			key := c.row
			if c.key != nil {
				key = c.key
			}
			i, out = len(out), append(out, sealedTable{name: c.table, key: key})
		}
		out[i].columns = append(out[i].columns, c)
	}
	return out
}

// names are what is read of a row: its key, what else names it, and the columns.
func (t sealedTable) names() []string {
	out := slices.Clone(t.key)
	add := func(n string) {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, c := range t.columns {
		for _, r := range c.row {
			add(r)
		}
		add(c.mark)
		add(c.name)
	}
	return out
}

// row is a row by the names of its columns.
type row map[string]string

func (t sealedTable) scan(r scanner) (row, error) {
	names := t.names()
	texts, dest := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range texts {
		dest[i] = &texts[i]
	}
	if err := r.Scan(dest...); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	out := row{}
	for i, n := range names {
		out[n] = texts[i].String
	}
	return out, nil
}

func (r row) named(columns []string) []any {
	out := make([]any, len(columns))
	for i, c := range columns {
		out[i] = r[c]
	}
	return out
}

// SealRows brings the rows that are there to the form that SealRecord says: sealed with the current key, or in the clear.
// It goes on where it stopped, also in another process; all begins anew, also where it was done. Between two steps it
// waits for pause. It returns how many rows changed. Calls go on meanwhile; a row that changes just then is left as it was
// written. Of several nodes one does it; the others return at once.
func (s *Store) SealRows(ctx context.Context, all bool, pause time.Duration) (int, error) {
	if !s.maySealed() {
		return 0, nil
	}
	changed := 0
	for _, t := range sealedTables() {
		n, err := s.sealTable(ctx, t, s.formOf(t.columns), all, pause)
		if changed += n; err != nil {
			return changed, fmt.Errorf("seal the rows of %s: %w", t.name, err)
		}
	}
	return changed, nil
}

func (s *Store) sealTable(ctx context.Context, t sealedTable, goal string, all bool, pause time.Duration) (int, error) {
	var had, at string
	var done bool
	err := s.read.QueryRowContext(ctx, "SELECT goal, at, done FROM sealing_passes WHERE name = ?", t.name).Scan(&had, &at, &done)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if had == goal && done && !all {
		return 0, nil
	}
	if had != goal || all {
		at = ""
	}
	changed := 0
	for {
		if mine, err := s.lease(ctx, "sealing", sealLease); err != nil || !mine {
			return changed, err
		}
		n, next, err := s.sealSome(ctx, t, goal, at)
		if changed += n; err != nil || next == "" {
			return changed, err
		}
		at = next
		select {
		case <-ctx.Done():
			return changed, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// sealSome does a step after a place and returns the place to go on from, "" when there is nothing left.
func (s *Store) sealSome(ctx context.Context, t sealedTable, goal, at string) (changed int, next string, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	rows, err := s.rowsAfter(ctx, tx, t, at)
	if err != nil {
		return 0, "", err
	}
	for _, r := range rows {
		n, err := s.sealRow(ctx, tx, t, r)
		if err != nil {
			return 0, "", err
		}
		changed += n
	}
	if len(rows) == sealStep {
		place, err := json.Marshal(rows[len(rows)-1].named(t.key))
		if err != nil {
			return 0, "", err
		}
		next = string(place)
	}
	const q = "INSERT INTO sealing_passes (name, goal, at, done) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET goal = excluded.goal, at = excluded.at, done = excluded.done"
	if _, err := tx.ExecContext(ctx, q, t.name, goal, next, next == ""); err != nil {
		return 0, "", err
	}
	return changed, next, tx.Commit()
}

func (s *Store) rowsAfter(ctx context.Context, tx *sql.Tx, t sealedTable, at string) ([]row, error) {
	where, args := "", []any{}
	if at != "" {
		var from []string
		if err := json.Unmarshal([]byte(at), &from); err != nil || len(from) != len(t.key) {
			return nil, fmt.Errorf("the place %q of a pass is damaged", at) //nolint:err113 // told once
		}
		in, vals := among(from)
		// Numbers are compared as such: a parameter takes the type of what it is compared with in PostgreSQL, and in SQLite
		// the affinity of the column.
		where, args = " WHERE ("+strings.Join(t.key, ", ")+") > "+in, vals
	}
	order := strings.Join(t.key, ", ")
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(t.names(), ", ")+" FROM "+t.name+where+" ORDER BY "+order+fmt.Sprintf(" LIMIT %d", sealStep), args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, "read rows", t.scan)
}

// sealRow brings one row to its form, unless it has changed since it was read, and returns 1 when it did.
func (s *Store) sealRow(ctx context.Context, tx *sql.Tx, t sealedTable, r row) (int, error) {
	sets := row{}
	for _, c := range t.columns {
		if err := s.sealCell(c, r, sets); err != nil {
			return 0, err
		}
	}
	if len(sets) == 0 {
		return 0, nil
	}
	if t.columns[0].onlyMark {
		return 1, s.replaceMark(ctx, tx, t, r, sets)
	}
	var to, where []string
	var args, olds []any
	for name, text := range sets {
		to, args = append(to, name+" = ?"), append(args, text)
		if old, ok := r[name]; ok {
			where, olds = append(where, name+" = ?"), append(olds, old)
		}
	}
	for _, k := range t.key {
		if _, ok := sets[k]; !ok {
			where, olds = append(where, k+" = ?"), append(olds, r[k])
		}
	}
	res, err := tx.ExecContext(ctx, "UPDATE "+t.name+" SET "+strings.Join(to, ", ")+" WHERE "+strings.Join(where, " AND "), append(args, olds...)...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// sealCell puts into sets what is to change for a column.
func (s *Store) sealCell(c sealedColumn, r, sets row) error {
	v, on, text := s.values(), s.seals(c.place()), r[c.name]
	if c.onlyMark { // the text of a mark is nowhere, so only one in the clear changes
		if on && text != "" && seal.MarkedBy(text) == "" {
			sets[c.name] = v.Mark(text, c.place())
		}
		return nil
	}
	if c.mark != "" {
		return s.sealBeside(c, r, sets)
	}
	by := seal.SealedBy(text)
	if text == "" || !on && by == "" || on && by == v.Current() {
		return nil
	}
	plain, err := s.open(c.place(), text, r.named(c.row)...)
	if err != nil {
		return err
	}
	if on {
		sets[c.name] = v.Seal(plain, placeOf(c.place(), r.named(c.row))...)
	} else {
		sets[c.name] = seal.Plain(plain)
	}
	if c.member != "" {
		var m map[string]any
		if json.Unmarshal([]byte(plain), &m) == nil {
			if id, ok := m[c.member].(string); ok {
				sets[c.member] = id
			}
		}
	}
	return nil
}

// sealBeside is sealCell for a text that stands beside its mark.
func (s *Store) sealBeside(c sealedColumn, r, sets row) error {
	v, on, looked := s.values(), s.seals(c.place()), c.looked()
	text, mark := r[c.name], r[c.mark]
	by := seal.SealedBy(text)
	if mark == "" || !on && by == "" || on && by == v.Current() && seal.MarkedBy(mark) == by {
		return nil
	}
	var plain string
	if err := s.besideMark(&plain, c.place(), mark, text, r.named(c.row)...); err != nil {
		return err
	}
	if on {
		sets[c.mark], sets[c.name] = v.Mark(plain, looked), v.Seal(plain, placeOf(c.place(), r.named(c.row))...)
	} else {
		sets[c.mark], sets[c.name] = seal.Plain(plain), ""
	}
	return nil
}

// replaceMark puts a mark in the place of a word, where it may stand already.
func (s *Store) replaceMark(ctx context.Context, tx *sql.Tx, t sealedTable, r, sets row) error {
	fresh, marks := r.named(t.key), make([]string, len(t.key))
	for i, k := range t.key {
		marks[i] = k + " = ?"
		if text, ok := sets[k]; ok {
			fresh[i] = text
		}
	}
	list := strings.Join(t.key, ", ")
	if _, err := tx.ExecContext(ctx, "INSERT INTO "+t.name+" ("+list+") VALUES (?"+strings.Repeat(", ?", len(t.key)-1)+") ON CONFLICT DO NOTHING", fresh...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE "+strings.Join(marks, " AND "), r.named(t.key)...)
	return err
}

// lookSealed adds to looks what the sealed columns hold of what was erased: they are opened one by one.
func (s *Store) lookSealed(ctx context.Context, t retain.Traces, looks []retain.Look) error {
	for _, table := range sealedTables() {
		if table.columns[0].onlyMark {
			continue
		}
		n, err := s.countSealed(ctx, table, t)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(looks, func(l retain.Look) bool { return l.What == "table "+table.name })
		if i < 0 || n == 0 {
			continue
		}
		if looks[i].Why = kept(table.name); looks[i].Why != "" {
			looks[i].Kept += n
		} else {
			looks[i].Found += n
		}
	}
	return nil
}

// countSealed counts the rows of a table with a sealed text that holds a call, or a word or number of it.
func (s *Store) countSealed(ctx context.Context, table sealedTable, t retain.Traces) (int, error) {
	var conds []string
	var args []any
	for _, c := range table.columns {
		conds, args = append(conds, c.name+" LIKE ?"), append(args, seal.SealedLike)
	}
	rows, err := s.read.QueryContext(ctx, "SELECT "+strings.Join(table.names(), ", ")+" FROM "+table.name+" WHERE "+strings.Join(conds, " OR "), args...)
	if err != nil {
		return 0, fmt.Errorf("search %s: %w", table.name, err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		r, err := table.scan(rows)
		if err != nil {
			return 0, err
		}
		holds, err := s.holds(table, r, t)
		if err != nil {
			return 0, err
		}
		if holds {
			n++
		}
	}
	return n, rows.Err()
}

func (s *Store) holds(table sealedTable, r row, t retain.Traces) (bool, error) {
	needles := make([]string, 0, len(t.Calls))
	for _, id := range t.Calls {
		needles = append(needles, string(id))
	}
	id, ofCall := r["call"]
	if table.name == "calls" {
		id, ofCall = r["id"], true
	}
	if !ofCall || slices.Contains(needles, id) { // what somebody else said in another call is theirs
		for _, w := range slices.Concat(t.Words, t.Numbers) {
			needles = append(needles, jsonForms(w)...)
		}
	}
	for _, c := range table.columns {
		text, err := s.open(c.place(), r[c.name], r.named(c.row)...)
		if err != nil {
			return false, fmt.Errorf("search %s: %w", table.name, err)
		}
		if seal.SealedBy(r[c.name]) != "" && slices.ContainsFunc(needles, func(n string) bool { return strings.Contains(folded(text), folded(n)) }) {
			return true, nil
		}
	}
	return false, nil
}
