package audio

import (
	"math"
	"testing"
	"time"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	full := make([]int16, 1000)
	for i := range full {
		full[i] = -32768
	}
	for _, c := range []struct {
		name string
		pcm  []int16
		want float64
	}{
		{"nothing", nil, Quietest}, {"silence", make([]int16, 320), Quietest}, {"full scale", full, 0},
		{"sine", Sine(1000, -20, time.Second), -20}, {"noise", Noise(-30, time.Second, 1), -30},
	} {
		if got := Level(c.pcm); math.Abs(got-c.want) > 0.2 {
			t.Errorf("%s: %.1f dBFS, want %.1f", c.name, got, c.want)
		}
	}
}

func TestMixClips(t *testing.T) {
	t.Parallel()
	dst := []int16{30000, -30000, 5, 7}
	Mix(dst, []int16{10000, -10000, 5})
	for i, want := range []int16{32767, -32768, 10, 7} {
		if dst[i] != want {
			t.Errorf("sample %d is %d, want %d", i, dst[i], want)
		}
	}
}

func TestGainRuns(t *testing.T) {
	t.Parallel()
	pcm := []int16{1000, 1000, 1000, 1000}
	Gain(pcm, 0, 1)
	if pcm[0] != 250 || pcm[3] != 1000 {
		t.Errorf("got %v", pcm)
	}
	Gain(pcm, 100, 100)
	if pcm[3] != 32767 {
		t.Error("did not clip")
	}
}

func TestTones(t *testing.T) {
	t.Parallel()
	for _, key := range "0123456789*#ABCD" {
		pcm := DTMF(key, 100*time.Millisecond)
		if len(pcm) != 1600 || math.Abs(Level(pcm)+10) > 0.5 {
			t.Errorf("key %c: %d samples at %.1f dBFS", key, len(pcm), Level(pcm))
		}
	}
	if DTMF('x', time.Second) != nil {
		t.Error("there is a key x")
	}
	if at, _ := power(DTMF('5', time.Second), 1336, Rate); math.Abs(at+3.98) > 0.5 { // -13 dBFS RMS is 0.63 of 16384
		t.Errorf("key 5 has %.1f dB at 1336 Hz", at)
	}
	if r := Ringback(6 * time.Second); Level(r[:Rate]) < -21 || Level(r[Rate:5*Rate]) != Quietest || Level(r[5*Rate:]) < -21 {
		t.Error("wrong cadence of the ringing tone")
	}
	a, b := HoldMusic(3*time.Second, 1), HoldMusic(3*time.Second, 1)
	for i := range a {
		if a[i] != b[i] {
			t.Fatal("music differs with the same seed")
		}
	}
	if l := Level(a); l < -35 || l > -15 {
		t.Errorf("music at %.1f dBFS", l)
	}
	if Duration(Samples(time.Second)) != time.Second {
		t.Error("Samples and Duration disagree")
	}
}
