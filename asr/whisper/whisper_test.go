package whisper

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/asrtest"
	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

// weights returns the path of the whisper weights, or skips.
func weights(t *testing.T) string {
	t.Helper()
	return onnxtest.Weights(t, "whisper-base/ggml-base-q8_0.bin")
}

const said = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."

// speech returns 11 s of English that come with the Go binding, or skips.
func speech(t *testing.T) []int16 {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ggerganov/whisper.cpp/bindings/go").Output()
	if err != nil {
		t.Skip("needs the go command to find the recording")
	}
	c, err := audio.Load(filepath.Join(strings.TrimSpace(string(dir)), "samples", "jfk.wav"))
	if err != nil {
		t.Skipf("needs the recording of the Go binding: %v", err)
	}
	return c.Mono16k()
}

func open(t *testing.T) *Engine { return openWith(t, "") }

func openWith(t *testing.T, encoder string) *Engine {
	t.Helper()
	e, err := Open(weights(t), Options{Encoder: encoder, Runtime: os.Getenv("PARLEY_ONNXRUNTIME")})
	return onnxtest.Opened(t, e, err)
}

func TestEngineConforms(t *testing.T) {
	for _, encoder := range []string{ONNX, GGML} {
		t.Run(encoder, func(t *testing.T) {
			e := openWith(t, encoder)
			asrtest.Run(t, e, speech(t)[:4*audio.Rate])
		})
	}
}

func TestUnknownEncoder(t *testing.T) {
	if _, err := Open(weights(t), Options{Encoder: "fast"}); err == nil || !strings.Contains(err.Error(), ONNX) {
		t.Errorf("got %v", err)
	}
}

func TestEngineHears(t *testing.T) {
	for _, encoder := range []string{ONNX, GGML} {
		t.Run(encoder, func(t *testing.T) { testHears(t, openWith(t, encoder)) })
	}
}

func testHears(t *testing.T, e *Engine) {
	pcm := speech(t)
	u := asr.Utterance{PCM: pcm, Langs: []string{"zh", "en"}}
	got, err := e.Recognize(context.Background(), u)
	if err != nil {
		t.Fatal(err)
	}
	asrtest.Check(t, got, u)
	if c := score.Compare(score.WER, said, got.Text); c.Errors > 1 {
		t.Errorf("heard %q (%d errors)", got.Text, c.Errors)
	}
	if got.Lang != "en" || got.LangP < 0.9 || got.NoSpeech > 0.3 || got.Confidence < 0.5 || len(got.Words) != 22 {
		t.Errorf("lang %s (%.2f), no speech %.2f, confidence %.2f, %d words", got.Lang, got.LangP, got.NoSpeech, got.Confidence, len(got.Words))
	}
	// "country" is first said about four and a half seconds in.
	for _, w := range got.Words {
		if strings.HasPrefix(w.Text, "country") {
			if s := w.Start.Seconds(); s < 3.5 || s > 6.5 {
				t.Errorf("first %q at %.1f s", w.Text, s)
			}
			break
		}
	}
}

// Sound without speech gives no words, also where some are expected.
func TestEngineHearsNothingInNoise(t *testing.T) {
	e := open(t)
	keys := append(audio.DTMF('5', 400*time.Millisecond), make([]int16, audio.Rate/5)...)
	keys = append(keys, audio.DTMF('9', 400*time.Millisecond)...)
	for name, pcm := range map[string][]int16{
		"noise": audio.Noise(-30, 3*time.Second, 1), "keys": keys, "ringback": audio.Ringback(5 * time.Second),
		"tone": audio.Sine(440, -20, 2*time.Second), "music": audio.HoldMusic(6*time.Second, 1),
	} {
		for _, u := range []asr.Utterance{
			{Langs: []string{"en", "zh"}},
			{Langs: []string{"zh"}, Hot: []string{"星火手表", "退款", "保修", "物流"}, Try: asr.Second},
		} {
			u.PCM = pcm
			got, err := e.Recognize(context.Background(), u)
			if err != nil || got.Text != "" {
				t.Errorf("%s, expecting %q: heard %q in %s (no speech %.2f, confidence %.2f), %v",
					name, u.Hot, got.Text, got.Lang, got.NoSpeech, got.Confidence, err)
			}
		}
	}
}

// An unsure first try alone says so; the second, and both, are not called unsure.
func TestEngineTries(t *testing.T) {
	e := open(t)
	for _, noise := range []float64{-35, -30, -25, -20} {
		pcm := append([]int16(nil), speech(t)[:4*audio.Rate]...)
		audio.Mix(pcm, audio.Noise(noise, 4*time.Second, 1))
		u := asr.Utterance{PCM: pcm, Langs: []string{"en"}, Try: asr.First, Others: few}
		first, err := e.Recognize(context.Background(), u)
		if err != nil {
			t.Fatal(err)
		}
		if !first.Unsure {
			continue
		}
		for _, u.Try = range []asr.Try{asr.Second, asr.AsNeeded} {
			if again, err := e.Recognize(context.Background(), u); err != nil || again.Unsure {
				t.Errorf("try %d: %q is unsure: %t, %v", u.Try, again.Text, again.Unsure, err)
			}
		}
		return
	}
	t.Error("speech in loud noise is never unsure")
}

func TestEngineLongSound(t *testing.T) {
	e := open(t)
	pcm := speech(t)
	long := append(append(append([]int16(nil), pcm...), make([]int16, 8*audio.Rate)...), pcm...)
	u := asr.Utterance{PCM: long, Langs: []string{"en"}}
	got, err := e.Recognize(context.Background(), u)
	if err != nil {
		t.Fatal(err)
	}
	asrtest.Check(t, got, u)
	if n := strings.Count(strings.ToLower(got.Text), "fellow americans"); n != 2 {
		t.Errorf("heard %q, want the sentence twice", got.Text)
	}
}

func TestUnknownLanguage(t *testing.T) {
	e := open(t)
	if _, err := e.Recognize(context.Background(), asr.Utterance{PCM: make([]int16, audio.Rate), Langs: []string{"klingon"}}); err == nil {
		t.Error("no error")
	}
}

func TestBadWeights(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "bad.bin")
	if err := os.WriteFile(p, []byte("not weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{p, p + ".missing"} {
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "parley models") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Killing the child in the middle of real work costs that utterance only.
func TestWorkerKilledMidway(t *testing.T) {
	path, pcm := weights(t), speech(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w, err := OpenWorker(context.Background(), WorkerOptions{Exe: exe, Env: append(os.Environ(), childEnv+"=real"), Weights: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	u := asr.Utterance{PCM: pcm, Langs: []string{"en"}}
	pid := w.PID()
	time.AfterFunc(100*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if _, err := w.Recognize(context.Background(), u); !errors.Is(err, asr.ErrEngine) {
		t.Errorf("killed midway: %v, want asr.ErrEngine", err)
	}
	got, err := w.Recognize(context.Background(), u)
	if err != nil || !strings.Contains(got.Text, "country") {
		t.Errorf("afterwards: %q, %v", got.Text, err)
	}
}
