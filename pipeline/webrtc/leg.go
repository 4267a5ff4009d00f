package webrtc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// maxBad is how many packets in a row may be unreadable before reading ends.
const maxBad = 1000

// Leg is one web call. ReadFrame and WriteFrame are for one goroutine each; everything else may be called from anywhere.
type Leg struct {
	s      *Server
	log    *slog.Logger
	pc     *pion.PeerConnection
	track  *pion.TrackLocalStaticRTP
	invite Invite
	secret string          // end of the address of the call: who knows it may hang up
	leave  func()          // gives the reserved call back
	ctx    context.Context //nolint:containedctx // lives as long as the call
	cancel context.CancelFunc
	in     *inbound
	out    *outbound
	board  *board

	born      time.Time    // with the clock that nobody sets
	lastIn    atomic.Int64 // nanoseconds after born, of the last packet of sound, or of the connection before the first
	listens   atomic.Bool  // see Listens
	once      sync.Once
	connected chan struct{}
	ended     chan struct{}
	gone      chan struct{}

	mu   sync.Mutex
	wg   sync.WaitGroup // readers; Add only while not over, under mu
	sigs *call.Signals
	over bool
	by   call.Party
	why  string
}

func (s *Server) newLeg(pc *pion.PeerConnection, inv Invite, leave func()) (*Leg, error) {
	in, err := newInbound()
	if err != nil {
		return nil, err
	}
	out, err := newOutbound()
	if err != nil {
		return nil, err
	}
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails
	ctx, cancel := context.WithCancel(context.Background())
	l := &Leg{s: s, log: s.log.With("call", inv.ID), pc: pc, invite: inv, secret: hex.EncodeToString(secret[:]), leave: leave,
		ctx: ctx, cancel: cancel, in: in, out: out, board: newBoard(), connected: make(chan struct{}), ended: make(chan struct{}),
		gone: make(chan struct{}), sigs: call.NewSignals(), born: time.Now()}
	if l.track, err = pion.NewTrackLocalStaticRTP(pion.RTPCodecCapability{MimeType: pion.MimeTypeOpus, ClockRate: opusClock, Channels: 2},
		"voice", "parley"); err != nil {
		cancel()
		return nil, err
	}
	sender, err := pc.AddTrack(l.track)
	if err != nil {
		cancel()
		return nil, err
	}
	pc.OnConnectionStateChange(l.changed)
	pc.OnTrack(func(t *pion.TrackRemote, _ *pion.RTPReceiver) { l.reader(func() { l.listen(t) }) })
	pc.OnDataChannel(l.open)
	l.reader(nil)
	// Ends when the peer connection is closed.
	go func() {
		defer l.wg.Done()
		for { // reports are read so that they are counted
			if _, _, err := sender.ReadRTCP(); err != nil {
				return
			}
			if l.listens.Load() {
				l.lastIn.Store(int64(time.Since(l.born)))
			}
		}
	}()
	return l, nil
}

// reader runs f counted in; a nil f is counted in and left to the caller. It reports false when the call is over.
func (l *Leg) reader(f func()) bool {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return false
	}
	l.wg.Add(1)
	l.mu.Unlock()
	if f != nil {
		defer l.wg.Done()
		f()
	}
	return true
}

// changed follows the connection.
func (l *Leg) changed(st pion.PeerConnectionState) {
	l.log.Debug("web call", "state", st.String())
	switch st {
	case pion.PeerConnectionStateConnected:
		l.once.Do(func() {
			l.lastIn.Store(int64(time.Since(l.born)))
			close(l.connected)
		})
	case pion.PeerConnectionStateFailed:
		l.end("", "lost")
	case pion.PeerConnectionStateClosed:
		l.end(call.Caller, "bye")
	case pion.PeerConnectionStateUnknown, pion.PeerConnectionStateNew, pion.PeerConnectionStateConnecting,
		pion.PeerConnectionStateDisconnected:
	}
}

// listen reads one stream until it ends.
func (l *Leg) listen(t *pion.TrackRemote) {
	kinds := map[uint8]string{}
	for _, r := range l.pc.GetReceivers() {
		for _, c := range r.GetParameters().Codecs {
			kinds[uint8(c.PayloadType)] = c.MimeType
		}
	}
	var pad keypad
	for bad := 0; bad < maxBad; {
		p, _, err := t.ReadRTP()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || l.ctx.Err() != nil {
			return
		}
		if err != nil {
			bad++
			continue
		}
		bad = 0
		now := time.Now()
		l.lastIn.Store(int64(now.Sub(l.born)))
		switch kinds[p.PayloadType] {
		case pion.MimeTypeOpus:
			l.in.push(&p.Header, p.Payload, now)
		case event:
			l.in.skip(&p.Header, now)
			if k := pad.press(p, now); k != 0 {
				l.sigs.Key(k, "rfc4733", now)
			}
		}
	}
}

// run is the call: it waits for the connection, hands over to h, and looks after silence on the wire.
func (l *Leg) run(h Handler) {
	setup := time.NewTimer(l.s.cfg.Setup)
	defer setup.Stop()
	select {
	case <-l.connected:
	case <-setup.C:
		l.log.Info("web call was never connected; if this is the rule, open the media ports or set a TURN server")
		l.end("", "no-connection")
	case <-l.ended:
	}
	select {
	case <-l.ended:
		<-l.gone
		return
	default:
	}
	// Ends when the call has ended. run is counted in, so this does not meet Wait.
	l.s.wg.Go(l.watch)
	why := "error"
	if l.s.protect("call", func() { h.Call(l.ctx, l) }) {
		why = "hangup"
	}
	l.end(call.Bot, why)
	<-l.gone
}

