// Package call is the vocabulary of one telephone call: who takes part, what can happen on a leg, and the events a
// call leaves behind. It is a leaf: every stage may import it and it imports none of them. Stages own the bodies of
// their own events (asr.Transcript is the body of "asr.final"); the bodies that belong to the call as a whole are here.
package call

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ID names a call for ever: in events, records, file names and URLs. It is a UUIDv7, so IDs sort by start time.
type ID string

// NewID returns a fresh ID.
func NewID() ID { return ID(uuid.Must(uuid.NewV7()).String()) }

// Party is a voice in a call.
type Party string

// The parties of a call.
const (
	Caller Party = "caller"
	Bot    Party = "bot"
	Agent  Party = "agent"
)

// Version is the number written into every event. A reader refuses a higher one.
const Version = 1

// Event is one fact about a call. (Call, Seq) identifies it: Seq starts at 1 and grows by 1 within a call, so a reader
// that sees a pair twice has seen a repetition. At is the offset from the start of the call, never a wall clock time.
type Event struct {
	V    int             `json:"v"`
	Call ID              `json:"call"`
	Seq  uint64          `json:"seq"`
	At   Offset          `json:"at"`
	Kind Kind            `json:"kind"`
	Body json.RawMessage `json:"body,omitempty"`
	// Pos is the event's place among all kept events of the bus it was read from; 0 before that and for events that are
	// not kept.
	Pos uint64 `json:"-"`
}

// Offset is a time since the start of the call. In JSON it is seconds with three decimals.
type Offset time.Duration

// MarshalJSON writes seconds.
func (o Offset) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(o).Seconds()), nil
}

// UnmarshalJSON reads seconds.
func (o *Offset) UnmarshalJSON(b []byte) error {
	var s float64
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read offset in seconds: %w", err)
	}
	*o = Offset(time.Duration(s * float64(time.Second)).Round(time.Millisecond))
	return nil
}

// Seconds returns the offset in seconds.
func (o Offset) Seconds() float64 { return time.Duration(o).Seconds() }

// Kind says what an event's body is.
type Kind string

// The kinds of event, in the order in which a call usually meets them, with the type of the body.
const (
	KindStarted    Kind = "call.started"   // Started
	KindKey        Kind = "call.key"       // Key
	KindHold       Kind = "call.hold"      // Hold
	KindPartial    Kind = "asr.partial"    // asr.Transcript; not kept
	KindFinal      Kind = "asr.final"      // asr.Transcript, redacted
	KindUnderstood Kind = "nlu.understood" // nlu.Understanding
	KindAnswered   Kind = "assist.answer"  // answer.Decision
	KindSpoke      Kind = "bot.spoke"      // Spoke: what the caller heard of a reply
	KindInterrupt  Kind = "bot.interrupt"  // Interrupt: duck, resume or cancel
	KindTurn       Kind = "turn.completed" // Turn: a caller's or the bot's completed turn; durable once acknowledged
	KindWaterfall  Kind = "turn.waterfall" // Waterfall
	KindTransfer   Kind = "call.transfer"  // Transfer
	KindParty      Kind = "call.party"     // Part: a person joined, left, held, muted
	KindAlert      Kind = "assist.alert"   // of a rule, for agent and supervisor; the body is the desk's
	KindOwed       Kind = "assist.owed"    // what a rule wants done, before it is; the body is the desk's
	KindCard       Kind = "assist.card"    // shown, used, dismissed; the body is the desk's
	KindCheck      Kind = "assist.check"   // an item of a checklist was done; the body is the desk's
	KindIdentity   Kind = "desk.identity"  // whether the caller is who they say; the body is the desk's
	KindGrant      Kind = "desk.grant"     // an offer to make good was made or decided; the body is the desk's
	KindTrouble    Kind = "call.trouble"   // Trouble: a part failed and what is done without it
	KindConsent    Kind = "call.consent"   // Consent: the caller does not want to be recorded
	KindEnded      Kind = "call.ended"     // Ended
)

// Written is what a chat has for a codec.
const Written = "text"

// Started opens a call.
type Started struct {
	From      string    `json:"from"`   // user part or number of the caller as signalled
	To        string    `json:"to"`     // dialled user
	Route     string    `json:"route"`  // name of the route that answered
	Base      string    `json:"base"`   // knowledge base of the route
	Langs     []string  `json:"langs"`  // languages of the route, first one first
	Codec     string    `json:"codec"`  // PCMU, PCMA, G722, opus, or Written
	Remote    string    `json:"remote"` // signalling address of the peer
	SIPCall   string    `json:"sip_call_id,omitempty"`
	At        time.Time `json:"started_at"` // UTC
	Recorded  bool      `json:"recorded"`
	Back      string    `json:"back,omitempty"`      // ID of the call in which this one back to the caller was asked for
	Node      string    `json:"node,omitempty"`      // of several nodes, the one that carries the call
	Continues ID        `json:"continues,omitempty"` // the cut call whose caller rang again, or the call or chat this goes on from on the same page
	Site      string    `json:"site,omitempty"`      // the web site that vouches for From, which is then its key of a customer
	Contact   string    `json:"-"`                   // number or address the caller gave; nobody has checked it
	Name      string    `json:"-"`                   // the name they gave, likewise
	Withheld  string    `json:"-"`                   // number that the caller does not want shown, which tells who they are and nothing else
}

