// Package softphone is a caller made of software: it dials, says what it was given, each thing when the other side has
// finished, and measures from the RTP packets alone how long it waited for the replies. `parley call`, the demo and the
// benchmarks are this caller.
package softphone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/sip"
)

// Line is one thing to do in the call: speak, or press keys.
type Line struct {
	Text string  // what PCM says, "" when unknown
	Lang string  // "en" or "zh"
	PCM  []int16 // 16 kHz
	Keys string  // pressed instead of speaking
}

// Script is what a caller does.
type Script struct {
	Lines []Line
	// BargeIn, when positive, makes the second and later lines (the first, if it is the only one) begin so long after
	// the other side began to speak, instead of when it has finished.
	BargeIn time.Duration
	// Brief hangs up as soon as the last line is being answered, instead of listening to the whole reply.
	Brief    bool
	Patience time.Duration // longest wait for a reply, 20 s
	Linger   time.Duration // silence that tells the other side has finished, 1 s
	EchoDB   float64       // level of the echo returned, such as -20; 0 is none
	Noise    []int16       // mixed into what is sent, repeated
	Dial     sip.DialOptions
	// May says whether the line with a number, counted from 0, may be said now; after the last one, whether to hang up. It is
	// asked every 20 ms and must not block; nil: always.
	May func(line int) bool
	// Watch is told what happens as it happens; may be nil. It must not block.
	Watch func(what string, at time.Duration)
}

// Result is what came of a call.
type Result struct {
	CallID   string
	Status   int // final SIP status, 0 when nobody answered
	Err      error
	Start    time.Time
	Rang     time.Duration // from the INVITE to the answer or refusal
	Wait     time.Duration // after which a refused caller was told to try again, 0: was not told
	Duration time.Duration
	EndedBy  string // caller, bot, agent, error
	Said     []Said // in order
	Sent     []int16
	Heard    []int16 // same length as Sent
	Gaps     []time.Duration
	Voices   []Span // voiced spans of the other side, by packet
	Moved    string // URI the call was transferred to
	Cipher   string // what the sound was encrypted with, "" = it was not
}

// Said is a line with its place in the call.
type Said struct {
	Line

	From, To time.Duration
	// Over is true when the other side was speaking as the line began.
	Over bool
}

// Span is a stretch of voiced packets.
type Span struct{ From, To time.Duration }

// Leg is the far side of a call that is under way, as a caller uses it: 20 ms of sound at 16 kHz at a time, and keys. The
// error of reading and writing is io.EOF once the call is over; neither may wait for the far side.
type Leg interface {
	ReadFrame(dst []int16) (audio.Arrival, error)
	WriteFrame(src []int16) (time.Time, error)
	SendDTMF(ctx context.Context, keys string) error
}

// Phone places calls from one SIP port.
type Phone struct{ server *sip.Server }

// New returns a phone on s, which must be served meanwhile.
func New(s *sip.Server) *Phone { return &Phone{s} }

// Call dials uri, plays script and hangs up. It blocks for the whole call; ctx ends it early.
func (p *Phone) Call(ctx context.Context, uri string, script Script) Result {
	moved := &transfer{server: p.server}
	c := newCaller(script, moved)
	opt := script.Dial
	opt.Tap = func(p sip.Packet) {
		c.meter.tap(p)
		if script.Dial.Tap != nil {
			script.Dial.Tap(p)
		}
	}
	opt.OnRefer = moved.follow
	defer moved.end()
	r := Result{Start: time.Now(), EndedBy: "error"}
	leg, err := p.server.Dial(ctx, uri, opt)
	r.Rang = time.Since(r.Start)
	if err != nil {
		r.Err = err
		if st := (*sip.StatusError)(nil); errors.As(err, &st) {
			r.Status, r.Wait = st.Code, st.RetryAfter
		}
		return r
	}
	r.CallID, r.Status, r.Cipher = leg.ID(), 200, leg.Cipher()
	err = c.talk(ctx, leg, &r)
	by := "caller"
	select {
	case <-leg.Ended():
		if who, _ := leg.Why(); who != "" && who != call.Caller {
			by = string(who)
		}
	default:
	}
	hctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if herr := leg.Hangup(hctx); err == nil && herr != nil && by == "caller" {
		err = herr
	}
	r.Duration, r.Err, r.EndedBy = time.Since(c.start), err, by
	if err != nil {
		r.EndedBy = "error"
	}
	r.Moved = moved.reached()
	return r
}

// Talk plays script over a leg that something else than this phone has dialled, and leaves it to the caller to hang up. The
// leg is opened by dial, which gives it what hears of every packet, by its time, direction and level. It blocks until all is
// said and answered, the far side hangs up or ctx ends.
func Talk(ctx context.Context, script Script, dial func(tap func(sip.Packet)) (Leg, error)) Result {
	c := newCaller(script, &transfer{})
	r := Result{Start: time.Now(), EndedBy: "error"}
	leg, err := dial(c.meter.tap)
	if err != nil {
		r.Err = err
		return r
	}
	if r.Err = c.talk(ctx, leg, &r); r.Err == nil {
		r.EndedBy = "caller"
	}
	r.Duration = time.Since(c.start)
	return r
}

