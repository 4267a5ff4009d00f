package sdp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Local is what this side of a call brings to a description.
type Local struct {
	ID, Version uint64 // of the o= line; Version grows by one whenever the description changes
	Addr        netip.Addr
	Port        int // RTP; RTCP is the next one
	Direction   Direction
	PTime       time.Duration // 0 = 20 ms
	// Keys are this side's, by which it encrypts what it sends; nil = plain RTP. Offer writes them all, Answer the one with
	// the tag that was chosen.
	Keys []Crypto
}

// Choice is the outcome of a negotiation.
type Choice struct {
	Codec  Codec // payload type as to be used when sending
	Events Codec // telephone-event; ClockRate 0 when the far side has none
	Noise  Codec // comfort noise; ClockRate 0 when the far side has none
	PTime  time.Duration
	Crypto Crypto // of the far side, by which it encrypts what it sends; the zero value for plain RTP
}

// Offerable are the codecs that can be offered, with the payload types this side gives them.
func Offerable(name string) (Codec, bool) {
	switch strings.ToUpper(name) {
	case "PCMU":
		return static(0)
	case "PCMA":
		return static(8)
	case "G722":
		return static(9)
	case "OPUS":
		return Codec{Name: "opus", PayloadType: 111, ClockRate: 48000, Channels: 2, Fmtp: "useinbandfec=1"}, true
	}
	return Codec{}, false
}

// Choose picks from a description the first codec of the preference list that it has. The error wraps ErrUnusable and
// names what was on offer when there is none.
func Choose(m *Media, prefer []string) (Choice, error) {
	for _, name := range prefer {
		want, known := Offerable(name)
		if !known {
			continue
		}
		for _, c := range m.Codecs {
			if strings.EqualFold(c.Name, want.Name) && c.ClockRate == want.ClockRate {
				c.Name, c.Fmtp = want.Name, want.Fmtp
				return choice(m, c), nil
			}
		}
	}
	var names []string
	for _, c := range m.Codecs {
		names = append(names, clip(c.Name))
	}
	return Choice{}, fmt.Errorf("choose codec: none of [%s] is among [%s]: %w",
		strings.Join(names, " "), strings.Join(prefer, " "), ErrUnusable)
}

func choice(m *Media, c Codec) Choice {
	ch := Choice{Codec: c, PTime: ptime(m, c.Name)}
	if m.Secure() {
		ch.Crypto = m.Crypto[0] // the order of the far side counts (RFC 4568, section 5.1.2)
	}
	for _, e := range m.Codecs {
		switch {
		case e.Events():
			// An event stream with the clock of the codec is preferred to another one.
			if ch.Events.ClockRate == 0 || (ch.Events.ClockRate != c.ClockRate && e.ClockRate == c.ClockRate) {
				ch.Events = e
			}
		case e.Noise() && e.ClockRate == c.ClockRate:
			ch.Noise = e
		}
	}
	return ch
}

// Takes are the formats in which the far side may send, by payload type. It keeps to the one that was chosen of its offer. Where it
// answered an offer of this side, it may change among all that it kept of it, by the numbers of the offer (RFC 3264, section 6.1);
// many send by those of their answer. Comfort noise is sent by many who did not announce it.
func Takes(offered, far *Media, ch Choice) map[uint8]Codec {
	takes := map[uint8]Codec{}
	add := func(pt uint8, c Codec) {
		if _, taken := takes[pt]; !taken && c.ClockRate > 0 {
			c.PayloadType = pt
			takes[pt] = c
		}
	}
	kept := func(number func(offered, answered Codec) uint8) {
		if offered == nil {
			return
		}
		for _, o := range offered.Codecs {
			for _, a := range far.Codecs {
				if strings.EqualFold(o.Name, a.Name) && o.ClockRate == a.ClockRate {
					add(number(o, a), o)
				}
			}
		}
	}
	kept(func(o, _ Codec) uint8 { return o.PayloadType })
	for _, c := range []Codec{ch.Codec, ch.Events, ch.Noise} {
		add(c.PayloadType, c)
	}
	kept(func(_, a Codec) uint8 { return a.PayloadType })
	noise, _ := static(13)
	add(13, noise)
	return takes
}

// ptime returns the packet duration to send with: what the far side asks for, within 10 to 60 ms and what the codec can.
func ptime(m *Media, name string) time.Duration {
	const unit = 10 * time.Millisecond
	p := m.PTime
	if p == 0 {
		p = 2 * unit
	}
	if m.MaxPTime > 0 && p > m.MaxPTime {
		p = m.MaxPTime
	}
	p = max(unit, min(p.Truncate(unit), 6*unit))
	if name == "opus" && p != unit && p != 4*unit && p != 6*unit {
		p = 2 * unit
	}
	return p
}

