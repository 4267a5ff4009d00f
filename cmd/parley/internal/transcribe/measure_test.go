package transcribe

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
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

// TestLabelledMixes makes calls of labelled recordings, the two sides taking turns with pauses and talking into each
// other, and compares the figures with those of the labels.
func TestLabelledMixes(t *testing.T) {
	t.Parallel()
	m, data := openModel(t)
	files, _ := filepath.Glob(filepath.Join(data, "vad", "*.wav"))
	if len(files) < 4 {
		t.Skip("PARLEY_DATA has no vad/*.wav")
	}
	for name, gap := range map[string]float64{"with pauses": 1.5, "talking into each other": -1.5} {
		sides, truth := [2][]int16{}, [2][]talk.Span{}
		at := 0.0
		for i, f := range files {
			clip, err := audio.Load(f)
			if err != nil {
				t.Fatal(err)
			}
			pcm, side := clip.Mono16k(), i%2
			start := int(at * audio.Rate)
			sides[side] = append(sides[side], make([]int16, max(0, start-len(sides[side])))...)
			sides[side] = append(sides[side][:start], pcm...)
			for _, s := range labelled(t, strings.TrimSuffix(f, ".wav")+".scv") {
				truth[side] = append(truth[side], talk.Span{From: at + s.From, To: at + s.To})
			}
			at += float64(len(pcm))/audio.Rate + gap
		}
		n := max(len(sides[0]), len(sides[1]))
		mix := make([]int16, 2*n)
		for s := range sides {
			for i, v := range sides[s] {
				mix[2*i+s] = v
			}
		}
		path := filepath.Join(t.TempDir(), "mix.wav")
		if err := audio.WriteWAV(path, audio.Rate, 2, mix); err != nil {
			t.Fatal(err)
		}
		r, err := job{path: path}.open(false)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.survey(t.Context(), m, func(int) {}); err != nil {
			t.Fatal(err)
		}
		want := talk.Measure(r.duration(), []talk.Voice{{Who: call.Caller, Spans: truth[0]}, {Who: call.Agent, Spans: truth[1]}})
		compare(t, name, talk.Measure(r.duration(), r.voices()), want)
	}
}

// compare holds silence to 2 % of the call and shares to 2 % of all talk; overlap to 5 %, since these recordings begin and
// end in the middle of words, where the sides are made to overlap.
func compare(t *testing.T, name string, got, want talk.Figures) {
	t.Helper()
	for what, v := range map[string][2]float64{
		"silence": {got.Silence / got.Duration, want.Silence / want.Duration}, "overlap": {got.Overlap / got.Duration, want.Overlap / want.Duration},
		"caller's share": {got.Share[call.Caller], want.Share[call.Caller]}, "agent's share": {got.Share[call.Agent], want.Share[call.Agent]},
	} {
		t.Logf("%s: %s %.1f %%, want %.1f %%", name, what, 100*v[0], 100*v[1])
		most := 0.02
		if what == "overlap" {
			most = 0.05
		}
		if math.Abs(v[0]-v[1]) > most {
			t.Errorf("%s: %s is %.1f %%, want %.1f %%", name, what, 100*v[0], 100*v[1])
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
		r, err := job{path: f, other: strings.Replace(f, "_caller", "_agent", 1)}.open(false)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.survey(t.Context(), m, func(int) {}); err != nil {
			t.Fatal(err)
		}
		want := talk.Measure(r.duration(), []talk.Voice{{Who: call.Caller, Spans: loud(t, r.path)}, {Who: call.Agent, Spans: loud(t, r.other)}})
		compare(t, filepath.Base(f), talk.Measure(r.duration(), r.voices()), want)
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
