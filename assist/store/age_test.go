package store

import (
	"context"
	"fmt"
	"time"
)

// AgeRequests makes what is in the tray older.
func (k *Keeping) AgeRequests(ctx context.Context, by time.Duration) error {
	if _, err := k.s.write.ExecContext(ctx, "UPDATE keeping_requests SET at_ms = at_ms - ?", by.Milliseconds()); err != nil {
		return fmt.Errorf("age requests: %w", err)
	}
	return nil
}
