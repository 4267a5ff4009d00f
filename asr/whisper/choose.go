package whisper

import (
	"errors"
	"fmt"

	"golang.org/x/sys/cpu"

	"github.com/parley-voice/parley/asr/whisper/encoder"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// Ways to compute the encoder.
const (
	Auto = "auto"
	ONNX = "onnx" // ONNX Runtime, in 32 bit numbers, or in 8 where weights and processor have them
	GGML = "ggml" // whisper.cpp, in the numbers of the weights
)

// openEncoder returns what computes the encoder, nil for whisper.cpp itself. Where nothing is asked for, that is ONNX
// Runtime unless the processor has matrix units, which only ggml uses, or the runtime or the weights do not allow it.
func openEncoder(path string, opt Options) (*encoder.Encoder, error) {
	auto := opt.Encoder == "" || opt.Encoder == Auto
	switch {
	case opt.Encoder == GGML, auto && cpu.X86.HasAMXInt8:
		return nil, nil
	case !auto && opt.Encoder != ONNX:
		return nil, fmt.Errorf("encoder %q is not known; use %s, %s or %s", opt.Encoder, Auto, ONNX, GGML)
	}
	err := onnx.Start(opt.Runtime)
	if err == nil {
		var e *encoder.Encoder
		if e, err = encoder.Open(path, opt.Threads); err == nil {
			return e, nil
		}
	}
	if auto && (errors.Is(err, onnx.ErrNoLibrary) || errors.Is(err, encoder.ErrUnsupported)) {
		opt.Log.Warn("whisper.cpp computes the encoder itself, which is slower", "err", err)
		return nil, nil
	}
	return nil, fmt.Errorf("open encoder: %w", err)
}
