// Package transcribe is the command "parley transcribe": it writes down what is said in recordings made elsewhere, who
// said it, and how the talk was shared; with --analyse it scores them as calls of its own.
package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/pipeline/call"
)

type flags struct {
	caller, agent string
	swap, analyse bool
	keep, fresh   bool
	wordsOnly     bool
	forms, rules  []string
	queue         string
	named         string
	naming        *naming
	lang          string
	hearing       ear.Options
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "transcribe FILE|FOLDER... | --caller FILE --agent FILE",
		Short: "Write down what is said in recordings, and score it",
		Long: "Reads WAV and FLAC. In a stereo file the left side is the caller and the right side the agent (--swap turns that\n" +
			"round); who speaks in a mono file is unknown. --caller and --agent name the two sides of one call as two files. A folder\n" +
			"stands for all recordings in it and below; NAME_caller and NAME_agent are two sides of one call. Stopped, the same\n" +
			"command goes on where it was.\n\n" +
			"With --analyse each recording is scored by the forms in use, or by a general one, with evidence for every answer, and\n" +
			"sentiment, alerts of the rules and talk figures are given. --keep stores them as calls of the queue, with their sound;\n" +
			"personal data is hidden first, in words and sound.",
		Args: cli.Args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, files []string) error { return run(cmd.Context(), env, f, files) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.caller, "caller", "", "file with the caller's side of a call")
	fl.StringVar(&f.agent, "agent", "", "file with the agent's side of the same call")
	fl.BoolVar(&f.swap, "swap", false, "the sides are the other way round")
	fl.BoolVar(&f.analyse, "analyse", false, "score the recordings as well")
	fl.StringSliceVar(&f.forms, "form", nil, "score by this form: one in use, bank, ecommerce, government, manufacturing, general, or a file")
	fl.StringSliceVar(&f.rules, "rules", nil, "alerts of these rules: built-in ones or files (default escalation, and those of the form's trade)")
	fl.StringVar(&f.queue, "queue", "import", "queue that the recordings count as")
	fl.BoolVar(&f.keep, "keep", false, "store the recordings as calls, for the pages")
	fl.StringVar(&f.named, "named", "", "with --keep: pattern for the file names that tells agent, caller and time of a call by groups of these names,\nlike 'AGENT_(?P<agent>[^_]+)_DT(?P<at>[0-9T-]+)'; a time without a Z at its end\nis of the zone in which days begin (insights.zone)")
	fl.BoolVar(&f.fresh, "fresh", false, "begin again: do not go on with a run that was stopped")
	fl.BoolVar(&f.wordsOnly, "words-only", false, "score by wording alone, without the models of meaning")
	fl.StringVar(&f.lang, "lang", "en,zh", "languages that may be spoken, the expected one first")
	fl.IntVar(&f.hearing.Threads, "threads", 2, "processor threads")
	fl.StringVar(&f.hearing.Weights, "weights", "", "another ggml whisper file")
	return cmd
}

// check complains about arguments and makes recordings of the files.
func (f *flags) check(env *cli.Env, files []string) ([]job, []trouble, error) {
	pair := f.caller != "" || f.agent != ""
	f.analyse = f.analyse || f.keep
	switch {
	case pair && (f.caller == "" || f.agent == ""):
		return nil, nil, cli.Usagef("--caller and --agent go together: name both files")
	case pair && len(files) > 0:
		return nil, nil, cli.Usagef("name either files or --caller and --agent, not both")
	case !pair && len(files) == 0:
		return nil, nil, cli.Usagef("name at least one sound file; see parley transcribe --help")
	case f.hearing.Threads < 1 || len(f.langs()) == 0:
		return nil, nil, cli.Usagef("--threads must be at least 1 and --lang name a language")
	case !f.analyse && len(f.forms)+len(f.rules) > 0:
		return nil, nil, cli.Usagef("--form and --rules say how to score: add --analyse")
	case f.named != "" && !f.keep:
		return nil, nil, cli.Usagef("--named says what to keep of the names: add --keep")
	case strings.TrimSpace(f.queue) == "":
		return nil, nil, cli.Usagef("--queue must name a queue")
	}
	var err error
	if f.naming, err = namingOf(f.named, env.Zone); err != nil {
		return nil, nil, err
	}
	if pair {
		return []job{{path: f.caller, other: f.agent}}, nil, nil
	}
	return find(files)
}

