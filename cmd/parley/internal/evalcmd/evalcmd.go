// Package evalcmd is `parley eval`: it hangs the evaluations, each in a package of its own, under one command.
package evalcmd

import (
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/evalasr"
	"github.com/parley-voice/parley/cmd/parley/internal/evalassist"
	"github.com/parley-voice/parley/cmd/parley/internal/evalknowledge"
	"github.com/parley-voice/parley/cmd/parley/internal/evalnlu"
	"github.com/parley-voice/parley/cmd/parley/internal/evalquality"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("eval", "Measure quality on data of your own",
		evalasr.New(env), evalknowledge.New(env), evalassist.NewAssist(env), evalassist.NewEscalation(env),
		evalnlu.NewIntent(env), evalnlu.NewSentiment(env), evalnlu.NewRedact(env), evalnlu.NewITN(env), evalnlu.NewSlots(env), evalquality.New(env))
}
