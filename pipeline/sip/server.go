package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// ErrClosed is returned by Dial when the server does not run any more.
var ErrClosed = errors.New("telephone side is closed")

// Handler answers calls. Both methods are called from many goroutines at once.
type Handler interface {
	// Admit decides whether a call is taken. It must return at once.
	Admit(Invite) Verdict
	// Call is the call: it runs in its own goroutine once the call is established, and its return hangs up. ctx ends
	// when the leg has ended or the server stops.
	Call(ctx context.Context, leg *Leg)
}

// Invite is what the signalling says about a call before it is answered.
type Invite struct {
	From, FromName string // user part and display name of the caller; the user part is a number on most trunks, "anonymous" when it is withheld
	Withheld       string // number of a caller who does not want it shown, of trunks with Trust.Withheld: never to be shown
	To             string // user part that was dialled
	URI            string // the whole dialled URI
	CallID         string
	Remote         string // IP:port the INVITE came from
	Transport      string // udp, tcp or tls
	UserAgent      string
	Diversion      string // user part that was called first when the call was diverted, of trunks with Trust.Diverted
	Languages      string // Accept-Language as sent
}

// Verdict is the answer to an Invite.
type Verdict struct {
	Accept     bool
	Ring       time.Duration // how long to ring before answering; 0 = not at all
	Status     int           // of a refusal; 0 = 486, or 503 with RetryAfter
	Reason     string        // "" = the usual phrase of the status
	RetryAfter time.Duration // told in a refusal when positive, in whole seconds
	// Dropped is called once if an accepted call ends before Handler.Call: cancelled, without ports, never acknowledged.
	Dropped func()
}

// Packet is one media packet as seen by a tap.
type Packet struct {
	In        bool
	At        time.Time
	Seq       uint16
	Timestamp uint32
	PCM       []int16 // 16 kHz, valid only during the call of Tap
	Level     float64 // dBFS
}

// Server is a SIP user agent. Its methods are safe for concurrent use.
type Server struct {
	cfg    Config
	log    *slog.Logger
	ua     *sipgo.UserAgent
	srv    *sipgo.Server
	client *sipgo.Client
	udp    net.PacketConn
	tcp    net.Listener
	tls    net.Listener
	gate   *gate
	ports  *ports
	nonces *nonces
	opened map[string]*opened // by transport
	parser *sip.Parser        // of what comes by them
	absent absent

	finding chan struct{} // holds one element for each host that sound is to be sent to and that is looked for

	silentWait, tryingWait time.Duration

	readable chan struct{} // closed once the UDP socket is read
	stopped  chan struct{} // closed when Serve ends
	running  chan struct{} // closed once messages are read
	wg       sync.WaitGroup
	nextID   atomic.Uint64
	refused  atomic.Uint64

	mu         sync.Mutex
	handler    Handler
	ctx        context.Context //nolint:containedctx // of Serve; ends everything that Serve started
	closed     bool
	legs       map[string]*Leg      // by dialog
	early      map[string]*Leg      // calls of this side that are not answered yet, by the dialogs of those who ring
	setup      map[string]time.Time // INVITEs in progress, by what identifies one
	registrars []*registrar

	users atomic.Pointer[map[string]string] // in place of cfg.Users; nil = those
}

// raiseLimit lets the library send UDP messages as large as the network takes: responses must go where the request
// came from however long they are.
// Its own log lines hold whole messages and addresses, so they are dropped.
var raiseLimit = sync.OnceFunc(func() {
	sip.UDPMTUSize = 16 << 10
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// settleTime is what the library gets to finish the messages that were read before its sockets were closed.
const settleTime = 20 * time.Millisecond

// sendWait is how long a connection may take to accept a message: a far side that does not read must not hold up others.
const sendWait = 5 * time.Second

// Listen binds the addresses of a configuration. Nothing is answered until Serve runs.
func Listen(cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	raiseLimit()
	s := &Server{cfg: cfg, log: cfg.Log, gate: newGate(cfg), nonces: newNonces(), running: make(chan struct{}), readable: make(chan struct{}), stopped: make(chan struct{}),
		legs: map[string]*Leg{}, early: map[string]*Leg{}, finding: make(chan struct{}, hostsNow), setup: map[string]time.Time{}, opened: map[string]*opened{"TCP": newOpened(), "TLS": newOpened()},
		silentWait: silentWait, tryingWait: tryingWait}
	parser := sip.NewParser()
	s.parser = parser
	if err := s.bind(parser); err != nil {
		s.unbind()
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler) // the library logs whole messages
	s.ua, err = sipgo.NewUA(sipgo.WithUserAgent(cfg.UserAgent), sipgo.WithUserAgentParser(parser),
		sipgo.WithUserAgenTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots}),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {})),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet),
			sip.WithTransportLayerTransports(sip.TransportsConfig{TCP: &sip.TransportTCP{DialerCreate: s.dialer, WriteTimeout: sendWait},
				TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{DialerCreate: s.dialer, WriteTimeout: sendWait}}})))
	if err == nil {
		s.srv, err = sipgo.NewServer(s.ua, sipgo.WithServerLogger(quiet))
	}
	if err == nil {
		s.client, err = sipgo.NewClient(s.ua, sipgo.WithClientLogger(quiet))
	}
	if err != nil {
		s.unbind()
		return nil, fmt.Errorf("start telephone side: %w", err)
	}
	s.route()
	return s, nil
}

