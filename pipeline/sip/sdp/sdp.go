// Package sdp makes and answers the session descriptions of telephone calls: one audio stream with one codec and
// telephone events, as the offer/answer rules of RFC 3264 want it. It knows nothing of sockets or of SIP.
package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// ErrUnusable means that a description is well formed but has no audio stream that could be used.
var ErrUnusable = errors.New("no usable audio stream")

// ErrNoIP means that a description names a host for its sound, and that Options.Find does not find it.
var ErrNoIP = fmt.Errorf("connection address is not an IP address: %w", ErrUnusable)

// maxSize bounds the descriptions that are read, in bytes.
const maxSize = 16 << 10

// Direction says which way sound flows, seen from the one who wrote the description.
type Direction string

// The directions of RFC 3264.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Sends tells whether the writer of the description may send.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether the writer of the description wants to receive.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Codec is one format of a stream.
type Codec struct {
	Name        string // PCMU, PCMA, G722, opus, telephone-event, CN, ... as registered
	PayloadType uint8
	ClockRate   int // RTP clock in Hz
	Channels    int // 1 when the description does not say
	Fmtp        string
}

// Events tells whether the format carries keys.
func (c Codec) Events() bool { return strings.EqualFold(c.Name, "telephone-event") }

// Noise tells whether the format carries comfort noise.
func (c Codec) Noise() bool { return strings.EqualFold(c.Name, "CN") }

// Media is what one description says about its first audio stream.
type Media struct {
	Addr      netip.Addr // where sound goes; unspecified (0.0.0.0) for an old-style hold
	Port      int
	RTCPPort  int // 0 when not told apart; RTP port + 1 is meant
	Mux       bool
	Proto     string   // RTP/AVP, RTP/AVPF, RTP/SAVP or RTP/SAVPF
	Crypto    []Crypto // of a secure stream: the ways to encrypt it that this side can, in order
	Codecs    []Codec
	Direction Direction
	PTime     time.Duration // 0 when not told
	MaxPTime  time.Duration // 0 when not told

	session string // o= identity and version, to recognise an unchanged description
	lines   []line // all m= lines in order, for the answer
	index   int    // which of them this is
}

type line struct {
	media, proto string
	formats      []string
}

// Same tells whether both descriptions have the same origin line, that is, whether nothing was changed.
func (m *Media) Same(o *Media) bool {
	return m != nil && o != nil && m.session != "" && m.session == o.session && m.Direction == o.Direction
}

// OnHold tells whether the writer sends no sound: sendonly music on hold counts as hold, since nobody listens.
func (m *Media) OnHold() bool {
	return m.Direction == SendOnly || m.Direction == Inactive || m.Addr.IsUnspecified()
}

