// Package evalasr is the command "parley eval asr": it recognises sets of recorded sentences and compares them with what
// was really said.
package evalasr

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/vad"
)

// flags are the command's.
type flags struct {
	limit   int
	band    string
	pairs   string
	lang    string
	noise   string
	snr     float64
	whole   bool
	hearing ear.Options
}

// New returns the command "asr", which hangs under "eval".
func New(env *cli.Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "asr DIR...",
		Short: "Measure recognition on folders of recordings",
		Long: "Recognises the recordings in each DIR and compares with DIR/refs.tsv (header, then file, seconds, text).\n" +
			"The figure is the character error rate where the reference has Chinese characters, else the word error rate.\n" +
			"Each recording is heard in the language of its reference unless --lang says otherwise.",
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, dirs []string) error { return run(cmd.Context(), env, f, dirs) },
	}
	cmd.Flags().IntVar(&f.limit, "limit", 0, "take only the first N recordings of each set")
	cmd.Flags().StringVar(&f.band, "band", bandClean, "clean, mulaw (8 kHz telephone) or noisy (voices in the background)")
	cmd.Flags().StringVar(&f.pairs, "pairs", "", "write reference and recognised text, raw and normalised, to this file")
	cmd.Flags().StringVar(&f.lang, "lang", "", "language of all recordings, or auto to choose between en and zh")
	cmd.Flags().StringVar(&f.noise, "noise", "", "sound file mixed in by --band noisy (default: other recordings of the set)")
	cmd.Flags().Float64Var(&f.snr, "snr", 10, "dB of the voice over the noise of --band noisy")
	cmd.Flags().BoolVar(&f.whole, "whole", false, "recognise whole recordings, without looking for speech first")
	cmd.Flags().IntVar(&f.hearing.Threads, "threads", 2, "processor threads")
	cmd.Flags().IntVar(&f.hearing.Context, "context", 0, "smallest encoder context in frames of 20 ms; 1500 is whisper's own")
	cmd.Flags().StringVar(&f.hearing.Encoder, "encoder", "auto", "what computes the encoder: onnx, ggml, or auto for the quicker one")
	cmd.Flags().StringSliceVar(&f.hearing.Hot, "hot", nil, "words the speakers are likely to say, divided by commas")
	cmd.Flags().IntVar(&f.hearing.Beams, "beams", 8, "texts the decoder weighs against each other, 8 at most")
	cmd.Flags().BoolVar(&f.hearing.Live, "live", false, "hear as in a call, where somebody waits: with less context, and once where that will do")
	cmd.Flags().StringVar(&f.hearing.Weights, "weights", "", "another ggml whisper file")
	return cmd
}

// figures is the result of one set.
type figures struct {
	Name     string       `json:"name"`
	Lang     string       `json:"lang"`
	Band     string       `json:"band"`
	Metric   score.Metric `json:"metric"`
	Value    float64      `json:"value"` // 0..1, more when much was invented
	Files    int          `json:"files"`
	Audio    float64      `json:"audio_s"`
	Wall     float64      `json:"wall_s"`
	Rejected int          `json:"rejected"` // recordings whose text a guard dropped
}

