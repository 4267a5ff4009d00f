package insight

import (
	"context"
	"slices"

	"github.com/parley-voice/parley/assist/record"
)

// Reader reads what views are made of. A nil scope is everything; of another one only Routes counts: what is not in them
// is not there.
type Reader interface {
	// Facts are those of calls that began in a period.
	Facts(ctx context.Context, scope *record.Scope, p Period) ([]Fact, error)
	// Asked are the questions without an answer of calls that began in a period.
	Asked(ctx context.Context, scope *record.Scope, p Period) ([]Question, error)
	Topics(ctx context.Context) ([]Topic, error)
	// Missing counts the ended calls of a period that have no facts yet.
	Missing(ctx context.Context, scope *record.Scope, p Period) (int, error)
}

// Load reads what a view needs.
func Load(ctx context.Context, r Reader, scope *record.Scope, q *Query) (Data, error) {
	var d Data
	var err error
	if d.Facts, err = r.Facts(ctx, scope, q.Needs()); err != nil {
		return d, err
	}
	if d.Asked, err = r.Asked(ctx, scope, q.Period); err != nil {
		return d, err
	}
	d.Topics, err = r.Topics(ctx)
	return d, err
}

// Read makes a view.
func Read(ctx context.Context, r Reader, scope *record.Scope, q Query) (View, error) {
	d, err := Load(ctx, r, scope, &q)
	if err != nil {
		return View{}, err
	}
	v := Build(q, d)
	v.Missing, err = r.Missing(ctx, scope, q.Period)
	return v, err
}

// About reports whether any of the calls is about a topic.
func About(facts []Fact, topic string) bool {
	return topic != "" && slices.ContainsFunc(facts, func(f Fact) bool { return f.Topic == topic })
}
