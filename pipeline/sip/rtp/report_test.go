package rtp

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// TestReports exchanges reports between two sides, one of which lost a tenth of what the other sent over a wrap.
func TestReports(t *testing.T) {
	t.Parallel()
	now := time.Unix(5000, 0)
	b := NewBuffer(8000)
	for i := range 100 {
		if i%10 == 5 {
			continue
		}
		b.Push(Packet{SSRC: 1, Seq: uint16(65500 + i), Timestamp: uint32(i) * 160, Payload: []byte{1},
			At: now.Add(time.Duration(i) * 20 * time.Millisecond), Dur: 20 * time.Millisecond})
		b.Tick(now, 0)
		b.Next(now.Add(time.Duration(i) * 20 * time.Millisecond))
	}
	var sender, receiver Reports
	sr, err := sender.Make(now, Sent{SSRC: 1, Packets: 100, Octets: 16000, Timestamp: 16000}, nil, "a@b")
	if err != nil {
		t.Fatal(err)
	}
	if ok, rtt, bye := receiver.Read(now.Add(30*time.Millisecond), sr, 2); !ok || rtt != 0 || bye {
		t.Errorf("sender report read as %v %v %v", ok, rtt, bye)
	}
	rr, err := receiver.Make(now.Add(130*time.Millisecond), Sent{SSRC: 2}, b, "c@d")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := rtcp.Unmarshal(rr)
	if err != nil {
		t.Fatal(err)
	}
	rep := packets[0].(*rtcp.ReceiverReport).Reports[0]
	if rep.TotalLost != 10 || rep.FractionLost < 24 || rep.FractionLost > 27 || rep.LastSequenceNumber != 1<<16|63 {
		t.Errorf("report %+v", rep)
	}
	ok, rtt, _ := sender.Read(now.Add(160*time.Millisecond), rr, 1)
	if !ok || rtt < 55*time.Millisecond || rtt > 65*time.Millisecond {
		t.Errorf("round trip %v (%v)", rtt, ok)
	}
	bye, _ := Bye(1, "a@b")
	if ok, _, gone := sender.Read(now, bye, 2); !ok || !gone {
		t.Error("goodbye was not read")
	}
	if ok, _, _ := sender.Read(now, []byte{1, 2, 3}, 1); ok {
		t.Error("garbage was read")
	}
}
