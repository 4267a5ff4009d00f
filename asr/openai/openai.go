// Package openai recognises speech on any server with OpenAI's transcription interface (OpenAI, vLLM, speaches,
// LocalAI, a whisper server), through go-openai.
package openai

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/sashabaranov/go-openai"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// Options say which server is asked.
type Options struct {
	BaseURL string // up to and including /v1
	Key     string // may be empty
	Model   string // "" = whisper-1
	// Deadline is how long a request may take beside the length of its sound, 0 = 10 s.
	Deadline time.Duration
	Client   *http.Client // nil = one of its own
}

// Engine asks one server. Its methods may be called from any goroutine.
type Engine struct {
	client *api.Client
	http   *http.Client
	opt    Options
}

// New returns an engine. It does not connect.
func New(opt Options) (*Engine, error) {
	if !strings.HasPrefix(opt.BaseURL, "http://") && !strings.HasPrefix(opt.BaseURL, "https://") {
		return nil, fmt.Errorf("transcription server %q: give its address as http(s)://host:port/v1", opt.BaseURL)
	}
	if opt.Model == "" {
		opt.Model = api.Whisper1
	}
	if opt.Deadline <= 0 {
		opt.Deadline = 10 * time.Second
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 8, IdleConnTimeout: time.Minute}}
	}
	cfg := api.DefaultConfig(opt.Key)
	cfg.BaseURL = strings.TrimRight(opt.BaseURL, "/")
	cfg.HTTPClient = opt.Client
	return &Engine{client: api.NewClientWithConfig(cfg), http: opt.Client, opt: opt}, nil
}

// Close drops idle connections.
func (e *Engine) Close() error {
	e.http.CloseIdleConnections()
	return nil
}

// quietest is the level in dBFS below which nobody speaks and no server is asked.
const quietest = -60.0

// Recognize returns what was said in u. It blocks until the server has answered, the deadline is over (asr.ErrEngine) or
// ctx ends. With several languages the server chooses; an answer in another one is asked for again in the expected one.
func (e *Engine) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	t := asr.Transcript{Party: u.Party, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Final: true}
	if len(u.PCM) == 0 {
		return t, asr.ErrEmpty
	}
	if len(u.Langs) > 0 {
		t.Lang = u.Langs[0]
	}
	if audio.Level(u.PCM) < quietest {
		t.Rejected = "silence"
		return t, nil
	}
	lang := ""
	if len(u.Langs) == 1 {
		lang = u.Langs[0]
	}
	limited, stop := context.WithTimeoutCause(ctx, e.opt.Deadline+audio.Duration(len(u.PCM)), errLate)
	defer stop()
	answer, err := e.ask(limited, u, lang)
	if err == nil && lang == "" && len(u.Langs) > 0 && !slices.Contains(u.Langs, code(answer.Language)) {
		lang = u.Langs[0]
		answer, err = e.ask(limited, u, lang)
	}
	switch {
	case ctx.Err() != nil:
		return t, context.Cause(ctx)
	case err != nil:
		return t, fmt.Errorf("%w: ask %s: %w", asr.ErrEngine, e.opt.BaseURL, err)
	}
	if lang == "" {
		lang = code(answer.Language)
	}
	if lang != "" {
		t.Lang = lang
	}
	fill(&t, answer)
	return t, nil
}

var errLate = errors.New("no answer in time")

func (e *Engine) ask(ctx context.Context, u asr.Utterance, lang string) (api.AudioResponse, error) {
	wav, err := audio.WAV(audio.Rate, 1, u.PCM)
	if err != nil {
		return api.AudioResponse{}, err
	}
	r, err := e.client.CreateTranscription(ctx, api.AudioRequest{
		Model: e.opt.Model, FilePath: "utterance.wav", Reader: bytes.NewReader(wav), Language: lang,
		Prompt: strings.Join(u.Hot, ", "), Format: api.AudioResponseFormatVerboseJSON,
		TimestampGranularities: []api.TranscriptionTimestampGranularity{
			api.TranscriptionTimestampGranularityWord, api.TranscriptionTimestampGranularitySegment,
		},
	})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return r, err
}

// Bounds of a text that the server itself says is no speech.
const (
	maxNoSpeech = 0.6
	weakLog     = -0.7
)

// fill takes the answer over. Offsets are kept within the utterance whatever the server says.
func fill(t *asr.Transcript, r api.AudioResponse) {
	fold := func(s string) string { return strings.TrimSpace(s) }
	if t.Lang == "zh" {
		fold = func(s string) string { return hanzi.Simplify(strings.TrimSpace(s)) }
	}
	t.Text, t.LangP = fold(r.Text), 1
	logs, n := 0.0, 0.0
	for _, s := range r.Segments {
		t.NoSpeech = max(t.NoSpeech, s.NoSpeechProb)
		logs += s.AvgLogprob
		n++
	}
	p := 0.5 // a server that tells nothing
	if n > 0 {
		p = math.Exp(min(0, logs/n))
	}
	if t.Text != "" && n > 0 && t.NoSpeech > maxNoSpeech && logs/n < weakLog {
		t.Text, t.Rejected = "", "no_speech"
	}
	if t.Text == "" {
		return
	}
	at := func(s float64) call.Offset {
		return max(t.Start, min(t.End, t.Start+call.Offset(s*float64(time.Second))))
	}
	last := t.Start
	for _, w := range r.Words {
		if text := fold(w.Word); text != "" {
			last = max(last, at(w.Start))
			t.Words = append(t.Words, asr.Word{Text: text, Start: last, End: max(last, at(w.End)), P: p})
		}
	}
	if len(t.Words) == 0 {
		t.Words = spread(t.Text, t.Start, t.End, p)
	}
	t.Confidence = p
}

// spreadSlack is which part of the utterance a word may have been said sooner or later than spread has it.
const spreadSlack = 4

// spread lays the words of text evenly over the time.
func spread(text string, start, end call.Offset, p float64) []asr.Word {
	parts := strings.Fields(text)
	if hanzi.HasHan(text) {
		parts = nil
		for _, r := range text {
			if hanzi.IsHan(r) {
				parts = append(parts, string(r))
			}
		}
	}
	out := make([]asr.Word, len(parts))
	n := call.Offset(len(parts))
	for i, w := range parts {
		out[i] = asr.Word{Text: w, P: p, Start: start + (end-start)*call.Offset(i)/n, End: start + (end-start)*call.Offset(i+1)/n, Slack: (end - start) / spreadSlack}
	}
	return out
}

// code turns the name of a language, which some servers give, into its code.
func code(name string) string {
	name = strings.ToLower(name)
	switch {
	case name == "english":
		return "en"
	case name == "chinese", name == "mandarin", strings.HasPrefix(name, "zh"):
		return "zh"
	default:
		return name
	}
}
