package vad

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Streams whose windows come at the same moment give the probabilities that each gives alone.
func TestTogether(t *testing.T) {
	t.Parallel()
	m := open(t)
	m.most = 1 // so that all others wait
	voice := speech(t)
	const n = 70
	sound, alone := make([][]int16, n), make([][]float32, n)
	for i := range sound {
		if sound[i] = voice[i*1000:][:3*audio.Rate]; i%7 == 3 {
			sound[i] = audio.Noise(-30, 3*time.Second, uint64(i))
		}
		alone[i] = m.NewStream().Push(nil, sound[i])
	}
	var wg sync.WaitGroup
	for i := range sound {
		wg.Go(func() { // ends with its sound; waited for below
			s := m.NewStream()
			got := s.Push(nil, sound[i])
			if err := s.Err(); err != nil || len(got) != len(alone[i]) {
				t.Errorf("stream %d: %d windows, alone %d: %v", i, len(got), len(alone[i]), err)
				return
			}
			for k := range got {
				if d := math.Abs(float64(got[k] - alone[i][k])); d > 1e-4 {
					t.Errorf("stream %d window %d: %.5f together, %.5f alone", i, k, got[k], alone[i][k])
					return
				}
			}
		})
	}
	wg.Wait()
	if len(m.idle[largest]) == 0 || m.running != 0 || len(m.waiting) != 0 {
		t.Errorf("no pass over %d windows, or one left over: %d running, %d waiting", largest, m.running, len(m.waiting))
	}
}

// A model that is closed while windows wait hears those first.
func TestClosedWhileWaiting(t *testing.T) {
	t.Parallel()
	m := open(t)
	m.most = 1
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { // ends when its window was heard or refused
			s := m.NewStream()
			if p := s.Push(nil, make([]int16, WindowLen)); len(p) != 1 {
				t.Errorf("%d probabilities", len(p))
			}
		})
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}
