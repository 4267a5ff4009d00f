// Package openai speaks through a server with OpenAI's speech API, in the data centre or beside Parley.
package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/sashabaranov/go-openai"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

const (
	pcmRate  = 24000               // of the API's "pcm" format
	maxBytes = 64 << 20            // of one answer: more than ten minutes of sound
	deadline = 20 * time.Second    // default for one text
	noSpeech = " .,;:!?…\n。，！？、；：" // text of these alone is not sent
)

// Options says which server is asked.
type Options struct {
	BaseURL string        // such as http://127.0.0.1:8880/v1; required
	Key     string        // bearer token, may be empty
	Model   string        // "" means tts-1
	Format  string        // "pcm" (24 kHz, the default) or "wav"
	Timeout time.Duration // for one text; 0 means 20 s
	Voices  []tts.Voice   // the voices there are; empty means that the server decides
	Client  *http.Client  // nil means one of its own
}

// Engine speaks through a server. Its methods may be called from any goroutine.
type Engine struct {
	client *api.Client
	http   *http.Client
	o      Options
}

// ErrServer means that the server refused or failed; the text of the error says how.
var ErrServer = errors.New("openai: the speech server failed")

// New returns an engine; it does not contact the server.
func New(o Options) (*Engine, error) {
	if !strings.HasPrefix(o.BaseURL, "http://") && !strings.HasPrefix(o.BaseURL, "https://") {
		return nil, fmt.Errorf("speech server %q: give an address that starts with http:// or https://", o.BaseURL)
	}
	if o.Model == "" {
		o.Model = string(api.TTSModel1)
	}
	if o.Format == "" {
		o.Format = "pcm"
	}
	if o.Format != "pcm" && o.Format != "wav" {
		return nil, fmt.Errorf("speech server format %q: use pcm or wav", o.Format)
	}
	if o.Timeout <= 0 {
		o.Timeout = deadline
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	cfg := api.DefaultConfig(o.Key)
	cfg.BaseURL = strings.TrimRight(o.BaseURL, "/")
	cfg.HTTPClient = o.Client
	return &Engine{client: api.NewClientWithConfig(cfg), http: o.Client, o: o}, nil
}

// Close drops idle connections.
func (e *Engine) Close() error {
	e.http.CloseIdleConnections()
	return nil
}

// Identity names the server and its model.
func (e *Engine) Identity() string { return "openai/" + e.o.BaseURL + "/" + e.o.Model }

// Voices lists the configured voices.
func (e *Engine) Voices() []tts.Voice { return slices.Clone(e.o.Voices) }

// Synthesize asks the server to speak text. See tts.Engine for the contract.
func (e *Engine) Synthesize(ctx context.Context, text string, v tts.Voice) ([]int16, error) {
	known := func(k tts.Voice) bool { return k.Bare() == v.Bare() }
	if v.Bare() == "" || len(e.o.Voices) > 0 && !slices.ContainsFunc(e.o.Voices, known) {
		return nil, fmt.Errorf("%w %q: the configuration names the server's voices", tts.ErrVoice, v.Bare())
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	text = tts.Normalize(text, v.Lang)
	if strings.Trim(text, noSpeech) == "" {
		return nil, nil
	}
	b, err := e.ask(ctx, text, v)
	if err != nil {
		return nil, err
	}
	pcm, err := e.decode(b)
	if err != nil {
		return nil, err
	}
	return tts.Finish(pcm), nil
}

// ask returns the sound as the server sent it.
func (e *Engine) ask(ctx context.Context, text string, v tts.Voice) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	r, err := e.client.CreateSpeech(limited, api.CreateSpeechRequest{
		Model: api.SpeechModel(e.o.Model), Input: text, Voice: api.SpeechVoice(v.Bare()),
		ResponseFormat: api.SpeechResponseFormat(e.o.Format), Speed: v.Rate(),
	})
	if err != nil {
		return nil, e.failure(ctx, err)
	}
	defer r.Close() //nolint:errcheck // read to its end or given up
	b, err := io.ReadAll(io.LimitReader(r, maxBytes))
	if err != nil {
		return nil, e.failure(ctx, err)
	}
	return b, nil
}

// failure makes the error for the caller: its own cancellation, an unknown voice, or trouble of the server.
func (e *Engine) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var status *api.APIError
	if errors.As(err, &status) && (status.HTTPStatusCode == http.StatusBadRequest || status.HTTPStatusCode == http.StatusNotFound || status.HTTPStatusCode == http.StatusUnprocessableEntity) {
		if strings.Contains(strings.ToLower(status.Message+fmt.Sprint(status.Code)+fmt.Sprint(status.Param)), "voice") {
			return fmt.Errorf("%w: the server says %s", tts.ErrVoice, status.Message)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer from %s within %v", ErrServer, e.o.BaseURL, e.o.Timeout)
	}
	return fmt.Errorf("%w: %w", ErrServer, err)
}

func (e *Engine) decode(b []byte) ([]int16, error) {
	if e.o.Format == "wav" || len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WAVE" {
		clip, err := audio.Decode(b)
		if err != nil {
			return nil, fmt.Errorf("%w: read its sound: %w", ErrServer, err)
		}
		return clip.Mono16k(), nil
	}
	return audio.Resample(audio.FromBytes(b), pcmRate, audio.Rate), nil
}
