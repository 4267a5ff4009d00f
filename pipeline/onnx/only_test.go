package onnx

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func message(at protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, at, protowire.BytesType), bytes.Join(parts, nil))
}

func word(at protowire.Number, s string) []byte { return message(at, []byte(s)) }

// two is a model with two ways through it, and a part that goes on from one of them.
func two() []byte {
	model := message(modelGraph,
		message(graphNode, word(nodeInput, "ids"), word(nodeInput, "table"), word(nodeOutput, "low")),
		message(graphNode, word(nodeInput, "low"), word(nodeInput, "big"), word(nodeInput, "mask"), word(nodeOutput, "high")),
		word(2, "name of the graph"),
		message(graphWeights, word(weightsName, "table")), message(graphWeights, word(weightsName, "big")),
		message(graphInput, word(portName, "ids")), message(graphInput, word(portName, "mask")), message(graphInput, word(portName, "table")),
		message(graphOutput, word(portName, "high")), message(graphValues, word(portName, "low")))
	part := message(modelGraph, message(graphNode, word(nodeInput, "low"), word(nodeInput, "looks"), word(nodeOutput, "tags")),
		message(graphInput, word(portName, "looks")), message(graphOutput, word(portName, "tags")))
	return slices.Concat(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 8), model, part)
}

func TestOnly(t *testing.T) {
	t.Parallel()
	in := two()
	before := slices.Clone(in)
	out, inputs, err := Only(in, "tags")
	if err != nil || !bytes.Equal(in, before) {
		t.Fatal("changed what it was given, or", err)
	}
	if !slices.Equal(inputs, []string{"ids", "looks"}) {
		t.Errorf("inputs %q", inputs)
	}
	for name, want := range map[string]bool{"table": true, "low": true, "tags": true, "looks": true, "name of the graph": true, "big": false, "high": false, "mask": false} {
		if got := bytes.Contains(out, []byte(name)); got != want {
			t.Errorf("%s is there: %v", name, got)
		}
	}
	if again, _, err := Only(out, "tags"); err != nil || !bytes.Equal(again, out) {
		t.Errorf("once more: %v", err)
	}
	if _, _, err := Only(in, "nothing"); err == nil {
		t.Error("an output that is not there")
	}
	if _, _, err := Only(in[:len(in)-3], "tags"); err == nil {
		t.Error("a model that is cut off")
	}
}

func FuzzOnly(f *testing.F) {
	f.Add(two())
	f.Fuzz(func(t *testing.T, model []byte) {
		out, inputs, err := Only(model, "tags")
		if err != nil {
			return
		}
		again, same, err := Only(out, "tags")
		if err != nil || !bytes.Equal(again, out) || !slices.Equal(same, inputs) {
			t.Fatalf("once more: %v", err)
		}
	})
}
