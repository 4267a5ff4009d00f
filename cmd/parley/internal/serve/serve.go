// Package serve is `parley serve`: it answers calls until it is told to stop.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve [--config FILE]",
		Short: "Answer calls until stopped",
		Long: "Answers SIP calls, keeps the record and serves the API and the live page, until it is stopped with Ctrl-C or\n" +
			"SIGTERM: then running calls may end (limits.drain), the second time at once. SIGHUP reads the configuration again.\n" +
			"Without a configuration it answers sip:bank@ and sip:shop@ on this machine only.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				file = env.Config
			}
			if file != "" {
				if err := cli.Files(file); err != nil {
					return err
				}
			}
			cfg, err := config.Load(file)
			if err != nil {
				return err
			}
			if err := cfg.Use(env.Database); err != nil {
				return err
			}
			env.Log = Logger(env.Err, cfg.Log)
			if file != "" {
				if env.Config, err = filepath.Abs(file); err != nil {
					return fmt.Errorf("find the configuration: %w", err)
				}
			}
			n, err := node.Open(cmd.Context(), env, cfg)
			if err != nil {
				return err
			}
			ready := map[string]string{"sip": n.SIP(), "http": n.Web()}
			if a := n.SIPS(); a != "" {
				ready["sips"] = a
			}
			if err := env.Print(ready, func(w io.Writer) {
				fmt.Fprintf(w, "Parley answers %s; live page %s/live\n", strings.Join(n.Lines(), ", "), n.PublicURL())
			}); err != nil {
				return err
			}
			link, err := n.FirstLink(cmd.Context())
			if err != nil {
				return errors.Join(err, n.Close())
			}
			if link != "" { // to the terminal, not to the log: whoever has it becomes admin
				env.Infof("There is no admin yet. Open this link once, within a day, to become the first:\n%s", link)
			}
			ctx, stop := context.WithCancel(context.WithoutCancel(cmd.Context()))
			defer stop()
			go obey(ctx, env, n, listen()) // ends with stop
			notify(env, "READY=1")
			return n.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (see docs/configuration.md)")
	return cmd
}

// Logger writes to w as the configuration says.
func Logger(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}
