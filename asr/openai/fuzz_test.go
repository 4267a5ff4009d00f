package openai

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/parley-voice/parley/asr/asrtest"
)

// saying is a server that gives one answer to everything.
type saying []byte

func (s saying) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	h := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(bytes.NewReader(s)), Request: r}, nil
}

// FuzzAnswer hears nonsense from the transcription server: a transcript keeps the promises of package asr, or it is an
// error.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"language":"english","text":" Hello there.","segments":[{"avg_logprob":-0.2,"no_speech_prob":0.01,"compression_ratio":1}],"words":[{"word":"Hello","start":0.1,"end":0.4},{"word":"there.","start":0.4,"end":0.8}]}`))
	f.Add([]byte(`{"language":"klingon","text":"x","words":[{"word":"x","start":9e99,"end":-1}]}`))
	f.Add([]byte(`{"error":{"message":"no"}}`))
	f.Add([]byte("<html>"))
	u := speech()
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := New(Options{BaseURL: "http://asr.example/v1", Client: &http.Client{Transport: saying(body)}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Recognize(t.Context(), u); err == nil {
			asrtest.Check(t, got, u)
		}
	})
}
