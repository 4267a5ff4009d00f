package sqlite

import (
	"context"
	"fmt"
)

// Tidy makes sure that the disk does not hold what was deleted: terms that the full-text index has only marked as
// deleted, pages as they were before, gaps between rows. It rewrites the file and blocks until that is done.
func (s *Store) Tidy(ctx context.Context) error {
	for _, q := range []string{"INSERT INTO entries_fts (entries_fts) VALUES ('optimize')", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("tidy knowledge: %w", err)
		}
	}
	return nil
}
