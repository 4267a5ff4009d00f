package pipeline

import (
	"io"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// line is a leg that sends the same sample all the time.
type line struct {
	says  int16 // 0: nothing comes
	ended bool
	last  int16 // sent to it
}

func (l *line) ReadFrame(dst []int16) (audio.Arrival, error) {
	if l.ended {
		return audio.Arrival{}, io.EOF
	}
	for i := range dst {
		dst[i] = l.says
	}
	return audio.Arrival{Silent: l.says == 0}, nil
}

func (l *line) WriteFrame(src []int16) (time.Time, error) { l.last = src[0]; return time.Time{}, nil }
func (*line) Signals() <-chan call.Signal                 { return nil }
func (*line) Why() (call.Party, string)                   { return "", "" }

// TestRoomHearsWhoIsCalled calls a telephone into a call: what its network has to be heard before somebody answers reaches the agent,
// and the caller who waits, in place of music. Whoever is on hold hears music.
func TestRoomHearsWhoIsCalled(t *testing.T) {
	t.Parallel()
	var caller, out [audio.FrameLen]int16
	heard := func(r *room) int16 {
		clear(out[:])
		r.tick(caller[:], out[:], 0)
		for _, v := range out {
			if v != out[0] {
				return -1 // music
			}
		}
		return out[0]
	}
	r, phone, agent := &room{}, &line{}, &line{}
	r.setMusic(true)
	r.call(phone)
	if got := heard(r); got != -1 {
		t.Errorf("while nothing comes the caller hears %d", got)
	}
	phone.says = 100
	if got := heard(r); got != 100 {
		t.Errorf("the caller who waits hears %d of the telephone", got)
	}
	phone.says = 0 // between two rings
	if got := heard(r); got != 0 {
		t.Errorf("between two rings the caller hears %d", got)
	}
	phone.says = 100
	r.setMusic(false)
	r.add(&guest{Person: Person{ID: "agent", Role: RoleAgent, Leg: agent}})
	if got := heard(r); got != 100 || agent.last != 100 || phone.last != 0 {
		t.Errorf("the caller hears %d, the agent %d, the telephone %d", got, agent.last, phone.last)
	}
	r.setHeld(true)
	if got := heard(r); got != -1 || agent.last != 100 {
		t.Errorf("on hold the caller hears %d, the agent %d", got, agent.last)
	}
	r.setHeld(false)
	agent.says = 10
	r.add(&guest{Person: Person{ID: "phone", Role: RoleColleague, Leg: phone}}) // it was answered
	if got := heard(r); got != 110 || agent.last != 100 || phone.last != 10 {
		t.Errorf("the caller hears %d, the agent %d, whoever answered %d", got, agent.last, phone.last)
	}
	other := &line{says: 1000}
	r.call(other)
	other.ended = true // nobody answers
	if got := heard(r); got != 110 || len(r.rung) != 0 {
		t.Errorf("after the end the caller hears %d", got)
	}
}
