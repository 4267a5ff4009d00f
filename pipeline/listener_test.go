package pipeline

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// TestListenerKeepsTime finds what a person says where they said it, also after the machine was held up and frames are missing.
func TestListenerKeepsTime(t *testing.T) {
	t.Parallel()
	const joined, later, muchLater = 10 * time.Second, 22 * time.Second, 200 * time.Second
	s := newSound(heardKept)
	s.first = audio.Samples(joined)
	l := newListener(nil, call.Agent, &pipelinetest.Voices{}, s)
	l.own = true
	frame := func(v int16) []int16 { return slices.Repeat([]int16{v}, audio.FrameLen) }
	for i, at := range []time.Duration{joined, joined + audio.FrameTime, later, later + audio.FrameTime, muchLater} {
		said := frame(int16(i + 1))
		l.push(call.Offset(at+audio.FrameTime), said)
		if got := s.cut(at, at+audio.FrameTime); !slices.Equal(got, said) {
			t.Errorf("at %v there are %d samples, or others than were said", at, len(got))
		}
	}
}
