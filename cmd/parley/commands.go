package main

import (
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// commands lists the commands; each lives in a folder of its own under internal.
func commands(*cli.Env) []*cobra.Command {
	return nil
}