func (f *flags) langs() []string {
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

func run(ctx context.Context, env *cli.Env, f flags, files []string) (err error) {
	jobs, bad, err := f.check(env, files)
	if err != nil {
		return err
	}
	out := output{Files: []*file{}, Errors: bad}
	for _, b := range bad {
		env.Infof("%s: %s", b.Path, b.Why)
	}
	var good []*recording
	for _, j := range jobs {
		r, err := j.open(f.swap)
		if err == nil {
			_, _, err = f.naming.of(j.path)
		}
		if err != nil {
			out.fail(env, j, err)
			continue
		}
		good = append(good, r)
	}
	done := &journal{}
	if len(good) > 0 {
		b, err := newBatch(ctx, env, f, len(good))
		if err != nil {
			return err
		}
		err = b.all(ctx, env, good, &out)
		if err = errors.Join(err, b.close()); err != nil {
			return err
		}
		done = b.journal
	}
	if err := env.Print(out, func(w io.Writer) { printFiles(w, out.Files) }); err != nil {
		return err
	}
	done.clear()
	if n := len(out.Errors); n > 0 {
		return fmt.Errorf("%d of %d recordings could not be transcribed", n, n+len(out.Files))
	}
	return nil
}

func (o *output) fail(env *cli.Env, j job, err error) {
	o.Errors = append(o.Errors, trouble{Path: j.path, Why: err.Error()})
	env.Infof("%s: %v", j.path, err)
}

// batch is a run over recordings.
type batch struct {
	f       flags
	st      *store.Store           // nil where nothing is read from or written to the record
	models  knowledgecmd.Embedders // of meaning, for all who want them; nil where none does or they are missing
	keeper  *keeper                // nil without --keep
	journal *journal
	worker  *worker
	show    *progress
}

// newBatch opens what a run needs: the record, forms and rules, then the weights.
func newBatch(ctx context.Context, env *cli.Env, f flags, jobs int) (b *batch, err error) {
	b = &batch{f: f, journal: &journal{}, worker: &worker{langs: f.langs()}, show: newProgress(env.Err, jobs)}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	var forms []form
	if f.analyse {
		if f.keep || env.Database != "" || exists(store.Path(env.Home)) {
			if b.st, err = store.OpenAt(ctx, member.Record(env)); err != nil {
				return b, err
			}
		}
		if forms, err = chooseForms(ctx, b.st, f.forms); err != nil {
			return b, err
		}
	}
	if b.worker.ear, err = ear.Open(env, f.hearing); err != nil {
		return b, err
	}
	if f.keep || f.analyse && !f.wordsOnly {
		if b.models, err = knowledgecmd.OpenEmbedders(env, "en", "zh"); err != nil {
			env.Infof("judged by wording and masked by the rules alone: %v", err)
		}
	}
	if f.keep {
		b.keeper = &keeper{home: env.Home, st: b.st, queue: f.queue, langs: f.langs(), forms: forms, naming: f.naming}
		if b.keeper.sense, err = b.models.Sense(nil); err != nil {
			return b, err
		}
		if err = b.keeper.use(ctx, env); err != nil {
			return b, err
		}
		forms = b.keeper.forms
	}
	if f.analyse {
		if b.worker.judge, err = openJudge(ctx, forms, f, b.models); err != nil {
			return b, err
		}
	}
	if jobs > 1 && !f.keep { // what is kept is in the record already
		b.journal.dir = filepath.Join(env.Home, "transcribed")
		b.journal.how = fmt.Sprintf("%v %v %v %v %v %q", f.analyse, f.langs(), f.rules, f.wordsOnly, f.queue, f.hearing.Weights)
		for _, fm := range forms {
			b.journal.how += "|" + fm.YAML
		}
	}
	return b, nil
}

func (b *batch) close() error {
	errs := []error{b.models.Close()}
	if b.worker.ear != nil {
		errs = append(errs, b.worker.ear.Close())
	}
	if b.st != nil {
		errs = append(errs, b.st.Close())
	}
	return errors.Join(errs...)
}

// all goes over the recordings in order. One that fails does not stop the others.
func (b *batch) all(ctx context.Context, env *cli.Env, recordings []*recording, out *output) error {
	for i, r := range recordings {
		f, how, err := b.one(ctx, r)
		switch {
		case ctx.Err() != nil:
			b.show.end("")
			env.Infof("stopped after %d of %d recordings: the same command goes on from there", i, len(recordings))
			return context.Cause(ctx)
		case err != nil:
			b.show.end("")
			out.fail(env, r.job, err)
		default:
			b.show.end(how)
			for _, w := range f.Warnings {
				env.Infof("%s", w)
			}
			out.Files = append(out.Files, f)
		}
		recordings[i] = nil // its tracks are no longer needed
	}
	return nil
}

// one transcribes a recording unless that was done before. how says how it came out, for people.
func (b *batch) one(ctx context.Context, r *recording) (f *file, how string, err error) {
	b.show.begin(r.name(), 2*r.expect)
	sound := ""
	if b.keeper != nil || b.journal.dir != "" {
		if sound, err = r.hash(ctx, b.f.swap); err != nil {
			return nil, "", err
		}
	}
	if b.keeper != nil {
		if f, err = b.keeper.found(ctx, sound); f != nil || err != nil {
			return f, ": is in the record already", err
		}
	} else if f := b.journal.get(sound); f != nil && !b.f.fresh {
		f.Path, f.Other = r.path, r.other
		return f, ": done before", nil
	}
	how = fmt.Sprintf(": %s", length(r.expect/int64(len(r.sources))))
	if b.keeper == nil {
		if f, err = b.worker.transcribe(ctx, r, b.show.step, nil); err == nil {
			err = b.journal.put(sound, f)
		}
		return f, how, err
	}
	k := kept{sound: sound}
	f, err = b.worker.transcribe(ctx, r, b.show.step, func(turns []turn) { k.hidden = mask(turns, b.keeper.sense) })
	if err == nil {
		err = b.keeper.keep(ctx, r, f, k)
	}
	return f, how, err
}

func exists(path string) bool { return cli.Files(path) == nil }

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
		if f.Analysis != nil {
			printAnalysis(w, f)
		}
	}
}

