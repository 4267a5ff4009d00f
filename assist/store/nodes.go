package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// nodesPart holds the nodes that share the database, and what only one of them may do for a while.
func nodesPart() part {
	return part{"nodes", []string{`
CREATE TABLE nodes (
	id         TEXT PRIMARY KEY,
	boot       TEXT NOT NULL,
	name       TEXT NOT NULL,
	sip        TEXT NOT NULL,
	http       TEXT NOT NULL,
	started_ms INTEGER NOT NULL,
	beat_ms    INTEGER NOT NULL,
	calls      INTEGER NOT NULL DEFAULT 0,
	most       INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE nodes_leases (name TEXT PRIMARY KEY, node TEXT NOT NULL, until_ms INTEGER NOT NULL);
`, `
ALTER TABLE nodes ADD COLUMN keys TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;
`, `
ALTER TABLE nodes ADD COLUMN version TEXT NOT NULL DEFAULT '';
`}}
}

// A node gives a sign of life each beatEvery; one that was silent for deadAfter is taken for dead. Others look each
// lookEvery, so that its calls are marked within deadAfter + lookEvery and the time of two statements.
const (
	beatEvery = 500 * time.Millisecond
	deadAfter = 1300 * time.Millisecond
	lookEvery = 250 * time.Millisecond
	// sureAfter signs of life in a row let a node judge others: after the database was away nobody has given one.
	sureAfter = 4
	forgetIn  = 24 * time.Hour
)

// The clock of the database decides, so that those of the nodes need not agree.
const dbNow = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"

// Nodes are those that share the record. Only a store in PostgreSQL has them.
type Nodes struct {
	s    *Store
	boot string
}

// Nodes returns the nodes that share the record. It lives as long as s.
func (s *Store) Nodes() *Nodes { return &Nodes{s, uuid.NewString()} }

// Join makes this node known. It waits, up to a few seconds, until an earlier process of the same name is certainly dead;
// ErrTwice says that there is one that lives. ErrNewer and seal.ErrLocked say that the record was upgraded, or sealed with a
// key that this node lacks, while it started.
func (n *Nodes) Join(ctx context.Context, me record.Node) error {
	const q = `INSERT INTO nodes (id, boot, name, sip, http, started_ms, beat_ms, calls, most, version, reads, keys)
		VALUES (?, ?, ?, ?, ?, ` + dbNow + ", " + dbNow + `, 0, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, name = excluded.name, sip = excluded.sip, http = excluded.http,
		started_ms = excluded.started_ms, beat_ms = excluded.beat_ms, calls = 0, most = excluded.most, version = excluded.version, reads = excluded.reads, keys = excluded.keys
		WHERE nodes.boot = excluded.boot OR nodes.beat_ms < ` + dbNow + " - ?"
	for began := time.Now(); ; {
		res, err := n.s.write.ExecContext(ctx, q, n.s.node, n.boot, me.Name, me.SIP, me.HTTP, me.Limit, me.Version, n.s.reads(), n.s.keyIDs(), deadAfter.Milliseconds())
		if err != nil {
			return fmt.Errorf("join the other nodes: %w", err)
		}
		if got, err := res.RowsAffected(); err != nil || got > 0 {
			if err = errors.Join(err, n.s.fits(ctx)); err != nil {
				return errors.Join(err, n.Leave(context.WithoutCancel(ctx)))
			}
			return nil
		}
		if time.Since(began) > 2*deadAfter {
			return fmt.Errorf("%w (%s)", ErrTwice, n.s.node)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return fmt.Errorf("join the other nodes: %w", context.Cause(ctx))
		}
	}
}

// Run gives signs of life, with load the calls in progress, and hands the ends of the calls of nodes that died to cut,
// each to one node alone. It ends with ctx; Leave then tells the others.
func (n *Nodes) Run(ctx context.Context, load func() int, cut func(context.Context, []call.Event)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer n.s.sure.Store(false)
	var last time.Time
	sure := 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if time.Since(last) >= beatEvery-lookEvery/2 {
			if err := n.beat(ctx, load()); err != nil {
				if ctx.Err() == nil && sure > 0 {
					n.s.log.Error("no sign of life can be given: other nodes will take the calls of this one for cut", "err", err)
				}
				sure = 0
				n.s.sure.Store(false)
				continue
			}
			if time.Since(last) > deadAfter {
				sure = 0
			}
			sure, last = sure+1, time.Now()
			n.s.sure.Store(sure >= sureAfter)
		}
		if sure < sureAfter {
			continue
		}
		ends, err := n.Bury(ctx)
		if err != nil && ctx.Err() == nil {
			n.s.log.Warn("the calls of dead nodes cannot be marked", "err", err)
		}
		if len(ends) > 0 {
			n.s.log.Warn("calls were cut when their node died", "calls", len(ends))
			cut(ctx, ends)
		}
	}
}

