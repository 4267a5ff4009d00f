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
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

func main() { os.Exit(run()) }

func run() int {
	roomForC()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := cli.New()
	root := newRoot(env)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(env.Err, "parley:", cli.Text(err))
	}
	return cli.Code(err)
}

func newRoot(env *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use: "parley", Short: "Parley answers a company's phone",
		Version:      config.Version(),
		SilenceUsage: true, SilenceErrors: true,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&env.Config, "config", "", "configuration file that says where the records are (database.url) and their keys (security.key_file)")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return locate(env) }
	root.PersistentFlags().BoolVar(&env.JSON, "json", false, "print exactly one JSON object on standard output")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return cli.Usagef("%s: %w; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())
	})
	root.AddCommand(commands(env)...)
	return root
}

// locate finds the database that commands work on, and its keys.
func locate(env *cli.Env) error {
	cfg := &config.Config{}
	if env.Config != "" {
		if err := cli.Files(env.Config); err != nil {
			return err
		}
		var err error
		if cfg, err = config.Load(env.Config); err != nil {
			return err
		}
	}
	if err := cfg.Use(env.Database); err != nil {
		return err
	}
	env.Database, env.Public, env.Zone = cfg.Database.URL, cfg.Access.Public, cfg.InsightsZone()
	env.Keys = cli.KeysOf(cfg.Security.KeyFile, cfg.Security.KeyCommand)
	return nil
}
