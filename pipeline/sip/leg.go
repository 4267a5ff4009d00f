package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// byeWait bounds how long the end of a leg waits for the far side.
const byeWait = 2 * time.Second

// Leg is one call. ReadFrame and WriteFrame are for one goroutine each; everything else may be called from anywhere.
type Leg struct {
	s      *Server
	log    *slog.Logger
	d      *dialog
	m      *media
	invite Invite
	uac    bool
	ctx    context.Context //nolint:containedctx // lives as long as the call
	cancel context.CancelFunc
	wg     sync.WaitGroup // housekeeping goroutines

	acks      chan ack
	acked     atomic.Bool
	tx        interface{ Terminate() } // of the INVITE
	leave     func()                   // lets go of what was admitted for this call
	kin       func()                   // the same, of where the far side says the call goes on; lock held
	onReferTo func(target string) iter.Seq[int]
	codecs    []string // that are offered
	late      bool     // the INVITE of this side had no offer
	hearing   bool     // what a far side sends before it answers is listened to; used by the goroutine that dials

	started   time.Time
	inviting  sync.Mutex    // one INVITE or UPDATE of this side at a time
	farInvite chan struct{} // holds one element while an INVITE of the far side is under way
	selfBusy  atomic.Bool

	mu       sync.Mutex
	sec      sdp.Security // what sound of this call is protected with
	local    sdp.Local
	far      *sdp.Media
	choice   sdp.Choice
	said     []byte            // last description of this side
	offered  []byte            // description of an offer in our 2xx, whose answer comes in the ACK
	early    map[string]*early // who rings for the INVITE of this side, by tags
	wantHold bool              // this side holds
	heldBy   bool              // the far side holds
	timer    sessionTimer
	least    time.Duration // session interval that the far side named as the least, 0: none
	allows   map[string]bool
	sigs     *call.Signals
	refer    chan referStep
	moving   moving          // the transfer that refer is of
	givenUp  map[uint32]bool // transfers without success, by the sequence number of their REFER
	over     bool
	by       call.Party
	why      string
	because  string // who ended the call, told with the BYE

	heldNano atomic.Int64 // sinceEpoch of the end of the hold or the begin of the call, for the RTP timeout
	ended    chan struct{}
	gone     chan struct{}
}

type ack struct {
	seq  uint32
	body []byte
}

func (s *Server) newLeg(d *dialog, m *media, inv Invite) *Leg {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Leg{s: s, d: d, m: m, invite: inv, ctx: ctx, cancel: cancel, acks: make(chan ack, 4), farInvite: make(chan struct{}, 1), started: time.Now(),
		codecs: s.cfg.Codecs, sec: s.cfg.SRTP, log: s.log.With("sip_call", inv.CallID), sigs: call.NewSignals(), ended: make(chan struct{}),
		gone: make(chan struct{}), leave: func() {}, kin: func() {}}
	l.local = sdp.Local{ID: s.nextID.Add(1) + uint64(time.Now().Unix())<<20, Version: 1, Port: m.port, Direction: sdp.SendRecv} //nolint:gosec // positive
	m.learn = s.cfg.Learn
	m.onKey = func(r rune, at time.Time) {
		if !l.uac || l.acked.Load() { // nobody presses one before they answer
			l.sigs.Key(r, "rfc4733", at)
		}
	}
	return l
}

// Invite returns what the signalling said when the call began.
func (l *Leg) Invite() Invite { return l.invite }

// ID returns the Call-ID.
func (l *Leg) ID() string { return l.invite.CallID }

// Codec returns the name of the codec in use.
func (l *Leg) Codec() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.choice.Codec.Name
}

// PTime returns the packet duration this side sends with.
func (l *Leg) PTime() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.choice.PTime
}

// MediaAddr returns the local address of the media socket.
func (l *Leg) MediaAddr() net.Addr { return l.m.rtpConn.LocalAddr() }

// Ended is closed as soon as the call is over, whoever ended it.
func (l *Leg) Ended() <-chan struct{} { return l.ended }

// Why tells who ended the call and why: "bye", "hangup", "cancelled", "rtp-timeout", "session-expired", "no-ack",
// "shutdown", "transferred", "error". By is empty when nobody did; both are empty while the call lasts.
func (l *Leg) Why() (by call.Party, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.by, l.why
}

// Signals delivers keys and holds. It is closed when the leg has ended. A reader that is 64 signals behind loses the
// oldest.
func (l *Leg) Signals() <-chan call.Signal { return l.sigs.C() }

// ReadFrame fills dst, which must hold 320 samples, with the next 20 ms of what the far side says. It never blocks and
// is meant to be called once every 20 ms: it is the clock of the jitter buffer. The error is io.EOF once the call is over.
func (l *Leg) ReadFrame(dst []int16) (audio.Arrival, error) {
	if len(dst) != audio.FrameLen {
		return audio.Arrival{}, fmt.Errorf("read frame: %d samples instead of %d", len(dst), audio.FrameLen)
	}
	select {
	case <-l.ended:
		return audio.Arrival{}, io.EOF
	default:
	}
	return l.m.frame(dst, time.Now()), nil
}

