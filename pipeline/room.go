package pipeline

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// room mixes the people of a call with the caller. The media loop reads, mixes and writes everybody within one tick of
// 20 ms, so that it adds no delay of its own.
type room struct {
	mu     sync.Mutex
	people []*guest
	rung   []*ringing
	held   bool // the caller is on hold
	music  bool // the caller waits for a person
	at     int  // place in the music

	// media loop only
	mix [audio.FrameLen]int16
	bot [audio.FrameLen]int16 // what the bot says to the caller
}

// guest is a person in the room.
type guest struct {
	Person

	muted   bool
	whisper bool
	gone    bool // the leg has ended
	ears    *listener

	// media loop only
	in, out [audio.FrameLen]int16
}

// ringing is a telephone that is called into the room: what its network has to be heard until somebody answers, ringing tones or
// why nobody will.
type ringing struct {
	leg   Leg
	heard bool // it sends something: from then on it takes the place of the music

	in [audio.FrameLen]int16
}

// holdMusic is what callers on hold hear: half a minute, made once, in a loop.
var holdMusic = sync.OnceValue(func() []int16 {
	pcm := audio.HoldMusic(32*time.Second, 7)
	audio.Gain(pcm, audio.FromDB(-9), audio.FromDB(-9))
	return pcm
})

// tick reads everybody, adds what the caller hears to out, and writes to everybody what they hear. gone lists the people
// whose legs have ended since the last tick. It is called from the media loop and never blocks.
func (r *room) tick(caller, out []int16, at call.Offset) (gone []*guest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	copy(r.bot[:], out)
	if !r.ring(out) && r.music || r.held {
		r.play(out)
	}
	for _, g := range r.people {
		if g.gone {
			continue
		}
		if _, err := g.Leg.ReadFrame(g.in[:]); err != nil {
			clear(g.in[:])
			if errors.Is(err, io.EOF) {
				g.gone = true
				gone = append(gone, g)
			}
			continue
		}
		if g.muted {
			clear(g.in[:])
		}
		if g.ears != nil {
			g.ears.push(at, g.in[:])
		}
		if g.Role != RoleSupervisor && !r.held {
			audio.Mix(out, g.in[:])
		}
	}
	for _, g := range r.people {
		if g.gone {
			continue
		}
		r.hear(g, caller)
		_, _ = g.Leg.WriteFrame(g.out[:]) // a leg that cannot be written to has ended, which the next read tells
	}
	return gone
}

// ring reads the telephones that are called and adds them to out, unless the caller is on hold. It reports whether one is heard.
func (r *room) ring(out []int16) (heard bool) {
	r.rung = slices.DeleteFunc(r.rung, func(x *ringing) bool {
		a, err := x.leg.ReadFrame(x.in[:])
		if err != nil {
			return true
		}
		var nothing [audio.FrameLen]int16
		_, _ = x.leg.WriteFrame(nothing[:]) // whoever translates addresses on the way lets in what is sent back
		x.heard = x.heard || !a.Silent
		heard = heard || x.heard
		if !r.held {
			audio.Mix(out, x.in[:])
		}
		return false
	})
	return heard
}

// hear fills g.out with what g hears: the caller and what the bot says to them, unless on hold, and the others; a
// supervisor only when they whisper, and then only the agent.
func (r *room) hear(g *guest, caller []int16) {
	clear(g.out[:])
	if !r.held {
		copy(g.out[:], caller)
		audio.Mix(g.out[:], r.bot[:])
	}
	for _, o := range r.people {
		if o == g || o.gone || o.Role == RoleSupervisor && (!o.whisper || g.Role != RoleAgent) {
			continue
		}
		audio.Mix(g.out[:], o.in[:])
	}
	for _, x := range r.rung {
		audio.Mix(g.out[:], x.in[:])
	}
}

func (r *room) play(out []int16) {
	pcm := holdMusic()
	n := copy(r.mix[:], pcm[r.at:])
	copy(r.mix[n:], pcm)
	r.at = (r.at + len(r.mix)) % len(pcm)
	audio.Mix(out, r.mix[:])
}

func (r *room) add(g *guest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.people = append(r.people, g)
	r.rung = slices.DeleteFunc(r.rung, func(x *ringing) bool { return x.leg == g.Leg })
}

// call has a telephone heard that rings, until it is put into the room or has ended.
func (r *room) call(leg Leg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rung = append(r.rung, &ringing{leg: leg})
}

// remove takes a person out and returns them, nil when they are not there.
func (r *room) remove(id string) *guest {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, g := range r.people {
		if g.ID == id {
			r.people = append(r.people[:i:i], r.people[i+1:]...)
			return g
		}
	}
	return nil
}

// change applies f to a person, or does nothing when they are not there.
func (r *room) change(id string, f func(*guest)) (*guest, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.people {
		if g.ID == id {
			f(g)
			return g, true
		}
	}
	return nil, false
}

func (r *room) setHeld(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = on
}

func (r *room) setMusic(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.music, r.at = on, 0
}

// agent is the person who talks with the caller, nil when nobody does.
func (r *room) agent() *guest {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.people {
		if g.Role == RoleAgent && !g.gone {
			return g
		}
	}
	return nil
}

// everybody returns who is there.
func (r *room) everybody() []*guest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*guest(nil), r.people...)
}