// caller is one call in progress; one goroutine uses it.
type caller struct {
	script Script
	leg    Leg
	start  time.Time
	meter  *meter
	moved  *transfer

	said        []Said
	sent, heard []int16
	now         time.Duration

	next     int // line to say next
	playing  []int16
	answered bool          // the other side has spoken since our last line ended
	silent   time.Duration // how long it has been silent
	talking  time.Duration // since when it speaks without a longer pause; negative: it does not
	ready    time.Duration // when our last line ended
	noiseAt  int
}

// newCaller returns a caller for script, with what script leaves open filled in.
func newCaller(script Script, moved *transfer) *caller {
	if script.Patience == 0 {
		script.Patience = 20 * time.Second
	}
	if script.Linger == 0 {
		script.Linger = time.Second
	}
	return &caller{script: script, meter: newMeter(), moved: moved}
}

// talk runs the whole conversation over leg and writes into r what was said and heard.
func (c *caller) talk(ctx context.Context, leg Leg, r *Result) error {
	c.leg, c.start = leg, time.Now()
	c.meter.begin(c.start)
	r.Start = c.start
	err := c.run(ctx)
	r.Said, r.Sent, r.Heard = c.said, c.sent, c.heard
	r.Voices, r.Gaps = c.meter.spans(), c.meter.gaps(c.said)
	return err
}

// run plays the script, 20 ms at a time, until all is said and answered or the other side hangs up.
func (c *caller) run(ctx context.Context) error {
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	in, out := make([]int16, audio.FrameLen), make([]int16, audio.FrameLen)
	var echo *pipelinetest.Echo
	if c.script.EchoDB < 0 {
		echo = pipelinetest.NewEcho(-c.script.EchoDB, 120*time.Millisecond)
	}
	c.talking = -1
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		for c.now < time.Since(c.start) {
			if _, err := c.leg.ReadFrame(in); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return fmt.Errorf("hear: %w", err)
			}
			c.listen(in)
			done, err := c.speak(ctx, out)
			if done || err != nil {
				return err
			}
			c.addNoise(out)
			if echo != nil {
				echo.Mix(out, in)
			}
			if _, err := c.leg.WriteFrame(out); err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("speak: %w", err)
			}
			c.sent = append(c.sent, out...)
			c.heard = append(c.heard, in...)
			c.now += audio.FrameTime
		}
	}
}

// listen keeps track of whether the other side speaks.
func (c *caller) listen(in []int16) {
	if audio.Level(in) > audio.VoicedDBFS {
		if c.silent > c.script.Linger || c.talking < 0 {
			c.talking = c.now
			c.watch("bot speaks")
		}
		c.silent, c.answered = 0, true
		return
	}
	c.silent += audio.FrameTime
	if c.silent > c.script.Linger && c.talking >= 0 {
		c.talking = -1
		c.watch("bot finished")
	}
}

// speak fills out with the next 20 ms of what we say and decides when the next line begins. It reports true when the
// call is over for us.
func (c *caller) speak(ctx context.Context, out []int16) (bool, error) {
	clear(out)
	if len(c.playing) > 0 {
		n := copy(out, c.playing)
		c.playing = c.playing[n:]
		if len(c.playing) == 0 {
			c.said[len(c.said)-1].To = c.now + audio.FrameTime
			c.answered, c.ready = false, c.now
		}
		return false, nil
	}
	if !c.turn() || c.script.May != nil && !c.script.May(c.next) {
		return false, nil
	}
	if c.next == len(c.script.Lines) {
		return !c.moved.underWay(), nil
	}
	line := c.script.Lines[c.next]
	c.next++
	c.said = append(c.said, Said{Line: line, From: c.now, To: c.now, Over: c.silent < 100*time.Millisecond && c.talking >= 0})
	if line.Keys != "" {
		c.watch("presses " + line.Keys)
		if err := c.leg.SendDTMF(ctx, line.Keys); err != nil {
			return true, fmt.Errorf("press %s: %w", line.Keys, err)
		}
		c.answered, c.ready = false, c.now
		return false, nil
	}
	c.watch("says " + line.Text)
	c.playing = line.PCM
	return false, nil
}

// briefly is how much of a reply a Brief caller listens to: enough to be sure that it is one.
const briefly = 600 * time.Millisecond

// turn reports whether it is our turn to act.
func (c *caller) turn() bool {
	over := c.script.BargeIn > 0 && c.next < len(c.script.Lines) && (c.next > 0 || len(c.script.Lines) == 1)
	switch {
	case over && c.talking >= c.ready && c.now-c.talking >= c.script.BargeIn:
		return true
	case over && c.talking >= 0:
		return false
	case c.script.Brief && c.next == len(c.script.Lines) && c.answered && c.talking > c.ready && c.now-c.talking >= briefly:
		return true
	case c.answered && c.silent >= c.script.Linger:
		return true
	}
	return c.now-c.ready >= c.script.Patience
}

func (c *caller) addNoise(out []int16) {
	n := c.script.Noise
	if len(n) == 0 {
		return
	}
	for i := range out {
		out[i] = int16(max(-32768, min(32767, int(out[i])+int(n[c.noiseAt]))))
		c.noiseAt = (c.noiseAt + 1) % len(n)
	}
}

func (c *caller) watch(what string) {
	if c.script.Watch != nil {
		c.script.Watch(what, c.now)
	}
}
