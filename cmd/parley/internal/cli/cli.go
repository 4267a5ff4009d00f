// Package cli is what every parley command shares: where it reads and prints, where the data and the weights are, and
// how an error becomes an exit code.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/seal"
)

// Exit codes of every command.
const (
	ExitDone   = 0
	ExitFailed = 1
	ExitUsage  = 2 // wrong arguments
	ExitCheck  = 3 // a check did not hold
)

// Env is what a command runs in. Commands write results to Out and everything else to Err.
type Env struct {
	In   io.Reader
	Out  io.Writer
	Err  io.Writer
	JSON bool   // --json: exactly one JSON object on Out
	Home string // data folder (PARLEY_HOME)
	// Models is the folder of the weights (PARLEY_MODELS).
	Models string
	// Database is the address of a PostgreSQL database (database.url, PARLEY_DATABASE_URL); "" = files in Home. It holds a
	// password: it is not printed.
	Database string
	// Config is the configuration file (--config), "" for the defaults.
	Config string
	// Public is the address people open (access.public of Config), "" when it is not known.
	Public string
	// Zone is where days begin (insights.zone of Config, else that of its hours), nil for UTC.
	Zone *time.Location
	// Keys gives the keys of a record that is sealed (security.key_file or key_command, PARLEY_KEY_FILE), nil when none are
	// named.
	Keys func(context.Context) (*seal.Ring, error)
	Log  *slog.Logger
}

// Day is the beginning of a day such as 2026-01-31 where days begin.
func (e *Env) Day(s string) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, s, cmp.Or(e.Zone, time.UTC))
}

// KeysOf returns what loads the keys that a configuration names, or those of PARLEY_KEY_FILE when it names none.
func KeysOf(file string, command []string) func(context.Context) (*seal.Ring, error) {
	if file == "" && len(command) == 0 {
		file = os.Getenv("PARLEY_KEY_FILE")
	}
	return func(ctx context.Context) (*seal.Ring, error) { return seal.Load(ctx, file, command) }
}

// New returns the Env of this process: PARLEY_HOME, PARLEY_MODELS, PARLEY_DATABASE_URL and PARLEY_KEY_FILE or their defaults,
// logging to standard error.
func New() *Env {
	return &Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Home:     orDefault(os.Getenv("PARLEY_HOME"), "parley"),
		Database: os.Getenv("PARLEY_DATABASE_URL"),
		Keys:     KeysOf("", nil),
		Models:   orDefault(os.Getenv("PARLEY_MODELS"), filepath.Join("parley", "models")),
		Log:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// ONNXRuntime is the path of the ONNX Runtime library, "" for the one beside the program.
func ONNXRuntime() string { return os.Getenv("PARLEY_ONNXRUNTIME") }

// orDefault returns set, or rel under the user's data folder (XDG_DATA_HOME, ~/.local/share).
func orDefault(set, rel string) string {
	if set != "" {
		return set
	}
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, rel)
}

// Print writes v as the one JSON object when --json was given, and calls people otherwise.
func (e *Env) Print(v any, people func(w io.Writer)) error {
	if !e.JSON {
		people(e.Out)
		return nil
	}
	enc := json.NewEncoder(e.Out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	return nil
}

// Infof prints a line for people on Err.
func (e *Env) Infof(format string, args ...any) { fmt.Fprintf(e.Err, format+"\n", args...) }

type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// Usagef is an error of wrong arguments (exit 2).
func Usagef(format string, args ...any) error {
	return &exitError{ExitUsage, fmt.Errorf(format, args...)}
}

// Checkf is an error of a check that did not hold (exit 3).
func Checkf(format string, args ...any) error {
	return &exitError{ExitCheck, fmt.Errorf(format, args...)}
}

// Code is the exit code err asks for.
func Code(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &e):
		return e.code
	default:
		return ExitFailed
	}
}

// scanning is what database/sql puts before the reason why a column cannot be read.
var scanning = regexp.MustCompile(`sql: Scan error on column index \d+, name "[^"]*": `) //nolint:gochecknoglobals // constant

// Text is err as people are told it.
func Text(err error) string { return scanning.ReplaceAllString(err.Error(), "") }

// Args turns cobra's complaint about positional arguments into a usage error.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return Usagef("%s: %w; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())
		}
		return nil
	}
}

// Group is a command that only holds others.
func Group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: Args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(subs...)
	return cmd
}

// Files complains with one line about the first of paths that cannot be read.
func Files(paths ...string) error {
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			return fmt.Errorf("%w: check the path", err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Plain keeps what others wrote, such as a caller in signalling, from moving the cursor of a terminal. Nothing is "-".
func Plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s
}
