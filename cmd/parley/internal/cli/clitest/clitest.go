// Package clitest runs one command of parley in a test, as the program does.
package clitest

import (
	"io"
	"testing"

	"github.com/spf13/cobra"
)

// Run runs cmd with args, none of which are the test's own, and returns its error. What cobra says by itself is left out.
func Run(t testing.TB, cmd *cobra.Command, args ...string) error {
	t.Helper()
	cmd.SetArgs(append([]string{}, args...)) // nil would be those of the test
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(io.Discard)
	cmd.SetErr(io.Discard)
	return cmd.ExecuteContext(t.Context())
}
