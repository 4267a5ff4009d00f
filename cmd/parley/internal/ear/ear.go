// Package ear is how commands hear recorded sound: it finds speech with the voice activity model and recognises it with
// whisper, as a call does.
package ear

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/onnx"
	"github.com/parley-voice/parley/pipeline/vad"
	"github.com/parley-voice/parley/pipeline/work"
)

// Options say how to hear.
type Options struct {
	Threads int      // of the recognition, 0 = 2
	Beams   int      // of the decoder, 0 = 8
	Hot     []string // words the speakers are likely to say
	Context int      // smallest encoder context in frames of 20 ms, 0 = fitted
	Encoder string   // onnx, ggml or auto, the quicker one, which "" is too
	Live    bool     // hear as in a call, where somebody waits; else with more context and beams at once
	// Weights is a ggml whisper file, "" for the one in the models folder.
	Weights string
}

// Ear holds the two models. Close it.
type Ear struct {
	vad    *vad.Model
	engine *whisper.Engine
	hot    []string
	try    asr.Try
}

// Open loads the models of env. Weights that are not there give an error that says how to get them.
func Open(env *cli.Env, o Options) (*Ear, error) {
	var err error
	if o.Weights == "" {
		o.Weights, err = models.Locate(env.Models, "whisper-base", "")
	} else {
		err = cli.Files(o.Weights)
	}
	if err != nil {
		return nil, err
	}
	m, err := OpenVAD(env)
	if err != nil {
		return nil, err
	}
	e, err := whisper.Open(o.Weights, whisper.Options{
		Threads: o.Threads, MinContext: o.Context, Beams: o.Beams, Encoder: o.Encoder, Runtime: cli.ONNXRuntime(), Log: env.Log,
	})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	try := asr.Second
	if o.Live {
		try = asr.AsNeeded
	}
	return &Ear{vad: m, engine: e, hot: o.Hot, try: try}, nil
}

// Close frees the models.
func (e *Ear) Close() error { return errors.Join(e.engine.Close(), e.vad.Close()) }

// Spans finds speech in pcm, 16 kHz mono; pause is the silence that ends a span.
func (e *Ear) Spans(pcm []int16, pause time.Duration) ([]vad.Span, error) {
	return vad.Spans(e.vad, pcm, vad.SpanOptions{MinSilence: pause, Pad: 200 * time.Millisecond})
}

// Recognize hears pcm, whose first sample is at start of its recording, as one utterance of party.
func (e *Ear) Recognize(ctx context.Context, party call.Party, pcm []int16, start int, langs []string) (asr.Transcript, error) {
	return e.engine.Recognize(ctx, asr.Utterance{
		Party: party, PCM: pcm, Start: call.Offset(audio.Duration(start)), Class: work.Background, Langs: langs, Hot: e.hot, Try: e.try,
	})
}

// OpenVAD loads the voice activity model alone. The caller closes it.
func OpenVAD(env *cli.Env) (*vad.Model, error) {
	path, err := models.Locate(env.Models, "silero-vad", "silero_vad.onnx")
	if err != nil {
		return nil, err
	}
	if err := onnx.Start(cli.ONNXRuntime()); err != nil {
		return nil, err
	}
	return vad.Open(path)
}

// Stream returns a stream that has heard nothing yet, for sound that comes piece by piece.
func (e *Ear) Stream() *vad.Stream { return e.vad.NewStream() }
