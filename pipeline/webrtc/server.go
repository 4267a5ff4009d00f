package webrtc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	pion "github.com/pion/webrtc/v4"
)

// ErrClosed means that the server was closed or has run before.
var ErrClosed = errors.New("the web call server is closed")

// Handler decides about calls and takes them. Its methods are called from several goroutines.
type Handler interface {
	// Admit decides whether a call is taken. It must return at once.
	Admit(Invite) Verdict
	// Call is the call: it runs in its own goroutine once sound can flow, and its return hangs up. ctx ends when the leg
	// has ended or the server stops.
	Call(ctx context.Context, leg *Leg)
}

// Invite is what a page says about a call before it is answered. Only Remote is beyond the page's choice.
type Invite struct {
	ID        string // of the call, made up by this side
	Line      string // the one asked for, from the address
	Lang      string // wish of the page, such as "zh"; "" = none
	Origin    string // of the page that calls; "" = not told
	Remote    netip.Addr
	UserAgent string
	Languages string // Accept-Language as sent
	Customer  string // what the page says of who calls (X-Parley-Customer), as sent: nothing is checked here
	Contact   string // number or address the caller gave (X-Parley-Contact)
	Name      string // name they gave (X-Parley-Name)
	Chat      string // the written conversation that the call goes on from, as "ID TOKEN" (X-Parley-Chat); nothing is checked here
}

// Verdict is the answer to an Invite.
type Verdict struct {
	Accept     bool
	Status     int           // HTTP status of a refusal; 0 = 503
	Reason     string        // shown to the person; "" = the usual words of the status
	RetryAfter time.Duration // told in a refusal when positive, in whole seconds
	Gone       func()        // called once when an accepted call is over, also one that never began; may be nil
}

// Server answers web calls. Its methods are safe for concurrent use.
type Server struct {
	cfg    Config
	log    *slog.Logger
	engine *engine
	caps   *caps
	wg     sync.WaitGroup

	mu      sync.Mutex
	handler Handler
	ctx     context.Context //nolint:containedctx // of Serve; ends everything that Serve started
	closed  bool
	legs    map[string]*Leg // by the secret end of their address
	done    chan struct{}   // closed when Serve has returned, or Close without Serve
}

// New makes a server and binds its shared media port, if it has one. Calls get 503 until Serve runs.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	e, err := newEngine(cfg)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, log: cfg.Log, engine: e, caps: newCaps(cfg), legs: map[string]*Leg{}, done: make(chan struct{})}, nil
}

// Serve hands calls to h until ctx ends or Close is called. Before it returns all calls are ended, all their goroutines
// are gone and all media ports are free. It can run once.
func (s *Server) Serve(ctx context.Context, h Handler) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.closed || s.ctx != nil {
		s.mu.Unlock()
		return ErrClosed
	}
	s.handler, s.ctx = h, run
	s.mu.Unlock()
	select {
	case <-run.Done():
	case <-s.done:
	}
	s.shutdown()
	return nil
}

// Close ends all calls and waits for them. It may be called more than once, and without Serve.
func (s *Server) Close() error {
	s.shutdown()
	return nil
}

// shutdown refuses what is new, hangs up what runs, and waits for it.
func (s *Server) shutdown() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	legs := make([]*Leg, 0, len(s.legs))
	for _, l := range s.legs {
		legs = append(legs, l)
	}
	s.mu.Unlock()
	if first {
		close(s.done)
	}
	for _, l := range legs {
		l.end("", "shutdown")
	}
	s.wg.Wait()
	s.engine.close()
}

// Calls returns how many calls are being set up or under way.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// begin counts a goroutine in, unless the server is closed or does not run; undo it with s.wg.Done.
func (s *Server) begin() (Handler, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.handler == nil {
		return nil, false
	}
	s.wg.Add(1)
	return s.handler, true
}

func (s *Server) remember(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.legs[l.secret] = l
	return true
}

func (s *Server) forget(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, l.secret)
}

func (s *Server) find(secret string) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[secret]
}

// protect keeps a panic in a handler or a library from ending the process.
func (s *Server) protect(what string, f func()) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("web call", "in", what, "panic", fmt.Sprint(r))
		}
	}()
	f()
	return true
}

// offerError is an offer that cannot be answered.
type offerError struct{ why string }

func (e *offerError) Error() string { return e.why }

// open turns an offer into a leg and an answer with all candidates. The leg is running and will call h once connected.
func (s *Server) open(ctx context.Context, inv Invite, offer string, h Handler, leave func()) (l *Leg, answer string, err error) {
	if err := checkOffer(offer); err != nil {
		leave()
		return nil, "", err
	}
	pc, err := s.engine.api.NewPeerConnection(s.cfg.peerConfig())
	if err != nil {
		leave()
		return nil, "", fmt.Errorf("open peer connection: %w", err)
	}
	if l, err = s.newLeg(pc, inv, leave); err == nil {
		answer, err = l.negotiate(ctx, offer)
	}
	if err == nil && !s.remember(l) {
		err = ErrClosed
	}
	if err != nil {
		if l != nil {
			l.abandon()
		} else {
			_ = pc.GracefulClose()
			leave()
		}
		return nil, "", err
	}
	// Ends when the call has ended and the handler has returned. The request is counted in, so this does not meet Wait.
	s.wg.Go(func() { l.run(h) })
	return l, answer, nil
}

// negotiate answers an offer and waits until all candidates are known.
func (l *Leg) negotiate(ctx context.Context, offer string) (string, error) {
	var err error
	ok := l.s.protect("offer", func() {
		if err = l.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeOffer, SDP: offer}); err != nil {
			err = &offerError{"the offer cannot be used: " + err.Error()}
			return
		}
		var ans pion.SessionDescription
		if ans, err = l.pc.CreateAnswer(nil); err != nil {
			err = &offerError{"the offer cannot be answered: " + err.Error()}
			return
		}
		gathered := pion.GatheringCompletePromise(l.pc)
		if err = l.pc.SetLocalDescription(ans); err != nil {
			err = &offerError{"the offer cannot be answered: " + err.Error()}
			return
		}
		t := time.NewTimer(2*stunWait + time.Second)
		defer t.Stop()
		select {
		case <-gathered:
		case <-t.C: // the candidates found so far will do
		case <-ctx.Done():
			err = ctx.Err()
		}
	})
	if !ok {
		return "", &offerError{"the offer cannot be used"}
	}
	if err != nil {
		return "", err
	}
	return l.pc.LocalDescription().SDP, nil
}
