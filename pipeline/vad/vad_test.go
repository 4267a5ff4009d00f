package vad

import (
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open loads the model, or skips where the machine has no runtime or no weights.
func open(t testing.TB) *Model {
	t.Helper()
	onnxtest.Start(t)
	m, err := Open(onnxtest.Weights(t, "silero-vad/silero_vad.onnx"))
	return onnxtest.Opened(t, m, err)
}

// speech returns eleven seconds of a real voice, which comes with the recogniser's module.
func speech(t testing.TB) []int16 {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ggerganov/whisper.cpp/bindings/go").Output()
	if err != nil {
		t.Skip("cannot find the recogniser's module: ", err)
	}
	clip, err := audio.Load(filepath.Join(strings.TrimSpace(string(dir)), "samples", "jfk.wav"))
	if err != nil {
		t.Skip("no recorded speech: ", err)
	}
	return clip.Mono16k()
}

// TestNoSpeech checks that what lines and switchboards sound like is not taken for a voice.
func TestNoSpeech(t *testing.T) {
	t.Parallel()
	m := open(t)
	var keys []int16
	for _, k := range "0123456789*#" {
		keys = append(append(keys, audio.DTMF(k, 120*time.Millisecond)...), make([]int16, 800)...)
	}
	steps := audio.Noise(-15, 4*time.Second, 3) // bursts, as of a hand on the receiver
	for i := range steps {
		if i%4000 > 500 {
			steps[i] = 0
		}
	}
	for name, pcm := range map[string][]int16{
		"silence": make([]int16, 5*audio.Rate), "soft noise": audio.Noise(-50, 5*time.Second, 1),
		"loud noise": audio.Noise(-20, 5*time.Second, 2), "keys": keys, "ringing": audio.Ringback(6 * time.Second),
		"sine": audio.Sine(1000, -10, 3*time.Second), "music": audio.HoldMusic(10*time.Second, 1), "bursts": steps,
		"hum": audio.Sine(50, -20, 3*time.Second),
	} {
		spans, err := Spans(m, pcm, SpanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(spans) > 0 {
			t.Errorf("%s holds speech at %v", name, spans)
		}
	}
}

func TestSpeech(t *testing.T) {
	t.Parallel()
	m := open(t)
	pcm := speech(t)
	spans, err := Spans(m, pcm, SpanOptions{MinSilence: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	total := time.Duration(0)
	for i, s := range spans {
		total += s.Duration()
		if i > 0 && s.Start < spans[i-1].End || s.End <= s.Start || s.End > len(pcm) {
			t.Errorf("span %d is %v after %v", i, s, spans[max(0, i-1)])
		}
	}
	if total < 6*time.Second || total > 11*time.Second || len(spans) < 2 {
		t.Errorf("%v of speech in %v", total, spans)
	}
	// The same voice over a telephone line, with silence around it.
	line := audio.Resample(audio.Resample(pcm, audio.Rate, 8000), 8000, audio.Rate)
	line = append(append(make([]int16, 2*audio.Rate), line...), make([]int16, 2*audio.Rate)...)
	spans, err = Spans(m, line, SpanOptions{})
	if err != nil || len(spans) == 0 || spans[0].Start < 2*audio.Rate || spans[len(spans)-1].End > 13*audio.Rate+3200 {
		t.Errorf("on the line: %v, %v", spans, err)
	}
	if spans, err := Spans(m, line, SpanOptions{Max: 2 * time.Second, Pad: 1}); err != nil || len(spans) < 4 {
		t.Errorf("cut to 2 s: %v, %v", spans, err)
	}
}

// TestPushPieces checks that the size of the pieces does not matter, that streams do not mix and that Reset forgets.
func TestPushPieces(t *testing.T) {
	t.Parallel()
	m := open(t)
	pcm := speech(t)[:3*audio.Rate]
	whole := m.NewStream().Push(nil, pcm)
	if len(whole) != len(pcm)/WindowLen {
		t.Fatalf("%d probabilities for %d samples", len(whole), len(pcm))
	}
	var wg sync.WaitGroup
	for _, size := range []int{1, 100, audio.FrameLen, 512, 513, 5000} {
		wg.Go(func() { // ends after its stream; waited for below
			s := m.NewStream()
			for range 2 {
				var got []float32
				for i := 0; i < len(pcm); i += size {
					got = s.Push(got, pcm[i:min(i+size, len(pcm))])
				}
				if len(got) != len(whole) {
					t.Errorf("pieces of %d gave %d probabilities, want %d", size, len(got), len(whole))
					return
				}
				for i := range got {
					if math.Abs(float64(got[i]-whole[i])) > 1e-6 {
						t.Errorf("pieces of %d: window %d is %f, want %f", size, i, got[i], whole[i])
						return
					}
				}
				if s.Err() != nil || s.Pending() != len(pcm)%WindowLen {
					t.Errorf("pieces of %d: %v, %d pending", size, s.Err(), s.Pending())
				}
				s.Reset()
			}
		})
	}
	wg.Wait()
}

func TestClosed(t *testing.T) {
	t.Parallel()
	m := open(t)
	s := m.NewStream()
	s.Push(nil, make([]int16, WindowLen))
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.Push(nil, make([]int16, 2*WindowLen+5)); len(got) != 2 || got[1] != 0 || !errors.Is(s.Err(), ErrClosed) {
		t.Errorf("after Close: %v, %v", got, s.Err())
	}
	if _, err := Spans(m, make([]int16, 1000), SpanOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	open(t)
	if _, err := Open(filepath.Join(t.TempDir(), "none.onnx")); err == nil {
		t.Error("opened nothing")
	}
	if _, err := Open(onnxtest.Weights(t, "smart-turn/smart-turn-v3.2-cpu.onnx")); err == nil || !strings.Contains(err.Error(), "Silero") {
		t.Errorf("another model: %v", err)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	probs := func(runs ...float32) (out []float32) { // pairs of count, probability
		for i := 0; i < len(runs); i += 2 {
			for range int(runs[i]) {
				out = append(out, runs[i+1])
			}
		}
		return out
	}
	const ms = time.Millisecond
	tight := SpanOptions{MinSpeech: 96 * ms, MinSilence: 160 * ms, Pad: 1, Max: time.Minute}
	with := func(f func(*SpanOptions)) SpanOptions {
		o := tight
		f(&o)
		return o
	}
	for _, c := range []struct {
		name  string
		probs []float32
		o     SpanOptions
		want  [][2]int // in windows
	}{
		{"nothing", nil, tight, nil},
		{"silence", probs(50, 0.1), tight, nil},
		{"one run", probs(10, 0, 10, 0.9, 10, 0), tight, [][2]int{{10, 20}}},
		{"too short", probs(10, 0, 2, 0.9, 10, 0), tight, nil},
		{"just long enough", probs(10, 0, 3, 0.9, 10, 0), tight, [][2]int{{10, 13}}},
		{"short silence", probs(5, 0, 5, 0.9, 4, 0, 5, 0.9, 9, 0), tight, [][2]int{{5, 19}}},
		{"long silence", probs(5, 0, 5, 0.9, 5, 0, 5, 0.9, 9, 0), tight, [][2]int{{5, 10}, {15, 20}}},
		{"hysteresis holds", probs(5, 0, 5, 0.9, 20, 0.4, 9, 0), tight, [][2]int{{5, 30}}},
		{"hysteresis does not enter", probs(5, 0, 20, 0.4), tight, nil},
		{"to the end", probs(5, 0, 20, 0.9), tight, [][2]int{{5, 25}}},
		{"ends in a short silence", probs(5, 0, 20, 0.9, 2, 0), tight, [][2]int{{5, 25}}},
		{
			"split at the lowest", probs(20, 0.9, 1, 0.4, 19, 0.9),
			with(func(o *SpanOptions) { o.Max = 30 * WindowTime }), [][2]int{{0, 20}, {20, 40}},
		},
		{
			"split without a dip", probs(70, 0.9),
			with(func(o *SpanOptions) { o.Max = 30 * WindowTime }), [][2]int{{0, 30}, {30, 60}, {60, 70}},
		},
	} {
		got := Cut(c.probs, len(c.probs)*WindowLen, c.o)
		ok := len(got) == len(c.want)
		for i := range got {
			ok = ok && got[i].Start == c.want[i][0]*WindowLen && got[i].End == c.want[i][1]*WindowLen
		}
		if !ok {
			t.Errorf("%s: got %v, want windows %v", c.name, got, c.want)
		}
	}
	padded := Cut(probs(2, 0, 9, 0.9, 10, 0, 9, 0.9), 30*WindowLen-100, with(func(o *SpanOptions) { o.Pad = 200 * ms }))
	if len(padded) != 2 || padded[0].Start != 0 || padded[1].End != 30*WindowLen-100 || padded[0].End != padded[1].Start {
		t.Errorf("padded: %v", padded)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte{0, 200, 200, 10, 255, 255, 255, 0, 0}, int64(40), int64(100), int64(30))
	f.Fuzz(func(t *testing.T, b []byte, speech, longest, pad int64) {
		probs := make([]float32, len(b))
		for i, v := range b {
			probs[i] = float32(v) / 255
		}
		n, last := len(b)*WindowLen, 0
		for _, s := range Cut(probs, n, SpanOptions{
			MinSpeech: time.Duration(speech%1000) * time.Millisecond, Max: time.Duration(longest%5000) * time.Millisecond,
			Pad: time.Duration(pad%1000) * time.Millisecond,
		}) {
			if s.Start < last || s.End <= s.Start || s.End > n {
				t.Fatalf("span %v after %d in %d", s, last, n)
			}
			last = s.End
		}
	})
}

func BenchmarkPush(b *testing.B) {
	m := open(b)
	s := m.NewStream()
	pcm, out := audio.Noise(-30, WindowTime, 1), make([]float32, 0, 1)
	for b.Loop() {
		s.Push(out[:0], pcm)
	}
}
