package bench

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

func newVAD(env *cli.Env) *cobra.Command {
	var streams int
	cmd := &cobra.Command{
		Use:   "vad",
		Short: "How many voices one core watches, at the same time and one by one",
		Args:  cli.Args(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			if streams < 1 {
				return cli.Usagef("bench vad: --streams must be at least 1")
			}
			return runVAD(env, streams)
		},
	}
	cmd.Flags().IntVar(&streams, "streams", 256, "voices watched at once")
	return cmd
}

// vadRounds is how many windows of each stream are evaluated in turn, first by as many goroutines as there are streams, then one by one.
const (
	vadRounds = 10
	vadTurns  = 5
)

func runVAD(env *cli.Env, n int) error {
	model, err := ear.OpenVAD(env)
	if err != nil {
		return err
	}
	defer model.Close()
	streams, windows := make([]*vad.Stream, n), make([][]int16, n)
	for i := range streams {
		streams[i], windows[i] = model.NewStream(), audio.Noise(-25, vad.WindowTime, uint64(i))[:vad.WindowLen]
	}
	watch := func(i int) error {
		streams[i].Push(make([]float32, 0, 1), windows[i])
		return streams[i].Err()
	}
	var together, single time.Duration
	for range vadTurns { // in turn, so that what else runs meets both
		began := cpuTime()
		var g errgroup.Group
		for i := range streams {
			g.Go(func() error { // ends after its rounds
				for range vadRounds {
					if err := watch(i); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		between := cpuTime()
		for i := range streams {
			for range vadRounds {
				if err := watch(i); err != nil {
					return err
				}
			}
		}
		together, single = together+between-began, single+cpuTime()-between
	}
	of := func(cpu time.Duration) figures {
		per := float64(cpu) / float64(n*vadRounds*vadTurns)
		return figures{"window_us": per / float64(time.Microsecond), "streams_per_core": float64(int(float64(vad.WindowTime) / per))}
	}
	out := outcome{Ours: of(together), Peers: map[string]figures{"silero-onnx": of(single)}, Machine: machine()}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "one core watches %.0f voices (%.0f µs a window); one by one %.0f (%.0f µs)\n%s\n", out.Ours["streams_per_core"],
			out.Ours["window_us"], out.Peers["silero-onnx"]["streams_per_core"], out.Peers["silero-onnx"]["window_us"], out.Machine)
	})
}
