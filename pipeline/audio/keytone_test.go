package audio

import (
	"testing"
	"time"
)

func TestIsKeyTone(t *testing.T) {
	t.Parallel()
	for _, key := range "0123456789*#ABCD" {
		tone := DTMF(key, 100*time.Millisecond)
		for i := 0; i+FrameLen <= len(tone); i += FrameLen {
			if !IsKeyTone(tone[i : i+FrameLen]) {
				t.Errorf("frame %d of key %c is none", i/FrameLen, key)
			}
		}
	}
	for name, pcm := range map[string][]int16{
		"silence": make([]int16, FrameLen), "noise": Noise(-20, FrameTime, 1), "one tone": Sine(770, -20, FrameTime), "music": HoldMusic(time.Second, 2)[8000 : 8000+FrameLen],
		"dial tone": Sine(425, -20, FrameTime),
	} {
		if IsKeyTone(pcm) {
			t.Errorf("%s is a key", name)
		}
	}
}

func BenchmarkIsKeyTone(b *testing.B) {
	frame := Noise(-20, FrameTime, 1)
	for b.Loop() {
		IsKeyTone(frame)
	}
}
