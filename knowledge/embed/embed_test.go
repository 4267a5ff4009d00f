package embed

import (
	"context"
	"errors"
	"math"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, name string) *Embedder {
	t.Helper()
	dir := models(t, name)
	onnxtest.Start(t)
	e, err := Open(dir)
	return onnxtest.Opened(t, e, err)
}

func TestEmbed(t *testing.T) {
	for _, c := range []struct {
		model string
		dim   int
		texts []string // the second is nearer to the first than the third
	}{
		{"bge-small-en", 384, []string{"I lost my card", "How do I report a stolen card?", "What are your opening hours?"}},
		{"bge-small-zh", 512, []string{"卡丢了怎么办", "我的银行卡不见了", "几点开门"}},
	} {
		t.Run(c.model, func(t *testing.T) {
			e := open(t, c.model)
			if e.Dim() != c.dim || e.Hash() == "" {
				t.Fatalf("dim %d, hash %q", e.Dim(), e.Hash())
			}
			v, err := e.Embed(t.Context(), c.texts)
			if err != nil {
				t.Fatal(err)
			}
			if n := math.Sqrt(dot(v[0], v[0])); math.Abs(n-1) > 1e-5 {
				t.Errorf("length %f", n)
			}
			if near, far := dot(v[0], v[1]), dot(v[0], v[2]); near <= far {
				t.Errorf("%q: nearer %f than %f", c.texts, far, near)
			}
			alone, err := e.Embed(t.Context(), c.texts[1:2])
			if err != nil || dot(alone[0], v[1]) < 0.999999 {
				t.Errorf("alone the vector is another one (%v)", err)
			}
		})
	}
}

func TestEmbedEnds(t *testing.T) {
	e := open(t, "bge-small-en")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, []string{"one", "two"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("empty folder: no error")
	}
}

func TestLRU(t *testing.T) {
	c := newLRU[[]float32](2)
	c.put("a", []float32{1})
	c.put("b", []float32{2})
	c.get("a")
	c.put("c", []float32{3})
	if _, ok := c.get("b"); ok {
		t.Error("the least recent text was kept")
	}
	if v, ok := c.get("a"); !ok || v[0] != 1 {
		t.Error("a recent text was dropped")
	}
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func BenchmarkEmbedQuery(b *testing.B) {
	e := open(b, "bge-small-en")
	ids := e.tok.Encode("hi I was wondering how long a new card takes to arrive", maxTokens)
	for b.Loop() {
		if _, err := e.run(b.Context(), ids); err != nil {
			b.Fatal(err)
		}
	}
}
