package scoring

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/pipeline/call"
)

// Errors of appeals.
var (
	ErrLate   = errors.New("scoring: the time for an appeal is over")
	ErrSecond = errors.New("scoring: somebody else has to decide")
	ErrOthers = errors.New("scoring: it is the call of others")
)

// AppealTime is how long after the last change of a score it may be appealed against, where nothing else is set.
const AppealTime = 14 * 24 * time.Hour

// AppealUntil is when the time for an appeal ends, within after the last change (0: AppealTime), zero without a score.
func AppealUntil(sheets []Sheet, within time.Duration) time.Time {
	if within <= 0 {
		within = AppealTime
	}
	var last time.Time
	for _, s := range sheets {
		if s.At.After(last) {
			last = s.At
		}
	}
	if last.IsZero() {
		return last
	}
	return last.Add(within)
}

// Who is somebody who adds a note.
type Who struct {
	Alone bool // nobody else could, since there are no accounts
	Leads bool // those who took part in calls
	// Within is how long after its last change a score may be appealed against, 0 for AppealTime.
	Within time.Duration
}

// Known is what the record says of a call about which a note is to be added.
type Known struct {
	Notes  []Note
	Sheets []Sheet
	Took   bool // whoever adds it took part in the call
}

// May says whether somebody may add a note, as far as that depends on who it is and when. A score is acknowledged by who took
// part in the call, and by nobody in their place; they, or who leads them, appeal in time, unless they acknowledged what it
// is now; a second reviewer decides, who neither answered nor reviewed nor appealed.
func May(n Note, k Known, who Who) error {
	switch n.Kind {
	case NoteAcknowledge:
		if !k.Took && !who.Alone {
			return ErrOthers
		}
	case NoteAppeal:
		if !k.Took && !who.Leads && !who.Alone {
			return ErrOthers
		}
		if until := AppealUntil(k.Sheets, who.Within); n.At.After(until) {
			return fmt.Errorf("%w: it ended at %s", ErrLate, until.Format(time.RFC3339))
		}
		if acknowledged(k.Notes, n.By) {
			return fmt.Errorf("%w: the score was acknowledged", ErrState)
		}
	case NoteDecision:
		for _, o := range k.Notes {
			involved := o.Kind == NoteAnswer || o.Kind == NoteReviewed || o.Kind == NoteAppeal
			if involved && o.By == n.By && !who.Alone {
				return ErrSecond
			}
		}
	}
	return nil
}

// acknowledged reports whether a person acknowledged the answers as they are now.
func acknowledged(notes []Note, by string) bool {
	yes := false
	for _, n := range notes {
		switch {
		case n.Kind == NoteAnswer:
			yes = false
		case n.Kind == NoteAcknowledge && n.By == by:
			yes = true
		}
	}
	return yes
}

// Check is an answer of a person beside the machine's.
type Check struct {
	Call     call.ID
	Form     string
	Question string
	Machine  quality.Value
	Answer   quality.Value
	By       string // "" where a person left the machine's answer as it was
}

// Search is a saved filter of the inbox.
type Search struct {
	Name  string `json:"name" minLength:"1" maxLength:"100"`
	Query string `json:"query" maxLength:"2000" doc:"The parameters of the inbox as in an address"`
}

// Clip is a stretch of a call that an agent is to hear.
type Clip struct {
	ID    string    `json:"id"`
	Agent string    `json:"agent"`
	Call  call.ID   `json:"call"`
	FromS float64   `json:"from_s"`
	ToS   float64   `json:"to_s"`
	Text  string    `json:"text"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Done  bool      `json:"done" doc:"The agent has heard it"`
}
