package pipeline

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// duckGain is the bot's level under a caller who speaks over it: -18 dB.
const duckGain = 0.126

// reply is something the bot says: clips arrive while earlier ones play. Its methods may be called from any goroutine.
type reply struct {
	text  string
	lang  string
	entry string
	// what the reply belongs to; the player does not look at it
	decision string
	after    afterReply
	stop     func() // ends the making of its sound
	waits    bool   // it does not begin while the player yields

	mu     sync.Mutex
	later  string // sentences that came while the first ones were spoken
	clips  []spoken
	pos    int // clip being played
	closed bool
	cut    bool
	err    error
	began  call.Offset
	voiced call.Offset // first voiced packet
	ended  call.Offset
	first  call.Offset // when the first clip existed
}

// spoken is a clip and how much of it has been sent.
type spoken struct {
	text string
	pcm  []int16
	sent int
}

// add appends a clip. The reply keeps pcm and does not change it.
func (r *reply) add(text string, pcm []int16, at call.Offset) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == 0 {
		r.first = at
	}
	r.clips = append(r.clips, spoken{text: text, pcm: pcm})
}

// extend adds a sentence to the text.
func (r *reply) extend(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.later += text
}

// whole is the text as far as it is known.
func (r *reply) whole() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text + r.later
}

// close says that no clip will follow.
func (r *reply) close(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.err = true, err
}

// heard is the part of the text that was sent, to the word (Chinese: to the character).
func (r *reply) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, c := range r.clips {
		switch {
		case c.sent >= len(c.pcm):
			b.WriteString(c.text)
		case c.sent > 0:
			b.WriteString(prefix(c.text, float64(c.sent)/float64(len(c.pcm))))
		}
	}
	return strings.TrimSpace(b.String())
}

// prefix returns about the given share of text, ending at a word boundary where the text has spaces.
func prefix(text string, share float64) string {
	runes := []rune(text)
	n := int(share * float64(len(runes)))
	cut := string(runes[:n])
	if !strings.Contains(text, " ") || n == len(runes) || runes[n] == ' ' {
		return cut
	}
	if i := strings.LastIndexByte(cut, ' '); i >= 0 {
		return cut[:i]
	}
	return ""
}

// fill copies the next samples into dst and reports how many there were and whether the reply is over.
func (r *reply) fill(dst []int16) (n int, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(dst) && r.pos < len(r.clips) {
		c := &r.clips[r.pos]
		k := copy(dst[n:], c.pcm[c.sent:])
		c.sent += k
		n += k
		if c.sent == len(c.pcm) {
			r.pos++
		}
	}
	return n, r.closed && r.pos >= len(r.clips)
}

// player is the pacer of a call: it gives the media loop 20 ms at a time, and what it has given is what the caller has
// heard.
type player struct {
	mu     sync.Mutex
	queue  []*reply
	gain   float64
	target float64
	quiet  bool // held: nothing is played and nothing is lost
	yields bool // the caller makes a sound: no answer begins
}

func newPlayer() *player { return &player{gain: 1, target: 1} }

// play queues r behind what is being said.
func (p *player) play(r *reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, r)
	p.target = 1
}

// answer queues r like play, to begin when the caller makes no sound.
func (p *player) answer(r *reply) {
	r.waits = true
	p.play(r)
}

// yield keeps answers from beginning, or no longer does.
func (p *player) yield(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yields = on
}

// withdraw takes r back unless it has begun. r may be nil.
func (p *player) withdraw(r *reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.DeleteFunc(p.queue, func(q *reply) bool { return q == r && q.began == 0 })
}

// busy reports whether something is being said or waits to be.
func (p *player) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) > 0
}

// duck lowers or restores the level over one frame.
func (p *player) duck(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = 1
	if on {
		p.target = duckGain
	}
}

// hold stops and resumes playing at the sample.
func (p *player) hold(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quiet = on
}

// cancel drops everything that is being said or waits, and returns what it dropped.
func (p *player) cancel(at call.Offset) []*reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	dropped := p.queue
	p.queue, p.gain, p.target = nil, 1, 1
	for _, r := range dropped {
		r.mu.Lock()
		r.cut, r.ended = true, at
		r.mu.Unlock()
	}
	return dropped
}

// frame is what the player gave for one tick.
type frame struct {
	reply *reply // whose sound it is, nil for silence
	began bool   // the first frame of reply
	over  *reply // a reply that ended with this frame
}

// next fills dst with the next 20 ms. It never blocks.
func (p *player) next(dst []int16, at call.Offset) frame {
	clear(dst)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 || p.quiet {
		return frame{}
	}
	r := p.queue[0]
	if p.yields && r.waits && r.began == 0 {
		return frame{}
	}
	n, over := r.fill(dst)
	var f frame
	if n > 0 {
		f.reply = r
		audio.Gain(dst[:n], p.gain, p.target)
		p.gain = p.target
		if r.began == 0 {
			r.began, f.began = max(at, 1), true
		}
	}
	if over {
		r.ended = at + call.Offset(time.Duration(n)*time.Second/audio.Rate)
		p.queue = p.queue[1:]
		f.over = r
	}
	return f
}
