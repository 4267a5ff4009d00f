package turn

import "time"

// Kind is what a decision asks for.
type Kind int

// The kinds of decision.
const (
	Start     Kind = iota + 1 // the caller has begun to speak
	Peek                      // recognise [From,To) as a partial: a word in it may matter now
	Speculate                 // the turn has probably ended: prepare the reply to [From,To)
	Retract                   // the caller went on speaking: drop what was prepared
	End                       // the turn [From,To) has ended: commit
	Drop                      // [From,To) was no turn (echo, backchannel, noise): forget it
	Duck                      // lower the bot's voice
	Unduck                    // and raise it again
	Cancel                    // stop the bot
)

var kindNames = [...]string{"", "start", "peek", "speculate", "retract", "end", "drop", "duck", "unduck", "cancel"}

// String returns the name of the kind.
func (k Kind) String() string { return kindNames[k] }

// Decision is one output. From and To bound the speech it speaks of, pre-roll included.
type Decision struct {
	Kind     Kind
	At       time.Duration
	From, To time.Duration
	Why      string
}

// Verdict is what speculation or a peek found in the speech heard so far.
type Verdict int

// The verdicts.
const (
	Nothing     Verdict = iota // no words, or an echo
	Backchannel                // "uh-huh"
	Open                       // words, and the sentence surely goes on
	Unsure                     // words, but the sentence does not look finished
	Likely                     // a sentence that looks finished
	Sure                       // finished, and we know what to reply
	Command                    // a command word: stop, a person, repeat
)

// Config holds the times. New fills zero values with the defaults.
type Config struct {
	On, Off   float32       // voice probability that starts and ends speech; 0.5 and 0.35
	MinSpeech time.Duration // voiced time before speech counts as begun; 96 ms
	PreRoll   time.Duration // sound kept from before the beginning; 320 ms
	// Lead is how much more is kept where neither a turn nor the bot was in it: a recogniser that hears the room before
	// the first word gets that word right more often. 480 ms; negative for none.
	Lead      time.Duration
	Speculate time.Duration // silence before the reply is prepared; 128 ms
	EndSure   time.Duration // silence that ends a turn whose reply is sure; 320 ms
	EndLikely time.Duration // silence that ends a turn that looks finished; 640 ms
	EndUnsure time.Duration // silence that ends a turn that does not look finished; 1000 ms
	EndOpen   time.Duration // silence that ends a turn that surely is not finished; 2200 ms
	EndMax    time.Duration // silence that ends a turn whatever is known; 2500 ms
	Duck      time.Duration // voiced time over the bot before it is ducked; 96 ms
	Cancel    time.Duration // voiced time over the bot before it is stopped; 900 ms
	Peek      time.Duration // voiced time between two peeks over the bot; 320 ms
	Partial   time.Duration // voiced time between two peeks otherwise, for captions; 960 ms
	Longest   time.Duration // longest turn; 28 s
	// Reopen is how long after the end of a turn that has no reply yet more speech still belongs to it; 2 s, negative for
	// never, where nobody replies.
	Reopen time.Duration
}

func (c *Config) fill() {
	set := func(d *time.Duration, ms int) {
		if *d == 0 {
			*d = time.Duration(ms) * time.Millisecond
		}
	}
	if c.On == 0 {
		c.On = 0.5
	}
	if c.Off == 0 {
		c.Off = 0.35
	}
	set(&c.MinSpeech, 96)
	set(&c.PreRoll, 320)
	set(&c.Lead, 480)
	set(&c.Speculate, 128)
	set(&c.EndSure, 320)
	set(&c.EndLikely, 640)
	set(&c.EndUnsure, 1000)
	set(&c.EndOpen, 2200)
	set(&c.EndMax, 2500)
	set(&c.Duck, 96)
	set(&c.Cancel, 900)
	set(&c.Peek, 320)
	set(&c.Partial, 960)
	set(&c.Longest, 28000)
	set(&c.Reopen, 2000)
}
