package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/seal"
)

// Nodes of two versions, and nodes with and without a key, run side by side while they are exchanged one after the other.
// Each tells what it reads sealed, and a column is sealed once all of them read it: until then it stays in the clear, as an
// older node writes it anyway.

// keyless is told by a node that has no key: it reads nothing that is sealed.
const keyless = -1

// keysKnownIn is how long running nodes have for reading a first key of values.
const keysKnownIn = 15 * time.Second

// newestSealed is the highest since of a column.
func newestSealed(all []sealedColumn) int {
	n := 0
	for _, c := range all {
		n = max(n, c.since)
	}
	return n
}

// reads is what this node tells the others: up to which since it reads sealed columns.
func (s *Store) reads() int {
	if s.keys.Load() == nil {
		return keyless
	}
	return newestSealed(sealedColumns())
}

// goneAfter is how long a node that gave no sign that it left may be silent and still be waited for: it may only be frozen. One
// that comes back later reads within seconds how the record is sealed: then it writes nothing in the clear, and says what it lacks.
const goneAfter = 10 * time.Minute

// forOthers leaves in the clear what another node could not read. Who is not sure that others could give signs of life, because
// the database may have been away, and commands, wait for all that were there in the last day, but not with what is sealed already.
func (s *Store) forOthers(ctx context.Context, st *sealing) error {
	if !s.shared || !st.on {
		return nil
	}
	begun, err := s.begun(ctx)
	if err != nil {
		return err
	}
	least, err := s.othersRead(ctx, goneAfter, begun)
	if err != nil {
		return err
	}
	if !s.sure.Load() {
		all, err := s.othersRead(ctx, forgetIn, begun)
		if err != nil {
			return err
		}
		least = min(least, max(all, begun))
	}
	if st.on = least > keyless; st.on {
		st.later = unread(sealedColumns(), least)
	}
	if old := s.sealing.Load(); s.node != "" && (!st.on || len(st.later) > 0) && (old == nil || old.on != st.on || !maps.Equal(old.later, st.later)) {
		s.log.Warn("not all that is to be sealed is sealed yet: a node lacks the key or is of an older version", "sealed", st.on, "columns_in_clear", len(st.later))
	}
	return nil
}

// othersRead is what all other nodes read that were there within a time. Once rows are sealed (begun) those without a key do not
// count: one that was frozen, or whose signs of life a clock that was set brings near again, must not have all of it opened.
func (s *Store) othersRead(ctx context.Context, within time.Duration, begun int) (int, error) {
	least, from := sql.NullInt64{}, keyless
	if begun > keyless {
		from = keyless + 1
	}
	const q = "SELECT min(reads) FROM nodes WHERE id <> ? AND reads >= ? AND beat_ms >= " + dbNow + " - ?"
	if err := s.read.QueryRowContext(ctx, q, s.node, from, within.Milliseconds()).Scan(&least); err != nil {
		return 0, fmt.Errorf("read what other nodes read: %w", err)
	}
	if !least.Valid {
		return newestSealed(sealedColumns()), nil
	}
	return int(least.Int64), nil
}

// begun is up to which since rows are sealed, or have begun to be, by the forms that passes over them had as their goal (formOf);
// keyless where none are.
func (s *Store) begun(ctx context.Context) (int, error) {
	const what = "read what is sealed"
	rows, err := s.read.QueryContext(ctx, "SELECT goal FROM sealing_passes")
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	goals, err := collect(rows, what, func(r scanner) (goal string, err error) { return goal, r.Scan(&goal) })
	up := keyless
	for _, goal := range goals {
		switch f := strings.Fields(goal); len(f) {
		case 2: // sealed KEY
			up = max(up, 0)
		case 3: // sealed KEY SINCE
			n, err := strconv.Atoi(f[2])
			if err != nil {
				return 0, fmt.Errorf("%s: %w", what, err)
			}
			up = max(up, n)
		}
	}
	return up, err
}

// unread are the columns that a node cannot read sealed which reads those up to a since.
func unread(all []sealedColumn, reads int) map[string]bool {
	var out map[string]bool
	for _, c := range all {
		if c.since <= reads {
			continue
		}
		if out == nil {
			out = map[string]bool{}
		}
		out[c.place()] = true
		if c.mark != "" {
			out[c.looked()] = true
		}
	}
	return out
}

// formOf names the form that columns are to be in. It changes when a column is sealed that was not before.
func (s *Store) formOf(columns []sealedColumn) string {
	if !s.Sealed() {
		return "clear"
	}
	newest := 0
	for _, c := range columns {
		if s.seals(c.place()) {
			newest = max(newest, c.since)
		}
	}
	if newest == 0 {
		return "sealed " + s.values().Current()
	}
	return "sealed " + s.values().Current() + " " + strconv.Itoa(newest)
}

// Form names the form that what is written has now: it changes with the key, with whether it is sealed, and when columns
// are sealed that were not before. Other nodes follow within seconds.
func (s *Store) Form() string { return s.formOf(sealedColumns()) }

// readyFrom is from when a first key of values may be used: at once, unless other nodes have to read it before.
func (s *Store) readyFrom(ctx context.Context, q rowQuerier) (time.Time, error) {
	now := time.Now()
	if !s.shared {
		return now, nil
	}
	var others bool
	const alive = "SELECT EXISTS (SELECT 1 FROM nodes WHERE id <> ? AND beat_ms >= " + dbNow + " - ?)"
	if err := q.QueryRowContext(ctx, alive, s.node, forgetIn.Milliseconds()).Scan(&others); err != nil {
		return now, fmt.Errorf("look for other nodes: %w", err)
	}
	if others {
		now = now.Add(keysKnownIn)
	}
	return now, nil
}

// keyIDs is what this node tells the others: which master keys it has.
func (s *Store) keyIDs() string {
	if r := s.keys.Load(); r != nil {
		return strings.Join(r.IDs(), " ")
	}
	return ""
}

// Lacking names the running nodes that have not read the current master key of r: under it the record must not be sealed yet.
func (s *Store) Lacking(ctx context.Context, r *seal.Ring) ([]string, error) {
	if !s.shared {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT id, name, keys FROM nodes WHERE beat_ms >= "+dbNow+" - ? ORDER BY name, id", deadAfter.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("read which keys nodes have: %w", err)
	}
	all, err := collect(rows, "read which keys nodes have", func(r scanner) (n [3]string, err error) {
		return n, r.Scan(&n[0], &n[1], &n[2])
	})
	var out []string
	for _, n := range all {
		if !slices.Contains(strings.Fields(n[2]), r.Current()) {
			out = append(out, fmt.Sprintf("%s (%s)", n[1], n[0]))
		}
	}
	return out, err
}

// fits looks again, once the others can see this node, whether it can read what they write. Who upgraded or sealed the record
// before saw no node here that could not.
func (s *Store) fits(ctx context.Context) error {
	for _, p := range allParts() {
		have, err := partVersion(ctx, s.read, p.name)
		if err != nil {
			return err
		}
		if have > len(p.steps) {
			return fmt.Errorf("%w (its %s have version %d, this program knows %d)", ErrNewer, p.name, have, len(p.steps))
		}
	}
	if s.keys.Load() != nil {
		return nil
	}
	var sealed bool
	err := s.read.QueryRowContext(ctx, "SELECT sealed <> 0 FROM sealing_state").Scan(&sealed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read whether the record is sealed: %w", err)
	}
	if sealed {
		return fmt.Errorf("%w (another node has begun to seal it)", seal.ErrLocked)
	}
	return nil
}
