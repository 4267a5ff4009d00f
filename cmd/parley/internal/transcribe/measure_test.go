package transcribe

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/vad"
)

// model is a hearer without recognition.
type model struct{ m *vad.Model }

// Stream is for hearer.
func (m model) Stream() *vad.Stream { return m.m.NewStream() }

// openModel opens the model of voice activity and names the folder of measuring data.
func openModel(t *testing.T) (hearer, string) {
	t.Helper()
	data := os.Getenv("PARLEY_DATA")
	if data == "" {
		t.Skip("PARLEY_DATA names no recordings to measure with")
	}
	env, _, _ := testEnv(os.Getenv("PARLEY_MODELS"))
	m, err := ear.OpenVAD(env)
	if err != nil {
		t.Skip("weights are not installed: run parley models pull")
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return model{m}, data
}

// labelled reads "name, start, end, 1|0, ..." and returns the stretches of speech.
func labelled(t *testing.T, path string) []talk.Span {
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
	var out []talk.Span
	for i := 1; i+2 < len(rows[0]); i += 3 {
		from, _ := strconv.ParseFloat(rows[0][i], 64)
		to, _ := strconv.ParseFloat(rows[0][i+1], 64)
		if rows[0][i+2] == "1" {
			out = append(out, talk.Span{From: from, To: to})
		}
	}
	return out
}

// clip is a labelled recording.
type clip struct {
	pcm   []int16
	truth []talk.Span
}

// mixed is a call made of clips.
type mixed struct {
	sides [2][]int16
	truth [2][]talk.Span
}

// mix lays clips on the two sides in turn, each gap seconds after the end of the one before, or into it where gap is negative.
// With cut up to two seconds are taken off both ends of each, in the middle of words.
func mix(clips []clip, gap float64, cut bool, rng *rand.Rand) mixed {
	var m mixed
	at := 0.0
	for i, c := range clips {
		from, to := 0.0, float64(len(c.pcm))/audio.Rate
		if cut {
			from, to = 2*rng.Float64(), to-2*rng.Float64()
		}
		side, start := i%2, int(at*audio.Rate)
		m.sides[side] = append(m.sides[side], make([]int16, max(0, start-len(m.sides[side])))...)
		m.sides[side] = append(m.sides[side][:start], c.pcm[int(from*audio.Rate):int(to*audio.Rate)]...)
		for _, s := range c.truth {
			if a, b := max(from, s.From), min(to, s.To); b > a {
				m.truth[side] = append(m.truth[side], talk.Span{From: at + a - from, To: at + b - from})
			}
		}
		at = max(0, at+to-from+max(gap, (from-to)/2))
	}
	return m
}

// write makes a stereo file of the call, the caller on the left.
func (m mixed) write(t *testing.T) string {
	t.Helper()
	n := max(len(m.sides[0]), len(m.sides[1]))
	both := make([]int16, 2*n)
	for s := range m.sides {
		for i, v := range m.sides[s] {
			both[2*i+s] = v
		}
	}
	path := filepath.Join(t.TempDir(), "mix.wav")
	if err := audio.WriteWAV(path, audio.Rate, 2, both); err != nil {
		t.Fatal(err)
	}
	return path
}

// figures are silence and overlap of the call and the caller's share of all talk, in percent.
func figures(f talk.Figures) [3]float64 {
	return [3]float64{100 * f.Silence / f.Duration, 100 * f.Overlap / f.Duration, 100 * f.Share[call.Caller]}
}

func measured(t *testing.T, m hearer, path, other string) (got talk.Figures, duration float64) {
	t.Helper()
	r, err := job{path: path, other: other}.open(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.survey(t.Context(), m, func(int) {}); err != nil {
		t.Fatal(err)
	}
	return talk.Measure(r.duration(), r.voices()), r.duration()
}

// TestLabelledMixes makes calls of labelled recordings, the two sides taking turns with pauses and talking into each
// other, in other orders and cut in the middle of words, and compares the figures with those of the labels. Half of the
// recordings are as loud between words as in them, and people do not agree with themselves about edges there, so one mix may
// be further off than all of them together.
func TestLabelledMixes(t *testing.T) {
	t.Parallel()
	m, data := openModel(t)
	files, _ := filepath.Glob(filepath.Join(data, "vad", "*.wav"))
	if len(files) < 4 {
		t.Skip("PARLEY_DATA has no vad/*.wav")
	}
	var clips []clip
	for _, f := range files {
		c, err := audio.Load(f)
		if err != nil {
			t.Fatal(err)
		}
		clips = append(clips, clip{c.Mono16k(), labelled(t, strings.TrimSuffix(f, ".wav")+".scv")})
	}
	rng := rand.New(rand.NewPCG(7, 7))
	var off, most [3]float64
	n := 0
	for _, gap := range []float64{1.5, -0.5, -1.5} {
		for _, kind := range []string{"in order", "shuffled", "cut"} {
			all := slices.Clone(clips)
			if kind != "in order" {
				rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
			}
			mx := mix(all, gap, kind == "cut", rng)
			f, duration := measured(t, m, mx.write(t), "")
			want := figures(talk.Measure(duration, []talk.Voice{{Who: call.Caller, Spans: mx.truth[0]}, {Who: call.Agent, Spans: mx.truth[1]}}))
			got := figures(f)
			t.Logf("%4.1f s, %-8s silence %.1f %% (labels %.1f), overlap %.1f (%.1f), caller's share %.1f (%.1f)", gap, kind, got[0], want[0], got[1], want[1], got[2], want[2])
			for i := range off {
				d := math.Abs(got[i] - want[i])
				off[i] += d
				most[i] = max(most[i], d)
			}
			n++
		}
	}
	t.Logf("%d mixes: silence off by %.1f points in the middle, %.1f at most; overlap %.1f and %.1f; share %.1f and %.1f",
		n, off[0]/float64(n), most[0], off[1]/float64(n), most[1], off[2]/float64(n), most[2])
	for i, what := range []string{"silence", "overlap", "share"} {
		if mid := off[i] / float64(n); mid > 1.5 || most[i] > 4.5 {
			t.Errorf("%s is off by %.1f points in the middle and %.1f at most", what, mid, most[i])
		}
	}
}

// TestEnergyCount compares a recorded call with a plain count of loud 10 ms steps, pauses below 200 ms closed.
func TestEnergyCount(t *testing.T) {
	t.Parallel()
	m, data := openModel(t)
	files, _ := filepath.Glob(filepath.Join(data, "calls", "*_caller.flac"))
	if len(files) == 0 {
		t.Skip("PARLEY_DATA has no calls")
	}
	for _, f := range files {
		other := strings.Replace(f, "_caller", "_agent", 1)
		got, duration := measured(t, m, f, other)
		a := figures(got)
		b := figures(talk.Measure(duration, []talk.Voice{{Who: call.Caller, Spans: loud(t, f)}, {Who: call.Agent, Spans: loud(t, other)}}))
		t.Logf("%s: silence %.1f %% (energy %.1f), overlap %.1f (%.1f), caller's share %.1f (%.1f)", filepath.Base(f), a[0], b[0], a[1], b[1], a[2], b[2])
		for i := range a {
			if math.Abs(a[i]-b[i]) > 2 {
				t.Errorf("figure %d is %.1f, the energy says %.1f", i, a[i], b[i])
			}
		}
	}
}

func loud(t *testing.T, path string) []talk.Span {
	t.Helper()
	clip, err := audio.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	const step = audio.Rate / 100
	var out []talk.Span
	pcm := clip.Mono16k()
	for i := 0; i+step <= len(pcm); i += step {
		if audio.Level(pcm[i:i+step]) < -45 {
			continue
		}
		s := talk.Span{From: float64(i) / audio.Rate, To: float64(i+step) / audio.Rate}
		if n := len(out); n > 0 && s.From-out[n-1].To < 0.2 {
			out[n-1].To = s.To
		} else {
			out = append(out, s)
		}
	}
	return out
}
