package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/parley-voice/parley/knowledge"
)

const (
	// renewAtOnce is the number of entries up to which vectors are made while the search waits.
	renewAtOnce = 200
	renewBatch  = 32
)

// renew makes the vectors of many entries in the background, after the model has changed say; until they are there the
// base is searched by words and sounds. mu is held. One renewal runs at a time; what is still lacking after it is found
// by the next search. It ends when it is done or the store is closed.
func (s *Store) renew(todo []knowledge.Entry, rows []int64) {
	if s.renewing {
		return
	}
	s.renewing = true
	s.log.Info("making vectors in the background, searching by words meanwhile", "entries", len(todo))
	s.jobs.Go(func() {
		err := s.renewAll(s.closing, todo, rows)
		s.mu.Lock()
		s.renewing = false
		s.mu.Unlock()
		if err != nil && s.closing.Err() == nil {
			s.log.Error("vectors were not made", "err", err)
			return
		}
		s.log.Info("vectors are made", "entries", len(todo))
	})
}

func (s *Store) renewAll(ctx context.Context, todo []knowledge.Entry, rows []int64) error {
	at := 0
	for batch := range slices.Chunk(todo, renewBatch) {
		var made map[string][]part
		err := s.behind(ctx, func(ctx context.Context) (err error) {
			made, err = knowledge.MakeVectors(ctx, s.opt.Embedders, batch, nil)
			return err
		})
		if err != nil {
			return err
		}
		if err := s.keepRenewed(ctx, batch, rows[at:at+len(batch)], made); err != nil {
			return err
		}
		at += len(batch)
		if s.opt.Progress != nil {
			s.opt.Progress(at, len(todo))
		}
	}
	return s.inTx(ctx, "finish vectors", func(tx *sql.Tx) error {
		seen := map[string]bool{}
		for _, e := range todo {
			if !seen[e.Base] {
				seen[e.Base] = true
				if err := touch(ctx, tx, e.Base); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// keepRenewed writes the vectors of entries that are still as they were read.
func (s *Store) keepRenewed(ctx context.Context, batch []knowledge.Entry, rows []int64, made map[string][]part) error {
	return s.inTx(ctx, "keep vectors", func(tx *sql.Tx) error {
		for i, e := range batch {
			now, _, err := readEntries(ctx, tx, `WHERE n = ?`, rows[i])
			if err != nil {
				return err
			}
			if len(now) == 0 || knowledge.VectorKey(now[0]) != knowledge.VectorKey(e) {
				continue // it was changed meanwhile, and got vectors then
			}
			if err := writeParts(ctx, tx, rows[i], made[knowledge.VectorKey(e)]); err != nil {
				return err
			}
		}
		return nil
	})
}
