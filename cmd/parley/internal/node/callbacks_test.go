package node

import (
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestCallBackNumbers takes the number of the network, brings it to its international form, and nothing that was said.
func TestCallBackNumbers(t *testing.T) {
	t.Parallel()
	n := &Node{cfg: &config.Config{Customers: config.Customers{Countries: []string{"CN", "GB"}}}}
	for from, want := range map[string]string{
		"13800138000": "+8613800138000", "+44 20 7183 8750": "+442071838750", "anonymous": "", "": "", "web": "",
		"2001": "2001", "bob": "", "sip:13800138000@trunk.example": "+8613800138000",
	} {
		if got := n.networkNumber(from); got != want {
			t.Errorf("networkNumber(%q) = %q, want %q", from, got, want)
		}
	}
}
