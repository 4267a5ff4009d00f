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
		soon []int // and the same where nothing else is to be computed
	}{
		"voice, then silence":            {[]stretch{{20, -120}, {50, -20}, {20, -120}}, []int{73}, []int{71}},
		"voice, then the noise of a car": {[]stretch{{20, -48}, {50, -18}, {20, -47}}, []int{73}, []int{71}},
		"a closed consonant":             {[]stretch{{20, -70}, {50, -20}, {3, -70}, {20, -20}}, nil, []int{71, 73}},
		"a weak consonant":               {[]stretch{{20, -70}, {50, -20}, {10, -42}, {5, -20}}, nil, nil},
		"a word after the pause":         {[]stretch{{20, -70}, {50, -20}, {10, -70}, {20, -25}}, []int{73, 81}, []int{71, 81}},
		"a click in the pause":           {[]stretch{{20, -70}, {50, -20}, {10, -70}, {1, -20}, {10, -70}}, []int{73}, []int{71}},
		"the end of a consonant":         {[]stretch{{20, -70}, {50, -20}, {3, -70}, {1, -20}, {20, -70}}, []int{77}, []int{71, 73, 75}},
		"noise as loud as the voice":     {[]stretch{{20, -30}, {50, -20}, {20, -30}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for patience, want := range map[int][]int{hushFrames: c.want, hushSoon: c.soon} {
				var h hush
				var got []int
				n := 0
				for _, s := range c.line {
					for range s.frames {
						if h.push(s.level, patience) {
							got = append(got, n)
						}
						n++
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("with a patience of %d changed at %v, want %v", patience, got, want)
				}
			}
		})
	}
}