// Key is a key pressed by the caller.
type Key struct {
	Digit string `json:"digit"` // 0-9 * # A-D; • when it is a part of something private
	Via   string `json:"via"`   // rfc4733 or info
}

// Hold tells that the far side put the call on hold or took it back.
type Hold struct {
	On bool `json:"on"`
}

// Turn is one completed turn of the conversation.
type Turn struct {
	N     int    `json:"n"` // counts from 1 over both parties
	Who   Party  `json:"who"`
	Text  string `json:"text"` // redacted; for the bot, only what was heard
	Lang  string `json:"lang"`
	Start Offset `json:"start_s"`
	End   Offset `json:"end_s"`
	// Cut is true for a bot turn the caller interrupted.
	Cut        bool    `json:"cut,omitempty"`
	Confidence float64 `json:"confidence,omitempty"` // 0..1, recognised turns only
	// Loudness is that of the speech, in dBFS (below 0); recognised turns only.
	Loudness  float64 `json:"loudness_db,omitempty"`
	Intent    string  `json:"intent,omitempty"`
	Sentiment float64 `json:"sentiment,omitempty"` // -1..1
	Entry     string  `json:"entry,omitempty"`     // knowledge entry a bot turn answered with
	Decision  string  `json:"decision,omitempty"`
	Written   bool    `json:"written,omitempty"` // by a caller, during a spoken call
	// By is the id of the person whose turn it is, Name what they were called then: an agent's turns only.
	By   string `json:"by,omitempty"`
	Name string `json:"name,omitempty"`
}

// Spoke is what a reply came to: Heard is the part of Text that was sent before the reply ended or was cut.
type Spoke struct {
	Text  string `json:"text"`
	Heard string `json:"heard"`
	Lang  string `json:"lang"`
	Start Offset `json:"start_s"`
	End   Offset `json:"end_s"`
	Cut   bool   `json:"cut,omitempty"`
}

// Interrupt tells how speech over the bot was taken.
type Interrupt struct {
	Action string `json:"action"` // duck, resume, cancel
	Why    string `json:"why"`
}

// Waterfall holds the wire-clock marks of one reply, as offsets from the start of the call. Zero means "did not happen".
type Waterfall struct {
	Turn       int    `json:"turn"`         // number of the bot's turn
	LastVoice  Offset `json:"last_voice_s"` // arrival of the last voiced RTP packet of the caller
	EndOfTurn  Offset `json:"end_of_turn_s"`
	FinalText  Offset `json:"final_text_s"`
	Answered   Offset `json:"answered_s"`
	FirstAudio Offset `json:"first_audio_s"` // first sample of the reply existed
	FirstVoice Offset `json:"first_voice_s"` // first voiced RTP packet of the reply was sent
	Speculated bool   `json:"speculated"`    // the reply had been prepared before the end of the turn was sure
	Why        string `json:"why,omitempty"` // reason of the end-of-turn decision
}

// Gap is the time the caller waited in silence, zero when either end is missing.
func (w Waterfall) Gap() time.Duration {
	if w.LastVoice == 0 || w.FirstVoice == 0 {
		return 0
	}
	return time.Duration(w.FirstVoice - w.LastVoice)
}

// Transfer tells what became of a hand-off to a person.
type Transfer struct {
	Target string `json:"target"`
	State  string `json:"state"` // asked, accepted, ringing, done, refused, failed, unavailable
	Status int    `json:"status,omitempty"`
	Why    string `json:"why,omitempty"`
}

// Consent tells that a caller has refused to be recorded: nothing of the call is recorded from then on, and what had been
// is removed.
type Consent struct {
	Recording bool   `json:"recording"` // false
	Key       string `json:"key"`       // that was pressed
}

// Part is what a person did in a call.
type Part struct {
	// Action is joined, left, lost, transferred, replaced, ended, role, hold, unhold, mute, unmute, whisper, unwhisper,
	// record, pause or refuse (the caller refuses to be recorded).
	Action string `json:"action"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Role   string `json:"role"`
}

// Trouble tells that a part of the call failed and how the call goes on.
type Trouble struct {
	Part string `json:"part"` // asr, tts, knowledge, recorder, ...
	Why  string `json:"why"`
	Then string `json:"then"`
}

// Ended closes a call.
type Ended struct {
	By       Party   `json:"by,omitempty"` // caller, bot, agent; empty when the call was cut or failed
	Why      string  `json:"why"`          // bye, goodbye, transferred, rtp-timeout, cut, error, ...
	Duration float64 `json:"duration_s"`
}

// SignalKind says what happened on a leg beside audio.
type SignalKind int

// What can happen on a leg beside audio.
const (
	SignalKey    SignalKind = iota + 1 // Digit and Via are set
	SignalHold                         // the far side put us on hold
	SignalUnhold                       // and took us back
)

// Signal is something that happened on a leg beside audio. A leg's channel of signals is closed when the leg has ended.
type Signal struct {
	Kind  SignalKind
	Digit rune   // 0-9 * # A-D
	Via   string // rfc4733 or info
	At    time.Time
}
