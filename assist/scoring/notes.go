package scoring

import (
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// NoteKind is what a note is.
type NoteKind string

// The kinds of notes.
const (
	NoteAnswer      NoteKind = "answer"     // why an answer was changed
	NoteWord        NoteKind = "correction" // a word that was misheard: Turn, Word, Text
	NoteComment     NoteKind = "comment"    // at AtS seconds
	NoteReviewed    NoteKind = "reviewed"
	NoteAcknowledge NoteKind = "acknowledged"
	NoteAppeal      NoteKind = "appealed"
	NoteDecision    NoteKind = "decided"
)

// The states of a scored call.
const (
	StateOpen         = "open" // nobody has done anything with it
	StateReviewed     = "reviewed"
	StateAcknowledged = "acknowledged"
	StateAppealed     = "appealed"
	StateDecided      = "decided"
)

// Note is something a person did with a scored call. Notes are only added.
type Note struct {
	N    int       `json:"n"`
	Kind NoteKind  `json:"kind" enum:"answer,correction,comment,reviewed,acknowledged,appealed,decided"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	AtS  float64   `json:"at_s,omitempty" doc:"Seconds from the start of the call"`
	Turn int       `json:"turn,omitempty"`
	Word string    `json:"word,omitempty" doc:"The word as recognised; the original stays in the transcript"`
}

// Next is the state of a call after a note of this kind, and whether the note is possible in the state before: an appeal
// needs a score that nobody decided, a decision needs an appeal. An answer that is changed after somebody acknowledged the
// score, or decided about it, opens it again.
func Next(state string, k NoteKind) (string, bool) {
	switch k {
	case NoteAnswer:
		if state == StateAcknowledged || state == StateDecided {
			return StateReviewed, true
		}
	case NoteReviewed:
		return StateReviewed, state == StateOpen || state == StateReviewed
	case NoteAcknowledge:
		return StateAcknowledged, state == StateOpen || state == StateReviewed || state == StateAcknowledged
	case NoteAppeal:
		return StateAppealed, state == StateOpen || state == StateReviewed || state == StateAcknowledged
	case NoteDecision:
		return StateDecided, state == StateAppealed
	}
	return state, true
}

// The kinds of lists of scored calls. The empty one is by risk.
const (
	KindAlerts        = "alert"        // with alerts, critical ones first
	KindSample        = "sample"       // the same number of each agent, at random but the same for a Seed
	KindDisagreements = "disagreement" // a person answered otherwise than the machine
)

// Filter selects scored calls.
type Filter struct {
	Kind       string
	Agent      string   // id of a person who took part
	Alert      string   // a rule that warned
	Intent     string   // of the caller
	MoodMin    *float64 // of the caller's worst turn, -1..1
	MoodMax    *float64
	SilenceMin float64  // the longest silence, in seconds
	Each       int      // calls of each agent in a sample
	Seed       string   // 12 hexadecimal digits that choose the sample
	Words      []string // all of them were said
	Queue      string
	State      string
	ScoreMin   *float64
	ScoreMax   *float64
	From, To   time.Time
	MinS       float64
	MaxS       float64 // 0 for no limit
	Routes     []string
	Person     string // whose own calls are added to those of Routes
	Limited    bool   // only calls of Routes and of Person
	Offset     int
	Limit      int
}

// Item is a scored call in a list.
type Item struct {
	Call      call.ID   `json:"call"`
	At        time.Time `json:"at"`
	Queue     string    `json:"queue"`
	Lang      string    `json:"lang"`
	Duration  float64   `json:"duration_s"`
	Form      string    `json:"form"`
	Version   int       `json:"version"`
	By        string    `json:"by"`
	Score     *float64  `json:"score"`
	Band      string    `json:"band"`
	Fails     []string  `json:"fails"`
	Near      []string  `json:"near" doc:"Questions that nearly failed the call: a person looks at their answers first"`
	Open      int       `json:"open" doc:"Questions that a person has to answer"`
	State     string    `json:"state" enum:"open,reviewed,acknowledged,appealed,decided"`
	Agent     string    `json:"agent" doc:"Person who took part, by id; empty for the bot alone"`
	AgentName string    `json:"agent_name"`
	Silence   float64   `json:"silence_s" doc:"The longest silence"`
	Mood      float64   `json:"mood" doc:"Of the caller's worst turn, -1 to 1"`
	Alerts    []string  `json:"alerts" doc:"Rules that warned"`
	Critical  bool      `json:"critical" doc:"One of them critically"`
	Risk      float64   `json:"risk" doc:"0..100"`
	Why       []string  `json:"why" doc:"What makes the risk: fail, near_fail, critical_alert, alert, low_score, upset_caller, cannot_tell"`
}
