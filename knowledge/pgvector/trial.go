package pgvector

import (
	"context"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

var _ knowledge.Trier = (*Store)(nil)

// With returns the base of e with e changed; see knowledge.Trier.
func (s *Store) With(ctx context.Context, e knowledge.Entry) (*knowledge.Trial, error) {
	cond, args := visible(knowledge.Shown{Base: e.Base}, time.Now())
	others, ns, err := read(ctx, s.pool, cond+` AND e.id <> $4 ORDER BY e.n`, append(args, e.ID)...)
	if err != nil {
		return nil, err
	}
	return s.views.Try(ctx, e, others, ns)
}
