package call_test

import (
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

func TestNameless(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{"": true, "Anonymous": true, "unknown": true, "Restricted": true, "asterisk": true, "+44123": false, "ann": false} {
		if call.Nameless(number) != want {
			t.Errorf("%q: %v", number, !want)
		}
	}
}