func (n *Nodes) beat(ctx context.Context, calls int) error {
	ctx, cancel := context.WithTimeout(ctx, deadAfter)
	defer cancel()
	res, err := n.s.pulse.ExecContext(ctx, "UPDATE nodes SET beat_ms = "+dbNow+", calls = ?, reads = ?, keys = ? WHERE id = ? AND boot = ?", calls, n.s.reads(), n.s.keyIDs(), n.s.node, n.boot)
	if err != nil {
		return fmt.Errorf("give a sign of life: %w", err)
	}
	if got, err := res.RowsAffected(); err == nil && got == 0 {
		return fmt.Errorf("give a sign of life: %w (%s)", ErrTwice, n.s.node)
	}
	return nil
}

// Bury marks the calls of nodes that are silent as cut and returns the events of their ends.
func (n *Nodes) Bury(ctx context.Context) ([]call.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*deadAfter)
	defer cancel()
	const left = "c.node <> '' AND c.node <> ? AND NOT EXISTS (SELECT 1 FROM nodes o WHERE o.id = c.node AND o.beat_ms >= " + dbNow + " - ?)"
	var some bool
	err := n.s.pulse.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM calls c WHERE c.state = 'running' AND "+left+")", n.s.node, deadAfter.Milliseconds()).Scan(&some)
	if err != nil {
		return nil, fmt.Errorf("look for dead nodes: %w", err)
	}
	if !some {
		return nil, nil
	}
	return n.s.markCut(ctx, left, n.s.node, deadAfter.Milliseconds())
}

// Leave tells the others that this node has ended in order.
func (n *Nodes) Leave(ctx context.Context) error {
	for _, q := range []string{"DELETE FROM nodes_leases WHERE node = ?", "DELETE FROM nodes WHERE id = ?"} {
		if _, err := n.s.write.ExecContext(ctx, q, n.s.node); err != nil {
			return fmt.Errorf("leave the other nodes: %w", err)
		}
	}
	return nil
}

// List returns the nodes by name, also those that died in the last day.
func (n *Nodes) List(ctx context.Context) ([]record.Node, error) {
	const q = "SELECT id, name, sip, http, started_ms, beat_ms, calls, most, version, beat_ms >= " + dbNow + " - ? FROM nodes WHERE beat_ms >= " + dbNow + " - ? ORDER BY name, id"
	rows, err := n.s.read.QueryContext(ctx, q, deadAfter.Milliseconds(), forgetIn.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return collect(rows, "list nodes", func(r scanner) (record.Node, error) {
		var o record.Node
		var started, beat int64
		err := r.Scan(&o.ID, &o.Name, &o.SIP, &o.HTTP, &started, &beat, &o.Calls, &o.Limit, &o.Version, &o.Alive)
		o.Started, o.Seen, o.Self = time.UnixMilli(started).UTC(), time.UnixMilli(beat).UTC(), o.ID == n.s.node
		if !o.Alive {
			o.Calls = 0
		}
		return o, err
	})
}

// lease reports whether this node may do what name says, for now and as long as it asks again within life. It passes to
// another node when that time is over or this one dies. Without other nodes it is always so.
func (s *Store) lease(ctx context.Context, name string, life time.Duration) (bool, error) {
	if !s.shared || s.node == "" {
		return true, nil
	}
	const q = `INSERT INTO nodes_leases (name, node, until_ms) VALUES (?, ?, ` + dbNow + ` + ?)
		ON CONFLICT (name) DO UPDATE SET node = excluded.node, until_ms = excluded.until_ms
		WHERE nodes_leases.node = excluded.node OR nodes_leases.until_ms < ` + dbNow + `
		OR NOT EXISTS (SELECT 1 FROM nodes o WHERE o.id = nodes_leases.node AND o.beat_ms >= ` + dbNow + " - ?)"
	res, err := s.write.ExecContext(ctx, q, name, s.node, life.Milliseconds(), deadAfter.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("agree with other nodes: %w", err)
	}
	got, err := res.RowsAffected()
	return got > 0, err
}
