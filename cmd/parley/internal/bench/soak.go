package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

func newSoak(env *cli.Env) *cobra.Command {
	var lasting time.Duration
	var calls int
	cmd := &cobra.Command{
		Use:   "soak",
		Short: "A node at its limit of calls for half an hour: does anything grow?",
		Long: "Starts a node as the configuration's defaults have it, recordings included, and keeps as many callers on the line as it\n" +
			"admits, and one more; each asks a few questions, hangs up and rings again. Every two seconds it looks at memory,\n" +
			"goroutines, open files and UDP ports, of the node and its callers together, and compares the last third of the time\n" +
			"with the second sixth (what came before is the beginning). The jitter is how far each packet to a caller was from\n" +
			"20 ms after the one before, where it arrived. Exit 3 when " + limits() + ".",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if lasting < 30*time.Second || calls < 0 {
				return cli.Usagef("bench soak: --for must be at least 30s, --calls at least 0")
			}
			return runSoak(cmd.Context(), env, lasting, calls)
		},
	}
	cmd.Flags().DurationVar(&lasting, "for", 30*time.Minute, "how long")
	cmd.Flags().IntVar(&calls, "calls", 0, "calls the node admits; 0 lets it measure that, as it does by default")
	return cmd
}

// asks is how many questions a caller of the soak asks in one call.
const asks = 3

// soak is what its callers share.
type soak struct {
	n       *node.Node
	scripts []softphone.Script
	bases   []string

	answered, replies, refused, failed atomic.Int64

	mu     sync.Mutex
	jitter [1000]int64 // packets by tenths of a millisecond; the last one is that and more
}

func runSoak(ctx context.Context, env *cli.Env, lasting time.Duration, calls int) error {
	s := &soak{}
	var samples []usage
	err := onNodeWith(ctx, env, func(cfg *config.Config) {
		yes := true
		for i := range cfg.Routes {
			cfg.Routes[i].Record = &yes
		}
		cfg.Limits.Calls = calls
	}, func(ctx context.Context, n *node.Node) error {
		s.n = n
		if err := s.prepare(ctx, env); err != nil {
			return err
		}
		_, limit := n.Places()
		env.Infof("%d calls at once for %s", limit, lasting)
		ctx, stop := context.WithTimeout(ctx, lasting)
		defer stop()
		return softphone.With(context.WithoutCancel(ctx), env.Log, func(_ context.Context, phone *softphone.Phone) error {
			var wg sync.WaitGroup
			for i := range limit + 1 {
				wg.Go(func() { s.caller(ctx, phone, i) }) // ends with ctx
			}
			samples = follow(ctx)
			wg.Wait()
			return nil
		})
	})
	if err != nil {
		return err
	}
	return s.print(env, samples)
}

// prepare makes what callers say and what they will hear.
func (s *soak) prepare(ctx context.Context, env *cli.Env) error {
	m, err := mouth.Open(ctx, env, config.Default().TTS, nil)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	for c := range 2 * len(lines()) {
		l := lines()[c%len(lines())]
		entries, err := s.n.Entries(ctx, l.base)
		if err != nil {
			return err
		}
		script := softphone.Script{}
		for i := range asks {
			e := entries[(c/len(lines())*asks+i)*7%len(entries)]
			v := l.voices[i%len(l.voices)]
			pcm, err := m.Say(ctx, e.Question, v)
			if err != nil {
				return err
			}
			if err := s.n.Render(ctx, l.base, e.Answer, e.Lang); err != nil {
				return err
			}
			script.Lines = append(script.Lines, softphone.Line{Text: e.Question, Lang: v.Lang, PCM: pcm})
		}
		s.scripts, s.bases = append(s.scripts, script), append(s.bases, l.base)
	}
	return nil
}

