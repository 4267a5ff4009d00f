package quality

import (
	"math"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// fields calls the function of every key of a mapping and returns the line it starts at. A nil function: the key is
// known and not used here.
func (r *reader) fields(n ast.Node, what string, known map[string]func(ast.Node)) int {
	line := lineOf(n)
	m, ok := n.(ast.MapNode)
	if !ok {
		r.badf(line, "not-mapping", "%s must be a list of KEY: VALUE lines", what)
		return line
	}
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().String()
		if s, ok := it.Key().(*ast.StringNode); ok {
			key = s.Value // without its quotes
		}
		at := lineOf(it.Key())
		line = min(line, at)
		read, ok := known[key]
		switch {
		case seen[key]:
			r.badf(at, "key-twice", "%s has %s twice", what, key)
		case !ok:
			r.unknown = append(r.unknown, problemf(at, "key-unknown", "%s: %q is not known here", what, key))
		case read != nil:
			read(it.Value())
		}
		seen[key] = true
	}
	return line
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

func (r *reader) each(n ast.Node, what string, f func(ast.Node)) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.badf(lineOf(n), "not-list", "%s must be a list", what)
		return
	}
	for _, v := range seq.Values {
		f(v)
	}
}

func (r *reader) text(n ast.Node, what string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return strings.TrimSpace(n.String())
	case *ast.NullNode:
		return ""
	}
	r.badf(lineOf(n), "not-text", "%s must be a text", what)
	return ""
}

func (r *reader) texts(n ast.Node, what string) []string {
	var out []string
	if _, one := n.(*ast.StringNode); one {
		return []string{r.text(n, what)}
	}
	if _, null := n.(*ast.NullNode); null {
		return nil
	}
	r.each(n, what, func(n ast.Node) {
		if t := r.text(n, what); t != "" {
			out = append(out, t)
		}
	})
	return out
}

func (r *reader) number(n ast.Node, what string, most float64) float64 {
	v := r.signed(n, what, most)
	if v < 0 {
		r.badf(lineOf(n), "number-low", "%s %v: give a number from 0 to %v", what, v, most)
		return 0
	}
	return v
}

// anything is a value of any shape.
func (r *reader) anything(n ast.Node, what string) any {
	var v any
	if err := yaml.NodeToValue(n, &v); err != nil {
		r.badf(lineOf(n), "not-read", "%s cannot be read: %v", what, err)
		return nil
	}
	return v
}

func (r *reader) signed(n ast.Node, what string, most float64) float64 {
	var v float64
	switch n := n.(type) {
	case *ast.IntegerNode:
		switch i := n.Value.(type) {
		case int64:
			v = float64(i)
		case uint64:
			v = float64(i)
		}
	case *ast.FloatNode:
		v = n.Value
	default:
		r.badf(lineOf(n), "not-number", "%s must be a number", what)
		return 0
	}
	if math.IsNaN(v) || v < -most || v > most {
		r.badf(lineOf(n), "number-high", "%s %v: give a number up to %v", what, v, most)
		return 0
	}
	return v
}

func (r *reader) truth(n ast.Node, what string) bool {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value
	}
	r.badf(lineOf(n), "not-truth", "%s must be true or false", what)
	return false
}
