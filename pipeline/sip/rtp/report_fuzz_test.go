package rtp

import (
	"testing"
	"time"
)

// FuzzReports feeds control packets of strangers: no round trip comes out of them that is none.
func FuzzReports(f *testing.F) {
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 160, 0, 0, 0, 1, 0, 0, 0, 160})
	f.Add([]byte{0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1})
	f.Add([]byte{0x81, 203, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0x80, 204, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Reports
		now := time.Unix(1_800_000_000, 0)
		for range 2 {
			ok, trip, bye := r.Read(now, data, 9)
			if trip < 0 || trip >= time.Minute || !ok && (trip != 0 || bye) {
				t.Fatal(ok, trip, bye)
			}
			now = now.Add(20 * time.Millisecond)
		}
	})
}
