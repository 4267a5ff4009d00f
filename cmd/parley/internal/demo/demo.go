// Package demo is `parley demo`: a node with both sample lines, seven real calls to it, and the conversations printed as
// they happen.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Answer seven real calls and show how",
		Long: "Starts Parley with two sample lines, a bank in English and a shop in Chinese, phones them seven times over SIP and RTP,\n" +
			"and prints the conversations with the time each step of a reply took. On a terminal Parley goes on running afterwards.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), env) },
	}
}

// outcome is what --json prints.
type outcome struct {
	SIP   string    `json:"sip"`
	HTTP  string    `json:"http"`
	Calls []oneCall `json:"calls"`
}

type oneCall struct {
	Title   string  `json:"title"`
	Line    string  `json:"line"`
	Status  int     `json:"status"`
	Gaps    []int64 `json:"gaps_ms"`
	EndedBy string  `json:"ended_by"`
}

func run(ctx context.Context, env *cli.Env) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	person, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", UserAgent: "Parley demo agent", Log: env.Log})
	if err != nil {
		return err
	}
	defer func() { _ = person.Close() }()
	cfg, err := configure(person.UDPAddr())
	if err != nil {
		return err
	}
	env.Infof("starting Parley ...")
	n, err := node.Open(ctx, env, cfg)
	if err != nil {
		return err
	}
	env.Infof("Parley answers sip:bank@%s (English) and sip:shop@%s (Chinese)", n.SIP(), n.SIP())
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.Run(gctx) })                         // ends with gctx
	g.Go(func() error { return person.Serve(gctx, agent{env: env}) }) // ends with gctx
	p := &printer{out: out(env), start: time.Now()}
	g.Go(func() error { p.follow(n.Events(gctx)); return nil }) // ends with gctx
	calls, err := place(gctx, env, n)
	if err == nil {
		err = env.Print(outcome{SIP: n.SIP(), HTTP: n.Web(), Calls: calls}, func(w io.Writer) { summary(w, calls, n) })
	}
	if err == nil && isTerminal(env.In) {
		env.Infof("Parley goes on running: phone it, or open the page. Ctrl-C ends it.")
		<-ctx.Done()
	}
	stop()
	if werr := g.Wait(); err == nil && werr != nil && !errors.Is(werr, context.Canceled) {
		err = werr
	}
	return err
}

// out is where the conversations go: beside the JSON object, not into it.
func out(env *cli.Env) io.Writer {
	if env.JSON {
		return env.Err
	}
	return env.Out
}

func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// configure takes the usual ports where they are free, and others where not.
func configure(person string) (*config.Config, error) {
	cfg, err := config.Load("")
	if err != nil {
		return nil, err
	}
	cfg.Limits.Drain = 0
	if !free("udp", cfg.SIP.UDP) || !free("tcp", cfg.SIP.TCP) {
		cfg.SIP.UDP, cfg.SIP.TCP = "127.0.0.1:0", ""
	}
	if !free("tcp", cfg.HTTP.Listen) {
		cfg.HTTP.Listen = "127.0.0.1:0"
	}
	for i := range len(cfg.Routes) {
		cfg.Routes[i].Transfer = "sip:agent@" + person
		if cfg.Routes[i].Base == "bank" { // the same line once more, with people at the desk
			r := cfg.Routes[i]
			r.Name, r.Match, r.Transfer = deskLine, []string{deskLine}, ""
			cfg.Routes = append(cfg.Routes, r)
		}
	}
	return cfg, nil
}

func free(network, addr string) bool {
	if network == "udp" {
		c, err := net.ListenPacket(network, addr)
		return err == nil && c.Close() == nil
	}
	l, err := net.Listen(network, addr)
	return err == nil && l.Close() == nil
}

// place makes the calls, one after the other.
func place(ctx context.Context, env *cli.Env, n *node.Node) ([]oneCall, error) {
	if err := waitFluent(ctx, env, n); err != nil {
		return nil, err
	}
	env.Infof("recording what the callers will say ...")
	m, err := mouth.Open(ctx, env, config.Default().TTS, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.Close() }()
	say := func(text string, v tts.Voice) ([]int16, error) { return m.Say(ctx, text, v) }
	var calls []oneCall
	err = softphone.With(ctx, env.Log, func(ctx context.Context, phone *softphone.Phone) error {
		for i, s := range scenes() {
			script, err := s.script(say)
			if err != nil {
				return err
			}
			fmt.Fprintf(out(env), "\ncall %d of 7: %s (sip:%s@%s)\n", i+1, s.title, s.line, n.SIP())
			r := phone.Call(ctx, "sip:"+s.line+"@"+n.SIP(), script)
			if r.Err != nil {
				return fmt.Errorf("call %d (%s): %w", i+1, s.title, r.Err)
			}
			c := oneCall{Title: s.title, Line: s.line, Status: r.Status, EndedBy: r.EndedBy, Gaps: []int64{}}
			for _, g := range r.Gaps {
				c.Gaps = append(c.Gaps, g.Milliseconds())
			}
			calls = append(calls, c)
		}
		fmt.Fprintf(out(env), "\ncall 7 of 7: a person takes over (sip:%s@%s)\n", deskLine, n.SIP())
		c, err := personCall(ctx, env, n, m, phone)
		if err != nil {
			return fmt.Errorf("call 7: %w", err)
		}
		calls = append(calls, c)
		return nil
	})
	return calls, err
}

// waitFluent waits until replies can begin at once, as on a node that has run for a while; after that is done once, the
// sound is on the disk.
func waitFluent(ctx context.Context, env *cli.Env, n *node.Node) error {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-n.Fluent():
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			env.Infof("making the sound of greetings, prompts and first clauses: %d left", n.Unrendered())
		}
	}
}

func summary(w io.Writer, calls []oneCall, n *node.Node) {
	fmt.Fprintf(w, "\nseven calls, from the last voiced packet of the caller to the first of the reply:\n")
	for i, c := range calls {
		fmt.Fprintf(w, "  %d %-36s %v ms\n", i+1, c.Title, c.Gaps)
	}
	fmt.Fprintf(w, "\nThe calls with transcript, recording and timing: http://%s/live\n", n.Web())
}

// agent is the person calls are transferred to: a phone that answers.
type agent struct{ env *cli.Env }

// Admit takes every call.
func (agent) Admit(sip.Invite) sip.Verdict { return sip.Verdict{Accept: true} }

// Call stays until the caller hangs up.
func (a agent) Call(ctx context.Context, leg *sip.Leg) {
	fmt.Fprintf(out(a.env), "          a person has picked up\n")
	select {
	case <-leg.Ended():
	case <-ctx.Done():
	}
}
