package rules

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"github.com/parley-voice/parley/nlu/nearest"
)

// maxCost bounds the work of one evaluation, in CEL's units; a comparison costs about 2.
const maxCost = 2000

// condition is a compiled expression and the variables it reads.
type condition struct {
	name    string
	source  string
	program cel.Program
	reads   []string
	number  bool
}

// floats is the Go type of a list of numbers.
var floats = reflect.TypeFor[[]float64]()

// newEnv declares vars. Names that do not exist are then errors of compilation.
func newEnv(vars []Variable) (*cel.Env, error) {
	opts := []cel.EnvOption{cel.ClearMacros(), cel.CrossTypeNumericComparisons(true)}
	for _, v := range vars {
		opts = append(opts, cel.Variable(v.Name, v.celType()))
	}
	opts = append(
		opts,
		windowFunction("lowest", func(v []float64) float64 { return slices.Min(v) }),
		windowFunction("mean", mean),
		windowFunction("slope", slope),
		cel.Function("num", cel.Overload("num_int", []*cel.Type{cel.IntType}, cel.DoubleType, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.Double(v.(types.Int))
		}))),
		cel.Function("capped", cel.Overload("capped_double", []*cel.Type{cel.DoubleType, cel.DoubleType}, cel.DoubleType, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			return min(a.(types.Double), b.(types.Double))
		}))),
	)
	return cel.NewEnv(opts...)
}

// windowFunction is name(list, n): f over the last n numbers of the list, 0 when it is empty.
func windowFunction(name string, f func([]float64) float64) cel.EnvOption {
	in := []*cel.Type{cel.ListType(cel.DoubleType), cel.IntType}
	return cel.Function(name, cel.Overload(name+"_list_int", in, cel.DoubleType, cel.BinaryBinding(func(l, n ref.Val) ref.Val {
		all, err := l.ConvertToNative(floats)
		if err != nil {
			return types.WrapErr(err)
		}
		v := all.([]float64)
		if k := int(n.(types.Int)); k >= 0 && k < len(v) {
			v = v[len(v)-k:]
		}
		if len(v) == 0 {
			return types.Double(0)
		}
		return types.Double(f(v))
	})))
}

// compile checks source, which must give a yes or no, or a number when number is true.
func compile(env *cel.Env, source string, number bool, vars []Variable) (*condition, error) {
	checked, issues := env.Compile(source)
	if issues != nil && issues.Err() != nil {
		return nil, explain(source, issues, vars)
	}
	want := cel.BoolType
	if number {
		want = cel.DoubleType
	}
	if !checked.OutputType().IsExactType(want) {
		return nil, faultf(0, "gives", "gives %s, want %s", checked.OutputType(), want)
	}
	program, err := env.Program(checked, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fmt.Errorf("make program: %w", err)
	}
	c := &condition{source: source, program: program, number: number}
	known := map[string]bool{}
	for _, v := range vars {
		known[v.Name] = true
	}
	for _, r := range checked.NativeRep().ReferenceMap() {
		if known[r.Name] && !slices.Contains(c.reads, r.Name) {
			c.reads = append(c.reads, r.Name)
		}
	}
	slices.Sort(c.reads)
	return c, nil
}

// explain turns CEL's complaint into one line; an unknown name is told with the one that was probably meant.
func explain(source string, issues *cel.Issues, vars []Variable) error {
	var names []string
	for _, v := range vars {
		names = append(names, v.Name)
	}
	var told []string
	var first Said // others may come of it
	for _, e := range issues.Errors() {
		msg, _, _ := strings.Cut(e.Message, "\n")
		one := Say("condition", e.Location.Column()+1, msg)
		if strings.HasPrefix(msg, "Syntax error") {
			one = Say("condition-syntax", e.Location.Column()+1)
		} else if m := overload.FindStringSubmatch(msg); m != nil {
			one = Say("condition-types", e.Location.Column()+1, strings.Trim(m[1], "_"), m[2])
		}
		if name, ok := strings.CutPrefix(msg, "undeclared reference to '"); ok {
			name, _, _ = strings.Cut(name, "'")
			name = fullName(source, name, e.Location.Column())
			msg = fmt.Sprintf("unknown variable or function %s%s", name, didYouMean(name, names))
			one = Say("unknown-name", e.Location.Column()+1, name, nearest.To(name, names))
		}
		if told = append(told, fmt.Sprintf("column %d: %s", e.Location.Column()+1, msg)); len(told) == 1 {
			first = one
		}
		if len(told) == 3 {
			break
		}
	}
	return &fault{said: first, err: errors.New(strings.Join(told, "; "))}
}

// overload is how CEL says that an operator or a function does not go with what it is given.
var overload = regexp.MustCompile(`^found no matching overload for '(.+)' applied to '\((.*)\)'`)

// fullName goes on from where CEL complains to the whole of a dotted name.
func fullName(source, name string, column int) string {
	rs := []rune(source)
	inName := func(r rune) bool { return r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	from, to := min(column, len(rs)), min(column, len(rs))
	for from > 0 && inName(rs[from-1]) {
		from--
	}
	for to < len(rs) && inName(rs[to]) {
		to++
	}
	if whole := string(rs[from:to]); strings.HasPrefix(whole, name) {
		return whole
	}
	return name
}

// value evaluates c: 1 or 0 for a yes or no. An evaluation that fails or costs too much gives 0 and the error.
func (c *condition) value(in interpreter.Activation) (float64, error) {
	out, _, err := c.program.Eval(in)
	if err != nil {
		return 0, fmt.Errorf("evaluate %s: %w", c.name, err)
	}
	switch v := out.(type) {
	case types.Double:
		return float64(v), nil
	case types.Bool:
		if v {
			return 1, nil
		}
	}
	return 0, nil
}
