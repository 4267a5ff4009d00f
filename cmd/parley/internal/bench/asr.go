package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/work"
)

func newASR(env *cli.Env) *cobra.Command {
	var limit, threads int
	cmd := &cobra.Command{
		Use:   "asr DIR...",
		Short: "How fast and how rightly utterances of 3 to 5 s are recognised, against whisper.cpp at its own defaults",
		Long: "Takes the recordings of 3 to 5 s in each DIR (refs.tsv: file, seconds, text) and recognises each one first as a\n" +
			"call does, then with the same weights and threads at whisper.cpp's own defaults: 30 s of context, five beams,\n" +
			"rising temperatures. Loading is not counted, and processor time is given beside the time on the clock.",
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			if limit < 1 || threads < 1 {
				return cli.Usagef("bench asr: --limit and --threads must be at least 1")
			}
			return runASR(cmd.Context(), env, dirs, limit, threads)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "most recordings of each DIR")
	cmd.Flags().IntVar(&threads, "threads", 2, "processor threads")
	return cmd
}

// utterance is a recording of 3 to 5 s with what is said in it.
type utterance struct {
	pcm  []int16
	text string
}

// shortest and longest are the utterances that are measured, those of a conversation.
const (
	shortest = 3 * audio.Rate
	longest  = 5 * audio.Rate
)

func readUtterances(dir string, limit int) ([]utterance, error) {
	f, err := os.Open(filepath.Join(dir, "refs.tsv"))
	if err != nil {
		return nil, fmt.Errorf("read references: %w: the folder must hold refs.tsv (file, seconds, text)", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	var out []utterance
	for len(out) < limit {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read references of %s: %w", dir, err)
		}
		if len(row) < 3 || row[0] == "file" {
			continue
		}
		c, err := audio.Load(filepath.Join(dir, row[0]))
		if err != nil {
			return nil, err
		}
		if pcm := c.Mono16k(); len(pcm) >= shortest && len(pcm) <= longest {
			out = append(out, utterance{pcm, row[2]})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no recording of 3 to 5 s", dir)
	}
	return out, nil
}

// hearing adds up what one recogniser did.
type hearing struct {
	took  []time.Duration
	wall  time.Duration
	cpu   time.Duration
	sound time.Duration
	wrong map[score.Metric]*score.Count
}

func (h *hearing) hear(u utterance, recognise func() (string, error)) error {
	began, cpu := time.Now(), cpuTime()
	text, err := recognise()
	if err != nil {
		return err
	}
	took := time.Since(began)
	h.took, h.wall, h.cpu = append(h.took, took), h.wall+took, h.cpu+cpuTime()-cpu
	h.sound += audio.Duration(len(u.pcm))
	m := score.MetricOf(u.text)
	if h.wrong[m] == nil {
		h.wrong[m] = &score.Count{}
	}
	h.wrong[m].Add(score.Compare(m, u.text, text))
	return nil
}

func (h *hearing) figures() figures {
	f := figures{
		"final_p50_ms": ms(percentile(h.took, 0.5)), "final_p95_ms": ms(percentile(h.took, 0.95)),
		"finals_per_s": float64(len(h.took)) / h.wall.Seconds(), "rtf": h.wall.Seconds() / h.sound.Seconds(),
		"cpu_s_per_final": h.cpu.Seconds() / float64(len(h.took)), "finals": float64(len(h.took)),
	}
	for m, c := range h.wrong {
		f[string(m)] = c.Rate()
	}
	return f
}

func runASR(ctx context.Context, env *cli.Env, dirs []string, limit, threads int) error {
	var all []utterance
	for _, dir := range dirs {
		u, err := readUtterances(dir, limit)
		if err != nil {
			return err
		}
		all = append(all, u...)
	}
	weights, err := models.Locate(env.Models, "whisper-base", "")
	if err != nil {
		return err
	}
	engine, err := whisper.Open(weights, whisper.Options{Threads: threads, Runtime: cli.ONNXRuntime(), Log: env.Log})
	if err != nil {
		return err
	}
	defer engine.Close()
	plain, err := whisper.OpenPlain(weights, threads)
	if err != nil {
		return err
	}
	defer plain.Close()
	ours, theirs := hearing{wrong: map[score.Metric]*score.Count{}}, hearing{wrong: map[score.Metric]*score.Count{}}
	for i, u := range all {
		lang := map[score.Metric]string{score.CER: "zh", score.WER: "en"}[score.MetricOf(u.text)]
		err := ours.hear(u, func() (string, error) {
			t, err := engine.Recognize(ctx, asr.Utterance{PCM: u.pcm, Langs: []string{lang}, Class: work.Final})
			return t.Text, err
		})
		if err != nil {
			return err
		}
		if err := theirs.hear(u, func() (string, error) { return plain.Hear(u.pcm, lang) }); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if (i+1)%10 == 0 {
			env.Infof("%d of %d", i+1, len(all))
		}
	}
	out := outcome{Ours: ours.figures(), Peers: map[string]figures{"whisper.cpp": theirs.figures()}, Machine: machine()}
	peer := out.Peers["whisper.cpp"]
	out.Ours["times_as_fast_cpu"] = peer["cpu_s_per_final"] / out.Ours["cpu_s_per_final"]
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d utterances: a final takes %.0f ms (p50), %.2f s of processor time; whisper.cpp at its defaults %.0f ms, %.2f s\n", len(all),
			out.Ours["final_p50_ms"], out.Ours["cpu_s_per_final"], peer["final_p50_ms"], peer["cpu_s_per_final"])
		for _, m := range []score.Metric{score.WER, score.CER} {
			if rate, ok := out.Ours[string(m)]; ok {
				fmt.Fprintf(w, "%s %.1f %%, whisper.cpp %.1f %%\n", m, 100*rate, 100*peer[string(m)])
			}
		}
		fmt.Fprintln(w, out.Machine)
	})
}
