package onnx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Options says how a model is run. The zero value runs on the calling thread alone and uses all of the model's inputs
// and outputs.
type Options struct {
	// Threads is how many threads share the work of one Run, the calling one included; below 1 means 1. Other than the
	// calling thread they belong to the session and sleep while it does nothing.
	Threads int
	// Inputs and Outputs name what Run takes and gives, in order; nil means all, which costs reading the model twice.
	// Outputs left out need not be computed.
	Inputs, Outputs []string
	// VariableShapes avoids keeping memory for every shape of input that was ever seen; set it where the length of the
	// input changes from run to run.
	VariableShapes bool
}

// Port describes an input or output of a model. A dimension of -1 is free.
type Port struct {
	Name  string
	Shape []int64
	Type  string // such as FLOAT or INT64
}

// Session is a loaded model. Run may be called from several goroutines at once: the runs then share the session's
// threads, so with one thread they run side by side, each on its caller's.
type Session struct {
	path    string
	inputs  []string
	outputs []string
	mu      sync.RWMutex // held for reading while a run is under way, for writing by Close
	s       *ort.DynamicAdvancedSession
}

// Open loads the model at path. It blocks while the model is read and optimised, up to seconds for a large one. The
// caller must Close the session. Start must have succeeded before.
func Open(path string, o Options) (*Session, error) {
	if !started() {
		return nil, ErrNotStarted
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	inputs, outputs := o.Inputs, o.Outputs
	if inputs == nil || outputs == nil {
		in, out, err := Ports(path)
		if err != nil {
			return nil, err
		}
		if inputs == nil {
			inputs = names(in)
		}
		if outputs == nil {
			outputs = names(out)
		}
	}
	opts, err := o.session()
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", path, err)
	}
	defer opts.Destroy()
	s, err := ort.NewDynamicAdvancedSession(path, inputs, outputs, opts)
	if err != nil {
		return nil, fmt.Errorf("open model %s (is the file whole?): %w", path, err)
	}
	return &Session{path: path, inputs: inputs, outputs: outputs, s: s}, nil
}

// OpenBytes is Open for a model in memory, which is free again when it returns; name is what errors call it. Options
// must name inputs and outputs.
func OpenBytes(name string, model []byte, o Options) (*Session, error) {
	if !started() {
		return nil, ErrNotStarted
	}
	opts, err := o.session()
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", name, err)
	}
	defer opts.Destroy()
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, o.Inputs, o.Outputs, opts)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", name, err)
	}
	return &Session{path: name, inputs: o.Inputs, outputs: o.Outputs, s: s}, nil
}

// session returns the runtime's own options, which must be destroyed.
func (o Options) session() (*ort.SessionOptions, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("create options: %w", err)
	}
	errs := []error{
		opts.SetIntraOpNumThreads(max(1, o.Threads)),
		opts.SetInterOpNumThreads(1),
		opts.SetExecutionMode(ort.ExecutionModeSequential),
		opts.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		opts.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		opts.AddSessionConfigEntry("session.inter_op.allow_spinning", "0"),
	}
	if o.VariableShapes {
		errs = append(errs, opts.SetMemPattern(false), opts.SetCpuMemArena(false))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(fmt.Errorf("set options: %w", err), opts.Destroy())
	}
	return opts, nil
}

// Ports reads which inputs and outputs the model at path has. Start must have succeeded before.
func Ports(path string) (inputs, outputs []Port, err error) {
	if !started() {
		return nil, nil, ErrNotStarted
	}
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, nil, fmt.Errorf("read model %s: %w", path, err)
	}
	defer opts.Destroy()
	if err := errors.Join(opts.SetGraphOptimizationLevel(ort.GraphOptimizationLevelDisableAll),
		opts.SetIntraOpNumThreads(1)); err != nil {
		return nil, nil, fmt.Errorf("read model %s: %w", path, err)
	}
	in, out, err := ort.GetInputOutputInfoWithOptions(path, opts)
	if err != nil {
		return nil, nil, fmt.Errorf("read model %s (is the file whole?): %w", path, err)
	}
	return ports(in), ports(out), nil
}

