package doctor

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// runtime loads ONNX Runtime as serve would.
func runtime() Check {
	c := Check{Name: "ONNX Runtime", State: OK}
	if err := onnx.Start(cli.ONNXRuntime()); err != nil {
		c.State, c.Detail = Missing, err.Error()
		c.Fix = "run make build, which puts it into lib/ beside the program, or name the library in PARLEY_ONNXRUNTIME"
		return c
	}
	c.Detail = "version " + onnx.Version()
	return c
}

// espeak looks for the program that gives the phonemes of words no lexicon has.
func espeak(ctx context.Context) Check {
	c := Check{Name: "espeak-ng", State: OK}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "espeak-ng", "--version").Output()
	if err != nil {
		c.State, c.Detail = Missing, "it is not installed: English words that no lexicon has cannot be spoken"
		if !errors.Is(err, exec.ErrNotFound) {
			c.Detail = err.Error()
		}
		c.Fix = "apt-get install espeak-ng"
		return c
	}
	c.Detail, _, _ = strings.Cut(strings.TrimSpace(string(out)), "  Data")
	return c
}

// weights looks for the default set, and the whisper the configuration names, and checks what has not been checked since
// it changed.
func weights(dir string, cfg *config.Config) []Check {
	store, err := models.Open(dir)
	if err != nil {
		return []Check{{Name: "weights", State: Missing, Detail: err.Error(), Fix: "parley models list"}}
	}
	var all []Check
	names := store.Catalogue().Defaults()
	if cfg.ASR.Engine == "whisper" && !slices.Contains(names, cfg.ASR.Model) {
		names = append(names, cfg.ASR.Model)
	}
	for _, name := range names {
		c := Check{Name: name, State: OK}
		if folder, err := store.Folder(name); err != nil {
			c.State, c.Detail, c.Fix = Missing, err.Error(), "parley models pull "+name
		} else {
			c.Detail = folder
		}
		all = append(all, c)
	}
	return all
}
