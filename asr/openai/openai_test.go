package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/asrtest"
	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers as a transcription server does; answer gets the asked language. It has deadline, beside the length of the
// sound.
func server(t *testing.T, deadline time.Duration, answer func(lang string) (int, any)) *Engine {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/audio/transcriptions" || r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "wrong path or key", http.StatusNotFound)
			return
		}
		f, _, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		b, err := io.ReadAll(f)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if c, err := audio.Decode(b); err != nil || c.Rate != audio.Rate || c.Channels != 1 || c.Len() == 0 {
			http.Error(w, "not the sound that was promised", http.StatusBadRequest)
			return
		}
		status, body := answer(r.FormValue("language"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	e, err := New(Options{BaseURL: s.URL + "/v1", Key: "secret", Deadline: deadline})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func speech() asr.Utterance {
	return asr.Utterance{PCM: audio.Noise(-20, time.Second, 1), Langs: []string{"en", "zh"}}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	e := server(t, time.Minute, func(string) (int, any) {
		return http.StatusOK, map[string]any{
			"language": "english", "text": " Hello there. ",
			"words":    []map[string]any{{"word": "Hello", "start": 0.1, "end": 0.4}, {"word": "there", "start": 0.4, "end": 99}},
			"segments": []map[string]any{{"avg_logprob": -0.2, "no_speech_prob": 0.01}},
		}
	})
	asrtest.Run(t, e, speech().PCM)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		answer   func(lang string) (int, any)
		text     string
		lang     string
		words    int
		rejected string
		err      error
	}{
		{name: "no words", text: "one two three", lang: "en", words: 3, answer: func(string) (int, any) {
			return 200, map[string]any{"language": "en", "text": "one two three"}
		}},
		{name: "traditional", text: "设定", lang: "zh", words: 2, answer: func(string) (int, any) {
			return 200, map[string]any{"language": "chinese", "text": "設定"}
		}},
		{name: "other language", text: "yes", lang: "en", words: 1, answer: func(lang string) (int, any) {
			if lang == "en" {
				return 200, map[string]any{"language": "english", "text": "yes"}
			}
			return 200, map[string]any{"language": "welsh", "text": "ie"}
		}},
		{name: "no speech", lang: "en", rejected: "no_speech", answer: func(string) (int, any) {
			return 200, map[string]any{"language": "en", "text": "you", "segments": []map[string]any{{"avg_logprob": -1.2, "no_speech_prob": 0.9}}}
		}},
		{name: "refused", lang: "en", err: asr.ErrEngine, answer: func(string) (int, any) {
			return 500, map[string]any{"error": map[string]any{"message": "out of memory"}}
		}},
		{name: "too late", lang: "en", err: asr.ErrEngine, answer: func(string) (int, any) {
			<-time.After(1800 * time.Millisecond)
			return 200, map[string]any{}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			deadline := time.Minute
			if c.name == "too late" {
				deadline = 500 * time.Millisecond
			}
			got, err := server(t, deadline, c.answer).Recognize(context.Background(), speech())
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if got.Text != c.text || got.Lang != c.lang || len(got.Words) != c.words || got.Rejected != c.rejected {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{BaseURL: "localhost:8000"}); err == nil || !strings.Contains(err.Error(), "http") {
		t.Errorf("error %v does not say what is wanted", err)
	}
}