func ports(infos []ort.InputOutputInfo) []Port {
	out := make([]Port, len(infos))
	for i, p := range infos {
		typ := strings.TrimPrefix(p.DataType.String(), "ONNX_TENSOR_ELEMENT_DATA_TYPE_")
		out[i] = Port{Name: p.Name, Shape: p.Dimensions, Type: typ}
	}
	return out
}

func names(ports []Port) []string {
	out := make([]string, len(ports))
	for i, p := range ports {
		out[i] = p.Name
	}
	return out
}

// Inputs returns the names that Run wants.
func (s *Session) Inputs() []string { return slices.Clone(s.inputs) }

// Outputs returns the names that Run gives.
func (s *Session) Outputs() []string { return slices.Clone(s.outputs) }

// Run computes the outputs for inputs, both by name. It blocks for as long as the model takes; when ctx ends it gives up
// between two operators of the model and returns an error that wraps ctx.Err. The inputs must not change meanwhile; the
// outputs belong to the caller.
func (s *Session) Run(ctx context.Context, inputs map[string]Tensor) (map[string]Tensor, error) {
	for name := range inputs {
		if !slices.Contains(s.inputs, name) {
			return nil, fmt.Errorf("run %s: it has no input %q; its inputs are %q", s.path, name, s.inputs)
		}
	}
	in, err := s.values(s.inputs, inputs)
	if err != nil {
		return nil, err
	}
	defer destroy(in)
	out := make([]ort.Value, len(s.outputs))
	err = s.run(ctx, in, out)
	runtime.KeepAlive(inputs)
	if err != nil {
		destroy(out)
		return nil, err
	}
	result := make(map[string]Tensor, len(out))
	var bad error
	for i, v := range out {
		t, err := take(s.outputs[i], v)
		if err != nil && bad == nil {
			bad = fmt.Errorf("run %s: %w", s.path, err)
		}
		result[s.outputs[i]] = t
	}
	if bad != nil {
		return nil, bad
	}
	return result, nil
}

// values makes the runtime's views of the named tensors.
func (s *Session) values(order []string, tensors map[string]Tensor) ([]ort.Value, error) {
	out := make([]ort.Value, 0, len(order))
	for _, name := range order {
		t, ok := tensors[name]
		if !ok {
			destroy(out)
			return nil, fmt.Errorf("run %s: no tensor given for %q", s.path, name)
		}
		v, err := t.value(name)
		if err != nil {
			destroy(out)
			return nil, fmt.Errorf("run %s: %w", s.path, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// run is one pass through the model, ended early by ctx.
func (s *Session) run(ctx context.Context, in, out []ort.Value) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("run %s: %w", s.path, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.s == nil {
		return fmt.Errorf("run %s: %w", s.path, ErrClosed)
	}
	if ctx.Done() == nil {
		if err := s.s.Run(in, out); err != nil {
			return fmt.Errorf("run %s: %w", s.path, err)
		}
		return nil
	}
	opts, err := ort.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run %s: %w", s.path, err)
	}
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { // ends at once; waited for below
		defer close(terminated)
		_ = opts.Terminate()
	})
	err = s.s.RunWithOptions(in, out, opts)
	if !stop() {
		<-terminated
	}
	_ = opts.Destroy()
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("run %s: %w", s.path, cause)
	}
	return fmt.Errorf("run %s: %w", s.path, err)
}

// Close waits for runs under way and frees the model. Later runs give ErrClosed; a second Close does nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.s == nil {
		return nil
	}
	err := s.s.Destroy()
	s.s = nil
	if err != nil {
		return fmt.Errorf("close model %s: %w", s.path, err)
	}
	return nil
}

func destroy(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy()
		}
	}
}
