// Package customerscmd is "parley customers": load customers from a file, and find who a number belongs to. It works on
// the data folder, also while a server runs.
package customerscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("customers", "Load customers from a file, or find who a number belongs to",
		newImport(env), newFind(env))
}

// settings are the flags both commands have.
type settings struct {
	file      string
	countries []string
}

func (s *settings) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.file, "config", "", "configuration file, for customers.countries, customers.code_key and database.url")
	cmd.Flags().StringSliceVar(&s.countries, "country", nil, "country (ISO code) by which numbers without + are read; may be repeated")
}

// with opens the customers for do.
func (s *settings) with(ctx context.Context, env *cli.Env, do func(*customer.Book, *access.Gate) error) error {
	countries := s.countries
	if s.file != "" {
		if err := cli.Files(s.file); err != nil {
			return err
		}
	}
	cfg, err := config.Load(s.file)
	if err != nil {
		return err
	}
	if len(countries) == 0 {
		countries = cfg.Customers.Countries
	}
	if err := cfg.Use(env.Database); err != nil {
		return err
	}
	st, err := store.OpenAt(ctx, store.Options{Home: env.Home, URL: cfg.Database.URL, Keys: cli.KeysOf(cfg.Security.KeyFile, cfg.Security.KeyCommand), Log: env.Log})
	if err != nil {
		return err
	}
	gate, err := peoplecmd.Gate(st, env, access.Options{})
	if err == nil {
		err = do(&customer.Book{Store: st.Customers(), Countries: countries, Codes: st.Customers(), CodeKey: []byte(cfg.Customers.CodeKey)}, gate)
	}
	return errors.Join(err, st.Close())
}

func newImport(env *cli.Env) *cobra.Command {
	var s settings
	var dry bool
	cmd := &cobra.Command{
		Use: "import FILE [--dry-run]", Short: "Load a CSV file with the columns id, name, numbers, email, tier, lang, links, code",
		Long: "Loads customers from a CSV file with a header, in any order and also with Chinese names: id, name, numbers, email, tier,\n" +
			"lang, links, code. Several numbers or links are separated by ; or |. The code is what callers key in to prove who they\n" +
			"are; it needs customers.code_key. The same file again changes nothing. Exit code 3 when rows were not taken.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.Files(args[0]); err != nil {
				return err
			}
			return s.with(cmd.Context(), env, func(b *customer.Book, g *access.Gate) error {
				f, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("open customers: %w", err)
				}
				defer f.Close()
				if !dry {
					if err := g.Note(cmd.Context(), access.Entry{Who: "console", Name: "Console of the server", What: access.ImportedCustomers}); err != nil {
						return err
					}
				}
				rep, err := b.Load(cmd.Context(), f, dry)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				if err := env.Print(rep, func(w io.Writer) { report(w, rep, dry) }); err != nil {
					return err
				}
				if len(rep.Invalid) > 0 {
					return cli.Checkf("customers import: %d rows were not taken", len(rep.Invalid))
				}
				return nil
			})
		},
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would happen")
	return cmd
}

func report(w io.Writer, r customer.Report, dry bool) {
	verb := "Loaded"
	if dry {
		verb = "Would load"
	}
	fmt.Fprintf(w, "%s: %d new, %d changed, %d same.\n", verb, r.New, r.Changed, r.Same)
	for _, p := range r.Invalid {
		fmt.Fprintf(w, "  %s: %s\n", p.Where, p.Why)
	}
}

func newFind(env *cli.Env) *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "find NUMBER", Short: "Show who a number belongs to",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd.Context(), env, func(b *customer.Book, g *access.Gate) error {
				if err := g.Note(cmd.Context(), access.Entry{Who: "console", Name: "Console of the server", What: access.LookedAtCustomer, Detail: "number"}); err != nil {
					return err
				}
				m, err := b.Caller(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				out := struct {
					Number     string              `json:"number"`
					Candidates []customer.Customer `json:"candidates"`
					Why        string              `json:"why,omitempty"`
				}{m.Handle.Value, append([]customer.Customer{}, m.Candidates...), m.Why}
				return env.Print(out, func(w io.Writer) {
					if len(out.Candidates) == 0 {
						fmt.Fprintf(w, "Nobody is known by this number (%s). Numbers without + need customers.countries or --country.\n", m.Why)
					}
					for _, c := range out.Candidates {
						fmt.Fprintf(w, "%s  %s  tier %q  lang %q  %s\n", c.Ref, c.Name, c.Tier, c.Lang, strings.Join(c.Numbers(), " "))
					}
				})
			})
		},
	}
	s.flags(cmd)
	return cmd
}
