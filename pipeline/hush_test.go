package pipeline

import (
	"slices"
	"testing"
)

func TestHushFollowsTheVoice(t *testing.T) {
	t.Parallel()
	type stretch struct {
		frames int
		level  float64
	}
	for name, c := range map[string]struct {
		line []stretch
		want []int // frames at which fell changes
	}{
		"voice, then silence":            {[]stretch{{20, -120}, {50, -20}, {20, -120}}, []int{73}},
		"voice, then the noise of a car": {[]stretch{{20, -48}, {50, -18}, {20, -47}}, []int{73}},
		"a closed consonant":             {[]stretch{{20, -70}, {50, -20}, {3, -70}, {20, -20}}, nil},
		"a weak consonant":               {[]stretch{{20, -70}, {50, -20}, {10, -42}, {5, -20}}, nil},
		"a word after the pause":         {[]stretch{{20, -70}, {50, -20}, {10, -70}, {20, -25}}, []int{73, 81}},
		"a click in the pause":           {[]stretch{{20, -70}, {50, -20}, {10, -70}, {1, -20}, {10, -70}}, []int{73}},
		"noise as loud as the voice":     {[]stretch{{20, -30}, {50, -20}, {20, -30}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var h hush
			var got []int
			n := 0
			for _, s := range c.line {
				for range s.frames {
					if h.push(s.level) {
						got = append(got, n)
					}
					n++
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("changed at %v, want %v", got, c.want)
			}
		})
	}
}
