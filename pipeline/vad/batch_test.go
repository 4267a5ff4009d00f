package vad

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Streams in a batch give the probabilities that each gives alone, whatever pieces they come in and however many rows of
// a pass are empty.
func TestBatchAgrees(t *testing.T) {
	t.Parallel()
	m := open(t)
	voice := speech(t)
	b, err := m.NewBatch(4)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	const n = 7
	streams, alone := make([]*Stream, n), make([][]float32, n)
	sound := make([][]int16, n)
	for i := range streams {
		streams[i] = m.NewStream()
		sound[i] = voice[i*3000:][:3*audio.Rate]
		if i == 3 {
			sound[i] = audio.Noise(-30, 3*time.Second, 1)
		}
		alone[i] = m.NewStream().Push(nil, sound[i])
	}
	together := make([][]float32, n)
	probs, pcm, at := make([]float32, n), make([][]int16, n), make([]int, n)
	for more := true; more; {
		more = false
		for i := range streams { // pieces of different lengths, up to a whole window
			k := min([]int{320, 512, 160, 320, 7, 500, 320}[i], len(sound[i])-at[i])
			pcm[i] = sound[i][at[i] : at[i]+k]
			at[i] += k
			more = more || k > 0
		}
		if err := b.Push(probs, streams, pcm); err != nil {
			t.Fatal(err)
		}
		for i, p := range probs {
			if p >= 0 {
				together[i] = append(together[i], p)
			}
		}
	}
	for i := range streams {
		if len(together[i]) != len(alone[i]) {
			t.Fatalf("stream %d: %d windows in the batch, %d alone", i, len(together[i]), len(alone[i]))
		}
		for k := range alone[i] {
			if d := math.Abs(float64(together[i][k] - alone[i][k])); d > 1e-3 {
				t.Fatalf("stream %d window %d: %.4f in the batch, %.4f alone", i, k, together[i][k], alone[i][k])
			}
		}
	}
}

func TestBatchRefuses(t *testing.T) {
	t.Parallel()
	m := open(t)
	if _, err := m.NewBatch(0); err == nil {
		t.Error("a batch of no windows was made")
	}
	b, err := m.NewBatch(1)
	if err != nil {
		t.Fatal(err)
	}
	s := []*Stream{m.NewStream()}
	if err := b.Push(make([]float32, 1), s, [][]int16{make([]int16, WindowLen+1)}); err == nil {
		t.Error("more than a window at once was taken")
	}
	b.Close()
	b.Close()
	if err := b.Push(make([]float32, 1), s, [][]int16{make([]int16, 8)}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed batch gave %v", err)
	}
}
