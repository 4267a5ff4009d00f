package reads_test

import (
	"math"
	"testing"

	"github.com/parley-voice/parley/assist/quality/reads"
)

// zh is the hash of the embedding model for Chinese.
const zh = "ec4c567cefb7e3c16344ee960ac1bac83a79a6049b8781eaef8e6ff846aa422b"

func vectorOf(dims, at int) []float32 {
	v := make([]float32, dims)
	v[at] = 1
	return v
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	if reads.For("another") != nil {
		t.Error("something was learnt for an unknown model")
	}
	m := reads.For(zh)
	q := reads.Question{Text: vectorOf(m.Dims, 3)}
	said := []reads.Said{{Agent: true, Of: 2, Numbers: make([]float32, reads.Numbers)}, {Caller: true, Nth: 1, Of: 2, Numbers: make([]float32, reads.Numbers)}}
	a := m.Answer(q, said)
	if sum := a.Done + a.Not + a.NA; math.Abs(sum-1) > 1e-6 || min(a.Done, a.Not, a.NA) <= 0 {
		t.Errorf("%+v adds up to %v", a, sum)
	}
	said[0].Numbers[5] = 1
	if b := m.Answer(q, said); a == b {
		t.Error("what was said makes no difference")
	}
	q.Hints = [][]float32{vectorOf(m.Dims, 7)}
	if b := m.Answer(q, said); b == m.Answer(reads.Question{Text: q.Text}, said) {
		t.Error("hints make no difference")
	}
	for name, b := range map[string]reads.Answer{
		"no call":                   m.Answer(q, nil),
		"a vector of another model": m.Answer(reads.Question{Text: vectorOf(m.Dims+1, 0)}, said),
		"a hint of another model":   m.Answer(reads.Question{Text: q.Text, Hints: [][]float32{{1}}}, said),
		"numbers of another reader": m.Answer(q, []reads.Said{{Numbers: make([]float32, 3)}}),
	} {
		if b != (reads.Answer{}) {
			t.Errorf("%s: %+v", name, b)
		}
	}
}
