package main

import (
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/ask"
	"github.com/parley-voice/parley/cmd/parley/internal/asrworker"
	"github.com/parley-voice/parley/cmd/parley/internal/bench"
	"github.com/parley-voice/parley/cmd/parley/internal/call"
	"github.com/parley-voice/parley/cmd/parley/internal/callscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/curate"
	"github.com/parley-voice/parley/cmd/parley/internal/customerscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/demo"
	"github.com/parley-voice/parley/cmd/parley/internal/doctor"
	"github.com/parley-voice/parley/cmd/parley/internal/evalcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/exportcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/hookscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/insightscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/modelscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/replaycmd"
	"github.com/parley-voice/parley/cmd/parley/internal/rulescmd"
	"github.com/parley-voice/parley/cmd/parley/internal/serve"
	"github.com/parley-voice/parley/cmd/parley/internal/transcribe"
)

// commands lists the commands; each lives in a folder of its own under internal.
func commands(env *cli.Env) []*cobra.Command {
	return []*cobra.Command{
		serve.New(env),
		demo.New(env),
		call.New(env),
		ask.New(env),
		callscmd.New(env),
		replaycmd.New(env),
		curate.Add(knowledgecmd.New(env), env),
		peoplecmd.New(env),
		customerscmd.New(env),
		hookscmd.New(env),
		keepcmd.NewBackup(env),
		keepcmd.NewRestore(env),
		keepcmd.NewErase(env),
		keepcmd.NewHold(env),
		keepcmd.NewKeys(env),
		insightscmd.New(env),
		transcribe.New(env),
		exportcmd.New(env),
		rulescmd.New(env),
		evalcmd.New(env),
		bench.New(env),
		modelscmd.New(env),
		doctor.New(env),
		asrworker.New(env),
	}
}
