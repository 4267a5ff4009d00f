package ggml

import (
	"context"
	"encoding/binary"
	"errors"
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

// toy writes a tiny CTranslate2 model and vocabulary and returns their paths.
func toy(t testing.TB) (model, vocab string) {
	t.Helper()
	le := binary.LittleEndian
	var b []byte
	name := func(s string) {
		b = le.AppendUint16(b, uint16(len(s)+1))
		b = append(append(b, s...), 0)
	}
	b = le.AppendUint32(b, 6)
	name("WhisperSpec")
	b = le.AppendUint32(b, 3)
	countAt := len(b)
	b = le.AppendUint32(b, 0)
	count := uint32(0)
	put := func(n string, kind byte, size int, dims ...int) {
		name(n)
		b = append(b, byte(len(dims)))
		elements := 1
		for _, d := range dims {
			b = le.AppendUint32(b, uint32(d))
			elements *= d
		}
		b = append(b, kind)
		b = le.AppendUint32(b, uint32(elements*size))
		for i := range elements * size / 2 {
			b = le.AppendUint16(b, uint16(0x3c00+i%64)) // as 16 bit floats a little above 1
		}
		count++
	}
	half := func(n string, dims ...int) { put(n, ctFloat16, 2, dims...) }
	half("decoder/embeddings/weight", 8, 32)
	for _, part := range []string{"encoder", "decoder"} {
		put(part+"/num_heads", ctInt16, 2)
		half(part+"/position_encodings/encodings", 4, 32)
		half(part+"/layer_norm/gamma", 32)
		half(part+"/layer_norm/beta", 32)
		l := part + "/layer_0/"
		for _, n := range []string{"self_attention/layer_norm/", "attention/layer_norm/", "ffn/layer_norm/"} {
			half(l+n+"gamma", 32)
			half(l+n+"beta", 32)
		}
		for n, rows := range map[string]int{
			"self_attention/linear_0": 96, "self_attention/linear_1": 32, "attention/linear_0": 32, "attention/linear_1": 64,
			"attention/linear_2": 32, "ffn/linear_0": 128, "ffn/linear_1": 32,
		} {
			half(l+n+"/weight", rows, 32)
			half(l+n+"/bias", rows)
		}
	}
	half("encoder/conv1/weight", 32, 80, 3)
	half("encoder/conv1/bias", 32)
	half("encoder/conv2/weight", 32, 32, 3)
	half("encoder/conv2/bias", 32)
	b = le.AppendUint32(b, 1)
	name("decoder/projection/weight")
	name("decoder/embeddings/weight")
	le.PutUint32(b[countAt:], count)
	dir := t.TempDir()
	model, vocab = filepath.Join(dir, "model.bin"), filepath.Join(dir, "vocab.tiktoken")
	if err := errors.Join(os.WriteFile(model, b, 0o600), os.WriteFile(vocab, []byte("IQ== 0\nIg== 1\n= 2\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return model, vocab
}

func TestConvertToy(t *testing.T) {
	t.Parallel()
	model, vocab := toy(t)
	dir := t.TempDir()
	f16, q8 := filepath.Join(dir, "f16.bin"), filepath.Join(dir, "q8.bin")
	if err := FromCTranslate2(context.Background(), f16, model, vocab, ""); err != nil {
		t.Fatal(err)
	}
	if err := QuantizeQ8(context.Background(), q8, f16); err != nil {
		t.Fatal(err)
	}
	if err := QuantizeQ8(context.Background(), filepath.Join(dir, "again.bin"), q8); !errors.Is(err, ErrFormat) {
		t.Errorf("quantising twice: %v, want ErrFormat", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	late := filepath.Join(dir, "late.bin")
	if err := FromCTranslate2(ctx, late, model, vocab, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v (%v), want the two good files", left, err)
	}
}

// A damaged file is refused wherever the damage is, and leaves nothing behind.
func TestConvertDamaged(t *testing.T) {
	t.Parallel()
	model, vocab := toy(t)
	whole, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cut := filepath.Join(dir, "cut.bin")
	for _, n := range []int{0, 3, 10, 40, 200, len(whole) / 2, len(whole) - 30} {
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := FromCTranslate2(context.Background(), filepath.Join(dir, "out.bin"), cut, vocab, ""); !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d of %d: %v, want ErrFormat", n, len(whole), err)
		}
		if err := QuantizeQ8(context.Background(), filepath.Join(dir, "out.bin"), cut); !errors.Is(err, ErrFormat) {
			t.Errorf("quantise cut at %d: %v, want ErrFormat", n, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out.bin")); err == nil {
		t.Error("a damaged file was converted")
	}
}

func TestHalf(t *testing.T) {
	t.Parallel()
	for h := range 1 << 16 {
		f := fromHalf(uint16(h))
		if f != f {
			continue
		}
		if back := toHalf(f); back != uint16(h) {
			t.Fatalf("%#04x is %g and comes back as %#04x", h, f, back)
		}
	}
	for f, want := range map[float32]uint16{1.0004883: 0x3c00, 1.0014648: 0x3c02, 1e9: 0x7c00, -70000: 0xfc00, 1e-10: 0} {
		if got := toHalf(f); got != want {
			t.Errorf("toHalf(%g) = %#04x, want %#04x", f, got, want)
		}
	}
}

func FuzzConvert(f *testing.F) {
	model, vocab := toy(f)
	b, err := os.ReadFile(model)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/3])
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		in := filepath.Join(dir, "in.bin")
		if err := os.WriteFile(in, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = FromCTranslate2(context.Background(), filepath.Join(dir, "out.bin"), in, vocab, "")
		_ = QuantizeQ8(context.Background(), filepath.Join(dir, "q8.bin"), in)
	})
}