// Find returns the codec with a name, compared without case.
func (m *Media) Find(name string) (Codec, bool) {
	for _, c := range m.Codecs {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Codec{}, false
}

// Secure tells whether the stream is encrypted.
func (m *Media) Secure() bool { return secure(m.Proto) }

// Parse reads a description. The first enabled audio stream over plain RTP is taken; if there is none the error wraps
// ErrUnusable. Anything else that is wrong is an error that names it. body is not kept.
func Parse(body []byte) (*Media, error) { return ParseFor(body, Off) }

// ParseFor is Parse for streams as sec wants them. Where both are allowed, an encrypted stream that can be used is taken
// before a plain one.
func ParseFor(body []byte, sec Security) (*Media, error) { return Read(body, Options{Security: sec}) }

// Read is ParseFor with more to say. A stream that can be reached is taken before one that cannot, and of its addresses the first that
// can; if none can, Media.Addr is what the description says.
func Read(body []byte, o Options) (*Media, error) {
	if len(body) > maxSize {
		return nil, fmt.Errorf("read session description: %d bytes are more than the %d allowed", len(body), maxSize)
	}
	d, err := scan(body)
	if err != nil {
		return nil, fmt.Errorf("read session description: %w", err)
	}
	m, at, sec := &Media{index: -1, session: d.origin}, place{}, o.Security
	for i, md := range d.media {
		proto := strings.ToUpper(md.proto)
		m.lines = append(m.lines, md.line)
		if !strings.EqualFold(md.media, "audio") || md.port == 0 || !sec.takes(proto) {
			continue
		}
		keys := cryptos(md.attrs)
		if secure(proto) && len(keys) == 0 {
			continue
		}
		p := o.place(d, md)
		if m.index >= 0 && (at.reached && !p.reached || at.reached == p.reached && (m.Secure() || !secure(proto))) {
			continue
		}
		m.index, m.Proto, m.Crypto, at = i, proto, nil, p
		if secure(proto) {
			m.Crypto = keys
		}
	}
	if m.index < 0 {
		return nil, fmt.Errorf("read session description: %w", ErrUnusable)
	}
	if err := m.read(d, d.media[m.index], at); err != nil {
		return nil, err
	}
	return m, nil
}

// cryptos are the keys of a stream that this side can use.
func cryptos(attrs []attribute) (out []Crypto) {
	for _, a := range attrs {
		if a.key != "crypto" || len(out) >= 16 {
			continue
		}
		if c, ok := parseCrypto(a.value); ok {
			out = append(out, c)
		}
	}
	return out
}

// read takes over what the chosen stream says.
func (m *Media) read(d *description, md section, at place) error {
	if at.err != nil {
		return fmt.Errorf("read session description: %w", at.err)
	}
	m.Addr, m.Port = at.addr, at.port
	m.Direction = direction(d.attrs, md.attrs)
	for _, f := range md.formats {
		pt, err := strconv.Atoi(f)
		if err != nil || pt < 0 || pt > 127 {
			continue
		}
		if c, ok := codec(uint8(pt), md.attrs); ok { //nolint:gosec // 0..127
			m.Codecs = append(m.Codecs, c)
		}
	}
	for _, a := range md.attrs {
		switch a.key {
		case "ptime":
			m.PTime = millis(a.value)
		case "maxptime":
			m.MaxPTime = millis(a.value)
		case "rtcp-mux":
			m.Mux = true
		case "rtcp":
			port, _, _ := strings.Cut(a.value, " ")
			if p, err := strconv.Atoi(port); err == nil && p > 0 && p < 65536 && !at.other {
				m.RTCPPort = p
			}
		}
	}
	return nil
}

func direction(session, media []attribute) Direction {
	for _, list := range [][]attribute{media, session} {
		for _, a := range list {
			switch d := Direction(a.key); d {
			case SendRecv, SendOnly, RecvOnly, Inactive:
				return d
			}
		}
	}
	return SendRecv
}

// static are the payload types that need no rtpmap line (RFC 3551).
func static(pt uint8) (Codec, bool) {
	switch pt {
	case 0:
		return Codec{Name: "PCMU", PayloadType: pt, ClockRate: 8000, Channels: 1}, true
	case 8:
		return Codec{Name: "PCMA", PayloadType: pt, ClockRate: 8000, Channels: 1}, true
	case 9:
		return Codec{Name: "G722", PayloadType: pt, ClockRate: 8000, Channels: 1}, true
	case 13:
		return Codec{Name: "CN", PayloadType: pt, ClockRate: 8000, Channels: 1}, true
	}
	return Codec{}, false
}

func codec(pt uint8, attrs []attribute) (Codec, bool) {
	c, ok := static(pt)
	prefix := strconv.Itoa(int(pt))
	for _, a := range attrs {
		head, rest, found := strings.Cut(strings.TrimSpace(a.value), " ")
		if !found || head != prefix {
			continue
		}
		switch a.key {
		case "rtpmap":
			parts := strings.Split(strings.TrimSpace(rest), "/")
			if len(parts) < 2 {
				continue
			}
			rate, err := strconv.Atoi(parts[1])
			if err != nil || rate <= 0 || rate > 192000 {
				continue
			}
			c.Name, c.PayloadType, c.ClockRate, c.Channels, ok = parts[0], pt, rate, 1, true
			if len(parts) > 2 {
				if n, err := strconv.Atoi(parts[2]); err == nil && n > 0 && n < 9 {
					c.Channels = n
				}
			}
		case "fmtp":
			c.Fmtp = strings.TrimSpace(rest)
		}
	}
	return c, ok
}

func millis(s string) time.Duration {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || v < 1 || v > 1000 {
		return 0
	}
	return time.Duration(v) * time.Millisecond
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return s
}
