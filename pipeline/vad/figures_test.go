package vad

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// labels reads a line of "name, start, end, 1|0, ..." in seconds and returns for each 10 ms whether it is speech.
func labels(t *testing.T, path string, n int) []bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]bool, n)
	for i := 1; i+2 < len(rows[0]); i += 3 {
		from, _ := strconv.ParseFloat(rows[0][i], 64)
		to, _ := strconv.ParseFloat(rows[0][i+1], 64)
		if rows[0][i+2] != "1" {
			continue
		}
		for k := int(from * 100); k < min(n, int(to*100)); k++ {
			out[k] = true
		}
	}
	return out
}

// TestFigures measures how well speech is found in labelled recordings: frames of 10 ms for F1, and how long after the
// labelled start the first window with probability 0.5 is complete, and after the labelled end the first below 0.35.
func TestFigures(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		t.Skip("PARLEY_DATA names no labelled recordings")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "vad", "*.wav"))
	if len(files) == 0 {
		t.Skip("PARLEY_DATA has no vad/*.wav")
	}
	m := open(t)
	for _, line := range []string{"as recorded", "G.711 at 8 kHz"} {
		var tp, fp, fn float64
		var onset, offset []float64
		var took time.Duration
		windows := 0
		for _, f := range files {
			clip, err := audio.Load(f)
			if err != nil {
				t.Fatal(err)
			}
			pcm := clip.Mono16k()
			if line != "as recorded" {
				pcm = throughG711(t, pcm)
			}
			began := time.Now()
			probs, err := Probabilities(m, pcm)
			if err != nil {
				t.Fatal(err)
			}
			took += time.Since(began)
			windows += len(probs)
			truth := labels(t, strings.TrimSuffix(f, ".wav")+".scv", len(pcm)/160)
			speaking := hysteresis(probs)
			for i, want := range truth {
				switch got := speaking[min(len(speaking)-1, i*160/WindowLen)]; {
				case got && want:
					tp++
				case got:
					fp++
				case want:
					fn++
				}
			}
			on, off := delays(truth, probs)
			onset, offset = append(onset, on...), append(offset, off...)
		}
		f1 := 2 * tp / (2*tp + fp + fn)
		t.Logf("%s: %d files, precision %.3f, recall %.3f, F1 %.3f; onset p50 %.0f ms p95 %.0f ms, offset p50 %.0f ms p95 %.0f ms; %.0f us a window",
			line, len(files), tp/(tp+fp), tp/(tp+fn), f1, quantile(onset, 0.5), quantile(onset, 0.95), quantile(offset, 0.5),
			quantile(offset, 0.95), float64(took.Microseconds())/float64(windows))
		if f1 < 0.85 {
			t.Errorf("%s: F1 %.3f, want at least 0.85", line, f1)
		}
	}
}

func hysteresis(probs []float32) []bool {
	out, on := make([]bool, len(probs)), false
	for i, p := range probs {
		on = p >= 0.5 || on && p >= 0.35
		out[i] = on
	}
	return out
}

// delays returns the onset and offset delays in ms, for speech and silence of at least 300 ms.
func delays(truth []bool, probs []float32) (onset, offset []float64) {
	long := func(i int, what bool) bool {
		for k := i; k < i+30; k++ {
			if k < 0 || k >= len(truth) || truth[k] != what {
				return false
			}
		}
		return true
	}
	find := func(at int, hit func(float32) bool) float64 {
		for w := at * 160 / WindowLen; w < len(probs); w++ {
			if hit(probs[w]) {
				return float64((w+1)*WindowLen)/16 - float64(at*10)
			}
		}
		return math.Inf(1)
	}
	for i := 30; i < len(truth); i++ {
		switch {
		case long(i-30, false) && long(i, true):
			onset = append(onset, find(i, func(p float32) bool { return p >= 0.5 }))
		case long(i-30, true) && long(i, false):
			offset = append(offset, find(i, func(p float32) bool { return p < 0.35 }))
		}
	}
	return onset, offset
}

func throughG711(t *testing.T, pcm []int16) []int16 {
	t.Helper()
	enc, err := audio.NewEncoder(audio.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	dec, _ := audio.NewDecoder(audio.PCMU)
	b, _ := enc.Encode(nil, audio.Resample(pcm, audio.Rate, 8000))
	out, _ := dec.Decode(nil, b)
	return audio.Resample(out, 8000, audio.Rate)[:len(pcm)]
}

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	sort.Float64s(v)
	return v[int(q*float64(len(v)-1))]
}
