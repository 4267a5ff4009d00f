package onnx

import (
	"context"
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"
)

// Binding is a session with fixed buffers for input and output, for models that run many times a second: write the
// inputs, Run, read the outputs, all in place. A binding is for one goroutine at a time; several bindings of one
// session may run at once. It must be closed.
type Binding struct {
	s             *Session
	in, out       []ort.Value
	keepIn, keepO map[string]Tensor // the runtime's views share these numbers
}

// Bind returns a binding over the given tensors, all inputs and outputs of the session by name. The binding uses their
// slices from now on; the caller reads and writes them between runs and must not replace them.
func (s *Session) Bind(inputs, outputs map[string]Tensor) (*Binding, error) {
	in, err := s.values(s.inputs, inputs)
	if err != nil {
		return nil, err
	}
	out, err := s.values(s.outputs, outputs)
	if err != nil {
		destroy(in)
		return nil, err
	}
	return &Binding{s: s, in: in, out: out, keepIn: inputs, keepO: outputs}, nil
}

// Run computes the outputs from the inputs in place. It blocks for as long as the model takes. A ctx that can end costs
// a few allocations and is honoured as in Session.Run; the outputs are undefined after an error.
func (b *Binding) Run(ctx context.Context) error {
	if b.in == nil {
		return fmt.Errorf("run %s: %w", b.s.path, ErrClosed)
	}
	err := b.s.run(ctx, b.in, b.out)
	runtime.KeepAlive(b)
	return err
}

// Close frees the runtime's views; the buffers stay the caller's. It must not overlap Run. A second Close does nothing.
func (b *Binding) Close() {
	destroy(b.in)
	destroy(b.out)
	b.in, b.out = nil, nil
}
