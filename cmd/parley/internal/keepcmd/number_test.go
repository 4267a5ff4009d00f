package keepcmd_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
)

// TestNumbersWithoutACountry erases and holds a number that no country can be read from: it says that nobody was found so, and
// how to write it, and does not let "nothing is left" stand alone.
func TestNumbersWithoutACountry(t *testing.T) {
	t.Parallel()
	h := fill(t)
	told := func(make func(*cli.Env) *cobra.Command, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		h.must(clitest.Run(t, make(&cli.Env{Out: &out, Err: &out, Home: h.home}), args...))
		return out.String()
	}
	const national = "020 7946 0123"
	if got := told(keepcmd.NewErase, "--caller", national); !strings.Contains(got, "no number with its country") || !strings.Contains(got, "no call on record is of the number "+national) {
		t.Errorf("erased: %s", got)
	}
	if got := told(keepcmd.NewErase, "--caller", number, "--config", countries(t)); strings.Contains(got, "no number") || strings.Contains(got, "nothing to erase") {
		t.Errorf("erased by its whole number: %s", got)
	}
	if got := told(keepcmd.NewHold, "--caller", national, "--reason", "court"); !strings.Contains(got, "no number with its country") {
		t.Errorf("held: %s", got)
	}
}
