package sip

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip/rtp"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// strangers is how many good packets from an address that was not announced it takes to follow it.
const strangers = 5

// silenceToMove is how long the locked source has to be silent before another port of its host is followed.
const silenceToMove = 2 * time.Second

// media is the sound of one leg: two sockets, a jitter buffer, a decoder and an encoder. Its methods may be called
// from several goroutines.
type media struct {
	log       *slog.Logger
	rtpConn   net.PacketConn
	rtcpConn  net.PacketConn
	port      int
	ports     *ports
	host      string // that the sockets are bound to
	tap       func(Packet)
	onKey     func(rune, time.Time)
	cname     string
	wg        sync.WaitGroup
	startOnce sync.Once
	closeOnce sync.Once

	lastIn  atomic.Int64 // sinceEpoch of the last good packet of any kind, 0 = none
	lastRTP atomic.Int64 // the same, media only
	invalid atomic.Uint64
	panics  atomic.Uint64 // packets that brought a decoder down

	mu         sync.Mutex // guards all below; held for microseconds, never across a write to a socket
	ch         sdp.Choice
	takes      map[uint8]sdp.Codec // what the far side may send, by payload type
	ready      bool                // negotiated
	held       bool                // the far side sends nothing on purpose
	mute       bool                // the far side takes nothing
	remote     net.UDPAddr
	rtcpTo     net.UDPAddr
	told       netip.Addr     // media address of the far side's description
	peer       netip.Addr     // its signalling address
	announced  netip.AddrPort // the same with its port
	lastLocked time.Time      // last packet of the locked source
	locked     bool
	tries      int // packets from an address that was not announced
	try        netip.AddrPort
	in         inbound
	out        outbound
	keypad     rtp.Keypad
	shield     *shield // nil = plain RTP
	learn      bool    // follow a sender whose host was not agreed on
	early      bool    // the far side has not answered yet
	report     rtp.Reports
	rtt        time.Duration
}

// openMedia binds the sockets of a leg at host. wrap may replace the media socket by one that impairs it; nil = not.
func openMedia(p *ports, host string, log *slog.Logger, wrap func(net.PacketConn) net.PacketConn) (*media, error) {
	rtpConn, rtcpConn, port, err := p.open(host)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	if wrap != nil {
		rtpConn = wrap(rtpConn)
	}
	m := &media{log: log, rtpConn: rtpConn, rtcpConn: rtcpConn, port: port, ports: p, host: host, cname: fmt.Sprintf("%08x@parley", rand.Uint32())}
	m.out.ssrc, m.out.seq, m.out.ts = rand.Uint32(), uint16(rand.Uint32()>>17), rand.Uint32() //nolint:gosec // any value will do
	return m, nil
}

// start begins to read. The goroutines end with close, which waits for them. It may be called more than once.
func (m *media) start() { m.startOnce.Do(m.begin) }

func (m *media) begin() {
	m.wg.Add(2)
	// Ends when close closes the media socket.
	go func() {
		defer m.wg.Done()
		m.read(m.rtpConn, m.takeRTP)
	}()
	// Ends when close closes the control socket.
	go func() {
		defer m.wg.Done()
		m.read(m.rtcpConn, m.takeRTCP)
	}()
}

// read hands each datagram to take until the socket is closed.
func (m *media) read(c net.PacketConn, take func([]byte, netip.AddrPort, time.Time)) {
	buf := make([]byte, 2048)
	in := newArrivals(c)
	for {
		n, from, at, err := in.next(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
				return
			}
			continue // an ICMP message of the far side
		}
		if from.IsValid() {
			take(buf[:n], from, at)
		}
	}
}

// guard keeps a packet that brings down a decoder from ending the process.
func (m *media) guard(f func()) {
	defer func() {
		if r := recover(); r != nil {
			m.panics.Add(1)
			m.log.Error("media packet could not be handled", "panic", fmt.Sprint(r))
		}
	}()
	f()
}

// close ends reading, frees the ports and waits until both goroutines are gone. It may be called more than once.
func (m *media) close() {
	m.closeOnce.Do(func() {
		last := atEpoch(m.lastRTP.Load())
		m.sayBye()
		_ = m.rtpConn.Close()
		_ = m.rtcpConn.Close()
		m.ports.release(m.port, time.Since(last) < 5*time.Second)
	})
	m.wg.Wait()
}

// apply takes over what both sides agreed on; own is the key of this side, the zero value for plain RTP. offered is the offer of this
// side that far answers, nil where far is the offer.
func (m *media) apply(far, offered *sdp.Media, ch sdp.Choice, own sdp.Crypto, peer netip.Addr) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.protect(ch.Crypto, own); err != nil {
		return err
	}
	if m.in.name != ch.Codec.Name { // also where the far side sent another one than it was sent
		if err := m.in.open(ch.Codec, m.tap != nil); err != nil {
			return err
		}
	}
	if !m.ready || m.ch.Codec.Name != ch.Codec.Name {
		if err := m.out.open(ch.Codec, m.tap != nil); err != nil {
			return err
		}
	}
	m.out.retime(ch)
	m.ch, m.takes = ch, sdp.Takes(offered, far, ch)
	if held := far.OnHold() && !m.announces(far); held != m.held {
		m.in.buf.Flush(ch.Codec.ClockRate)
		m.in.pending = m.in.pending[:0]
		m.held = held
	}
	m.mute = !far.Direction.Receives() || far.Addr.IsUnspecified()
	if !far.Addr.IsUnspecified() {
		m.aim(far)
	}
	m.peer = peer
	m.ready = true
	return nil
}

