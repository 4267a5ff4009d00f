package sip

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// longestWait bounds how long a packet may have lain in its socket: what claims more comes from a clock that was set.
const longestWait = time.Second

// arrivals reads datagrams with the time at which the kernel took them from the wire. On a busy machine the reader wakes
// milliseconds after that, which would count as jitter of the network.
type arrivals struct {
	conn  net.PacketConn
	udp   *net.UDPConn // conn, where the kernel stamps; else nil
	stamp [128]byte
}

// newArrivals reads from conn. Where the kernel does not stamp (conn is no plain UDP socket), the time of reading stands.
func newArrivals(conn net.PacketConn) *arrivals {
	a := &arrivals{conn: conn}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return a
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return a
	}
	var refused error
	if err := raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err == nil && refused == nil {
		a.udp = udp
	}
	return a
}

// next waits for a datagram and reads it into buf. It returns the socket's errors; a source that is no UDP address is the
// zero AddrPort.
func (a *arrivals) next(buf []byte) (n int, from netip.AddrPort, at time.Time, err error) {
	if a.udp != nil {
		n, more, _, from, err := a.udp.ReadMsgUDPAddrPort(buf, a.stamp[:])
		return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), stamped(a.stamp[:more], time.Now()), err
	}
	n, addr, err := a.conn.ReadFrom(buf)
	if u, ok := addr.(*net.UDPAddr); ok {
		from = u.AddrPort()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	}
	return n, from, time.Now(), err
}

// stamped is the time in a control message as a reading of now's monotonic clock; now where it holds none that can be.
func stamped(control []byte, now time.Time) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return now
	}
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_TIMESTAMPNS || len(m.Data) < 16 {
			continue
		}
		// A timespec of a 64-bit machine: seconds and nanoseconds, eight bytes each.
		sec := int64(binary.NativeEndian.Uint64(m.Data))      //nolint:gosec // as the kernel has it
		nsec := int64(binary.NativeEndian.Uint64(m.Data[8:])) //nolint:gosec // as the kernel has it
		waited := time.Duration(now.UnixNano() - (sec*int64(time.Second) + nsec))
		if waited > 0 && waited < longestWait {
			return now.Add(-waited)
		}
	}
	return now
}
