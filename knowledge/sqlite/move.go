package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"github.com/parley-voice/parley/knowledge"
)

// Export writes every entry of base ("" = all of them) with its versions as JSON lines. Vectors are left out: they are
// made again from the texts.
func (s *Store) Export(ctx context.Context, base string, w io.Writer) error {
	tx, err := s.db.BeginTx(ctx, nil) // one state of the file, whatever is changed meanwhile
	if err != nil {
		return fmt.Errorf("export knowledge: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing is written
	entries, _, err := readEntries(ctx, tx, `WHERE base = ?1 OR ?1 = '' ORDER BY base, n`, base)
	if err != nil {
		return err
	}
	if err := knowledge.WriteKept(w, entries, func(base, id string) ([]knowledge.Entry, error) { return earlierVersions(ctx, tx, base, id) }); err != nil {
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
	err = s.inTx(ctx, "restore knowledge", func(tx *sql.Tx) error {
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
func restore(ctx context.Context, tx *sql.Tx, k knowledge.Kept) error {
	key := knowledge.QuestionKey(k.Question)
	clash, _, err := readEntries(ctx, tx, `WHERE base = ? AND question_key = ?`, k.Base, key)
	if err != nil {
		return err
	}
	if len(clash) > 0 {
		return fmt.Errorf("restore entry %s: %w", k.ID, knowledge.Clash(clash[0]))
	}
	if err := insert(ctx, tx, k.Entry, key, nil, nil); err != nil {
		return err
	}
	for _, v := range k.Earlier {
		if err := keepVersion(ctx, tx, v); err != nil {
			return err
		}
	}
	return nil
}
