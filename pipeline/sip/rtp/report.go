package rtp

import (
	"time"

	"github.com/pion/rtcp"
)

// Reports makes the RTCP packets of one leg and reads those of the far side. The zero value is ready.
type Reports struct {
	expected, received uint64 // at the last report
	lastSR             uint32 // middle bits of the last sender report's time
	lastSRAt           time.Time
}

// Sent is what this side has sent.
type Sent struct {
	SSRC            uint32
	Packets, Octets uint32
	Timestamp       uint32 // RTP timestamp that belongs to now
}

// Make returns a sender report, or a receiver report when nothing was sent, with the name of this side.
func (r *Reports) Make(now time.Time, s Sent, b *Buffer, name string) ([]byte, error) {
	var blocks []rtcp.ReceptionReport
	if b != nil && b.started {
		blocks = append(blocks, r.block(now, b))
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.SSRC, Reports: blocks}
	if s.Packets > 0 {
		first = &rtcp.SenderReport{SSRC: s.SSRC, NTPTime: ntp(now), RTPTime: s.Timestamp, PacketCount: s.Packets,
			OctetCount: s.Octets, Reports: blocks}
	}
	desc := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: s.SSRC,
		Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: name}}}}}
	return rtcp.Marshal([]rtcp.Packet{first, desc})
}

// Bye returns the packet that ends a source.
func Bye(ssrc uint32, name string) ([]byte, error) {
	return rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ssrc},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: ssrc,
			Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: name}}}}},
		&rtcp.Goodbye{Sources: []uint32{ssrc}}})
}

func (r *Reports) block(now time.Time, b *Buffer) rtcp.ReceptionReport {
	expected := uint64(max(b.high-b.base+1, 0)) //nolint:gosec // not negative
	received := b.c.Received - b.baseReceived
	rep := rtcp.ReceptionReport{SSRC: b.ssrc, LastSequenceNumber: uint32(b.cycles)<<16 | uint32(b.high16)}
	if expected > received {
		rep.TotalLost = uint32(min(expected-received, 1<<23-1)) //nolint:gosec // bounded
	}
	if expected >= r.expected && received >= r.received { // else the source changed
		e, g := expected-r.expected, received-r.received
		if e > 0 && e > g {
			rep.FractionLost = uint8(min((e-g)*256/e, 255)) //nolint:gosec // bounded
		}
	}
	r.expected, r.received = expected, received
	rep.Jitter = uint32(b.jitter.mean * time.Duration(b.clock) / time.Second) //nolint:gosec // small
	if !r.lastSRAt.IsZero() {
		rep.LastSenderReport = r.lastSR
		rep.Delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second) //nolint:gosec // small
	}
	return rep
}

// Read takes an RTCP packet that arrived at now and reports whether it was well formed and what it says about the
// round trip (0 = nothing) and the end of the source.
func (r *Reports) Read(now time.Time, data []byte, own uint32) (ok bool, roundTrip time.Duration, bye bool) {
	packets, err := rtcp.Unmarshal(data)
	if err != nil {
		return false, 0, false
	}
	for _, p := range packets {
		var blocks []rtcp.ReceptionReport
		switch p := p.(type) {
		case *rtcp.SenderReport:
			r.lastSR, r.lastSRAt = uint32(p.NTPTime>>16), now //nolint:gosec // middle bits are meant
			blocks = p.Reports
		case *rtcp.ReceiverReport:
			blocks = p.Reports
		case *rtcp.Goodbye:
			bye = true
		}
		for _, b := range blocks {
			if b.SSRC == own && b.LastSenderReport != 0 {
				d := uint32(ntp(now)>>16) - b.LastSenderReport - b.Delay //nolint:gosec // middle bits are meant
				if rtt := time.Duration(d) * time.Second / 65536; rtt < time.Minute {
					roundTrip = rtt
				}
			}
		}
	}
	return true, roundTrip, bye
}

// ntp returns a time in the 64-bit form of RTCP.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	sec := uint64(t.Unix() + since1900) //nolint:gosec // positive
	frac := uint64(t.Nanosecond()) << 32 / 1e9
	return sec<<32 | frac
}
