// Package encoder computes whisper's encoder, and the keys and values that the decoder looks at, with ONNX Runtime from
// the same ggml weights that whisper.cpp decodes with.
// On processors without matrix units (AMX) its 32 bit matrix products take less than half the time of ggml's 8 bit
// ones, and round less; where the processor has instructions for it and the weights have no more bits (q8_0), its own 8 bit
// ones take a third of that. The layers are those of "Robust Speech Recognition via Large-Scale Weak Supervision" (Radford
// et al., 2022).
package encoder

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sys/cpu"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// Names of the graph's ports.
const (
	inMel     = "mel"
	outMemory = "memory"
)

// Encoder is the first half of whisper, ready to run. Encode may be called from several goroutines at once.
type Encoder struct {
	session     *onnx.Session
	mels, width int
}

// Open reads the encoder's weights from the ggml file at path (32 or 16 bit numbers, or q8_0; others give
// ErrUnsupported) and readies them for a number of threads, which takes about a second per 100 MB and, for as long as
// that, four times their memory. onnx.Start must have succeeded. The caller closes the encoder.
func Open(path string, threads int) (*Encoder, error) {
	w, err := readWeights(path)
	if err != nil {
		return nil, err
	}
	model, err := build(w, w.eight && quickInEight())
	if err != nil {
		return nil, fmt.Errorf("read encoder of %s: %w", path, err)
	}
	debug.FreeOSMemory() // what the weights passed through
	s, err := onnx.OpenBytes("encoder of "+path, model, onnx.Options{
		Threads: threads, Inputs: []string{inMel}, Outputs: []string{outMemory},
	})
	if err != nil {
		return nil, err
	}
	model = nil
	debug.FreeOSMemory()
	return &Encoder{session: s, mels: w.mels, width: w.width()}, nil
}

// quickInEight tells whether this processor multiplies 8 bit numbers quickly and exactly: older ones add pairs of products
// in 16 bits, which overflow.
func quickInEight() bool { return cpu.X86.HasAVX512VNNI || cpu.X86.HasAVXVNNI }

// Encode fills memory with frames/2 rows of Width numbers from mel, which has a row of frames numbers for each band. It
// blocks for as long as that takes, a tenth of a second or more; when ctx ends it gives up within a few milliseconds with
// ctx's error. Both slices stay the caller's.
func (e *Encoder) Encode(ctx context.Context, mel []float32, frames int, memory []float32) error {
	if len(mel) != e.mels*frames || len(memory) != e.width*(frames/2) {
		return fmt.Errorf("encode: %d and %d numbers do not fit %d frames of %d bands", len(mel), len(memory), frames, e.mels)
	}
	b, err := e.session.Bind(
		map[string]onnx.Tensor{inMel: onnx.Floats(mel, 1, int64(e.mels), int64(frames))},
		map[string]onnx.Tensor{outMemory: onnx.Floats(memory, 1, int64(frames/2), int64(e.width))},
	)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Run(ctx)
}

// Width is how many numbers the decoder is given for each frame: for each of its layers a key and then a value.
func (e *Encoder) Width() int { return e.width }

// Close waits for runs under way and frees the weights.
func (e *Encoder) Close() error { return e.session.Close() }
