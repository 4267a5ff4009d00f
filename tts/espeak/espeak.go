// Package espeak speaks through the espeak-ng program, run once for each text. It sounds like a machine, needs no
// weights and next to no computing: the voice of last resort.
package espeak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

const (
	deadline  = 10 * time.Second
	wordsRate = 165 // words a minute at speed 1
)

// Engine speaks with espeak-ng. Its methods may be called from any goroutine.
type Engine struct{ program, version string }

// Open looks for the program; "" means espeak-ng in PATH.
func Open(ctx context.Context, program string) (*Engine, error) {
	if program == "" {
		program = "espeak-ng"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("find espeak-ng (install the package espeak-ng): %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output() //nolint:gosec // the program is the operator's choice
	if err != nil {
		return nil, fmt.Errorf("run espeak-ng: %w", err)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(out)), " Data")
	return &Engine{program: path, version: version}, nil
}

// Identity names the program and its version.
func (e *Engine) Identity() string { return "espeak/" + e.version }

// Voices lists the voices Parley uses.
func (e *Engine) Voices() []tts.Voice {
	return []tts.Voice{{Name: "espeak:en-us", Lang: "en"}, {Name: "espeak:en-gb", Lang: "en"}, {Name: "espeak:cmn", Lang: "zh"}}
}

// Synthesize runs the program for text. See tts.Engine for the contract.
func (e *Engine) Synthesize(ctx context.Context, text string, v tts.Voice) ([]int16, error) {
	name := v.Bare()
	switch name {
	case "en-us", "en-gb", "cmn":
	default:
		return nil, fmt.Errorf("%w %q: espeak has en-us, en-gb and cmn", tts.ErrVoice, name)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	text = tts.Normalize(text, v.Lang)
	if strings.Trim(text, " .,;:!?…\n。，！？、；：") == "" {
		return nil, nil
	}
	run, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	cmd := exec.CommandContext(run, e.program, "-v", name, "-s", strconv.Itoa(int(wordsRate*v.Rate())), "--stdout", "--stdin") //nolint:gosec // fixed arguments
	cmd.Stdin = strings.NewReader(text)
	cmd.WaitDelay = time.Second
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("run espeak-ng: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return sound(out.Bytes())
}

var errNoSound = errors.New("espeak: the program gave no sound")

// sound reads the program's output, a WAV whose header does not know its length.
func sound(b []byte) ([]int16, error) {
	at := bytes.Index(b, []byte("data"))
	if at < 24 || len(b) < at+8 || string(b[:4]) != "RIFF" {
		return nil, errNoSound
	}
	rate := int(b[24]) | int(b[25])<<8 | int(b[26])<<16
	if rate < 8000 || rate > 48000 {
		return nil, fmt.Errorf("%w: its rate is %d", errNoSound, rate)
	}
	return tts.Finish(audio.Resample(audio.FromBytes(b[at+8:]), rate, audio.Rate)), nil
}
