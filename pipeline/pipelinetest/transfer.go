package pipelinetest

import (
	"context"
	"errors"
)

// Transfer ends as the leg was told at its making.
func (l *Leg) Transfer(ctx context.Context, target string) error {
	if l.move == nil {
		return errors.New("603 declined")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.move(target)
}

// Voices tells voice by level: the caller of a Leg is either loud or silent.
type Voices struct{ rest []int16 }

// Push appends a probability for every 512 samples.
func (v *Voices) Push(dst []float32, pcm []int16) []float32 {
	const window = 512
	v.rest = append(v.rest, pcm...)
	for len(v.rest) >= window {
		loud := 0
		for _, s := range v.rest[:window] {
			if s > 300 || s < -300 {
				loud++
			}
		}
		dst = append(dst, min(1, 2*float32(loud)/window))
		v.rest = v.rest[window:]
	}
	return dst
}
