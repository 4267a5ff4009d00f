package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/vad"
)

func newLegs(env *cli.Env) *cobra.Command {
	var calls int
	var lasting time.Duration
	cmd := &cobra.Command{
		Use:   "legs",
		Short: "How many live calls two cores carry before speech is recognised",
		Long: "Starts two telephone sides in this process and places calls from one to the other over loopback. Each end of a\n" +
			"call is a leg: it receives and sends RTP (PCMU), runs its jitter buffer, resamples and watches for a voice, many\n" +
			"legs in one pass of the model. The processor time of all that, over the legs, gives how many would fill two cores.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if calls < 1 || calls > 2000 || lasting < time.Second {
				return cli.Usagef("bench legs: --calls must be 1 to 2000 and --for at least 1s")
			}
			return runLegs(cmd.Context(), env, calls, lasting)
		},
	}
	cmd.Flags().IntVar(&calls, "calls", 150, "calls at once; each has two legs")
	cmd.Flags().DurationVar(&lasting, "for", 5*time.Second, "how long to measure")
	return cmd
}

// hold is a sip.Handler that keeps every call and hands its leg to take.
type hold struct{ take func(*sip.Leg) }

// Admit takes every call.
func (h hold) Admit(sip.Invite) sip.Verdict { return sip.Verdict{Accept: true} }

// Call keeps the call until it ends.
func (h hold) Call(ctx context.Context, l *sip.Leg) {
	h.take(l)
	select {
	case <-l.Ended():
	case <-ctx.Done():
	}
}

func runLegs(ctx context.Context, env *cli.Env, calls int, lasting time.Duration) error {
	model, err := ear.OpenVAD(env)
	if err != nil {
		return err
	}
	defer model.Close()
	var mu sync.Mutex
	var legs []*sip.Leg
	take := func(l *sip.Leg) {
		mu.Lock()
		defer mu.Unlock()
		legs = append(legs, l)
	}
	var carried carriage
	err = pairServers(ctx, hold{take}, 2*calls, func(ctx context.Context, phone *sip.Server, to string) error {
		for range calls {
			l, err := phone.Dial(ctx, to, sip.DialOptions{Codecs: []string{audio.PCMU}})
			if err != nil {
				return err
			}
			take(l)
		}
		if err := waitFor(ctx, 5*time.Second, func() bool { mu.Lock(); defer mu.Unlock(); return len(legs) == 2*calls }); err != nil {
			return err
		}
		carried, err = carry(ctx, model, legs, lasting)
		return err
	})
	if err != nil {
		return err
	}
	share := carried.cpu.Seconds() / carried.wall.Seconds() / float64(2*calls) // of a core, for a leg
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"legs": float64(2 * calls), "cpu_ms_per_leg_s": 1000 * share, "legs_two_cores": float64(int(2 / share)),
		"tick_p99_ms": ms(percentile(carried.late, 0.99)), "measured_s": carried.wall.Seconds(),
	}}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d legs: %.2f ms of processor time for a second of a leg, so two cores carry %.0f; a round of 20 ms ended up to %.1f ms late (p99)\n%s\n",
			2*calls, 1000*share, out.Ours["legs_two_cores"], out.Ours["tick_p99_ms"], out.Machine)
	})
}

// pairServers runs use between a telephone side that answers with h at the URI `to` and one that dials.
func pairServers(ctx context.Context, h sip.Handler, dialogs int, use func(ctx context.Context, phone *sip.Server, to string) error) error {
	desk, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", MaxDialogs: dialogs})
	if err != nil {
		return err
	}
	phone, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true, MaxDialogs: dialogs})
	if err != nil {
		return errors.Join(err, desk.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return desk.Serve(ctx, h) })    // ends with stop
	g.Go(func() error { return phone.Serve(ctx, nil) }) // ends with stop
	err = use(ctx, phone, "sip:bench@"+desk.UDPAddr())
	stop()
	return errors.Join(err, g.Wait())
}

func waitFor(ctx context.Context, most time.Duration, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the calls: %w", context.Cause(ctx))
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// carriage is what carrying legs took.
type carriage struct {
	cpu, wall time.Duration
	late      []time.Duration // how long after its time each round of 20 ms ended
}

// vadBatch is how many windows go through the model at once.
const vadBatch = 32

// carry moves the sound of all legs for a while, in real time.
func carry(ctx context.Context, model *vad.Model, legs []*sip.Leg, lasting time.Duration) (c carriage, err error) {
	batch, err := model.NewBatch(vadBatch)
	if err != nil {
		return c, err
	}
	defer batch.Close()
	var (
		streams = make([]*vad.Stream, len(legs))
		frames  = make([][]int16, len(legs))
		probs   = make([]float32, len(legs))
		sound   = audio.Noise(-30, time.Second, 1)
	)
	for i := range legs {
		streams[i], frames[i] = model.NewStream(), make([]int16, audio.FrameLen)
	}
	round := func(n int) error {
		out := sound[n*audio.FrameLen%audio.Rate:][:audio.FrameLen]
		for i, l := range legs {
			if _, err := l.ReadFrame(frames[i]); err != nil {
				return fmt.Errorf("leg %d: %w", i, err)
			}
			if _, err := l.WriteFrame(out); err != nil {
				return fmt.Errorf("leg %d: %w", i, err)
			}
		}
		return batch.Push(probs, streams, frames)
	}
	began, cpu := time.Now(), cpuTime()
	for n := 0; time.Since(began) < lasting; n++ {
		due := began.Add(time.Duration(n) * audio.FrameTime)
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		if err := ctx.Err(); err != nil {
			return c, err
		}
		if err := round(n); err != nil {
			return c, err
		}
		c.late = append(c.late, max(0, time.Since(due)-audio.FrameTime))
	}
	c.cpu, c.wall = cpuTime()-cpu, time.Duration(len(c.late))*audio.FrameTime
	return c, nil
}
