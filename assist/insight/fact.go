package insight

import (
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Version is that of Draw. Facts drawn by another version are drawn again.
const Version = 1

// Outcome is what became of a call.
type Outcome string

// The outcomes.
const (
	ByBot      Outcome = "resolved_bot"
	ByPerson   Outcome = "resolved_person"
	Promised   Outcome = "promised" // something will be done
	Open       Outcome = "open"     // something stayed without an answer
	CannotTell Outcome = "cannot_tell"
)

// Outcomes lists them, the good ones first.
func Outcomes() []Outcome { return []Outcome{ByBot, ByPerson, Promised, Open, CannotTell} }

// Wait is how a caller's wait for a person at the desk ended.
type Wait string

// The ends of a wait.
const (
	NoWait    Wait = ""          // no person was sought at the desk
	Taken     Wait = "taken"     // somebody took the call
	Abandoned Wait = "abandoned" // the caller hung up while waiting
	Unserved  Wait = "unserved"  // nobody was there, or nobody came in time
)

// Fact is what is known of one ended call. Times are in seconds.
type Fact struct {
	Call    call.ID
	At      time.Time // of the start
	Queue   string    // the route that answered
	Lang    string
	Channel string // phone, web or chat
	Who     string // customer or number, the same for every call of a caller; "" = cannot tell
	Agent   string // the person who had the call last, "" = only the bot
	Name    string // of the agent
	Intent  string
	Topic   string // ID, "" = none
	Outcome Outcome
	Judged  bool // Outcome is what a person wrote down, not what the machine made of the call
	Handed  bool // a person was asked for, by the caller or by a rule
	Wait    Wait
	WaitS   float64
	HandleS float64 // a person had the call, hold included, writing afterwards not
	LengthS float64
	// The sides' speech, 0 unless Timed. SilenceS is the time in which nobody spoke, BaseS the length without waiting and
	// hold.
	Timed    bool
	CallerS  float64
	CompanyS float64
	SilenceS float64
	BaseS    float64
	CutIn    int // times the agent began to speak over the caller
	BargeIn  int // times the caller spoke over bot or agent
	Felt     bool
	Mood     float64 // mean of the caller's turns, -1..1, unless Felt is false
	Worst    float64 // the worst turn
	Alert    int     // severest alert of the rules during the call: 0 none, 1 info, 2 warning, 3 critical
	Asked    int     // questions and wishes put to the bot
	Lacking  int     // of these without an answer

	Reason Question // why the call was; empty text when nothing was understood
}

// Upset is the mood from which on a caller's turn counts as upset: of turns that tell nothing one in a hundred sounds so.
const Upset = -0.85

// Question is something a caller asked: the reason of a call, or what stayed without an answer.
type Question struct {
	Call     call.ID
	Turn     int
	AtS      float64
	Lang     string
	Text     string // redacted, as in the transcript
	Words    []string
	Reason   bool // why the call was
	Answered bool
	Vector   []float32 // nil when there was no model for the language
}

// Drawn is everything about a call that is kept.
type Drawn struct {
	Fact Fact
	// Questions are the reason, first, and what was not answered.
	Questions []Question
}
