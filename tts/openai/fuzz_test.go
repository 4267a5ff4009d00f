package openai_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/openai"
)

// saying is a server that gives one answer to everything.
type saying []byte

func (s saying) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(s)), Request: r}, nil
}

// FuzzSound gets from the speech server what is no sound: it becomes sound of some length, or an error.
func FuzzSound(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5}, false)
	f.Add([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\xc0\x5d\x00\x00\x80\xbb\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"), true)
	f.Add([]byte(`{"error":"no"}`), true)
	f.Fuzz(func(t *testing.T, body []byte, wav bool) {
		o := openai.Options{BaseURL: "http://tts.example/v1", Client: &http.Client{Transport: saying(body)}}
		if wav {
			o.Format = "wav"
		}
		e, err := openai.New(o)
		if err != nil {
			t.Fatal(err)
		}
		pcm, err := e.Synthesize(t.Context(), "Good morning.", tts.Voice{Name: "openai:nova", Lang: "en"})
		if err == nil && len(pcm) > len(body)*audio.Rate {
			t.Errorf("%d samples from %d bytes", len(pcm), len(body))
		}
	})
}
