package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// Since is what happened after a backup was made and must not be forgotten when it is brought back.
type Since struct {
	Made    time.Time     // when the backup was made
	Erased  []call.ID     // calls that were erased after that, by ID
	Backups []retain.Copy // all that were made
}

// Since reads that from the record that is to be replaced.
func (k *Keeping) Since(ctx context.Context, made time.Time) (Since, error) {
	return since(ctx, k.s.read, made)
}

// Carry erases again in a restored record what was erased since, and remembers the backups, all of it or nothing.
func (k *Keeping) Carry(ctx context.Context, s Since) error {
	return k.s.inTx(ctx, "carry over", func(tx *sql.Tx) error { return carry(ctx, tx, s) })
}

func since(ctx context.Context, db querier, made time.Time) (Since, error) {
	s := Since{Made: made}
	var err error
	if s.Erased, err = gone(ctx, db, made); err == nil {
		s.Backups, err = backups(ctx, db)
	}
	return s, err
}

// gone are the calls erased after a time, by ID.
func gone(ctx context.Context, db querier, after time.Time) ([]call.ID, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM keeping_erased WHERE at_ms >= ? ORDER BY id", after.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list erased calls: %w", err)
	}
	return collect(rows, "list erased calls", func(r scanner) (call.ID, error) {
		var id call.ID
		return id, r.Scan(&id)
	})
}

func carry(ctx context.Context, tx queryExecer, s Since) error {
	t := retain.Traces{Calls: s.Erased, Started: make([]time.Time, len(s.Erased))}
	for i := range t.Started {
		t.Started[i] = s.Made
	}
	if err := rememberErased(ctx, tx, t); err != nil {
		return err
	}
	if _, err := eraseRows(ctx, tx, t); err != nil {
		return err
	}
	for _, b := range s.Backups {
		if err := backed(ctx, tx, b.Path, b.At); err != nil {
			return err
		}
	}
	return nil
}