// dialer makes the dialer of outgoing TCP connections. They end with Serve.
func (s *Server) dialer(local net.Addr) net.Dialer {
	return net.Dialer{Timeout: 5 * time.Second, LocalAddr: local, Control: s.gate.control,
		Cancel: s.stopped} //nolint:staticcheck // the library chooses the context
}

func (s *Server) bind(parser *sip.Parser) error {
	if s.cfg.UDP != "" {
		c, err := net.ListenPacket("udp", s.cfg.UDP)
		if err != nil {
			return fmt.Errorf("start telephone side: listen on UDP %s: %w; choose another port or end the program that has it",
				s.cfg.UDP, err)
		}
		s.udp = &screenedUDP{PacketConn: c, gate: s.gate, parser: parser, ready: sync.OnceFunc(func() { close(s.readable) })}
	}
	if s.cfg.TCP != "" {
		l, err := net.Listen("tcp", s.cfg.TCP)
		if err != nil {
			return fmt.Errorf("start telephone side: listen on TCP %s: %w; choose another port or end the program that has it",
				s.cfg.TCP, err)
		}
		s.tcp = &screenedTCP{Listener: l, gate: s.gate, parser: parser}
	}
	if s.cfg.TLS != "" {
		l, err := net.Listen("tcp", s.cfg.TLS)
		if err != nil {
			return fmt.Errorf("start telephone side: listen on TCP %s for TLS: %w; choose another port or end the program that has it",
				s.cfg.TLS, err)
		}
		s.tls = &screenedTCP{Listener: l, gate: s.gate, parser: parser, conf: s.cfg.TLSConfig}
	}
	s.ports = newPorts(s.cfg.RTPMin, s.cfg.RTPMax)
	return nil
}

func (s *Server) unbind() {
	if s.udp != nil {
		_ = s.udp.Close()
	}
	for _, l := range []net.Listener{s.tcp, s.tls} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// UDPAddr returns the bound UDP address, "" when UDP is off.
func (s *Server) UDPAddr() string {
	if s.udp == nil {
		return ""
	}
	return s.udp.LocalAddr().String()
}

// TCPAddr returns the bound TCP address, "" when TCP is off.
func (s *Server) TCPAddr() string {
	if s.tcp == nil {
		return ""
	}
	return s.tcp.Addr().String()
}

// TLSAddr returns the bound address for TLS, "" when TLS is off.
func (s *Server) TLSAddr() string {
	if s.tls == nil {
		return ""
	}
	return s.tls.Addr().String()
}

// Calls returns how many calls there are now.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Serve reads messages and hands calls to h until ctx ends; a nil h refuses all calls, for a server that only dials.
// Before it returns all calls are ended, all their goroutines are gone and all ports are free. It can run once.
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

	var readers sync.WaitGroup
	failed := make(chan error, 5)
	if s.udp != nil {
		readers.Add(1)
		// Ends when unbind closes the socket.
		go func() { defer readers.Done(); failed <- s.srv.ServeUDP(s.udp) }()
		select {
		case <-s.readable:
		case err := <-failed:
			failed <- err
		}
	}
	if s.tcp != nil {
		readers.Add(1)
		// Ends when unbind closes the listener.
		go func() { defer readers.Done(); failed <- s.srv.ServeTCP(s.tcp) }()
	}
	if s.tls != nil {
		readers.Add(1)
		// Ends when unbind closes the listener.
		go func() { defer readers.Done(); failed <- s.srv.ServeTLS(s.tls) }()
	}
	readers.Add(2)
	// These end when what they read from is closed.
	go func() { defer readers.Done(); failed <- s.srv.ServeTCP(s.opened["TCP"]) }()
	go func() { defer readers.Done(); failed <- s.srv.ServeTLS(s.opened["TLS"]) }()
	close(s.running)
	s.register(run)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("read telephone messages: %w", errors.Join(err, ErrClosed))
	}
	s.shutdown(cancel)
	close(s.stopped)
	s.unbind()
	for _, o := range s.opened {
		_ = o.Close()
	}
	readers.Wait()
	_ = s.ua.Close()
	// A message that was read last may be on its way through the library, which would open a socket of its own to answer
	// it: close once more when it is through.
	time.Sleep(settleTime)
	_ = s.ua.Close()
	return err
}

// shutdown refuses what is new, says goodbye to what runs, and waits for it.
func (s *Server) shutdown(cancel context.CancelFunc) {
	s.mu.Lock()
	s.closed = true
	legs := make([]*Leg, 0, len(s.legs))
	for _, l := range s.legs {
		legs = append(legs, l)
	}
	s.mu.Unlock()
	for _, l := range legs {
		l.end("", "shutdown", true)
	}
	cancel()
	for _, l := range legs {
		<-l.gone
	}
	s.wg.Wait()
}

// Close frees the addresses of a server that was never served. After Serve it does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil && !s.closed {
		s.closed = true
		_ = s.ua.Close()
		s.unbind()
	}
	return nil
}
