package embed

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// readerOf reads with what assist/concern has learnt for a model.
func readerOf(t testing.TB, model string) *Reader {
	t.Helper()
	e := open(t, model)
	part, err := os.ReadFile("../../assist/concern/data/reads." + model[len(model)-2:] + ".onnxpart")
	if err != nil {
		t.Fatal(err)
	}
	return e.Reader(part)
}

func TestReader(t *testing.T) {
	for _, c := range []struct {
		model, far, before, now string
	}{
		{"bge-small-en", "caller: my cat is on the roof", "agent: Is it raining there?", "caller: yes"},
		{"bge-small-zh", "客户：我家的猫在屋顶上", "客服：您那边下雨吗？", "客户：对"},
	} {
		t.Run(c.model, func(t *testing.T) {
			r := readerOf(t, c.model)
			read := func(now string, before ...string) []float32 {
				z, err := r.Read(t.Context(), before, now)
				if err != nil || len(z) == 0 {
					t.Fatalf("%d numbers, %v", len(z), err)
				}
				return z
			}
			z := read(c.now, c.far, c.before)
			if !slices.Equal(z, read(c.now, c.far, c.before)) {
				t.Error("the same talk is read otherwise the second time")
			}
			if slices.Equal(z, read(c.now, c.before)) || slices.Equal(z, read(c.now)) {
				t.Error("what was said before makes no difference")
			}
			long := strings.Repeat(c.before+" ", 40)
			if !slices.Equal(read(c.now, long), read(c.now, c.far, long)) {
				t.Error("what was said before more than is read makes a difference")
			}
			read(strings.Repeat(c.now+" ", 400), long)
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := r.Read(ctx, nil, c.now); !errors.Is(err, context.Canceled) {
				t.Errorf("%v after the end of ctx", err)
			}
			if _, err := r.e.Reader([]byte("no part")).Read(t.Context(), nil, c.now); err == nil {
				t.Error("read with a part that is none")
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	for model, turn := range map[string]string{
		"bge-small-en": "caller: i have rung three times about this and each time somebody promised that it would be looked into by the end of the week",
		"bge-small-zh": "客户：这件事我已经打了三次电话，每次都有人答应周末之前一定会处理，结果一直没有人联系我",
	} {
		b.Run(model, func(b *testing.B) {
			r := readerOf(b, model)
			read := func() {
				if _, err := r.Read(b.Context(), []string{turn, turn, turn}, turn+turn[8:]); err != nil {
					b.Fatal(err)
				}
			}
			read() // which opens the model
			for b.Loop() {
				read()
			}
		})
	}
}
