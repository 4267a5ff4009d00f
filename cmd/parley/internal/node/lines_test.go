package node

import (
	"slices"
	"testing"
)

// TestLines is what a start tells of its telephone addresses: all of them, and first those that callers reach.
func TestLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		udp, tcp, tls string
		want          []string
	}{
		{"127.0.0.1:5060", "127.0.0.1:5060", "", []string{"sip:127.0.0.1:5060"}},
		{"", "127.0.0.1:5060", "203.0.113.10:5061", []string{"sips:203.0.113.10:5061", "sip:127.0.0.1:5060;transport=tcp"}},
		{"[::]:5060", "127.0.0.1:5060", "", []string{"sip:[::]:5060", "sip:127.0.0.1:5060;transport=tcp"}},
		{"", "", "203.0.113.10:5061", []string{"sips:203.0.113.10:5061"}},
	} {
		if got := lines(c.udp, c.tcp, c.tls); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
