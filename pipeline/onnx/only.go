package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields of ONNX messages that are read here.
const (
	modelGraph = 7

	graphNode    = 1
	graphWeights = 5
	graphInput   = 11
	graphOutput  = 12

	nodeInput, nodeOutput = 1, 2
	portName, weightsName = 1, 8
)

// Only returns model without what its outputs called outputs do not need, and the names of the inputs that they do: the
// runtime computes all that a graph holds, asked for or not. Two models one after the other, of which the second goes on
// from names of the first, are one. Graphs inside of nodes (If, Loop) are not looked into. model is not changed.
func Only(model []byte, outputs ...string) (out []byte, inputs []string, err error) {
	g := pieces{keep: map[string]bool{}}
	for _, o := range outputs {
		g.keep[o] = true
	}
	var rest []byte
	err = fields(model, func(at protowire.Number, whole, value []byte) error {
		if at == modelGraph && value != nil {
			return g.read(value)
		}
		rest = append(rest, whole...)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read model: %w", err)
	}
	graph, inputs, err := g.needed(outputs)
	if err != nil {
		return nil, nil, err
	}
	rest = slices.Grow(rest, len(graph)+2*binary.MaxVarintLen64)
	return protowire.AppendBytes(protowire.AppendTag(rest, modelGraph, protowire.BytesType), graph), inputs, nil
}

// pieces are the parts of a graph, each with its field's tag.
type pieces struct {
	nodes                  []node
	weights, ports, others []named
	keep                   map[string]bool // names that are needed
	size                   int             // of all, in bytes
}

type named struct {
	at    protowire.Number
	name  string
	whole []byte
}

type node struct {
	in, out []string
	whole   []byte
	needed  bool
}

func (g *pieces) read(graph []byte) error {
	g.size += len(graph)
	return fields(graph, func(at protowire.Number, whole, value []byte) error {
		switch at {
		case graphNode:
			n := node{whole: whole}
			g.nodes = append(g.nodes, n)
			last := &g.nodes[len(g.nodes)-1]
			return fields(value, func(at protowire.Number, _, v []byte) error {
				switch at {
				case nodeInput:
					last.in = append(last.in, string(v))
				case nodeOutput:
					last.out = append(last.out, string(v))
				}
				return nil
			})
		case graphWeights:
			name, err := nameOf(value, weightsName)
			g.weights = append(g.weights, named{at, name, whole})
			return err
		case graphInput, graphOutput:
			name, err := nameOf(value, portName)
			g.ports = append(g.ports, named{at, name, whole})
			return err
		}
		g.others = append(g.others, named{at: at, whole: whole})
		return nil
	})
}

// needed writes the graph of what is needed.
func (g *pieces) needed(outputs []string) (graph []byte, inputs []string, err error) {
	made := map[string]int{}
	for i, n := range g.nodes {
		for _, o := range n.out {
			made[o] = i
		}
	}
	for open := append([]string(nil), outputs...); len(open) > 0; {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		i, ok := made[name]
		if !ok || g.nodes[i].needed {
			continue
		}
		g.nodes[i].needed = true
		for _, in := range g.nodes[i].in {
			g.keep[in] = true
			open = append(open, in)
		}
	}
	var b bytes.Buffer
	b.Grow(g.size)
	for _, n := range g.nodes {
		if n.needed {
			b.Write(n.whole)
		}
	}
	isWeights, isOutput := map[string]bool{}, map[string]bool{}
	for _, w := range g.weights {
		if isWeights[w.name] = true; g.keep[w.name] {
			b.Write(w.whole)
		}
	}
	for _, p := range g.ports {
		if !g.keep[p.name] {
			continue
		}
		if p.at == graphOutput {
			if _, ok := made[p.name]; !ok {
				continue
			}
			isOutput[p.name] = true
		} else if !isWeights[p.name] {
			inputs = append(inputs, p.name)
		}
		b.Write(p.whole)
	}
	for _, o := range outputs {
		if !isOutput[o] {
			return nil, nil, fmt.Errorf("the model has no output %q", o)
		}
	}
	for _, o := range g.others {
		if o.at != graphValues {
			b.Write(o.whole)
		}
	}
	return b.Bytes(), inputs, nil
}

// graphValues is the field of what is known of values between nodes, which is left out.
const graphValues = 13

func nameOf(message []byte, at protowire.Number) (name string, err error) {
	err = fields(message, func(n protowire.Number, _, v []byte) error {
		if n == at {
			name = string(v)
		}
		return nil
	})
	return name, err
}

// fields calls f for each field of a message, with its bytes and, where it is of bytes, its value.
func fields(message []byte, f func(at protowire.Number, whole, value []byte) error) error {
	for len(message) > 0 {
		at, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(at, kind, message[n:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		var value []byte
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(message[n:])
		}
		if err := f(at, message[:n+size], value); err != nil {
			return err
		}
		message = message[n+size:]
	}
	return nil
}
