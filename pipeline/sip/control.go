package sip

import (
	"net"
	"net/netip"
	"time"

	"github.com/parley-voice/parley/pipeline/sip/rtp"
)

// takeRTCP handles one control packet.
func (m *media) takeRTCP(data []byte, from netip.AddrPort, at time.Time) {
	m.guard(func() { m.control(data, from, at) })
}

func (m *media) control(data []byte, from netip.AddrPort, at time.Time) {
	if !m.readReport(data, from, at) {
		m.invalid.Add(1)
		return
	}
	m.lastIn.Store(sinceEpoch(at))
}

// readReport reports whether a control packet is of the far side and well formed.
func (m *media) readReport(data []byte, from netip.AddrPort, at time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.ready && (from.Addr() == m.told || from.Addr() == m.peer || from.Addr() == m.remote.AddrPort().Addr().Unmap())
	if !known {
		return false
	}
	if m.shield != nil {
		var good bool
		if data, good = m.shield.openRTCP(data); !good {
			return false
		}
	}
	ok, rtt, _ := m.report.Read(at, data, m.out.ssrc)
	if rtt > 0 {
		m.rtt = rtt
	}
	return ok
}

// sendReport sends an RTCP report.
func (m *media) sendReport(now time.Time) {
	m.mu.Lock()
	if !m.ready || m.rtcpTo.Port == 0 {
		m.mu.Unlock()
		return
	}
	data, err := m.report.Make(now, m.out.sent(now), m.in.buf, m.cname)
	if err == nil && m.shield != nil {
		data, err = m.shield.sealRTCP(data)
	}
	to := m.rtcpTo
	m.mu.Unlock()
	if err == nil {
		m.writeControl(data, &to)
	}
}

func (m *media) sayBye() {
	m.mu.Lock()
	to, ok := m.rtcpTo, m.ready && m.rtcpTo.Port != 0
	m.mu.Unlock()
	if !ok {
		return
	}
	data, err := rtp.Bye(m.out.ssrc, m.cname)
	m.mu.Lock()
	if err == nil && m.shield != nil {
		data, err = m.shield.sealRTCP(data)
	}
	m.mu.Unlock()
	if err == nil {
		m.writeControl(data, &to)
	}
}

func (m *media) writeControl(data []byte, to *net.UDPAddr) {
	conn := m.rtcpConn
	m.mu.Lock()
	if to.Port == m.remote.Port { // one port for both
		conn = m.rtpConn
	}
	m.mu.Unlock()
	_, _ = conn.WriteTo(data, to) // lost reports are no harm
}
