// Package retain decides how long what calls leave behind is kept. It forgets recordings, texts and events after their
// days, in small steps and never of a call on hold; and it erases calls on request everywhere, then looks everywhere for
// what is left and says what it looked at. Where traces are is somebody else's business (Place, Records).
package retain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrUnknown means there is no such call, caller, hold or request.
	ErrUnknown = errors.New("not found")
	// ErrHeld means a legal hold keeps the call.
	ErrHeld = errors.New("a legal hold keeps it")
	// ErrRunning means the call has not ended.
	ErrRunning = errors.New("the call is still running; it can be erased once it has ended")
	// ErrInvalid means a value was not accepted; the text says which and why.
	ErrInvalid = errors.New("not accepted")
)

// Days says how many days after a call began its recording, its text and its events are kept; 0 is for ever.
type Days struct{ Audio, Text, Events int }

// Thing is what is kept for its own number of days.
type Thing string

// The things. Text is all that was said, who called, and what was written about the call; its events go with it.
const (
	Audio  Thing = "audio"
	Text   Thing = "text"
	Events Thing = "events"
)

// each yields the things that have a limit.
func (d Days) each(yield func(Thing, int) bool) {
	for _, t := range []struct {
		thing Thing
		days  int
	}{{Audio, d.Audio}, {Text, d.Text}, {Events, d.Events}} {
		if t.days > 0 && !yield(t.thing, t.days) {
			return
		}
	}
}

// Hold keeps one call, or all calls of a caller, whatever the days say, until it is lifted.
type Hold struct {
	ID       string     `json:"id"`
	Call     call.ID    `json:"call,omitempty"`
	Caller   string     `json:"caller,omitempty" doc:"As signalled, or as a number in any form"`
	Reason   string     `json:"reason"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	Lifted   *time.Time `json:"lifted,omitempty"`
	LiftedBy string     `json:"lifted_by,omitempty"`
}

// Subject is whose traces are erased.
type Subject struct {
	Call     call.ID `json:"call,omitempty"`
	Caller   string  `json:"caller,omitempty"`   // all calls of this caller instead
	Customer bool    `json:"customer,omitempty"` // with Caller: also who is known under this number
	By       string  `json:"by"`                 // who asks: a person's ID, "console" or "program"
	Name     string  `json:"name"`               // and their name
	Reason   string  `json:"reason,omitempty"`   // such as the number of the request; goes into the audit trail
}

// Check says whether the subject is one.
func (s Subject) Check() error {
	if (s.Call == "") == (s.Caller == "") {
		return fmt.Errorf("%w: name a call or a caller", ErrInvalid)
	}
	if s.Customer && s.Caller == "" {
		return fmt.Errorf("%w: a customer is erased by their number", ErrInvalid)
	}
	return nil
}

// Traces are what calls can be recognised by.
type Traces struct {
	Calls     []call.ID
	Started   []time.Time // of Calls
	Callers   []string    // of Calls, as signalled; "" where that is not known any more
	Words     []string    // texts that were said in these calls and in no other
	Numbers   []string    // the caller in every form it was signalled; only when a caller is erased
	Customers []string    // IDs of customers to be erased
}

// The kinds of what can be gone.
const (
	GoneCall     = "call"
	GoneCustomer = "customer"
)

// Gone is a call or a customer that was erased. Its ID is random and tells nothing about anybody.
type Gone struct {
	What string    `json:"what" enum:"call,customer"`
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
}

// Count is how much of something was erased.
type Count struct {
	Place string `json:"place"`
	What  string `json:"what"`
	N     int    `json:"n"`
}

// Look is one place that was searched.
type Look struct {
	Place string `json:"place"`
	What  string `json:"what"`            // what was searched, and for what
	Found int    `json:"found"`           // traces that should not be there
	Kept  int    `json:"kept"`            // traces that are kept on purpose
	Why   string `json:"why,omitempty"`   // they are kept, or are still there
	Size  int64  `json:"bytes,omitempty"` // how much was read, where that is known
}

// Copy is a backup that was made while the calls were on record.
type Copy struct {
	Path  string    `json:"path"`
	At    time.Time `json:"at"`
	There bool      `json:"there"` // the file is still where it was written
}

// Report is what an erasure did.
type Report struct {
	At      time.Time `json:"at"`
	Calls   []call.ID `json:"calls"`
	Already []call.ID `json:"already"` // erased by an earlier request and not on record since
	Erased  []Count   `json:"erased"`
	Looked  []Look    `json:"looked"`
	Words   int       `json:"words"` // distinctive texts that were searched for
	Backups []Copy    `json:"backups"`
	Proved  bool      `json:"proved"` // nothing was found that should not be there
}

// Filed is the report of an erasure as it stays on record for an auditor. It names calls by their IDs and quotes nobody.
type Filed struct {
	N      int64  `json:"n"`
	ID     string `json:"id" doc:"Of the request"`
	Report Report `json:"report"`
}

// Place is somewhere calls leave traces. Both methods may block on the disk and end with ctx.
type Place interface {
	// Erase removes the traces; that nothing is there is no error.
	Erase(ctx context.Context, t Traces) ([]Count, error)
	// Look searches for what is left.
	Look(ctx context.Context, t Traces) ([]Look, error)
}

// Records is the record of the calls. It is also a Place.
type Records interface {
	Place
	// Traces are those of a subject: ErrUnknown when there is no call and never was, ErrRunning while one is running.
	// Calls that were erased before are in already.
	Traces(ctx context.Context, s Subject) (t Traces, already []call.ID, err error)
	// Holds are those not lifted yet, or all.
	Holds(ctx context.Context, lifted bool) ([]Hold, error)
	// Erased remembers that the calls are to be gone, before anything is removed, so that nothing brings them back.
	Erased(ctx context.Context, t Traces) error
	// Tidy makes sure that the disk does not hold what was deleted. hard rewrites all files.
	Tidy(ctx context.Context, hard bool) error
	// Copies are the backups that hold one of the calls.
	Copies(ctx context.Context, t Traces) ([]Copy, error)
}
