package kokoro_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/kokoro"
	"github.com/parley-voice/parley/tts/ttstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ tts.Engine = (*kokoro.Engine)(nil)

// open returns the engine on the real weights, or skips.
func open(t *testing.T, o kokoro.Options) *kokoro.Engine {
	t.Helper()
	dir := filepath.Dir(onnxtest.Weights(t, "kokoro-82m/model.onnx"))
	onnxtest.Start(t)
	e, err := kokoro.Open(dir, o)
	return onnxtest.Opened(t, e, err)
}

func TestConformance(t *testing.T) {
	e := open(t, kokoro.Options{Log: slog.New(slog.DiscardHandler)})
	ttstest.Conform(t, ttstest.Case{
		Engine: e, Voice: tts.Voice{Name: "kokoro:af_heart", Lang: "en"}, Text: "Good morning.",
		Long: strings.Repeat("This is a long sentence that takes its time, ", 12),
	})
	t.Run("phonemes", func(t *testing.T) { phonemes(t, e) })
	t.Run("voices", func(t *testing.T) { voices(t, e) })
	t.Run("mandarin", func(t *testing.T) {
		pcm, err := e.Synthesize(t.Context(), "您好，欢迎使用VIP服务。", tts.Voice{Name: "zf_xiaoxiao", Lang: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		if d := audio.Duration(len(pcm)).Seconds(); d < 1.5 || d > 5 {
			t.Errorf("twelve syllables take %.1f s", d)
		}
	})
}

func phonemes(t *testing.T, e *kokoro.Engine) {
	for _, c := range []struct{ lang, text, want string }{
		{"en", "Hello, world!", "həlˈO, wˈɜɹld!"},
		{"en", "The apple and the pear.", "ði ˈæpᵊl ænd ðə pˈɛɹ."},
		{"en", "I want to record a call. Give me the record.", "ˌI wˈɑnt tə ɹəkˈɔɹd ɐ kˈɔl. ɡˈɪv mˌi ðə ɹˈɛkəɹd."},
		{"en", "The bank's ATMs", "ðə bˈæŋks ˌA tˌi ˈɛmz"},
		{"en", "stopped, visited and helped", "stˈɑpt, vˈɪzɪɾᵻd ænd hˈɛlpt"},
		{"zh", "你好", "ni↗xau↓"},
		{"zh", "一个", "i↗kɤ↘"},
		{"zh", "不是", "pu↗ʂɨ↘"},
		{"zh", "银行", "i↗nxa↗ŋ"},
		{"zh", "第一，女儿。", "ti↘i→, ny↓ɚ↗."},
		{"zh", "星期一到星期五", "ɕi→ŋʨʰi→i→tau↘ɕi→ŋʨʰi→u↓"},
		{"zh", "有效期为两年", "jou↓ɕjau↘ʨʰi→wei↗lja↓ŋnjɛ↗n"},
		{"zh", "很高兴为您服务", "xə↓nkau→ɕi↘ŋwei↘ni↗nfu↗u↘"},
		{"zh", "我想买手机", "wo↗ɕja↓ŋmai↗ʂou↓ʨi→"},
		{"zh", "试一试", "ʂɨ↘iʂɨ↘"},
		{"zh", "A卡", "ˈA kʰa↓"},
	} {
		if got := e.Phonemes(c.text, c.lang); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(c.want, " ", "") {
			t.Errorf("Phonemes(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWithoutEspeak(t *testing.T) {
	e := open(t, kokoro.Options{Espeak: "-"})
	if got := e.Phonemes("Xylobank qwrtz", "en"); got == "" || !strings.Contains(got, " ") {
		t.Errorf("unknown words without espeak-ng give %q", got)
	}
}

func voices(t *testing.T, e *kokoro.Engine) {
	byLang := map[string]int{}
	for _, v := range e.Voices() {
		byLang[v.Lang]++
	}
	if byLang["en"] == 0 || byLang["zh"] == 0 {
		t.Errorf("voices by language: %v", byLang)
	}
	for _, name := range []string{"", "../secret", "af_heart.bin"} {
		if _, err := e.Synthesize(t.Context(), "x", tts.Voice{Name: name}); !errors.Is(err, tts.ErrVoice) {
			t.Errorf("voice %q: %v, want ErrVoice", name, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	if _, err := kokoro.Open(t.TempDir(), kokoro.Options{}); err == nil || !strings.Contains(err.Error(), "parley models pull") {
		t.Errorf("an empty folder gives %v", err)
	}
}
