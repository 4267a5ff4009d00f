package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
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
			"voiced packet to the first voiced packet of the reply. The answers have been rendered before, as on a running node.\n" +
			"--peer pipecat and --peer livekit then phone a bot on that framework with the same recordings: Silero, its own end of turn,\n" +
			"the same whisper, an answer that is looked up at once, said by the same Kokoro; pipecat-ready and livekit-ready have the\n" +
			"sound of their answers before they are called. deploy/peers/voice/install.sh installs them.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if turns < 1 {
				return cli.Usagef("bench gap: --turns must be at least 1")
			}
			for _, p := range peers {
				if _, known := gapPeers[p]; !known {
					return cli.Usagef("bench gap: peer %q is not known, %s are", p, strings.Join(slices.Sorted(maps.Keys(gapPeers)), " and "))
				}
			}
			return runGap(cmd.Context(), env, turns, peers)
		},
	}
	cmd.Flags().IntVar(&turns, "turns", 40, "questions to ask, half of them in each language")
	cmd.Flags().StringSliceVar(&peers, "peer", nil, "peer to measure in the same run: "+strings.Join(slices.Sorted(maps.Keys(gapPeers)), ", "))
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

func runGap(ctx context.Context, env *cli.Env, turns int, peers []string) error {
	var gaps []time.Duration
	var questions []asked
	err := onNode(ctx, env, func(ctx context.Context, n *node.Node) (err error) {
		gaps, questions, err = askAll(ctx, env, n, turns)
		return err
	})
	if err != nil {
		return err
	}
	if len(gaps) == 0 {
		return fmt.Errorf("no reply was heard: run parley demo to see what happens")
	}
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: gapFigures(gaps, len(questions))}
	for _, p := range peers {
		theirs, err := gapsOf(ctx, env, p, questions)
		if err != nil {
			return err
		}
		out.Peers[p] = gapFigures(theirs, len(questions))
	}
	return env.Print(out, func(w io.Writer) {
		showGap(w, "parley", out.Ours)
		for _, p := range peers {
			showGap(w, p, out.Peers[p])
		}
		fmt.Fprintln(w, out.Machine)
	})
}

// gapFigures are those of the replies to turns questions; without a reply there is no gap.
func gapFigures(gaps []time.Duration, turns int) figures {
	f := figures{"turns": float64(turns), "replies": float64(len(gaps))}
	if len(gaps) > 0 {
		f["gap_p50_ms"], f["gap_p95_ms"], f["gap_max_ms"] = ms(percentile(gaps, 0.5)), ms(percentile(gaps, 0.95)), ms(percentile(gaps, 1))
	}
	return f
}

func showGap(w io.Writer, who string, f figures) {
	fmt.Fprintf(w, "%s: %.0f questions, %.0f replies: gap p50 %.0f ms, p95 %.0f ms, longest %.0f ms\n",
		who, f["turns"], f["replies"], f["gap_p50_ms"], f["gap_p95_ms"], f["gap_max_ms"])
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

// askAll asks turns questions, alternating between the lines, perCall in each call, and returns what was asked.
func askAll(ctx context.Context, env *cli.Env, n *node.Node, turns int) (gaps []time.Duration, all []asked, err error) {
	m, err := mouth.Open(ctx, env, config.Default().TTS, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = m.Close() }()
	err = softphone.With(ctx, env.Log, func(ctx context.Context, phone *softphone.Phone) error {
		for c := 0; len(all) < turns; c++ {
			l := lines()[c%len(lines())]
			entries, err := n.Entries(ctx, l.base)
			if err != nil {
				return err
			}
			batch, err := questions(ctx, env, m, n, l, entries, c, min(perCall, turns-len(all)))
			if err != nil {
				return err
			}
			script := softphone.Script{Brief: true}
			for _, q := range batch {
				script.Lines = append(script.Lines, softphone.Line{Text: q.text, Lang: q.lang, PCM: q.pcm})
			}
			r := phone.Call(ctx, "sip:"+l.base+"@"+n.SIP(), script)
			if r.Err != nil {
				return fmt.Errorf("call %d: %w", c+1, r.Err)
			}
			all = append(all, batch...)
			gaps = append(gaps, r.Gaps...)
			env.Infof("call %d (%s): %v", c+1, l.base, r.Gaps)
		}
		return nil
	})
	return gaps, all, err
}

// questions makes what one caller says: other wordings of entries of the line, each followed by its answer's rendering.
func questions(ctx context.Context, env *cli.Env, m *mouth.Mouth, n *node.Node, l line, entries []knowledge.Entry, c, count int) ([]asked, error) {
	var batch []asked
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
			return nil, err
		}
		opening := e.Answer
		if clauses := tts.Clauses(e.Answer, e.Lang); len(clauses) > 0 {
			opening = clauses[0]
		}
		if err := n.Render(ctx, l.base, opening, e.Lang); err != nil {
			return nil, err
		}
		env.Infof("will ask: %s", text)
		batch = append(batch, asked{v.Lang, text, e.Answer, pcm})
	}
	return batch, nil
}
