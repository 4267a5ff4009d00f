package pipelinetest

import (
	"net"
	"strconv"
	"testing"
)

// TestFreePorts gives ports in a row that can be had, and none twice.
func TestFreePorts(t *testing.T) {
	t.Parallel()
	given := map[int]bool{}
	for range 20 {
		first, err := FreePorts(4)
		if err != nil {
			t.Fatal(err)
		}
		if first%2 != 0 {
			t.Errorf("port %d is odd", first)
		}
		for port := first; port < first+4; port++ {
			if given[port] {
				t.Errorf("port %d was given twice", port)
			}
			given[port] = true
		}
		c, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first)))
		if err != nil {
			t.Error(err)
			continue
		}
		defer c.Close()
	}
}