// caller rings again and again until ctx ends.
func (s *soak) caller(ctx context.Context, phone *softphone.Phone, i int) {
	for c := i; ctx.Err() == nil; c++ {
		k := c % len(s.scripts)
		script := s.scripts[k]
		var last time.Time
		script.Dial.Tap = func(p sip.Packet) { // packets of one call come from one goroutine
			if !p.In {
				return
			}
			if d := p.At.Sub(last); !last.IsZero() && d < time.Second {
				s.late((d - audio.FrameTime).Abs())
			}
			last = p.At
		}
		r := phone.Call(ctx, "sip:"+s.bases[k]+"@"+s.n.SIP(), script)
		switch {
		case ctx.Err() != nil:
			return
		case r.Status == 503:
			s.refused.Add(1)
		case r.Err != nil:
			s.failed.Add(1)
		default:
			s.answered.Add(1)
			s.replies.Add(int64(len(r.Gaps)))
		}
		pause(ctx, time.Second+rand.N(2*time.Second)) //nolint:gosec // spreads load
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (s *soak) late(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jitter[min(int(d/(100*time.Microsecond)), len(s.jitter)-1)]++
}

// jitterAt is the share p of all jitters, in ms, rounded up to a tenth.
func (s *soak) jitterAt(p float64) (at float64, packets int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.jitter {
		packets += n
	}
	seen := int64(0)
	for i, n := range s.jitter {
		if seen += n; float64(seen) >= p*float64(packets) {
			return float64(i+1) / 10, packets
		}
	}
	return 0, packets
}

func (s *soak) print(env *cli.Env, samples []usage) error {
	first, last := samples[len(samples)/6:len(samples)/3], samples[2*len(samples)/3:]
	p50, packets := s.jitterAt(0.5)
	p99, _ := s.jitterAt(0.99)
	_, limit := s.n.Places()
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"calls_at_once": float64(limit), "soaked_s": samples[len(samples)-1].at.Sub(samples[0].at).Seconds(), "calls": float64(s.answered.Load()),
		"replies": float64(s.replies.Load()), "asked": float64(asks * s.answered.Load()), "refused": float64(s.refused.Load()), "failed": float64(s.failed.Load()),
		"packets": float64(packets), "jitter_p50_ms": p50, "jitter_p99_ms": p99,
	}}
	for name, of := range kinds() {
		out.Ours[name+"_before"], out.Ours[name+"_after"] = median(first, of.get), median(last, of.get)
	}
	if err := env.Print(out, func(w io.Writer) {
		o := out.Ours
		fmt.Fprintf(w, "%.0f s at %.0f calls at once: %.0f calls answered, %.0f of %.0f questions replied to, %.0f refused, %.0f failed\n", o["soaked_s"], o["calls_at_once"], o["calls"], o["replies"], o["asked"], o["refused"], o["failed"])
		fmt.Fprintf(w, "jitter of %.0f packets: p50 %.1f ms, p99 %.1f ms\n", o["packets"], p50, p99)
		for name := range kinds() {
			fmt.Fprintf(w, "%-12s %.0f before, %.0f after\n", name, o[name+"_before"], o[name+"_after"])
		}
		fmt.Fprintln(w, out.Machine)
	}); err != nil {
		return err
	}
	if wrong := broken(out.Ours); len(wrong) > 0 {
		return cli.Checkf("bench soak: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// mostJitter is how far from its time one packet in a hundred may be, in ms.
const mostJitter = 5.0

// limits tells people what broken looks at.
func limits() string {
	var grow []string
	for name, of := range kinds() {
		grow = append(grow, fmt.Sprintf("%s %.0f", name, of.slack))
	}
	slices.Sort(grow)
	return fmt.Sprintf("the 99th percentile of\nthe jitter is over %.0f ms, no packet came, a call failed, or one of these grew by more than a tenth and:\n%s", mostJitter, strings.Join(grow, ", "))
}

// broken says what did not hold in the figures of a soak.
func broken(f figures) []string {
	var out []string
	for name, of := range kinds() {
		if a, b := f[name+"_before"], f[name+"_after"]; b > a*1.1+of.slack {
			out = append(out, fmt.Sprintf("%s grew from %.0f to %.0f", name, a, b))
		}
	}
	slices.Sort(out)
	if f["packets"] == 0 {
		out = append(out, "no packet came")
	}
	if j := f["jitter_p99_ms"]; j > mostJitter {
		out = append(out, fmt.Sprintf("the 99th percentile of the jitter is %.1f ms, at most %.0f ms are allowed", j, mostJitter))
	}
	if n := f["failed"]; n > 0 {
		out = append(out, fmt.Sprintf("%.0f calls failed", n))
	}
	return out
}
