// Package rules watches a call and says when something has to be done about it: show a card, warn, open a checklist,
// hand the call to a person. A rule is a condition in CEL over named variables which this package computes from the
// turns (see Variables and docs/rules.md): words with negation and quotation, sentiment, repetition, silence, loudness,
// failed answers, the customer. Rules are read from YAML, cost is bounded, and a session is a pure function of the turns
// fed to it: the same turns give the same firings, with their reasons.
package rules

import (
	"maps"

	"github.com/parley-voice/parley/pipeline/call"
)

// Turn is what a session is fed with: one completed turn of a call.
type Turn struct {
	N          int // number that firings and reasons name the turn by
	Who        call.Party
	Text       string
	Lang       string // "en" or "zh"; the script of Text decides where it says otherwise
	Start, End call.Offset
	Intent     string
	Sentiment  float64 // -1..1; 0 lets the session judge the text
	Confidence float64 // of the recogniser, 0..1; 0 is unknown
	Loudness   float64 // dBFS, below 0; 0 is unknown
	Decision   string  // of the answer engine, for a bot's turn
	// Concern is how likely the meaning of a caller's turn needs somebody else, 0..1, and ConcernKind of what kind it is:
	// an opinion of assist/concern. 0 is unknown.
	Concern     float64
	ConcernKind string
	// Conduct is how likely an agent's turn is one that a supervisor should hear of, 0..1, and ConductKind of what kind it is: an
	// opinion of assist/concern. 0 is unknown.
	Conduct     float64
	ConductKind string
	Case        Case
}

// Case is how much what was said up to a turn speaks for calling a supervisor by then, as a logarithm of odds: an opinion of
// assist/concern. The zero value is unknown.
type Case struct {
	Known bool
	Said  float64
}

// FromCall makes a Turn from a turn of a recorded or running call.
func FromCall(t call.Turn) Turn {
	return Turn{
		N: t.N, Who: t.Who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End,
		Intent: t.Intent, Sentiment: t.Sentiment, Confidence: t.Confidence, Loudness: t.Loudness, Decision: t.Decision,
	}
}

// Customer is what is known about who calls. The zero value is an unknown customer.
type Customer struct {
	Known bool
	Tier  string  // as the store of customers names it, "" unknown
	Value float64 // as the store of customers counts it, 0 unknown
}

// Do is one thing to be done when a rule fires.
type Do struct {
	Kind   string            `json:"kind"` // one of Kinds
	Params map[string]string `json:"params,omitempty"`
}

// What a rule can do.
const (
	Alert        = "alert"         // warn agent and supervisor; params: level, to
	Card         = "card"          // show a card; params: text_en, text_zh, entry
	OpenList     = "checklist"     // open a checklist; params: id
	Tag          = "tag"           // mark the call; params: name
	Transfer     = "transfer"      // hand the call to a person; params: to, skill
	Ticket       = "ticket"        // open a ticket; params: category
	RaiseCeiling = "raise_ceiling" // allow more compensation; params: by
	Webhook      = "webhook"       // tell another system; params: name
	Identify     = "identity"      // say whether the caller is who they say; params: state (verified or failed), how
	AskCode      = "check_code"    // have the caller key in their code, unless they are verified
)

// actions lists what a rule can do, with the parameters each must have.
func actions() map[string][]string {
	return map[string][]string{
		Alert: {"level"}, Card: {"text_en", "text_zh"}, OpenList: {"id"}, Tag: {"name"}, Transfer: {"to"}, Ticket: {"category"},
		RaiseCeiling: {"by"}, Webhook: {"name"}, Identify: {"state", "how"}, AskCode: {},
	}
}

// Firing tells that a rule's condition came to hold.
type Firing struct {
	Rule     string      `json:"rule"`
	TextEn   string      `json:"text_en"`
	TextZh   string      `json:"text_zh"`
	Do       []Do        `json:"do"`
	Priority int         `json:"priority"`
	Turn     int         `json:"turn"`
	Start    call.Offset `json:"start_s"` // of the turn
	End      call.Offset `json:"end_s"`
	Reasons  []Reason    `json:"reasons"`
}

// Text is the firing's text in lang.
func (f Firing) Text(lang string) string {
	if lang == "zh" {
		return f.TextZh
	}
	return f.TextEn
}

// Escalates reports whether the firing hands the call to a person.
func (f Firing) Escalates() bool {
	for _, d := range f.Do {
		if d.Kind == Transfer {
			return true
		}
	}
	return false
}

func (f Firing) clone() Firing {
	do := make([]Do, len(f.Do))
	for i, d := range f.Do {
		do[i] = Do{d.Kind, maps.Clone(d.Params)}
	}
	f.Do = do
	return f
}

// Reason is one variable's part in a firing.
type Reason struct {
	Variable string `json:"variable"`
	Value    any    `json:"value"`
	// Contribution is how much the condition loses when the variable is at rest: 1 means that the rule would not have
	// fired without it. Variables that can stand for each other each have 0.5.
	Contribution float64     `json:"contribution"`
	Turn         int         `json:"turn"` // where the value comes from
	Start        call.Offset `json:"start_s"`
	End          call.Offset `json:"end_s"`
	Quote        string      `json:"quote,omitempty"` // words that were matched
	From         int         `json:"from,omitempty"`  // runes of the turn's text (folded) that were matched
	To           int         `json:"to,omitempty"`
}