func run(ctx context.Context, env *cli.Env, f flags, dirs []string) error {
	if err := f.check(); err != nil {
		return err
	}
	sets := make([]*set, 0, len(dirs))
	for _, dir := range dirs {
		s, err := readSet(dir, f.limit)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	mixer, err := newMixer(f)
	if err != nil {
		return err
	}
	pairs, err := createPairs(f.pairs)
	if err != nil {
		return err
	}
	e, err := ear.Open(env, f.hearing)
	if err != nil {
		return err
	}
	defer e.Close()
	out := struct {
		Sets []figures `json:"sets"`
	}{[]figures{}}
	for _, s := range sets {
		r := &runner{env: env, ear: e, flags: f, mixer: mixer, pairs: pairs, set: s}
		fig, err := r.run(ctx)
		if err != nil {
			return err
		}
		out.Sets = append(out.Sets, fig)
	}
	if err := pairs.close(); err != nil {
		return err
	}
	return env.Print(out, func(w io.Writer) { printSets(w, out.Sets) })
}

func (f flags) check() error {
	switch f.band {
	case bandClean, bandMuLaw, bandNoisy:
	default:
		return cli.Usagef("--band %s: choose clean, mulaw or noisy", f.band)
	}
	if f.limit < 0 || f.hearing.Threads < 1 || f.hearing.Context < 0 || f.hearing.Context > 1500 {
		return cli.Usagef("--limit, --threads and --context must be positive, --context at most 1500")
	}
	if f.noise == "" {
		return nil
	}
	return cli.Files(f.noise)
}

func printSets(w io.Writer, sets []figures) {
	fmt.Fprintf(w, "%-24s %-4s %-6s %-6s %8s %6s %9s %8s %6s\n", "set", "lang", "band", "metric", "value", "files", "audio s", "wall s", "RTF")
	for _, s := range sets {
		fmt.Fprintf(w, "%-24s %-4s %-6s %-6s %7.2f%% %6d %9.1f %8.1f %6.3f\n",
			s.Name, s.Lang, s.Band, s.Metric, 100*s.Value, s.Files, s.Audio, s.Wall, s.Wall/max(s.Audio, 0.001))
	}
}

// runner evaluates one set.
type runner struct {
	env   *cli.Env
	ear   *ear.Ear
	flags flags
	mixer *mixer
	pairs *pairs
	set   *set
}

func (r *runner) run(ctx context.Context) (figures, error) {
	s := r.set
	fig := figures{Name: s.name, Lang: s.lang(), Band: r.flags.band, Metric: s.metric(), Files: len(s.items)}
	if r.flags.lang != "" {
		fig.Lang = r.flags.lang
	}
	var total score.Count
	for i, it := range s.items {
		pcm, err := r.sound(i)
		if err != nil {
			return fig, err
		}
		fig.Audio += audio.Duration(len(pcm)).Seconds()
		began := time.Now()
		text, rejected, err := r.hear(ctx, pcm, r.langs(it))
		if err != nil {
			return fig, fmt.Errorf("recognise %s: %w", filepath.Join(s.dir, it.file), err)
		}
		fig.Wall += time.Since(began).Seconds()
		if rejected {
			fig.Rejected++
		}
		total.Add(score.Compare(fig.Metric, it.text, text))
		if err := r.pairs.write(s.name, it.file, fig.Metric, it.text, text); err != nil {
			return fig, err
		}
		if (i+1)%50 == 0 {
			r.env.Infof("%s: %d of %d", s.name, i+1, len(s.items))
		}
	}
	fig.Value = total.Rate()
	return fig, nil
}

// langs are the languages an item may be in.
func (r *runner) langs(it item) []string {
	switch r.flags.lang {
	case "":
		if score.MetricOf(it.text) == score.CER {
			return []string{"zh"}
		}
		return []string{"en"}
	case "auto":
		return []string{"en", "zh"}
	default:
		return []string{r.flags.lang}
	}
}

// sound loads an item and puts it through the band.
func (r *runner) sound(i int) ([]int16, error) {
	pcm, err := r.set.load(i)
	if err != nil {
		return nil, err
	}
	switch r.flags.band {
	case bandMuLaw:
		return telephone(pcm)
	case bandNoisy:
		return r.mixer.mix(r.set, i, pcm)
	default:
		return pcm, nil
	}
}

// Sound kept around the spans found, which hold 200 ms of it already, as a call keeps it: soft beginnings and ends are not
// speech to the model, and whisper gets more first words right when it hears the room before them.
const (
	margin = audio.Rate / 5
	lead   = 3 * audio.Rate / 5
)

// hear recognises pcm between its first and last speech as one utterance, longer recordings span by span.
func (r *runner) hear(ctx context.Context, pcm []int16, langs []string) (text string, rejected bool, err error) {
	if len(pcm) == 0 {
		return "", false, nil
	}
	spans := []vad.Span{{Start: 0, End: len(pcm)}}
	if !r.flags.whole {
		if spans, err = r.ear.Spans(pcm, time.Second); err != nil || len(spans) == 0 {
			return "", false, err
		}
	}
	if first, last := spans[0], spans[len(spans)-1]; last.End-first.Start <= 28*audio.Rate {
		spans = []vad.Span{{Start: max(0, first.Start-lead), End: min(len(pcm), last.End+margin)}}
	}
	for _, sp := range spans {
		t, err := r.ear.Recognize(ctx, call.Caller, pcm[sp.Start:sp.End], sp.Start, langs)
		if err != nil {
			return "", false, err
		}
		if text != "" && t.Text != "" {
			text += " "
		}
		text += t.Text
		rejected = rejected || t.Rejected != ""
	}
	return text, rejected, nil
}
