package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/tts"
)

func newGap(env *cli.Env) *cobra.Command {
	var turns int
	var peers []string
	cmd := &cobra.Command{
		Use:   "gap",
		Short: "How long a caller waits for a reply, by the RTP packets alone",
		Long: "Starts a node, phones it with questions of the sample lines, one call at a time, and measures from the caller's last\n" +
			"voiced packet to the first voiced packet of the reply. The answers have been rendered before, as on a running node.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if turns < 1 {
				return cli.Usagef("bench gap: --turns must be at least 1")
			}
			if len(peers) > 0 {
				return cli.Usagef("bench gap: peer %q is not known here; docs/benchmarks.md says how to run pipecat beside it", peers[0])
			}
			return runGap(cmd.Context(), env, turns)
		},
	}
	cmd.Flags().IntVar(&turns, "turns", 40, "questions to ask, half of them in each language")
	cmd.Flags().StringSliceVar(&peers, "peer", nil, "peer to measure in the same run")
	return cmd
}

// perCall is how many questions are asked in one call; the caller hangs up when the reply has begun.
const perCall = 1

// line is a sample line with what its callers ask.
type line struct {
	base   string
	voices []tts.Voice
	greet  string
}

func lines() []line {
	return []line{
		{"bank", []tts.Voice{{Name: "kokoro:am_michael", Lang: "en"}, {Name: "kokoro:bf_emma", Lang: "en"}}, "Northwind Bank, hello."},
		{"shop", []tts.Voice{{Name: "kokoro:zm_yunxi", Lang: "zh"}, {Name: "kokoro:zf_xiaobei", Lang: "zh"}}, "您好。"},
	}
}

// onNode runs use beside a node with short greetings, and ends the node after it.
func onNode(ctx context.Context, env *cli.Env, use func(context.Context, *node.Node) error) error {
	return onNodeWith(ctx, env, func(*config.Config) {}, use)
}

// onNodeWith does so with a configuration that set has changed.
func onNodeWith(ctx context.Context, env *cli.Env, set func(*config.Config), use func(context.Context, *node.Node) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cfg, err := gapConfig()
	if err != nil {
		return err
	}
	set(cfg)
	n, err := node.Open(ctx, env, cfg)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.Run(gctx) }) // ends with stop
	err = use(gctx, n)
	stop()
	if werr := g.Wait(); err == nil && werr != nil && !errors.Is(werr, context.Canceled) {
		err = werr
	}
	return err
}

func runGap(ctx context.Context, env *cli.Env, turns int) error {
	var gaps []time.Duration
	var asked int
	err := onNode(ctx, env, func(ctx context.Context, n *node.Node) (err error) {
		gaps, asked, err = askAll(ctx, env, n, turns)
		return err
	})
	if err != nil {
		return err
	}
	if len(gaps) == 0 {
		return fmt.Errorf("no reply was heard: run parley demo to see what happens")
	}
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"gap_p50_ms": ms(percentile(gaps, 0.5)), "gap_p95_ms": ms(percentile(gaps, 0.95)), "gap_max_ms": ms(percentile(gaps, 1)),
		"turns": float64(asked), "replies": float64(len(gaps)),
	}}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d questions, %d replies: gap p50 %.0f ms, p95 %.0f ms, longest %.0f ms\n%s\n",
			asked, len(gaps), out.Ours["gap_p50_ms"], out.Ours["gap_p95_ms"], out.Ours["gap_max_ms"], out.Machine)
	})
}

// gapConfig is the default configuration on free ports, with short greetings.
func gapConfig() (*config.Config, error) {
	cfg, err := config.Load("")
	if err != nil {
		return nil, err
	}
	cfg.Limits.Drain = 0
	cfg.SIP.UDP, cfg.SIP.TCP, cfg.HTTP.Listen = "127.0.0.1:0", "", "127.0.0.1:0"
	cfg.Limits.Calls, cfg.TTS.Ahead = 4, false // what is asked is rendered before each call
	no := false
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		r.Record = &no
		for _, l := range lines() {
			if l.base == r.Base {
				r.Greeting = map[string]string{l.voices[0].Lang: l.greet}
			}
		}
	}
	return cfg, nil
}

// askAll asks turns questions, alternating between the lines, perCall in each call.
func askAll(ctx context.Context, env *cli.Env, n *node.Node, turns int) (gaps []time.Duration, asked int, err error) {
	m, err := mouth.Open(ctx, env, config.Default().TTS, nil)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = m.Close() }()
	err = softphone.With(ctx, env.Log, func(ctx context.Context, phone *softphone.Phone) error {
		for c := 0; asked < turns; c++ {
			l := lines()[c%len(lines())]
			entries, err := n.Entries(ctx, l.base)
			if err != nil {
				return err
			}
			count := min(perCall, turns-asked)
			script, err := questions(ctx, env, m, n, l, entries, c, count)
			if err != nil {
				return err
			}
			r := phone.Call(ctx, "sip:"+l.base+"@"+n.SIP(), script)
			if r.Err != nil {
				return fmt.Errorf("call %d: %w", c+1, r.Err)
			}
			asked += count
			gaps = append(gaps, r.Gaps...)
			env.Infof("call %d (%s): %v", c+1, l.base, r.Gaps)
		}
		return nil
	})
	return gaps, asked, err
}

// questions makes what one caller says: other wordings of entries of the line, each followed by its answer's rendering.
func questions(ctx context.Context, env *cli.Env, m *mouth.Mouth, n *node.Node, l line, entries []knowledge.Entry, c, count int) (softphone.Script, error) {
	script := softphone.Script{Brief: true}
	for i := range count {
		k := (c/len(lines())*perCall + i) * 7 % len(entries)
		e := entries[k]
		text := e.Question
		if len(e.Similar) > 0 {
			text = e.Similar[k%len(e.Similar)]
		}
		v := l.voices[(c/len(lines())+i)%len(l.voices)]
		pcm, err := m.Say(ctx, text, v)
		if err != nil {
			return script, err
		}
		opening := e.Answer
		if clauses := tts.Clauses(e.Answer, e.Lang); len(clauses) > 0 {
			opening = clauses[0]
		}
		if err := n.Render(ctx, l.base, opening, e.Lang); err != nil {
			return script, err
		}
		env.Infof("will ask: %s", text)
		script.Lines = append(script.Lines, softphone.Line{Text: text, Lang: v.Lang, PCM: pcm})
	}
	return script, nil
}