// watch ends a call whose far side sends no sound any more.
func (l *Leg) watch() {
	limit := l.s.cfg.RTPTimeout
	if limit < 0 {
		return
	}
	t := time.NewTicker(max(limit/10, 10*time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-l.ended:
			return
		case now := <-t.C:
			if now.Sub(l.born.Add(time.Duration(l.lastIn.Load()))) > limit {
				l.end("", "rtp-timeout")
			}
		}
	}
}

// Listens lets the far side be silent: a page that only listens has no microphone open and sends no sound, so its reports
// on what it hears show that it is there.
func (l *Leg) Listens() { l.listens.Store(true) }

// Invite returns what the page said when the call began.
func (l *Leg) Invite() Invite { return l.invite }

// Place returns the secret end of the call's address, which nobody but its page knows.
func (l *Leg) Place() string { return l.secret }

// ID returns the name of the call on this side.
func (l *Leg) ID() string { return l.invite.ID }

// Codec returns the name of the codec in use.
func (l *Leg) Codec() string { return audio.Opus }

// Ended is closed as soon as the call is over, whoever ended it.
func (l *Leg) Ended() <-chan struct{} { return l.ended }

// Why tells who ended the call and why: "bye", "hangup", "cancelled", "lost", "rtp-timeout", "no-connection", "shutdown",
// "error". By is empty when nobody did; both are empty while the call lasts.
func (l *Leg) Why() (by call.Party, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.by, l.why
}

// Signals delivers keys. It is closed when the leg has ended. A reader that is 64 signals behind loses the oldest.
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
	return l.in.frame(dst, time.Now()), nil
}

// WriteFrame sends 20 ms of sound, 320 samples. It does not pace: the caller does. It returns when the sound left, or was
// dropped because there is no connection at the moment. The error is io.EOF once the call is over.
func (l *Leg) WriteFrame(src []int16) (time.Time, error) {
	if len(src) != audio.FrameLen {
		return time.Time{}, fmt.Errorf("write frame: %d samples instead of %d", len(src), audio.FrameLen)
	}
	select {
	case <-l.ended:
		return time.Time{}, io.EOF
	default:
	}
	now := time.Now()
	return now, l.out.write(src, now, func(p *rtp.Packet) error {
		_ = l.track.WriteRTP(p) // a packet that cannot leave is a lost one: the state of the connection deals with it
		return nil
	})
}

// Stats are figures about the media of a leg.
type Stats struct {
	Packets, Lost, Late, Duplicate, Dropped, Invalid uint64 // received
	Concealed                                        uint64 // frames of 20 ms that were made up
	Sent                                             uint64
	Unsent                                           uint64 // messages for the page that were dropped, see Send
	JitterMS, DelayMS, RoundTripMS                   float64
}

// Stats returns the figures so far.
func (l *Leg) Stats() Stats {
	l.in.mu.Lock()
	b := l.in.buf
	st := Stats{Packets: b.received, Lost: b.missing, Late: b.late, Duplicate: b.twice, Dropped: b.dropped, Invalid: l.in.invalid,
		Concealed: l.in.hidden, JitterMS: ms(b.mean), DelayMS: ms(b.backlog())}
	l.in.mu.Unlock()
	l.out.mu.Lock()
	st.Sent = l.out.sent
	l.out.mu.Unlock()
	st.Unsent = l.board.lost()
	if pair, ok := l.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePairStats(); ok {
		st.RoundTripMS = pair.CurrentRoundTripTime * 1000
	}
	return st
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// end ends the call once.
func (l *Leg) end(by call.Party, why string) {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return
	}
	l.over, l.by, l.why = true, by, why
	l.sigs.Close()
	close(l.ended)
	l.mu.Unlock()
	// Ends when the peer connection is closed: the last message has a bounded time. run waits for it.
	go l.finish()
}

func (l *Leg) finish() {
	defer close(l.gone)
	by, why := l.Why()
	l.board.farewell(why, l.promised(by))
	l.cancel()
	l.s.protect("close", func() { _ = l.pc.GracefulClose() })
	l.wg.Wait()
	l.leave()
	l.s.forget(l)
	l.log.Info("web call ended", "why", why)
}

// promised tells whether the page is connected, has not hung up, and has offered a channel.
func (l *Leg) promised(by call.Party) bool {
	select {
	case <-l.connected:
	default:
		return false
	}
	return by != call.Caller && l.pc.ConnectionState() == pion.PeerConnectionStateConnected &&
		strings.Contains(l.pc.RemoteDescription().SDP, "webrtc-datachannel")
}

// abandon ends a call that was never announced and waits for it.
func (l *Leg) abandon() {
	l.end("", "error")
	<-l.gone
}

// Hangup ends the call and waits until its ports and goroutines are gone, or ctx ends. It may be called more than once.
func (l *Leg) Hangup(ctx context.Context) error {
	l.end(call.Bot, "hangup")
	select {
	case <-l.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hang up: %w", ctx.Err())
	}
}
