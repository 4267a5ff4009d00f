package callscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/pipeline/call"
)

// The length of a reason, as for the pages.
const (
	leastReason = 3
	mostReason  = 300
)

// originals is what the command prints.
type originals struct {
	Call  call.ID           `json:"call"`
	Items []record.Original `json:"items"`
}

func newOriginals(env *cli.Env) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "originals ID --reason TEXT", Short: "Show what was masked in a call, as it was said, from the vault",
		Long: "Opens the vault of a call with the keys of the configuration (--config) or of PARLEY_KEY_FILE. The look is written into\n" +
			"the audit trail with its reason before anything is shown; when it cannot be written, nothing is.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			reason = strings.TrimSpace(reason)
			if n := utf8.RuneCountInString(reason); n < leastReason || n > mostReason {
				return cli.Usagef("calls originals: say why with --reason, in %d to %d characters", leastReason, mostReason)
			}
			return showOriginals(cmd.Context(), env, call.ID(args[0]), reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; it is written into the audit trail")
	return cmd
}

func showOriginals(ctx context.Context, env *cli.Env, id call.ID, reason string) error {
	keys, err := env.Keys(ctx)
	if err != nil {
		return err
	}
	out := originals{Call: id, Items: []record.Original{}}
	err = member.Reading(ctx, env, func(s *store.Store) error {
		s.UseKeys(keys)
		if _, _, err := s.Events(ctx, id, 0, 1); err != nil {
			return err
		}
		gate, err := peoplecmd.Gate(s, env, access.Options{})
		if err != nil {
			return err
		}
		if err := gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: access.ReadOriginals, Call: id, Detail: reason}); err != nil {
			return fmt.Errorf("nothing is shown, since the look cannot be noted: %w", err)
		}
		all, err := s.Originals(ctx, id)
		out.Items = append(out.Items, all...)
		return err
	})
	switch {
	case errors.Is(err, record.ErrUnknown) || errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no call %s in %s: \"parley calls list\" shows what there is", cli.Plain(string(id)), env.Home)
	case err != nil:
		return err
	}
	return env.Print(out, func(w io.Writer) {
		for _, o := range out.Items {
			fmt.Fprintf(w, "%6s  %-6s  %s\n                %s\n", record.Clock(o.At.Seconds()), o.Who, cli.Plain(o.Masked), cli.Plain(o.Text))
		}
		if len(out.Items) == 0 {
			fmt.Fprintln(w, "The vault of this call is empty.")
		}
	})
}
