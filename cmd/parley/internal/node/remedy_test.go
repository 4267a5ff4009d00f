package node

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestRemedy says what to do about an address by why it cannot be had.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{syscall.EADDRNOTAVAIL: "no such address", syscall.EACCES: "below 1024", syscall.EADDRINUSE: "choose another port"} {
		if got := remedy(fmt.Errorf("listen: %w", err)); !strings.Contains(got, want) {
			t.Errorf("%v: %s", err, got)
		}
	}
}