// announces tells that a far side sends something though nobody is there to be heard by it: an announcement before the answer. The lock
// is held.
func (m *media) announces(far *sdp.Media) bool {
	return m.early && far.Direction.Sends() && !far.Addr.IsUnspecified()
}

// unanswered tells that the far side has not answered yet.
func (m *media) unanswered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.early
}

// answered ends what holds before the answer; the time for the first packet begins.
func (m *media) answered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.early = false
	m.lastIn.Store(0)
}

// aim sends to what a description announces, unless it announces nothing new: then the source that was learnt counts.
func (m *media) aim(far *sdp.Media) {
	announced := netip.AddrPortFrom(far.Addr, uint16(far.Port)) //nolint:gosec // checked when parsed
	if announced == m.announced {
		return
	}
	m.told, m.announced, m.locked, m.tries = far.Addr, announced, false, 0
	m.remote = udpAddr(far.Addr, far.Port)
	port := far.RTCPPort
	if port == 0 {
		port = min(far.Port+1, 65535)
	}
	if far.Mux {
		port = far.Port
	}
	m.rtcpTo = udpAddr(far.Addr, port)
}

func udpAddr(ip netip.Addr, port int) net.UDPAddr {
	return *net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(port))) //nolint:gosec // checked when parsed
}

// trusted decides whether a packet's source is the far side, and locks on to it.
func (m *media) trusted(from netip.AddrPort) bool {
	cur := netip.AddrPortFrom(m.remote.AddrPort().Addr().Unmap(), uint16(m.remote.Port)) //nolint:gosec // a port
	if m.locked {
		return from == cur
	}
	if from == cur || from.Addr() == m.told || from.Addr() == m.peer {
		m.lock(from)
		return true
	}
	if !m.learn {
		return false
	}
	if from == m.try {
		m.tries++
	} else {
		m.try, m.tries = from, 1
	}
	if m.tries < strangers {
		return false
	}
	m.lock(from)
	return true
}

// moved decides whether a packet that does not come from the locked source shows that the far side has moved: a new
// source, or the known one after a pause, at exactly the announced address, or the announced host through another port after a silence.
func (m *media) moved(from netip.AddrPort, p rtp.Packet) bool {
	switch {
	case from == m.announced && (p.SSRC != m.in.ssrc || p.At.Sub(m.lastLocked) > 100*time.Millisecond):
	case from.Addr() == m.told && p.At.Sub(m.lastLocked) > silenceToMove:
		if from != m.try {
			m.try, m.tries = from, 0
		}
		if m.tries++; m.tries < strangers {
			return false
		}
	default:
		return false
	}
	m.lock(from)
	return true
}

func (m *media) lock(from netip.AddrPort) {
	if int(from.Port()) != m.remote.Port || from.Addr() != m.told {
		// Behind a translator the control port is the next one at best.
		m.rtcpTo = udpAddr(from.Addr(), int(from.Port())+1)
		if int(from.Port()) == 65535 {
			m.rtcpTo.Port = 65535
		}
	}
	m.remote = udpAddr(from.Addr(), int(from.Port()))
	m.locked = true
}

// takeRTP handles one datagram of the media port.
func (m *media) takeRTP(data []byte, from netip.AddrPort, at time.Time) {
	m.guard(func() { m.sort(data, from, at) })
}

// sort hands a datagram to what it is for.
func (m *media) sort(data []byte, from netip.AddrPort, at time.Time) {
	if len(data) >= 2 && data[0]>>6 == 2 && data[1] >= 192 && data[1] <= 223 {
		m.takeRTCP(data, from, at)
		return
	}
	data, ok := m.unseal(data)
	if !ok {
		m.invalid.Add(1)
		return
	}
	p, pt, ok := parseRTP(data)
	if !ok {
		m.invalid.Add(1)
		return
	}
	p.At = at
	key, tapped, good := m.ingest(p, pt, from)
	if !good {
		m.invalid.Add(1)
		return
	}
	m.lastIn.Store(sinceEpoch(at))
	m.lastRTP.Store(sinceEpoch(at))
	if key != 0 && m.onKey != nil {
		m.onKey(key, at)
	}
	if tapped != nil {
		m.tap(Packet{In: true, At: at, Seq: p.Seq, Timestamp: p.Timestamp, PCM: tapped, Level: audio.Level(tapped)})
	}
}

// ingest puts a parsed packet into the buffer or the keypad.
func (m *media) ingest(p rtp.Packet, pt uint8, from netip.AddrPort) (key rune, tapped []int16, good bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, known := m.takes[pt]
	if !m.ready || !known {
		return 0, nil, false
	}
	if !m.trusted(from) && !m.moved(from, p) {
		return 0, nil, false
	}
	m.lastLocked = p.At
	switch {
	case c.Events():
		if !m.held {
			key = m.keypad.Push(p)
		}
		m.in.skip(p)
		return key, nil, true
	case c.Noise(): // the far side lives and is silent
		m.in.skip(p)
		return 0, nil, true
	case m.held:
		return 0, nil, true
	}
	if c.Name != m.in.name { // it may change among those that both have
		if err := m.in.open(c, m.tap != nil); err != nil {
			return 0, nil, false
		}
	}
	m.in.push(p)
	if m.tap != nil {
		tapped = m.in.tap(p)
	}
	return 0, tapped, true
}
