package webrtc

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/pipeline/call"
)

// ErrOffer means that an offer cannot be used.
var ErrOffer = errors.New("webrtc: the offer cannot be used")

// Join answers the offer of somebody who takes part in a call from a page of the node's own and has been admitted
// already: the limits for callers do not count them. It blocks while candidates are gathered. When sound can flow, run is
// called in its own goroutine and its return hangs up; its ctx ends when the leg has ended or the server stops. An offer
// that never connects ends by itself, without run.
func (s *Server) Join(ctx context.Context, offer string, run func(ctx context.Context, leg *Leg)) (answer string, err error) {
	if _, running := s.begin(); !running {
		return "", ErrClosed
	}
	defer s.wg.Done()
	_, answer, err = s.open(ctx, Invite{ID: string(call.NewID())}, offer, joined(run), func() {})
	if bad := (*offerError)(nil); errors.As(err, &bad) {
		return "", errors.Join(ErrOffer, err)
	}
	return answer, err
}

// joined is a Handler for one leg.
type joined func(ctx context.Context, leg *Leg)

// Admit is not asked.
func (joined) Admit(Invite) Verdict { return Verdict{Accept: true} }

// Call runs the leg.
func (j joined) Call(ctx context.Context, leg *Leg) { j(ctx, leg) }
