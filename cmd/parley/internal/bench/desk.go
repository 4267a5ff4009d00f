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

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/deskagent"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

func newDesk(env *cli.Env) *cobra.Command {
	var turns, streams int
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "How soon an agent has the right card, and how late people hear each other",
		Long: "Starts a node with an agent at the desk, phones it, asks for a person, and then for what the sample FAQ knows, in one call\n" +
			"between people. Every fourth thing said is one that a rule of the pack for banks answers. card: from the caller's last voiced packet to the first card on the agent's screen. ear: from a sound in\n" +
			"the caller's packets to the same sound in the agent's ear, jitter buffers included. rule card, knowledge card: from the\n" +
			"final text of a turn to the card it brings, by the times of their events.\n" +
			"With --streams the call is made twice, alone and with so many followers of the event stream and one open page: jitter is\n" +
			"how far the packets sent to the caller are from 20 ms apart; goroutines and open files are those of the process.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if turns < 1 || streams < 0 || streams > 500 {
				return cli.Usagef("bench desk: --turns must be at least 1 and --streams 0 to 500")
			}
			if streams > 0 {
				return runStreams(cmd.Context(), env, turns, streams)
			}
			return runDesk(cmd.Context(), env, turns)
		},
	}
	cmd.Flags().IntVar(&turns, "turns", 20, "questions to ask, in English")
	cmd.Flags().IntVar(&streams, "streams", 0, "followers of the event stream, to see what they do to the sound")
	return cmd
}

// booth is the agent of the measurement.
type booth struct {
	agent   *deskagent.Agent
	answer  []int16 // what the agent says to everything
	greeted bool

	mu    sync.Mutex
	cards []time.Time
}

func runDesk(ctx context.Context, env *cli.Env, turns int) error {
	var out outcome
	err := onNode(ctx, env, func(ctx context.Context, n *node.Node) (err error) {
		out, err = measureDesk(ctx, env, n, turns, nil)
		return err
	})
	if err != nil {
		return err
	}
	return env.Print(out, func(w io.Writer) {
		o := out.Ours
		fmt.Fprintf(w, "%.0f questions, %.0f with a card: card p50 %.0f ms, p95 %.0f ms; ear p50 %.0f ms, p95 %.0f ms\n", o["questions"], o["cards"],
			o["card_p50_ms"], o["card_p95_ms"], o["ear_p50_ms"], o["ear_p95_ms"])
		fmt.Fprintf(w, "from the final text: %.0f rule cards p50 %.0f ms, p95 %.0f ms; %.0f knowledge cards p50 %.0f ms, p95 %.0f ms\n%s\n",
			o["rule_cards"], o["rule_card_p50_ms"], o["rule_card_p95_ms"], o["knowledge_cards"], o["knowledge_card_p50_ms"], o["knowledge_card_p95_ms"], out.Machine)
	})
}

// measureDesk makes the call. tap, unless nil, sees the caller's packets.
func measureDesk(ctx context.Context, env *cli.Env, n *node.Node, turns int, tap func(sip.Packet)) (outcome, error) {
	m, err := mouth.Open(ctx, env, config.Default().TTS, nil)
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = m.Close() }()
	script, answer, err := deskScript(ctx, m, n, turns)
	if err != nil {
		return outcome{}, err
	}
	script.Dial.Tap = tap
	times := newCardTimes()
	agent, err := deskagent.New(n, desk.Agent{ID: "bench", Name: "Bench"})
	if err != nil {
		return outcome{}, err
	}
	b := &booth{agent: agent, answer: answer}
	defer func() { _ = agent.Close() }()
	var r softphone.Result
	g, gctx := errgroup.WithContext(ctx)
	agentCtx, leave := context.WithCancel(gctx)
	g.Go(func() error { return agent.Work(agentCtx, b.see) })                // ends with leave
	g.Go(func() error { return times.follow(agentCtx, n.Events(agentCtx)) }) // ends with leave
	g.Go(func() error {                                                      // ends with the call
		defer leave()
		return softphone.With(gctx, env.Log, func(ctx context.Context, phone *softphone.Phone) error {
			r = phone.Call(ctx, "sip:bank@"+n.SIP(), script)
			return r.Err
		})
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return outcome{}, err
	}
	out, err := b.figures(r)
	if err == nil {
		times.add(out.Ours)
	}
	return out, err
}

// ruled are things that rules of the pack for banks have a card for.
var ruled = []string{ //nolint:gochecknoglobals // never changed
	"My card was stolen this morning.", "I do not recognise this payment on my account.", "I forgot my PIN.", "I want to close my account.", "The machine kept my card.",
}

