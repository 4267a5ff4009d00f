// Package record holds what is remembered of a call: its data, its turns, the reasons behind its answers, and the
// transcript in the formats people use. It is the vocabulary between the store, the HTTP API and the commands.
package record

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrUnknown means there is no such call.
	ErrUnknown = errors.New("record: no such call")
	// ErrNoAudio means the call has no recording.
	ErrNoAudio = errors.New("record: the call has no recording")
	// ErrQuery means a list was asked for in a way that makes no sense.
	ErrQuery = errors.New("record: bad query")
)

// State says how far a call is.
type State string

// The states of a call.
const (
	Running State = "running"
	Ended   State = "ended"
	Cut     State = "cut" // the process died during the call; what it had completed is there
)

// Call is one call as lists show it.
type Call struct {
	ID        call.ID    `json:"id"`
	State     State      `json:"state" enum:"running,ended,cut"`
	From      string     `json:"from" doc:"Caller as signalled"`
	To        string     `json:"to" doc:"Dialled user"`
	Route     string     `json:"route"`
	Base      string     `json:"base" doc:"Knowledge base"`
	Langs     []string   `json:"langs" doc:"Languages of the route"`
	Lang      string     `json:"lang" doc:"Language the caller spoke last"`
	Codec     string     `json:"codec"`
	Remote    string     `json:"remote" doc:"Signalling address of the peer"`
	SIPCall   string     `json:"sip_call_id,omitempty"`
	Recorded  bool       `json:"recorded"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	Duration  float64    `json:"duration_s" doc:"Seconds; of a running call, up to its last event"`
	EndedBy   call.Party `json:"ended_by,omitempty"`
	Why       string     `json:"ended_why,omitempty"`
	TurnCount int        `json:"turn_count"`
	LastText  string     `json:"last_text,omitempty" doc:"Text of the last turn"`
	LastWho   call.Party `json:"last_who,omitempty"`
	GapP50    int        `json:"gap_p50_ms,omitempty" doc:"Median reply gap on the wire, milliseconds"`
	GapMax    int        `json:"gap_max_ms,omitempty"`
	Node      string     `json:"node,omitempty" doc:"Of several nodes, the one that carried the call and has its recording"`
	Continues call.ID    `json:"continues,omitempty" doc:"The cut call whose caller rang again, or the call or chat it goes on from on the same page"`
	// Back and CalledBack link a call back with the call in which it was asked for.
	Back       call.ID `json:"back,omitempty" doc:"The call in which this one back to the caller was asked for"`
	CalledBack call.ID `json:"called_back,omitempty" doc:"The call back to this caller, once they answered"`
}

// Waterfall is a reply's wire-clock marks with the gap they come to.
type Waterfall struct {
	call.Waterfall

	GapMS int `json:"gap_ms" doc:"Last voiced packet in to first voiced packet out, milliseconds; 0 when either is missing"`
}

// Answer is a decision of the answering engine, with its reasons.
type Answer struct {
	Seq       uint64      `json:"seq"`
	At        call.Offset `json:"at_s"`
	Query     string      `json:"query"`
	Decision  string      `json:"decision"`
	Entry     string      `json:"entry,omitempty"`
	Text      string      `json:"text"`
	PRight    float64     `json:"p_right"`
	Intent    string      `json:"intent,omitempty"`
	Sentiment float64     `json:"sentiment"`
	MS        float64     `json:"ms"`
}

// Audio is a recording, open for reading. Of a running call it grows.
type Audio interface {
	io.ReadSeekCloser
	io.ReaderAt
	Stat() (fs.FileInfo, error)
}

// Detail is one call with everything about it.
type Detail struct {
	Call

	Turns      []call.Turn `json:"turns"`
	Waterfalls []Waterfall `json:"waterfalls"`
	Answers    []Answer    `json:"answers"`
	Audio      bool        `json:"audio" doc:"A recording is there"`
	Originals  bool        `json:"originals" doc:"Something of what was masked is in the vault"`
}

// Original is what was masked in a turn, as it was said.
type Original struct {
	Who    call.Party  `json:"who"`
	At     call.Offset `json:"start_s"`
	Masked string      `json:"masked"` // as the turn has it
	Text   string      `json:"text"`   // what is or may be a card number, a password or a one-time code stays masked
}

// Query selects calls for a list, newest first. The zero Query is the first page of all calls.
type Query struct {
	State State
	Route string
	Lang  string
	Text  string    // part of any turn's text, of the caller or of the dialled user
	From  time.Time // started at or after
	To    time.Time // started before
	Limit int       // 1..200, 0 for 50
	After string    // Page.Next of the page before
	// Scope, unless nil, leaves out what is not in it.
	Scope *Scope
}

// Scope is a part of the calls: those of some routes, and those a person took part in.
type Scope struct {
	Routes []string
	Person string // "" = nobody
}

// Page is a part of a list.
type Page struct {
	Calls []Call `json:"calls"`
	// Next asks for the next page in Query.After, "" on the last one.
	Next string `json:"next,omitempty"`
	// Position is the place on the event bus this page is complete up to: events after it are not in it yet.
	Position uint64 `json:"position"`
}

// SetGaps fills in the figures made from the call's reply gaps, in milliseconds; zeros are left out.
func (c *Call) SetGaps(ms []int) {
	ms = slices.DeleteFunc(slices.Clone(ms), func(v int) bool { return v <= 0 })
	if len(ms) == 0 {
		return
	}
	slices.Sort(ms)
	c.GapP50, c.GapMax = ms[(len(ms)-1)/2], ms[len(ms)-1]
}
