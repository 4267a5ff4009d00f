// Package hooks tells other programs what happens, by HTTP: signed, in order for each receiver, kept on disk until it was
// taken. An event gets its ID once, so a receiver that sees an ID twice has seen a repetition (the process died between
// sending and noting it).
package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// Kind says what happened.
type Kind string

// The kinds of event a receiver can ask for.
const (
	CallStarted     Kind = "call.started"     // call.Started
	CallAnswered    Kind = "call.answered"    // {by: bot | agent}
	CallHandoff     Kind = "call.handoff"     // call.Transfer
	CallEnded       Kind = "call.ended"       // call.Ended
	TranscriptFinal Kind = "transcript.final" // call.Turn, redacted
	CardShown       Kind = "card.shown"
	CardUsed        Kind = "card.used"
	RuleAlert       Kind = "rule.alert"
	TicketCreated   Kind = "ticket.created" // ticket.Ticket
	TicketUpdated   Kind = "ticket.updated"
	OpinionAlert    Kind = "opinion.alert" // insight.Alert: many call about the same thing
)

// Kinds lists them all.
func Kinds() []Kind {
	return []Kind{CallStarted, CallAnswered, CallHandoff, CallEnded, TranscriptFinal, CardShown, CardUsed, RuleAlert, TicketCreated, TicketUpdated, OpinionAlert}
}

// Event is one thing that happened, as it is sent.
type Event struct {
	ID   string          `json:"id"` // the same for every receiver and every try
	Kind Kind            `json:"kind"`
	At   time.Time       `json:"at"` // UTC
	Call call.ID         `json:"call,omitempty"`
	Data json.RawMessage `json:"data"`
}

// Target is a receiver.
type Target struct {
	Name   string // in lists and for replay
	URL    string
	Secret string // signs what is sent
	Kinds  []Kind // nil = all
}

// Wants reports whether the receiver asked for a kind.
func (t Target) Wants(k Kind) bool { return t.Kinds == nil || slices.Contains(t.Kinds, k) }

// ErrSignature means a signature does not belong to the body, or is too old.
var ErrSignature = errors.New("hooks: wrong signature")

// Headers of a delivery.
const (
	HeaderSignature = "Parley-Signature"
	HeaderID        = "Parley-Event-Id"
	HeaderKind      = "Parley-Event"
	HeaderTry       = "Parley-Try"
)

// Sign returns the value of Parley-Signature for a body sent at a time.
func Sign(secret string, at time.Time, body []byte) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), mac(secret, fmt.Sprint(at.Unix()), body))
}

func mac(secret, stamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(stamp + "."))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// Check is what a receiver does with a signature: it is ErrSignature when it does not belong to the body, or was made
// more than tolerance away from now.
func Check(secret, signature string, body []byte, now time.Time, tolerance time.Duration) error {
	var stamp string
	var given []string
	for part := range strings.SplitSeq(signature, ",") {
		switch k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k {
		case "t":
			stamp = v
		case "v1":
			given = append(given, v)
		}
	}
	var unix int64
	if _, err := fmt.Sscanf(stamp, "%d", &unix); err != nil || now.Sub(time.Unix(unix, 0)).Abs() > tolerance {
		return ErrSignature
	}
	want := mac(secret, stamp, body)
	if !slices.ContainsFunc(given, func(g string) bool { return hmac.Equal([]byte(g), []byte(want)) }) {
		return ErrSignature
	}
	return nil
}