// deskScript is what the caller says: a wish for a person, then other wordings of entries.
func deskScript(ctx context.Context, m *mouth.Mouth, n *node.Node, turns int) (softphone.Script, []int16, error) {
	script := softphone.Script{Patience: time.Minute, Linger: 1500 * time.Millisecond}
	voice := tts.Voice{Name: "kokoro:am_michael", Lang: "en"}
	entries, err := n.Entries(ctx, "bank")
	if err != nil {
		return script, nil, err
	}
	texts := []string{"I would like to speak to a person, please."}
	for i := range turns {
		e := entries[i*7%len(entries)]
		text := e.Question
		switch {
		case i%4 == 3:
			text = ruled[i/4%len(ruled)]
		case len(e.Similar) > 0:
			text = e.Similar[i%len(e.Similar)]
		}
		texts = append(texts, text)
	}
	for _, text := range texts {
		pcm, err := m.Say(ctx, text, voice)
		if err != nil {
			return script, nil, err
		}
		script.Lines = append(script.Lines, softphone.Line{Text: text, Lang: "en", PCM: pcm})
	}
	answer, err := m.Say(ctx, "Yes, one moment please, I am looking.", tts.Voice{Name: "kokoro:bf_emma", Lang: "en"})
	return script, answer, err
}

// see notes when cards come, and says something after each turn of the caller.
func (b *booth) see(m desk.Message) {
	switch body := m.Data.(type) {
	case desk.Card:
		if body.Kind == "answer" {
			b.mu.Lock()
			b.cards = append(b.cards, time.Now())
			b.mu.Unlock()
		}
	case desk.Board:
		if body.Call != nil && !b.greeted {
			b.greeted = true
			b.agent.Headset.Say(make([]int16, audio.Samples(time.Second)))
			b.agent.Headset.Say(b.answer)
		}
	case call.Turn:
		if body.Who == call.Caller {
			b.agent.Headset.Say(make([]int16, audio.Samples(1500*time.Millisecond))) // time for the card to come
			b.agent.Headset.Say(b.answer)
		}
	}
}

// figures sets what was said against what came.
func (b *booth) figures(r softphone.Result) (outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var cards, ears []time.Duration
	heard := b.agent.Headset.Heard()
	for i, s := range r.Said {
		if i == 0 {
			continue
		}
		first, last, ok := voiced(s.PCM)
		if !ok {
			continue
		}
		end := r.Start.Add(s.From + last)
		next := r.Start.Add(r.Duration)
		if i+1 < len(r.Said) {
			next = r.Start.Add(r.Said[i+1].From)
		}
		for _, at := range b.cards {
			if at.After(end.Add(-time.Second)) && at.Before(next) {
				cards = append(cards, max(0, at.Sub(end)))
				break
			}
		}
		begin := r.Start.Add(s.From + first).Sub(b.agent.Began)
		if d, ok := onset(heard, begin); ok {
			ears = append(ears, d)
		}
	}
	if len(cards) == 0 {
		return outcome{}, errors.New("no card came: run parley ask with the questions of the sample FAQ to see what is found")
	}
	return outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"questions": float64(len(r.Said) - 1), "cards": float64(len(cards)),
		"card_p50_ms": ms(percentile(cards, 0.5)), "card_p95_ms": ms(percentile(cards, 0.95)),
		"ear_p50_ms": ms(percentile(ears, 0.5)), "ear_p95_ms": ms(percentile(ears, 0.95)),
	}}, nil
}

// voiced is where speech begins and ends in pcm.
func voiced(pcm []int16) (first, last time.Duration, ok bool) {
	for i := 0; i+audio.FrameLen <= len(pcm); i += audio.FrameLen {
		if audio.Level(pcm[i:i+audio.FrameLen]) > audio.VoicedDBFS {
			if !ok {
				first, ok = audio.Duration(i), true
			}
			last = audio.Duration(i + audio.FrameLen)
		}
	}
	return first, last, ok
}

// onset is how long after begin speech is heard, within half a second.
func onset(heard []int16, begin time.Duration) (time.Duration, bool) {
	from := audio.Samples(begin)
	for i := max(0, from); i+audio.FrameLen <= min(len(heard), from+audio.Samples(500*time.Millisecond)); i += audio.FrameLen / 4 {
		if audio.Level(heard[i:i+audio.FrameLen]) > audio.VoicedDBFS {
			return audio.Duration(i - from), true
		}
	}
	return 0, false
}
