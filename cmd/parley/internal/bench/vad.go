package bench

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

func newVAD(env *cli.Env) *cobra.Command {
	var streams int
	cmd := &cobra.Command{
		Use:   "vad",
		Short: "How many voices one core watches, many in one pass and one by one",
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

// vadRounds is how many windows of each stream are evaluated in turn, first batched, then one by one.
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
	batch, err := model.NewBatch(vadBatch)
	if err != nil {
		return err
	}
	defer batch.Close()
	streams, windows, probs := make([]*vad.Stream, n), make([][]int16, n), make([]float32, n)
	for i := range streams {
		streams[i], windows[i] = model.NewStream(), audio.Noise(-25, vad.WindowTime, uint64(i))[:vad.WindowLen]
	}
	var together, single time.Duration
	for range vadTurns { // in turn, so that what else runs meets both
		began := cpuTime()
		for range vadRounds {
			if err := batch.Push(probs, streams, windows); err != nil {
				return err
			}
		}
		between := cpuTime()
		for range vadRounds {
			for i, s := range streams {
				probs = s.Push(probs[:0], windows[i])
				if err := s.Err(); err != nil {
					return err
				}
			}
			probs = probs[:cap(probs)][:n]
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