// fromCall turns an event of a call into what receivers get, with IDs made from its place in the call, so that reading it
// twice makes nothing new; a call's end is told once, the first that was taken for it. Most events are nothing to them.
func fromCall(e call.Event, started time.Time) []Event {
	at := started.Add(time.Duration(e.At)).UTC()
	one := func(k Kind, suffix string, data json.RawMessage) Event {
		return Event{ID: fmt.Sprintf("%s-%d%s", e.Call, e.Seq, suffix), Kind: k, At: at, Call: e.Call, Data: data}
	}
	switch e.Kind {
	case call.KindStarted:
		return []Event{one(CallStarted, "", e.Body), one(CallAnswered, "a", json.RawMessage(`{"by":"bot"}`))}
	case call.KindTurn:
		return []Event{one(TranscriptFinal, "", e.Body)}
	case call.KindTransfer:
		var t call.Transfer
		if json.Unmarshal(e.Body, &t) != nil {
			return nil
		}
		switch {
		case t.State == "asked":
			return []Event{one(CallHandoff, "", e.Body)}
		case t.State == "done" && t.Target != "desk": // at the desk the agent is a party of the call, see below
			return []Event{one(CallAnswered, "a", json.RawMessage(`{"by":"agent"}`))}
		}
	case call.KindParty:
		var p call.Part
		if json.Unmarshal(e.Body, &p) == nil && p.Action == "joined" && p.Role == "agent" {
			return []Event{one(CallAnswered, "", json.RawMessage(`{"by":"agent"}`))}
		}
	case call.KindAlert:
		return []Event{one(RuleAlert, "", e.Body)}
	case call.KindCard:
		var c struct {
			State string `json:"state"` // empty when it is shown for the first time
		}
		switch {
		case json.Unmarshal(e.Body, &c) != nil:
		case c.State == "":
			return []Event{one(CardShown, "", e.Body)}
		case c.State == "used":
			return []Event{one(CardUsed, "", e.Body)}
		}
	case call.KindEnded:
		end := one(CallEnded, "", e.Body)
		end.ID = string(e.Call) + "-ended" // a call whose node was taken for dead ends again, elsewhere in it
		return []Event{end}
	}
	return nil
}

// FromTicket is what receivers get of a ticket that was made or changed: one event for each version of it.
func FromTicket(t ticket.Ticket) (Event, error) {
	e := Event{ID: "ticket-" + t.ID, Kind: TicketCreated, At: t.Updated.UTC(), Call: t.Call}
	if t.Version > 1 {
		e.ID, e.Kind = e.ID+"-"+strconv.Itoa(t.Version), TicketUpdated
	}
	var err error
	if e.Data, err = json.Marshal(t); err != nil {
		return e, fmt.Errorf("tell of ticket: %w", err)
	}
	return e, nil
}

// State says how far a delivery is.
type State string

// The states of a delivery.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	GivenUp   State = "given_up" // after MaxAge; replay sends it again
)

// Delivery is one event on its way to one receiver.
type Delivery struct {
	N      int64     `json:"n"` // order within the receiver
	Target string    `json:"target"`
	Event  Event     `json:"event"`
	State  State     `json:"state"`
	Tries  int       `json:"tries"`
	Next   time.Time `json:"next"` // not before
	Why    string    `json:"why,omitempty"`
}

// Outbox keeps deliveries.
type Outbox interface {
	// Enqueue stores events for the targets that want them, and position (unless nil) as the place read up to, all or
	// nothing. What is there already is left alone.
	Enqueue(ctx context.Context, targets []Target, evs []Event, position *uint64) error
	// Position is the place read up to; ok is false before the first one was stored.
	Position(ctx context.Context) (pos uint64, ok bool, err error)
	// Oldest returns the first delivery of a target that is waiting; ok is false when there is none.
	Oldest(ctx context.Context, target string) (d Delivery, ok bool, err error)
	// Mark stores what became of a try.
	Mark(ctx context.Context, d Delivery) error
	// Sweep forgets what was delivered before a time.
	Sweep(ctx context.Context, before time.Time) error
}

// Query selects deliveries, newest first.
type Query struct {
	Target string
	State  State
	Event  string
	From   time.Time // event happened at or after
	To     time.Time // event happened before
	Before int64     // lower numbers only; 0 = from the newest
	Limit  int       // 1..500, 0 for 100
}
