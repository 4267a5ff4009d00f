// Package peoplecmd is "parley people": who can sign in, added, invited and disabled from the terminal of the server, and
// the audit trail checked. It works on the data folder, also while a server runs.
package peoplecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("people", "Who can sign in: add, invite, list, disable; and check the audit trail",
		newAdd(env), newInvite(env), newList(env), newSwitch(env, "disable", true), newSwitch(env, "enable", false), newAudit(env))
}

// console is who the trail says did it.
func console() access.Entry { return access.Entry{Who: "console", Name: "Console of the server"} }

// with opens the data folder for do.
func with(ctx context.Context, env *cli.Env, do func(*access.Gate) error) error {
	s, err := store.OpenAt(ctx, store.Options{Home: env.Home, URL: env.Database, Log: env.Log})
	if err != nil {
		return err
	}
	g, err := Gate(s, env, access.Options{})
	if err == nil {
		err = do(g)
	}
	if errors.Is(err, access.ErrInvalid) {
		err = cli.Usagef("%w", err)
	}
	return errors.Join(err, s.Close())
}

type added struct {
	access.Person

	State access.State `json:"state"`
	Link  string       `json:"link,omitempty"`
}

func newAdd(env *cli.Env) *cobra.Command {
	var p access.Person
	var roles []string
	var at string
	cmd := &cobra.Command{
		Use: "add LOGIN --role ROLE...", Short: "Add somebody and print the one-time link with which they set a password",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Login = args[0]
			for _, r := range roles {
				p.Roles = append(p.Roles, access.Role(r))
			}
			if _, err := access.Check(p); err != nil {
				return cli.Usagef("people add: %w", err)
			}
			return with(cmd.Context(), env, func(g *access.Gate) error {
				a, err := g.Add(cmd.Context(), p, console())
				if err != nil {
					return err
				}
				return invite(cmd.Context(), env, g, a, at)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.Name, "name", "", "name shown (default: the login)")
	f.StringSliceVar(&roles, "role", nil, "agent, supervisor, knowledge, quality or admin; may be repeated")
	f.StringSliceVar(&p.Queues, "queue", nil, "route whose calls may be seen; may be repeated (default: all)")
	f.StringSliceVar(&p.Langs, "lang", nil, "language spoken: en or zh")
	f.StringSliceVar(&p.Skills, "skill", nil, "skill, for routing")
	f.StringVar(&at, "at", "", "address people open Parley at, for the link (default: access.public of --config)")
	return cmd
}

func newInvite(env *cli.Env) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use: "invite LOGIN", Short: "Print a new one-time link with which somebody sets a password",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPerson(cmd.Context(), env, args[0], func(g *access.Gate, a access.Account) error {
				return invite(cmd.Context(), env, g, a, at)
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "address people open Parley at, for the link (default: access.public of --config)")
	return cmd
}

func invite(ctx context.Context, env *cli.Env, g *access.Gate, a access.Account, at string) error {
	token, err := g.Invite(ctx, a.ID, console())
	if err != nil {
		return err
	}
	if at == "" {
		at = env.Public
	}
	link := httpapi.WelcomeLink(at, token, a.Login)
	return env.Print(added{a.Person, a.State(), link}, func(w io.Writer) {
		fmt.Fprintf(w, "%s (%s) opens this link once, within three days:\n%s\n", a.Name, a.Login, link)
		if at == "" {
			fmt.Fprintln(w, "Put the address of your Parley before it, or give --at https://..., or --config with access.public in it")
		}
	})
}

// withPerson is with for somebody with a login.
func withPerson(ctx context.Context, env *cli.Env, login string, do func(*access.Gate, access.Account) error) error {
	return with(ctx, env, func(g *access.Gate) error {
		a, err := find(ctx, g, login)
		if err != nil {
			return err
		}
		return do(g, a)
	})
}

func find(ctx context.Context, g *access.Gate, login string) (access.Account, error) {
	all, err := g.Accounts(ctx)
	if err != nil {
		return access.Account{}, err
	}
	for _, a := range all {
		if strings.EqualFold(a.Login, login) {
			return a, nil
		}
	}
	return access.Account{}, fmt.Errorf("nobody has the login %s: \"parley people list\" shows who there is", strconv.Quote(login))
}

func newList(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who can sign in",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(cmd.Context(), env, func(g *access.Gate) error {
				all, err := g.Accounts(cmd.Context())
				if err != nil {
					return err
				}
				out := struct {
					People []added `json:"people"`
				}{[]added{}}
				for _, a := range all {
					out.People = append(out.People, added{a.Person, a.State(), ""})
				}
				return env.Print(out, func(w io.Writer) { table(w, out.People) })
			})
		},
	}
}

func table(w io.Writer, all []added) {
	if len(all) == 0 {
		fmt.Fprintln(w, "Nobody yet. \"parley serve\" prints a link for the first admin.")
		return
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "LOGIN\tNAME\tSTATE\tROLES\tQUEUES")
	for _, a := range all {
		queues := strings.Join(a.Queues, ",")
		if queues == "" {
			queues = "all"
		}
		roles := make([]string, 0, len(a.Roles))
		for _, r := range a.Roles {
			roles = append(roles, string(r))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", a.Login, a.Name, a.State, strings.Join(roles, ","), queues)
	}
	_ = tw.Flush() // the terminal is gone when it fails
}

func newSwitch(env *cli.Env, verb string, off bool) *cobra.Command {
	short := "Let somebody sign in again"
	if off {
		short = "Keep somebody from signing in, and end their sessions"
	}
	return &cobra.Command{
		Use: verb + " LOGIN", Short: short,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPerson(cmd.Context(), env, args[0], func(g *access.Gate, a access.Account) error {
				a, err := g.Set(cmd.Context(), a.ID, access.Change{Disabled: &off}, console())
				if err != nil {
					return err
				}
				return env.Print(added{a.Person, a.State(), ""}, func(w io.Writer) { fmt.Fprintf(w, "%s is %s.\n", a.Login, a.State()) })
			})
		},
	}
}

func newAudit(env *cli.Env) *cobra.Command {
	var known []string
	cmd := &cobra.Command{
		Use: "audit", Short: "Check that the audit trail was not changed, and print where it ends",
		Long: "Checks every line of the trail of who looked at what. Write down the number and hash it prints, somewhere else: given\n" +
			"later with --had N:HASH they prove that nothing up to there was cut off or replaced. Exit code 3 when it was.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var heads []access.Head
			for _, k := range known {
				n, hash, ok := strings.Cut(k, ":")
				num, err := strconv.ParseInt(n, 10, 64)
				if !ok || err != nil {
					return cli.Usagef("people audit: --had must be N:HASH as printed, not %q", k)
				}
				heads = append(heads, access.Head{N: num, Hash: hash})
			}
			return with(cmd.Context(), env, func(g *access.Gate) error {
				head, err := g.Verify(cmd.Context(), heads...)
				if errors.Is(err, access.ErrTampered) {
					return cli.Checkf("people audit: %w", err)
				}
				if err != nil {
					return err
				}
				return env.Print(head, func(w io.Writer) {
					fmt.Fprintf(w, "The audit trail is whole: %d lines, ends at %d:%s\n", head.N, head.N, head.Hash)
				})
			})
		},
	}
	cmd.Flags().StringArrayVar(&known, "had", nil, "N:HASH printed earlier; may be repeated")
	return cmd
}
