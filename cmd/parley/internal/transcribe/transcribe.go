// Package transcribe is the command "parley transcribe": it writes down what is said in sound files, who said it, and
// how the talk was shared.
package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

type flags struct {
	caller, agent string
	swap, analyse bool
	lang          string
	hearing       ear.Options
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "transcribe FILE... | --caller FILE --agent FILE",
		Short: "Write down what is said in sound files",
		Long: "Reads WAV and FLAC. In a stereo file the left side is the caller and the right side the agent (--swap turns that\n" +
			"round); who speaks in a mono file is unknown. --caller and --agent name the two sides of one call as two files.",
		Args: cli.Args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, files []string) error { return run(cmd.Context(), env, f, files) },
	}
	cmd.Flags().StringVar(&f.caller, "caller", "", "file with the caller's side of a call")
	cmd.Flags().StringVar(&f.agent, "agent", "", "file with the agent's side of the same call")
	cmd.Flags().BoolVar(&f.swap, "swap", false, "the sides are the other way round")
	cmd.Flags().BoolVar(&f.analyse, "analyse", false, "score the call as well (not in this version)")
	cmd.Flags().StringVar(&f.lang, "lang", "en,zh", "languages that may be spoken, the expected one first")
	cmd.Flags().IntVar(&f.hearing.Threads, "threads", 2, "processor threads")
	cmd.Flags().StringVar(&f.hearing.Weights, "weights", "", "another ggml whisper file")
	return cmd
}

// job is one recording: one file, or the two sides of a call.
type job struct {
	path, other string
}

func (f flags) jobs(files []string) ([]job, error) {
	pair := f.caller != "" || f.agent != ""
	switch {
	case f.analyse:
		return nil, cli.Usagef("--analyse comes with quality scoring and is not in this version; silence, overlap and talk share are always given")
	case pair && (f.caller == "" || f.agent == ""):
		return nil, cli.Usagef("--caller and --agent go together: name both files")
	case pair && len(files) > 0:
		return nil, cli.Usagef("name either files or --caller and --agent, not both")
	case !pair && len(files) == 0:
		return nil, cli.Usagef("name at least one sound file; see parley transcribe --help")
	case f.hearing.Threads < 1 || len(f.langs()) == 0:
		return nil, cli.Usagef("--threads must be at least 1 and --lang name a language")
	}
	if pair {
		return []job{{path: f.caller, other: f.agent}}, nil
	}
	var out []job
	for _, p := range files {
		out = append(out, job{path: p})
	}
	return out, nil
}

func (f flags) langs() []string {
	return strings.FieldsFunc(f.lang, func(r rune) bool { return r == ',' || r == ' ' })
}

// trouble is a file that could not be transcribed.
type trouble struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

type output struct {
	Files  []*file   `json:"files"`
	Errors []trouble `json:"errors,omitempty"`
}

func run(ctx context.Context, env *cli.Env, f flags, files []string) error {
	jobs, err := f.jobs(files)
	if err != nil {
		return err
	}
	out := output{Files: []*file{}}
	good := jobs[:0:0]
	for _, j := range jobs {
		if _, err := j.load(f.swap); err != nil {
			out.fail(env, j, err)
			continue
		}
		good = append(good, j)
	}
	if len(good) > 0 {
		e, err := ear.Open(env, f.hearing)
		if err != nil {
			return err
		}
		defer e.Close()
		for _, j := range good {
			res, err := transcribe(ctx, e, j, f)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err != nil:
				out.fail(env, j, err)
			default:
				out.Files = append(out.Files, res)
			}
		}
	}
	if err := env.Print(out, func(w io.Writer) { printFiles(w, out.Files) }); err != nil {
		return err
	}
	if n := len(out.Errors); n > 0 {
		return fmt.Errorf("%d of %d recordings could not be transcribed", n, len(jobs))
	}
	return nil
}

func (o *output) fail(env *cli.Env, j job, err error) {
	o.Errors = append(o.Errors, trouble{Path: j.path, Why: err.Error()})
	env.Infof("%s: %v", j.path, err)
}

var errNoSound = errors.New("holds no sound: check how it was recorded")

// side is one voice of a recording.
type side struct {
	who call.Party
	pcm []int16
}

const unknown call.Party = "unknown"

// load reads a recording as its sides.
func (j job) load(swap bool) ([]side, error) {
	left, right := call.Caller, call.Agent
	if swap {
		left, right = right, left
	}
	first, err := loadClip(j.path)
	if err != nil {
		return nil, err
	}
	if j.other != "" {
		second, err := loadClip(j.other)
		if err != nil {
			return nil, err
		}
		return []side{{left, first.Mono16k()}, {right, second.Mono16k()}}, nil
	}
	switch first.Channels {
	case 1:
		return []side{{unknown, first.Mono16k()}}, nil
	case 2:
		return []side{
			{left, audio.Resample(first.Channel(0), first.Rate, audio.Rate)},
			{right, audio.Resample(first.Channel(1), first.Rate, audio.Rate)},
		}, nil
	default:
		return nil, fmt.Errorf("has %d channels: make it mono or stereo first", first.Channels)
	}
}

func loadClip(path string) (*audio.Clip, error) {
	c, err := audio.Load(path)
	if err != nil {
		return nil, err
	}
	if c.Len() == 0 {
		return nil, fmt.Errorf("%s %w", path, errNoSound)
	}
	return c, nil
}

func printFiles(w io.Writer, files []*file) {
	for _, f := range files {
		fmt.Fprintf(w, "%s (%s)\n", f.Path, f.Lang)
		for _, t := range f.Turns {
			at := time.Duration(t.Start).Round(time.Second)
			fmt.Fprintf(w, "  %02d:%02d %-8s %s\n", int(at.Minutes()), int(at.Seconds())%60, t.Who, t.Text)
		}
		fmt.Fprintf(w, "  silence %.1f s, overlap %.1f s", f.Silence, f.Overlap)
		for _, who := range []call.Party{call.Caller, call.Agent, unknown} {
			if share, ok := f.Share[who]; ok {
				fmt.Fprintf(w, ", %s %.0f%%", who, 100*share)
			}
		}
		fmt.Fprintln(w)
	}
}
