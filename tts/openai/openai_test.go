package openai_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/openai"
	"github.com/parley-voice/parley/tts/ttstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ tts.Engine = (*openai.Engine)(nil)

// server answers as OpenAI's speech API does, with a tone, and slowly when the text is long.
func server(t *testing.T) *httptest.Server {
	t.Helper()
	dir := t.TempDir()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Model, Input, Voice, ResponseFormat string
			Format                              string `json:"response_format"`
			Speed                               float64
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.URL.Path != "/v1/audio/speech" || r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, `{"error":{"message":"bad request"}}`, http.StatusUnauthorized)
			return
		}
		if q.Voice != "nova" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":{"message":"voice must be one of nova","type":"invalid_request_error","param":"voice"}}`))
			return
		}
		if len(q.Input) > 200 {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
			return
		}
		tone := audio.Resample(audio.Sine(300, -12, time.Duration(float64(time.Second)/q.Speed)), audio.Rate, 24000)
		if q.Format == "wav" {
			path := filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "_")+time.Now().Format("150405.000000000")+".wav")
			if err := audio.WriteWAV(path, 24000, 1, tone); err != nil {
				t.Error(err)
			}
			b, _ := os.ReadFile(path)
			_, _ = w.Write(b)
			return
		}
		_ = binary.Write(w, binary.LittleEndian, tone)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"pcm", "wav"} {
		t.Run(format, func(t *testing.T) {
			e, err := openai.New(openai.Options{BaseURL: server(t).URL + "/v1", Key: "secret", Format: format})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = e.Close() }()
			ttstest.Conform(t, ttstest.Case{Engine: e, Voice: tts.Voice{Name: "openai:nova", Lang: "en"}, Text: "Good morning.", Long: strings.Repeat("word ", 100)})
		})
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	s := server(t)
	long := strings.Repeat("word ", 100)
	for name, c := range map[string]struct {
		o    openai.Options
		text string
		want error
	}{
		"late":         {openai.Options{BaseURL: s.URL + "/v1", Key: "secret", Timeout: 100 * time.Millisecond}, long, openai.ErrServer},
		"wrong key":    {openai.Options{BaseURL: s.URL + "/v1", Key: "other"}, "Hi", openai.ErrServer},
		"nobody there": {openai.Options{BaseURL: "http://127.0.0.1:1/v1"}, "Hi", openai.ErrServer},
		"not listed":   {openai.Options{BaseURL: s.URL + "/v1", Voices: []tts.Voice{{Name: "alloy"}}}, "Hi", tts.ErrVoice},
	} {
		e, err := openai.New(c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Synthesize(t.Context(), c.text, tts.Voice{Name: "nova", Lang: "en"}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		_ = e.Close()
	}
	for _, o := range []openai.Options{{}, {BaseURL: "localhost:80"}, {BaseURL: "http://x", Format: "mp3"}} {
		if _, err := openai.New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
