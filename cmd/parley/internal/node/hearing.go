package node

import (
	"context"
	"fmt"
	"os"

	"github.com/parley-voice/parley/asr/openai"
	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/models"
)

// openRecogniser opens what the configuration names; the second result frees it.
func openRecogniser(ctx context.Context, env *cli.Env, c config.ASR) (recogniser, func() error, error) {
	if c.Engine == "openai" {
		e, err := openai.New(openai.Options{BaseURL: c.URL, Key: c.Key, Model: c.Model})
		if err != nil {
			return nil, nil, err
		}
		return e, func() error { return nil }, nil
	}
	weights, err := models.Locate(env.Models, c.Model, "")
	if err != nil {
		return nil, nil, err
	}
	opt := whisper.Options{
		Threads: mouth.Threads(c.Threads), States: max(1, c.Workers), Encoder: c.Encoder,
		Runtime: cli.ONNXRuntime(), Log: env.Log,
	}
	if !c.Isolate {
		e, err := whisper.Open(weights, opt)
		if err != nil {
			return nil, nil, err
		}
		return e, e.Close, nil
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("start recognition: %w; set asr.isolate: false", err)
	}
	w, err := whisper.OpenWorker(ctx, whisper.WorkerOptions{Exe: exe, Args: []string{"asr-worker"}, Weights: weights, Options: opt})
	if err != nil {
		return nil, nil, err
	}
	return w, w.Close, nil
}
