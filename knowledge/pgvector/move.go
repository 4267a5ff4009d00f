package pgvector

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/knowledge"
)

// Export writes every entry of base ("" = all of them) with its versions as JSON lines, as they are at one moment.
func (s *Store) Export(ctx context.Context, base string, w io.Writer) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		entries, _, err := read(ctx, tx, `e.base = $1 OR $1 = '' ORDER BY e.base, e.n`, base)
		if err != nil {
			return err
		}
		return knowledge.WriteKept(w, entries, func(base, id string) ([]knowledge.Entry, error) { return earlierVersions(ctx, tx, base, id) })
	})
	if err != nil {
		return fmt.Errorf("export knowledge: %w", err)
	}
	return nil
}

// Restore reads what Export wrote: all of it or, on any error, nothing. It returns the number of entries.
func (s *Store) Restore(ctx context.Context, r io.Reader) (int, error) {
	all, err := knowledge.ReadKept(r) // before the transaction: a slow reader keeps nobody from writing
	if err != nil {
		return 0, fmt.Errorf("restore knowledge: %w", err)
	}
	err = s.inTx(ctx, "restore knowledge", func(tx pgx.Tx) error {
		return knowledge.RestoreKept(all,
			func(base, id string) error { return forget(ctx, tx, base, id, 0) },
			func(k knowledge.Kept) error { return restore(ctx, tx, k) },
			func(base string) error { return touch(ctx, tx, base) })
	})
	if err != nil {
		return 0, err
	}
	return len(all), nil
}

// restore writes an entry with its versions where there is none with its ID.
func restore(ctx context.Context, tx pgx.Tx, k knowledge.Kept) error {
	clash, _, err := read(ctx, tx, `e.base = $1 AND e.question_key = $2`, k.Base, knowledge.QuestionKey(k.Question))
	if err != nil {
		return err
	}
	if len(clash) > 0 {
		return fmt.Errorf("restore entry %s: %w", k.ID, knowledge.Clash(clash[0]))
	}
	if err := insert(ctx, tx, k.Entry, nil, nil); err != nil {
		return err
	}
	for _, v := range k.Earlier {
		if err := keepVersion(ctx, tx, v); err != nil {
			return err
		}
	}
	return nil
}
