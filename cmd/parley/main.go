// Command parley answers a company's phone. See README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := cli.New()
	root := newRoot(env)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(env.Err, "parley:", err)
	}
	return cli.Code(err)
}

func newRoot(env *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use: "parley", Short: "Parley answers a company's phone",
		SilenceUsage: true, SilenceErrors: true,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().BoolVar(&env.JSON, "json", false, "print exactly one JSON object on standard output")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return cli.Usagef("%s: %w; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())
	})
	root.AddCommand(commands(env)...)
	return root
}
