package encoder

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is whisper base as it is installed, or skips.
func base(t testing.TB) *Encoder {
	t.Helper()
	onnxtest.Start(t)
	return open(t, onnxtest.Weights(t, "whisper-base/ggml-base-q8_0.bin"))
}

func open(t testing.TB, path string) *Encoder {
	t.Helper()
	e, err := Open(path, 2)
	return onnxtest.Opened(t, e, err)
}

// TestEncode compares the graph with the same layers written down plainly, for each way to store the weights.
func TestEncode(t *testing.T) {
	onnxtest.Start(t)
	const frames = 14
	for name, kind := range map[string]int{"f32": typeF32, "f16": typeF16, "q8_0": typeQ8} {
		file := toyFile(kind)
		path := filepath.Join(t.TempDir(), "toy.bin")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := decode(bufio.NewReader(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		mel := make([]float32, w.mels*frames)
		for i := range mel {
			mel[i] = float32(math.Sin(float64(i * i)))
		}
		allowed := 1e-4
		if w.eight && quickInEight() {
			allowed = 0.05 // of numbers of about 1: 8 bits round so much in two layers
		}
		want := plain(w, mel, frames)
		got := make([]float32, frames/2*w.width())
		if err := open(t, path).Encode(context.Background(), mel, frames, got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(float64(got[i])-want[i]) > allowed {
				t.Fatalf("%s: number %d is %v, want %v", name, i, got[i], want[i])
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	onnxtest.Start(t)
	path := filepath.Join(t.TempDir(), "toy.bin")
	if err := os.WriteFile(path, toyFile(typeF16), 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, path)
	if err := e.Encode(context.Background(), make([]float32, 3), 2, make([]float32, 32)); err == nil {
		t.Error("encoded a spectrum of the wrong size")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Encode(ctx, make([]float32, 2*toyMels), 2, make([]float32, 2*toyReaders*toyState)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if _, err := Open(path+"x", 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestEncodeCancelled gives up in the middle.
func TestEncodeCancelled(t *testing.T) {
	e := base(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := e.Encode(ctx, make([]float32, e.mels*3000), 3000, make([]float32, e.width*1500)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestDamaged(t *testing.T) {
	whole := toyFile(typeQ8)
	for name, file := range map[string][]byte{
		"empty":          nil,
		"not ggml":       []byte(strings.Repeat("x", 400)),
		"header alone":   whole[:48],
		"half":           whole[:len(whole)/2],
		"without an end": whole[:len(whole)-1],
		"impossible":     append(append([]byte{}, whole[:12]...), bytes.Repeat([]byte{0xff}, 400)...),
	} {
		w, err := decode(bufio.NewReader(bytes.NewReader(file)))
		if err == nil {
			_, err = build(w, false)
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w, err := decode(bufio.NewReader(bytes.NewReader(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"decoder.blocks.1.cross_attn.value.bias", "encoder.blocks.1.mlp.0.bias"} {
		delete(w.tensors, name)
		if _, err := build(w, false); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is missing: %v", name, err)
		}
		if w, err = decode(bufio.NewReader(bytes.NewReader(whole))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := decode(bufio.NewReader(bytes.NewReader(toyFile(6)))); !errors.Is(err, ErrUnsupported) {
		t.Errorf("q5_0: %v", err)
	}
}

func TestHalf(t *testing.T) {
	for h, want := range map[uint16]float64{0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x7c00: math.Inf(1)} {
		if got := float64(half(h)); got != want {
			t.Errorf("%#x is %v, want %v", h, got, want)
		}
	}
}

func FuzzWeights(f *testing.F) {
	for _, kind := range []int{typeF32, typeF16, typeQ8} {
		f.Add(toyFile(kind)[:4096])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		w, err := decode(bufio.NewReader(io.LimitReader(bytes.NewReader(file), 1<<20)))
		if err == nil && w.layers < 3 && w.readers < 3 && w.state < 64 {
			_, _ = build(w, w.eight)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e := base(b)
	for _, frames := range []int{512, 768, 1500} {
		mel, memory := make([]float32, e.mels*2*frames), make([]float32, e.width*frames)
		b.Run(fmt.Sprint(frames), func(b *testing.B) {
			for b.Loop() {
				if err := e.Encode(context.Background(), mel, 2*frames, memory); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