func (m *media) frame(dst []int16, now time.Time) (a audio.Arrival) {
	a.Silent = true
	m.guard(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if !m.ready || m.held {
			clear(dst)
			return
		}
		a = m.in.frame(dst, now)
	})
	return a
}

// WriteFrame sends 20 ms of sound, 320 samples. It does not pace: the caller does. It returns when the sound left, or
// was dropped because the call is on hold. The error is io.EOF once the call is over.
func (l *Leg) WriteFrame(src []int16) (time.Time, error) {
	select {
	case <-l.ended:
		return time.Time{}, io.EOF
	default:
	}
	return l.m.send(src, time.Now())
}

func (m *media) send(src []int16, now time.Time) (time.Time, error) {
	m.mu.Lock()
	if !m.ready || m.mute || m.out.busy || m.remote.Port == 0 {
		m.out.pause()
		m.mu.Unlock()
		return now, nil
	}
	packets, err := m.out.write(src, now)
	to := m.remote
	m.mu.Unlock()
	for _, p := range packets {
		// A refused packet means that the far side is not there (yet): the RTP timeout deals with it.
		if _, werr := m.rtpConn.WriteTo(p.data, &to); errors.Is(werr, net.ErrClosed) {
			return now, io.EOF
		}
		if m.tap != nil {
			m.tap(Packet{At: now, Seq: p.seq, Timestamp: p.ts, PCM: p.pcm, Level: audio.Level(p.pcm)})
		}
	}
	if err != nil {
		return now, fmt.Errorf("encode frame: %w", err)
	}
	return now, nil
}

// end ends the call once. bye says whether the far side has to be told.
func (l *Leg) end(by call.Party, why string, bye bool) {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return
	}
	l.over, l.by, l.why = true, by, why
	l.sigs.Close()
	close(l.ended)
	l.mu.Unlock()
	l.cancel()
	counted := l.s.begin()
	// Ends when the far side has answered the BYE, at the latest after byeWait twice.
	go func() {
		if counted {
			defer l.s.wg.Done()
		}
		defer close(l.gone)
		l.s.protect("end of call", func() { l.finish(bye) })
	}()
}

func (l *Leg) finish(bye bool) {
	l.m.close()
	l.wg.Wait()
	letGo := func() {
		l.leave()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.kin()
	}
	if bye {
		l.sayBye(letGo)
	} else {
		letGo()
	}
	l.mu.Lock()
	tx, why := l.tx, l.why
	l.mu.Unlock()
	if tx != nil && why != "cancelled" { // the 487 may have to be repeated
		tx.Terminate()
	}
	l.s.forget(l)
}

// sayBye returns when the BYE is answered, at the latest after byeWait. It is repeated for as long as BYEs are, or a far side that
// missed a few would keep the call up, and bill it. letGo is called once when that is over.
func (l *Leg) sayBye(letGo func()) {
	ctx, cancel := context.WithTimeout(context.Background(), byeWait)
	defer cancel()
	if !l.uac && !l.acked.Load() {
		// A callee says BYE only after the ACK (RFC 3261, section 15).
		select {
		case <-l.acks:
		case <-ctx.Done():
		}
	}
	bye := l.d.request(sip.BYE)
	if reason := l.reason(); reason != "" {
		bye.AppendHeader(sip.NewHeader("Reason", reason))
	}
	l.s.atMost(byeWait, func(ctx context.Context) {
		defer letGo()
		if _, err := l.s.do(ctx, l.d, bye); err != nil {
			l.log.Debug("BYE was not answered", "err", err)
		}
	})
}

// Hangup ends the call and waits until its ports and goroutines are gone, or ctx ends. It may be called more than once.
func (l *Leg) Hangup(ctx context.Context) error {
	by := call.Bot
	if l.uac {
		by = call.Caller
	}
	l.end(by, "hangup", true)
	select {
	case <-l.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hang up: %w", ctx.Err())
	}
}

// far party of the call, in the words of package call.
func (l *Leg) farParty() call.Party {
	if l.uac {
		return call.Bot
	}
	return call.Caller
}

// retarget follows the far side to where it says that the call goes on.
func (l *Leg) retarget(c *sip.ContactHeader, source string) {
	l.d.retarget(c, source)
	l.hearFar()
}

// hearFar listens to the hosts by which the far side of a call that this side placed says that the call goes on: a name may stand
// for a host that only hands calls out.
func (l *Leg) hearFar() {
	if !l.uac {
		return
	}
	kin := l.s.gate.relate(l.d.hosts())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kin, kin = kin, l.kin
	kin()
	if l.over { // nobody lets go of it any more
		l.kin()
	}
}

// remember and forget keep the table of dialogs.
func (s *Server) remember(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.legs[l.d.key()] = l
	return true
}

func (s *Server) forget(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, l.d.key())
}

func (s *Server) find(req *sip.Request) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[keyOf(req)]
}

// sourceIP returns the IP address of an IP:port.
func sourceIP(source string) netip.Addr {
	ap, err := netip.ParseAddrPort(source)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// allowed reads the Allow headers of a message.
func allowed(msg sip.Message) map[string]bool {
	out := map[string]bool{}
	for _, h := range msg.GetHeaders("Allow") {
		for m := range strings.SplitSeq(h.Value(), ",") {
			out[strings.ToUpper(strings.TrimSpace(m))] = true
		}
	}
	return out
}
