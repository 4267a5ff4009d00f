package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// counting embeds a text as its length, and tells how many it was given at once.
type counting struct{ given []int }

func (c *counting) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = []float32{float32(len(t))}
	}
	return out, nil
}

func (c *counting) EmbedKept(ctx context.Context, texts []string) ([][]float32, error) {
	c.given = append(c.given, len(texts))
	return c.Embed(ctx, texts)
}

func TestIdleKeeper(t *testing.T) {
	t.Parallel()
	em, turns := &counting{}, 0
	k := idleKeeper{em, em, func(ctx context.Context, fn func(context.Context) error) error { turns++; return fn(ctx) }}
	texts := make([]string, 2*idleTexts+1)
	for i := range texts {
		texts[i] = fmt.Sprintf("%*d", i+1, i)
	}
	vecs, err := k.EmbedKept(t.Context(), texts)
	if err != nil || len(vecs) != len(texts) || vecs[200][0] != 201 {
		t.Fatalf("%d vectors, %v", len(vecs), err)
	}
	if turns != 3 || len(em.given) != 3 || em.given[2] != 1 {
		t.Errorf("%d turns, given %v", turns, em.given)
	}
	if vecs, err := k.Embed(t.Context(), texts[:1]); err != nil || len(vecs) != 1 || turns != 3 {
		t.Errorf("what a caller says waited: %v, %v", vecs, err)
	}
	ended := errors.New("ended")
	k.idly = func(context.Context, func(context.Context) error) error { return ended }
	if _, err := k.EmbedKept(t.Context(), texts); !errors.Is(err, ended) {
		t.Errorf("error %v", err)
	}
}
