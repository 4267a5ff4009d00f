package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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
			"call is a leg: it receives and sends RTP (PCMU), runs its jitter buffer, resamples and watches for a voice, as a\n" +
			"running call does. The processor time of all that, over the legs, gives how many would fill two cores.",
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
	share := carried.cpu.Seconds() / (time.Duration(len(carried.late)) * audio.FrameTime).Seconds() // of a core, for a leg
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"legs": float64(2 * calls), "cpu_ms_per_leg_s": 1000 * share, "legs_two_cores": float64(int(2 / share)),
		"tick_p99_ms": ms(percentile(carried.late, 0.99)), "measured_s": carried.wall.Seconds(),
	}}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d legs: %.2f ms of processor time for a second of a leg, so two cores carry %.0f; 20 ms were done up to %.1f ms after their time (p99)\n%s\n",
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
	late      []time.Duration // how long after its time each 20 ms of each leg was done
}

// carry moves the sound of all legs for a while, in real time, each in a goroutine of its own as calls are.
func carry(ctx context.Context, model *vad.Model, legs []*sip.Leg, lasting time.Duration) (c carriage, err error) {
	sound := audio.Noise(-30, time.Second, 1)
	late := make([][]time.Duration, len(legs))
	began, cpu := time.Now(), cpuTime()
	g, ctx := errgroup.WithContext(ctx)
	for i, l := range legs {
		start := began.Add(time.Duration(i) * audio.FrameTime / time.Duration(len(legs))) // callers do not speak in step
		g.Go(func() error {                                                               // ends after lasting, or with ctx
			var err error
			late[i], err = move(ctx, l, model.NewStream(), sound, start, lasting)
			if err != nil {
				return fmt.Errorf("leg %d: %w", i, err)
			}
			return nil
		})
	}
	err = g.Wait()
	c.cpu, c.wall = cpuTime()-cpu, time.Since(began)
	c.late = slices.Concat(late...)
	return c, err
}

// move is one leg's share of that.
func move(ctx context.Context, l *sip.Leg, voice *vad.Stream, sound []int16, start time.Time, lasting time.Duration) (late []time.Duration, err error) {
	in, probs := make([]int16, audio.FrameLen), make([]float32, 0, 1)
	timer := time.NewTimer(time.Until(start))
	defer timer.Stop()
	for n := 0; ; n++ {
		due := start.Add(time.Duration(n) * audio.FrameTime)
		if due.Sub(start) >= lasting {
			return late, voice.Err()
		}
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return late, context.Cause(ctx)
		case <-timer.C:
		}
		if _, err := l.ReadFrame(in); err != nil {
			return late, err
		}
		probs = voice.Push(probs[:0], in)
		if _, err := l.WriteFrame(sound[n*audio.FrameLen%audio.Rate:][:audio.FrameLen]); err != nil {
			return late, err
		}
		late = append(late, max(0, time.Since(due)))
	}
}
