package pgvector

import (
	"context"
	"fmt"
)

// Tidy has the database clear away the rows that were deleted. What it keeps in its own log and its backups is the affair
// of whoever runs it.
func (s *Store) Tidy(ctx context.Context) error {
	for _, table := range []string{"knowledge_entries", "knowledge_versions", "knowledge_vectors"} {
		if _, err := s.pool.Exec(ctx, "VACUUM "+table); err != nil {
			return fmt.Errorf("tidy knowledge: %w", err)
		}
	}
	return nil
}