// Reply returns the direction to answer with when want is what this side would like (RFC 3264, section 6.1).
func Reply(offered *Media, want Direction) Direction {
	theirs := offered.Direction
	if offered.Addr.IsUnspecified() && theirs.Receives() {
		// c=0.0.0.0: they cannot receive, whatever the attribute says.
		if theirs.Sends() {
			theirs = SendOnly
		} else {
			theirs = Inactive
		}
	}
	send, recv := want.Sends() && theirs.Receives(), want.Receives() && theirs.Sends()
	switch {
	case send && recv:
		return SendRecv
	case send:
		return SendOnly
	case recv:
		return RecvOnly
	}
	return Inactive
}

// Offer writes a description with all the named codecs, in order, and telephone events. What the call has agreed on before
// keeps its payload types (RFC 3264, section 8.3.2); the zero Choice is a new call.
func Offer(l Local, names []string, agreed Choice) []byte {
	var codecs []Codec
	for _, n := range names {
		if c, ok := Offerable(n); ok {
			codecs = append(codecs, c)
		}
	}
	codecs = append(codecs, Codec{Name: "telephone-event", PayloadType: 101, ClockRate: 8000, Channels: 1, Fmtp: "0-16"})
	for _, n := range names {
		if strings.EqualFold(n, "opus") {
			codecs = append(codecs,
				Codec{Name: "telephone-event", PayloadType: 110, ClockRate: 48000, Channels: 1, Fmtp: "0-16"})
		}
	}
	number(codecs, agreed.Codec, agreed.Events)
	var b strings.Builder
	head(&b, l)
	proto := "RTP/AVP"
	if len(l.Keys) > 0 {
		proto = "RTP/SAVP"
	}
	stream(&b, l, proto, codecs, false)
	return []byte(b.String())
}

// number gives what was agreed on its payload type, and what has that type otherwise a free one.
func number(codecs []Codec, agreed ...Codec) {
	taken := map[uint8]bool{}
	for _, c := range slices.Concat(codecs, agreed) {
		taken[c.PayloadType] = true
	}
	for _, a := range agreed {
		for i, c := range codecs {
			switch {
			case a.ClockRate == c.ClockRate && strings.EqualFold(a.Name, c.Name):
				codecs[i].PayloadType = a.PayloadType
			case a.ClockRate > 0 && a.PayloadType == c.PayloadType:
				free := uint8(96)
				for taken[free] {
					free++
				}
				taken[free], codecs[i].PayloadType = true, free
			}
		}
	}
}

// Answer writes the answer to an offer: the chosen codec and its events for the stream taken, port 0 for all others.
func Answer(offer *Media, ch Choice, l Local) []byte {
	codecs := []Codec{ch.Codec}
	if ch.Events.ClockRate > 0 {
		e := ch.Events
		e.Fmtp = "0-16"
		codecs = append(codecs, e)
	}
	var b strings.Builder
	head(&b, l)
	for i, ln := range offer.lines {
		if i == offer.index {
			l.Keys = slices.DeleteFunc(slices.Clone(l.Keys), func(k Crypto) bool { return !offer.Secure() || k.Tag != ch.Crypto.Tag || k.Suite != ch.Crypto.Suite })
			stream(&b, l, offer.Proto, codecs, offer.Mux)
			continue
		}
		fmt.Fprintf(&b, "m=%s\r\n", strings.Join(append([]string{ln.media, "0", ln.proto}, ln.formats...), " "))
	}
	return []byte(b.String())
}

func head(b *strings.Builder, l Local) {
	family := "IP4"
	if l.Addr.Is6() {
		family = "IP6"
	}
	fmt.Fprintf(b, "v=0\r\no=parley %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		l.ID, l.Version, family, l.Addr, family, l.Addr)
}

func stream(b *strings.Builder, l Local, proto string, codecs []Codec, mux bool) {
	fmt.Fprintf(b, "m=audio %d %s", l.Port, proto)
	for _, c := range codecs {
		fmt.Fprintf(b, " %d", c.PayloadType)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(b, "a=rtpmap:%d %s/%d", c.PayloadType, c.Name, c.ClockRate)
		if c.Channels > 1 {
			fmt.Fprintf(b, "/%d", c.Channels)
		}
		b.WriteString("\r\n")
		if c.Fmtp != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", c.PayloadType, c.Fmtp)
		}
	}
	for _, k := range l.Keys {
		fmt.Fprintf(b, "a=crypto:%s\r\n", k.line())
	}
	if mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	pt := l.PTime
	if pt == 0 {
		pt = 20 * time.Millisecond
	}
	fmt.Fprintf(b, "a=ptime:%d\r\na=%s\r\n", pt.Milliseconds(), l.Direction)
}
