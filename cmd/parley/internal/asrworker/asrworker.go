// Package asrworker is `parley asr-worker`, the child process in which a running Parley recognises speech. People do not
// call it.
package asrworker

import (
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "asr-worker", Short: "Recognise speech for a parent process", Hidden: true, Args: cli.Args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return whisper.ServeWorker(cmd.Context(), env.In, env.Out)
		},
	}
}
