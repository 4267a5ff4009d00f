// Package mouth is how commands speak: it opens the voice that the configuration names, with the cache of spoken
// sentences in the data folder.
package mouth

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/onnx"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/espeak"
	"github.com/parley-voice/parley/tts/kokoro"
	"github.com/parley-voice/parley/tts/openai"
)

// memoryBytes of recently spoken sentences are kept in memory.
const memoryBytes = 64 << 20

// How long a caller waits for a clause, beside the time it takes to say it: a server that hangs is known to within seconds,
// while this machine may be busy with other callers.
const (
	serverPatience = 3 * time.Second
	ownPatience    = 15 * time.Second
)

// Mouth is a speaker and what it holds open.
type Mouth struct {
	*tts.Speaker

	voices []tts.Voice
	close  func() error
}

// Open opens the voice of c. Speech goes through queue when it is not nil.
func Open(ctx context.Context, env *cli.Env, c config.TTS, queue *work.Queue) (*Mouth, error) {
	engine, stop, err := open(ctx, env, c)
	if err != nil {
		return nil, err
	}
	cache, err := tts.OpenCache(filepath.Join(env.Home, "cache", "speech"), int64(c.CacheMB)<<20, memoryBytes)
	if err != nil {
		_ = stop()
		return nil, err
	}
	var q tts.Queue
	if queue != nil {
		q = queue
	}
	speaker := tts.NewSpeaker(engine, cache, q, env.Log)
	if last, err := espeak.Open(ctx, ""); err == nil { // a poor voice is better than a silent line
		speaker.LastResort(last, map[string]tts.Voice{"en": {Name: "espeak:en-gb", Lang: "en"}, "zh": {Name: "espeak:cmn", Lang: "zh"}})
	}
	speaker.Patience(ownPatience)
	if c.Engine == "openai" {
		speaker.Patience(serverPatience)
	}
	m := &Mouth{Speaker: speaker, close: stop}
	if e, ok := engine.(interface{ Voices() []tts.Voice }); ok {
		m.voices = e.Voices()
	}
	return m, nil
}

// Voices are the voices the engine knows by name; none when it does not tell.
func (m *Mouth) Voices() []tts.Voice { return m.voices }

// Close frees the engine.
func (m *Mouth) Close() error { return m.close() }

// Threads is how many threads heavy work gets when the configuration leaves it open.
func Threads(set int) int {
	if set > 0 {
		return set
	}
	return min(4, runtime.NumCPU())
}

func open(ctx context.Context, env *cli.Env, c config.TTS) (tts.Engine, func() error, error) {
	none := func() error { return nil }
	switch c.Engine {
	case "espeak":
		e, err := espeak.Open(ctx, "")
		return e, none, err
	case "openai":
		e, err := openai.New(openai.Options{BaseURL: c.URL, Key: c.Key, Model: c.Model})
		if err != nil {
			return nil, nil, err
		}
		return e, e.Close, nil
	}
	dir, err := models.Folder(env.Models, "kokoro-82m")
	if err != nil {
		return nil, nil, err
	}
	if err := onnx.Start(cli.ONNXRuntime()); err != nil {
		return nil, nil, fmt.Errorf("open voice: %w", err)
	}
	e, err := kokoro.Open(dir, kokoro.Options{Threads: Threads(c.Threads), Log: env.Log})
	if err != nil {
		return nil, nil, err
	}
	return e, e.Close, nil
}

// Say returns the whole of text as sound.
func (m *Mouth) Say(ctx context.Context, text string, v tts.Voice) ([]int16, error) {
	var pcm []int16
	for clip, err := range m.Speak(ctx, text, v, work.Background) {
		if err != nil {
			return nil, fmt.Errorf("render %q: %w", text, err)
		}
		pcm = append(pcm, clip.PCM...)
	}
	return pcm, nil
}
