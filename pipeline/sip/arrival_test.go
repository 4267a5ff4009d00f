package sip

import (
	"net"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A packet that lies in its socket is as old as it is, not as young as its reading.
func TestArrivalIsWhenItCame(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	in := newArrivals(conn)
	if in.udp == nil {
		t.Fatal("the kernel stamps nothing")
	}
	out, err := net.Dial("udp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	// The kernel begins to stamp a moment after the first socket has asked for it.
	for deadline := time.Now().Add(10 * time.Second); ; {
		before := time.Now()
		if _, err := out.Write([]byte("late")); err != nil {
			t.Fatal(err)
		}
		after := time.Now()
		time.Sleep(80 * time.Millisecond) // the reader is busy elsewhere
		buf := make([]byte, 16)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, from, at, err := in.next(buf)
		if err != nil || string(buf[:n]) != "late" || from.String() != out.LocalAddr().String() {
			t.Fatalf("%q from %v, %v", buf[:n], from, err)
		}
		// The two clocks are read one after the other: a little slack.
		if !at.Before(before.Add(-time.Millisecond)) && !at.After(after.Add(time.Millisecond)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("arrived at %v, sent between %v and %v", at, before, after)
		}
	}
}

// What no clock can have said is not believed.
func TestArrivalOfAClockThatWasSet(t *testing.T) {
	now := time.Now()
	for name, d := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		ts := unix.NsecToTimespec(now.Add(d).UnixNano())
		control := make([]byte, unix.CmsgSpace(16))
		h := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
		h.Level, h.Type = unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS
		h.SetLen(unix.CmsgLen(16))
		*(*unix.Timespec)(unsafe.Pointer(&control[unix.CmsgLen(0)])) = ts
		if at := stamped(control, now); !at.Equal(now) {
			t.Errorf("%s: %v", name, at.Sub(now))
		}
	}
	if at := stamped([]byte{1, 2, 3}, now); !at.Equal(now) {
		t.Errorf("garbage: %v", at.Sub(now))
	}
}
