// Package desk is where people take calls: who is there and what they do (presence), who gets which call (Router), what
// they see of it (View), and the advice they are given while they talk (Session). Desk joins these for the calls of a
// node and tells every window what changed. It knows neither sound nor HTTP: a call is what is done to it (Line), and
// whoever carries sound gives the desk an opaque leg.
package desk

import "errors"

// Errors callers branch on.
var (
	// ErrUnknown means there is no such agent, call, card or item.
	ErrUnknown = errors.New("desk: unknown")
	// ErrGone means that an offer is no longer open: somebody else has it, it was not answered in time, the caller left.
	ErrGone = errors.New("desk: the offer is gone")
	// ErrState means that this cannot be done now.
	ErrState = errors.New("desk: not possible now")
)