func printAnalysis(w io.Writer, f *file) {
	a := f.Analysis
	for _, c := range a.Scores {
		score := "no score"
		if c.Score != nil {
			score = fmt.Sprintf("%.0f of 100", *c.Score)
		}
		fmt.Fprintf(w, "  %s: %s %s", c.Form, score, c.Band)
		if c.Fail {
			fmt.Fprintf(w, " FAILED by %s", strings.Join(c.Fails, ", "))
		}
		fmt.Fprintln(w)
		for _, q := range c.Answers {
			fmt.Fprintf(w, "    %-12s %-12s", q.Value, q.Question)
			if i := slices.IndexFunc(q.Evidence, func(e quality.Evidence) bool { return e.Text != "" }); i >= 0 {
				fmt.Fprintf(w, " %.1f s: %q", q.Evidence[i].StartS, q.Evidence[i].Text)
			} else {
				fmt.Fprintf(w, " %s", q.Why)
			}
			fmt.Fprintln(w)
		}
	}
	for _, x := range a.Alerts {
		fmt.Fprintf(w, "  alert at %.1f s: %s\n", x.At, x.TextEn)
	}
	for _, n := range a.Notes {
		fmt.Fprintf(w, "  %s\n", n)
	}
	if f.Call != "" {
		fmt.Fprintf(w, "  kept as call %s\n", f.Call)
	}
}
