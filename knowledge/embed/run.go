package embed

import (
	"context"
	"fmt"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// run computes the vector of one text given as tokens: the first token's place in the last layer, at length one.
func (e *Embedder) run(ctx context.Context, ids []int64) ([]float32, error) {
	t, err := e.last(ctx, ids)
	if err != nil {
		return nil, err
	}
	return scaled(t.Float[:t.Shape[2]]), nil
}

// last computes the model's last layer, 1 x tokens x width, for one text.
func (e *Embedder) last(ctx context.Context, ids []int64) (onnx.Tensor, error) {
	out, err := infer(ctx, e.session, ids, len(ids), nil)
	if err != nil {
		return onnx.Tensor{}, err
	}
	return lastLayer(e.session, out, ids)
}

// infer runs a model on tokens, of which those from second on are of a second text. more are the inputs that a part of the model has
// beside those of every BERT model, by name; what the model does not read of them is left out.
func infer(ctx context.Context, s *onnx.Session, ids []int64, second int, more map[string]onnx.Tensor) (map[string]onnx.Tensor, error) {
	n := len(ids)
	inputs := map[string]onnx.Tensor{}
	for _, name := range s.Inputs() {
		t, ok := more[name]
		if !ok {
			t.Shape = []int64{1, int64(n)}
			switch name {
			case "input_ids":
				t.Int = ids
			case "attention_mask":
				t.Int = ones(n, 0)
			case "token_type_ids":
				t.Int = ones(n, second)
			default:
				return nil, fmt.Errorf("the model wants an input %q that BERT models do not have", name)
			}
		}
		inputs[name] = t
	}
	return s.Run(ctx, inputs)
}

// ones are n numbers, 1 from the one at from on and 0 before.
func ones(n, from int) []int64 {
	out := make([]int64, n)
	for i := from; i < n; i++ {
		out[i] = 1
	}
	return out
}

// lastLayer finds the last layer for the tokens ids among the outputs of a model.
func lastLayer(s *onnx.Session, out map[string]onnx.Tensor, ids []int64) (none onnx.Tensor, err error) {
	name, n := s.Outputs()[0], int64(len(ids))
	t := out[name]
	if len(t.Shape) != 3 || t.Shape[1] != n || int64(len(t.Float)) < n*t.Shape[2] {
		return none, fmt.Errorf("output %s has shape %v, not 1 x tokens x width", name, t.Shape)
	}
	return t, nil
}
