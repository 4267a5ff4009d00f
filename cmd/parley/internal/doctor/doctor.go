// Package doctor is "parley doctor": it looks for every part Parley needs on this machine and says how to mend what is
// missing. It changes nothing.
package doctor

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// State is how a part stands.
type State string

// The states of a part. Advice names something that works and could be better; it does not make doctor fail.
const (
	OK      State = "ok"
	Missing State = "missing"
	Advice  State = "advice"
)

// Check is one line of the report.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look for every part Parley needs and say how to mend what is missing",
		Long: "Looks at the processor, memory, disk, ports, weights, libraries and programs. Exit 3 when something needed is missing.\n" +
			"The first line says which data folder and configuration it looks at: those of PARLEY_HOME and --config, else those\n" +
			"of Parley's service where it is installed.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := installed(units)
			checks := []Check{choose(env, s, os.Getenv)}
			if s != nil && s.home == env.Home {
				if err := s.inherit(os.Getenv, os.Setenv); err != nil {
					return err
				}
			}
			cfg, err := config.Load(env.Config)
			if err != nil {
				return err
			}
			if err := cfg.Use(env.Database); err != nil {
				return err
			}
			checks = append(checks, processor("/proc/cpuinfo"), memory("/proc/meminfo"), openFiles())
			checks = append(checks, folders(env.Home, env.Models)...)
			if s != nil && s.home == env.Home {
				checks = append(checks, rights(s, env.Home, env.Config, cfg.Security.KeyFile, reads(cfg)))
			}
			if cfg.Security.KeyFile != "" {
				checks = append(checks, keyFile(cmd.Context(), cfg.Security.KeyFile, env.Home))
			}
			checks = append(checks, ports(cmd.Context(), cfg, running("/proc/locks", env.Home))...)
			checks = append(checks, secure(cfg, cfg.Database.URL != "", time.Now())...)
			checks = append(checks, runtime(), espeak(cmd.Context()))
			checks = append(checks, weights(env.Models, cfg)...)
			return report(env, checks)
		},
	}
}

func report(env *cli.Env, checks []Check) error {
	missing := 0
	for _, c := range checks {
		if c.State == Missing {
			missing++
		}
	}
	err := env.Print(map[string]any{"ok": missing == 0, "checks": checks}, func(w io.Writer) {
		for _, c := range checks {
			fmt.Fprintf(w, "%-8s %-22s %s\n", c.State, c.Name, c.Detail)
			if c.Fix != "" {
				fmt.Fprintf(w, "%31s %s\n", "->", c.Fix)
			}
		}
	})
	if err == nil && missing > 0 {
		return cli.Checkf("needed and missing: %d; each line says how to mend it", missing)
	}
	return err
}
