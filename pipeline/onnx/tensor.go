package onnx

import (
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// Tensor is an array of numbers with a shape. Exactly one of Float and Int is set. It owns nothing outside Go and may
// be copied; copies share their numbers.
type Tensor struct {
	Shape []int64
	Float []float32
	Int   []int64
}

// Floats returns a tensor over data, which is not copied. Without a shape it has one dimension.
func Floats(data []float32, shape ...int64) Tensor {
	if len(shape) == 0 {
		shape = []int64{int64(len(data))}
	}
	return Tensor{Shape: shape, Float: data}
}

// Ints returns a tensor over data, which is not copied. Without a shape it has one dimension.
func Ints(data []int64, shape ...int64) Tensor {
	if len(shape) == 0 {
		shape = []int64{int64(len(data))}
	}
	return Tensor{Shape: shape, Int: data}
}

// value makes the runtime's view of t, which shares t's numbers and must be destroyed.
func (t Tensor) value(name string) (ort.Value, error) {
	n, size := max(len(t.Float), len(t.Int)), int64(1)
	for _, d := range t.Shape {
		if d < 0 || size > 1<<40 {
			return nil, fmt.Errorf("tensor %s: impossible shape %v", name, t.Shape)
		}
		size *= d
	}
	if int64(n) != size || (t.Float != nil) == (t.Int != nil) || size == 0 {
		return nil, fmt.Errorf("tensor %s: %d float and %d integer numbers do not fill shape %v",
			name, len(t.Float), len(t.Int), t.Shape)
	}
	shape := ort.Shape(t.Shape)
	if len(shape) == 0 { // a single number
		if t.Float != nil {
			return wrap(ort.NewScalar(t.Float[0]))
		}
		return wrap(ort.NewScalar(t.Int[0]))
	}
	if t.Float != nil {
		return wrap(ort.NewTensor(shape, t.Float))
	}
	return wrap(ort.NewTensor(shape, t.Int))
}

func wrap[V ort.Value](v V, err error) (ort.Value, error) {
	if err != nil {
		return nil, fmt.Errorf("create tensor: %w", err)
	}
	return v, nil
}

// take turns an output that the runtime made into a Tensor and destroys the runtime's view of it.
func take(name string, v ort.Value) (Tensor, error) {
	defer v.Destroy()
	shape := v.GetShape()
	switch o := v.(type) {
	case *ort.Tensor[float32]:
		return Tensor{Shape: shape, Float: o.GetData()}, nil
	case *ort.Tensor[int64]:
		return Tensor{Shape: shape, Int: o.GetData()}, nil
	case *ort.Tensor[int32]:
		ints := make([]int64, len(o.GetData()))
		for i, x := range o.GetData() {
			ints[i] = int64(x)
		}
		return Tensor{Shape: shape, Int: ints}, nil
	}
	return Tensor{}, fmt.Errorf("output %s has type %T, want float32 or int64", name, v)
}
