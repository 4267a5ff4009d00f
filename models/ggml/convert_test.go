package ggml

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// weights returns the path of a file of the whisper folder, or skips.
func weights(t *testing.T, name string) string {
	t.Helper()
	p := filepath.Join(os.Getenv("PARLEY_MODELS"), "whisper-base", name)
	if _, err := os.Stat(p); os.Getenv("PARLEY_MODELS") == "" || err != nil {
		t.Skipf("needs %s in PARLEY_MODELS (a conversion input)", name)
	}
	return p
}

func TestConvertBase(t *testing.T) {
	t.Parallel()
	src, vocab := weights(t, "ct2-model.bin"), weights(t, "multilingual.tiktoken")
	dir := t.TempDir()
	if keep := os.Getenv("PARLEY_KEEP"); keep != "" {
		dir = keep
	}
	f16, q8 := filepath.Join(dir, "ggml-base-f16.bin"), filepath.Join(dir, "ggml-base-q8_0.bin")
	if err := FromCTranslate2(context.Background(), f16, src, vocab, ""); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(f16); err != nil || st.Size() != 147951465 {
		t.Fatalf("f16 file: %v, %v; want 147951465 bytes", st, err)
	}
	if err := QuantizeQ8(context.Background(), q8, f16); err != nil {
		t.Fatal(err)
	}
}

func TestMelComputedIsPublished(t *testing.T) {
	t.Parallel()
	npz := weights(t, "mel_filters.npz")
	for _, bands := range []int{80, 128} {
		want, err := melFilters(npz, bands)
		if err != nil {
			t.Fatal(err)
		}
		got := computeMel(bands)
		diff := 0
		for i := range got {
			if got[i] != want[i] {
				diff++
			}
			if math.Abs(float64(got[i]-want[i])) > 1e-8 {
				t.Fatalf("%d bands, weight %d: %g, published %g", bands, i, got[i], want[i])
			}
		}
		t.Logf("%d bands: %d of %d weights differ in the last bit", bands, diff, len(got))
	}
}
