package pgvector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/knowledge"
)

const (
	// renewAtOnce is the number of entries up to which vectors are made while the search waits.
	renewAtOnce = 200
	renewBatch  = 32
	renewLock   = 0x5061726d // one node renews at a time
)

// RenewBehind lets searches go on, by words and sounds, while the vectors of many entries are made, after the model has
// changed say, a few at a time by idly. Otherwise the first search waits for them. Call it before the first search.
func (s *Store) RenewBehind(idly knowledge.Idly) { s.behind = idly }

// renew makes the vectors of many entries in the background; until they are there the base is searched by words and sounds.
// mu is held. One renewal runs at a time, over all nodes; what is still lacking after it is found by the next search. It
// ends when it is done or the store is closed.
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
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("make vectors: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, renewLock); err != nil {
		return fmt.Errorf("wait for a node that makes vectors: %w", err)
	}
	defer func() { // the lock belongs to the connection, which goes on to others
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, err := conn.Exec(end, `SELECT pg_advisory_unlock($1)`, renewLock); err != nil {
			_ = conn.Conn().Close(end) // which gives it back
		}
	}()
	vectors, err := s.readVectors(ctx, rows) // another node may have made them while this one waited
	if err != nil {
		return err
	}
	bases, at := map[string]bool{}, 0
	for batch := range slices.Chunk(todo, renewBatch) {
		for _, e := range batch {
			bases[e.Base] = true
		}
		if err := s.renewSome(ctx, batch, rows[at:at+len(batch)], vectors); err != nil {
			return err
		}
		at += len(batch)
		if s.opt.Progress != nil {
			s.opt.Progress(at, len(todo))
		}
	}
	return s.inTx(ctx, "finish vectors", func(tx pgx.Tx) error {
		for base := range bases {
			if err := touch(ctx, tx, base); err != nil {
				return err
			}
		}
		return nil
	})
}

// renewSome makes the vectors of entries that have none and writes them for those that are still as they were read.
func (s *Store) renewSome(ctx context.Context, batch []knowledge.Entry, rows []int64, have map[int64]map[int][]float32) error {
	var todo []knowledge.Entry
	var at []int64
	for i, e := range batch {
		if len(have[rows[i]]) < knowledge.VectorCount(e) {
			todo, at = append(todo, e), append(at, rows[i])
		}
	}
	var made map[string][]part
	err := s.behind(ctx, func(ctx context.Context) (err error) {
		made, err = knowledge.MakeVectors(ctx, s.opt.Embedders, todo, nil)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.ensureIndexes(ctx, made); err != nil {
		return err
	}
	return s.inTx(ctx, "keep vectors", func(tx pgx.Tx) error {
		for i, e := range todo {
			now, _, err := read(ctx, tx, `e.n = $1`, at[i])
			if err != nil {
				return err
			}
			if len(now) == 0 || knowledge.VectorKey(now[0]) != knowledge.VectorKey(e) {
				continue // it was changed meanwhile, and got vectors then
			}
			if err := writeParts(ctx, tx, at[i], made[knowledge.VectorKey(e)]); err != nil {
				return err
			}
		}
		return nil
	})
}
