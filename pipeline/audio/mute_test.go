package audio_test

import (
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMuteSilencesOneSide(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.wav")
	w, err := audio.CreateStereo(path)
	if err != nil {
		t.Fatal(err)
	}
	side := make([]int16, audio.Rate)
	for i := range side {
		side[i] = 1000
	}
	if err := w.Write(side, side); err != nil {
		t.Fatal(err)
	}
	if err := w.Mute(true, 4000, 8000); err != nil {
		t.Fatal(err)
	}
	if err := w.Mute(false, -5, 10); err != nil { // before the start, and past the end, there is nothing to silence
		t.Fatal(err)
	}
	if err := w.Mute(true, 20000, 30000); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(side[:100], nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	clip, err := audio.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	left, right := clip.PCM, clip.PCM[1:]
	if len(left)/2 != audio.Rate+100 {
		t.Fatalf("%d samples", len(left)/2)
	}
	for i, want := range map[int]int16{3999: 1000, 4000: 0, 7999: 0, 8000: 1000, 15999: 1000, 16050: 1000} {
		if left[2*i] != want {
			t.Errorf("left[%d] = %d, want %d", i, left[2*i], want)
		}
	}
	for i, want := range map[int]int16{0: 0, 9: 0, 10: 1000, 5000: 1000} {
		if right[2*i] != want {
			t.Errorf("right[%d] = %d, want %d", i, right[2*i], want)
		}
	}
}
