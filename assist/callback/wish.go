package callback

import (
	"context"
	"errors"
	"time"
)

// Errors callers branch on.
var (
	// ErrUnknown means that there is no such open wish.
	ErrUnknown = errors.New("callback: there is no such wish")
	// ErrFull means that too many wait to be called.
	ErrFull = errors.New("callback: too many wait to be called back")
	// ErrNotNow means that the call could not be placed for a reason of this side, such as a limit of the trunk: it is tried
	// later and does not count.
	ErrNotNow = errors.New("callback: not now")
	// ErrNever means that the number may not be dialled at all.
	ErrNever = errors.New("callback: this number is not dialled")
	// ErrRang is the cause with which a call ends that is being placed while the one who is called rings themselves.
	ErrRang = errors.New("callback: they ring themselves")
)

// State says how far a wish is.
type State string

// The states of a wish. The first three are open.
const (
	Waiting   State = "waiting"
	Dialling  State = "dialling"
	Talking   State = "talking"   // they were reached: they are not called again, whatever happens now
	Done      State = "done"      // they talked with a person
	Failed    State = "failed"    // tried often enough, or too old
	Cancelled State = "cancelled" // they rang again, or a person took it back
)

// Wish is somebody who will be called back.
type Wish struct {
	ID       string    `json:"id"` // of the call in which it was made
	Number   string    `json:"number"`
	Name     string    `json:"name"`
	Customer string    `json:"customer,omitempty"`
	Lang     string    `json:"lang"`
	Route    string    `json:"route"`
	Queue    string    `json:"queue"`
	Reason   string    `json:"reason"`
	State    State     `json:"state"`
	Tries    int       `json:"tries"`
	Why      string    `json:"why,omitempty"` // what came of the last try, or why it ended
	By       string    `json:"by,omitempty"`  // who took it back
	Since    time.Time `json:"since"`
	Next     time.Time `json:"next"` // not dialled before
}

// Store keeps wishes.
type Store interface {
	Put(ctx context.Context, w Wish) error
	Open(ctx context.Context) ([]Wish, error) // those that are not over, oldest first
}
