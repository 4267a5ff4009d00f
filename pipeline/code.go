package pipeline

import (
	"context"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Ask is a code that the caller is to key in on their telephone or page.
type Ask struct {
	Text map[string]string // what the caller is told first, by language; nothing in the call's language says nothing
	Most int               // digits of the longest code; so many end it, as # does
	Wait time.Duration     // for the first key after the question, and for every other one; 0 is 20 s
	// Typed is told how many digits there are, Done the code: "" when no key came in time. Done is called once, unless the
	// call ends before. Both are called by the call's own loop and must not block.
	Typed func(n int)
	Done  func(digits string)
}

// code is an Ask under way. Its digits are nowhere else: in no event, no turn, and not in the recording, which is silent
// meanwhile. The conversation loop owns it.
type code struct {
	Ask

	digits []rune
	begun  bool // the question has been said, or cut off by a key
	timer  *time.Timer
}

// Ask has the caller key a code in. While the bot talks with them it waits until nothing is being said or answered. A
// second one replaces the first, which is Done with "".
func (c *Control) Ask(a Ask) {
	c.do(func(ctx context.Context) error { c.v.ask(ctx, a); return nil })
}

// Tell says a sentence to the caller, by language, and to everybody who hears them.
func (c *Control) Tell(text map[string]string) {
	c.do(func(ctx context.Context) error { c.v.sayNow(ctx, text[c.v.lang], "identity", afterReply{}); return nil })
}

func (v *conversation) ask(ctx context.Context, a Ask) {
	if v.code != nil {
		v.codeDone("")
	}
	if a.Wait <= 0 {
		a.Wait = 20 * time.Second
	}
	v.code = &code{Ask: a}
	v.askSoon(ctx)
}

// askSoon asks when nothing else is being said or answered.
func (v *conversation) askSoon(ctx context.Context) {
	if v.people || !v.player.busy() && v.prep == nil && v.awaited() == nil && !v.leaving {
		v.askNow(ctx)
	}
}

// askNow says the question, or does nothing when it was said.
func (v *conversation) askNow(ctx context.Context) {
	c := v.code
	if c == nil || c.begun {
		return
	}
	c.begun = true
	v.keying.Store(true)
	v.idle.Stop()
	// Stopped with the code; after the end of the call it posts to nobody.
	c.timer = time.AfterFunc(c.Wait+v.questionTime(c), func() {
		v.box.post(note{do: func(context.Context) error {
			if v.code == c {
				v.codeDone("")
			}
			return nil
		}})
	})
	v.sayNow(ctx, c.Text[v.lang], "identity", afterReply{})
}

// questionTime is how long saying the question may take.
func (v *conversation) questionTime(c *code) time.Duration {
	return time.Duration(len([]rune(c.Text[v.lang]))) * 150 * time.Millisecond
}

// codeKey takes a key of a caller who keys a code in: # ends it, * begins anew.
func (v *conversation) codeKey(digit rune) {
	c := v.code
	for _, r := range v.player.cancel(v.now()) { // whoever keys has heard enough
		v.box.post(note{over: r})
	}
	c.timer.Reset(c.Wait)
	v.asked = false
	switch {
	case digit == '#':
		v.codeDone(string(c.digits))
		return
	case digit == '*':
		c.digits = nil
	case digit >= '0' && digit <= '9':
		c.digits = append(c.digits, digit)
	default:
		return
	}
	if c.Typed != nil {
		c.Typed(len(c.digits))
	}
	if len(c.digits) == c.Most {
		v.codeDone(string(c.digits))
	}
}

func (v *conversation) codeDone(digits string) {
	c := v.code
	v.code = nil
	v.keying.Store(false)
	if c.timer != nil {
		c.timer.Stop()
	}
	v.lively = v.now()
	c.Done(digits)
	if !v.people {
		v.wait()
	}
}

// dropCode forgets a code at the end of the call.
func (v *conversation) dropCode() {
	if v.code != nil && v.code.timer != nil {
		v.code.timer.Stop()
	}
	v.code = nil
}

// keyed reports whether a key belongs to a code, and takes it.
func (v *conversation) keyed(s call.Signal) bool {
	if v.code == nil || !v.code.begun {
		return false
	}
	v.codeKey(s.Digit)
	return true
}
