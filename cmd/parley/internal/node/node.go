// Package node is one running Parley: the telephone side, the engines behind it, the record and the HTTP side, started
// in an order in which each finds what it needs and stopped in the opposite one. `parley serve`, the demo and the
// benchmarks run it.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/knowledge/watch"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/events"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/sip/outbound"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/vad"
	"github.com/parley-voice/parley/pipeline/webrtc"
	"github.com/parley-voice/parley/pipeline/work"
)

// Node is a running Parley.
type Node struct {
	env   *cli.Env
	cfg   *config.Config
	queue *work.Queue
	close []func() error // in the order in which things were opened

	fluent chan struct{} // see Fluent
	left   atomic.Int64  // see Unrendered

	vad      *vad.Model
	hearing  recogniser
	mouth    *mouth.Mouth
	brain    *brain.Brain
	watch    *watch.Watcher
	bus      *events.Bus
	store    *store.Store
	recorder *store.Recorder
	access   *access.Gate
	business *Business
	sip      *sip.Server
	web      net.Listener
	api      *httpapi.API
	webcalls *webrtc.Server // nil when off
	bot      *pipeline.Bot
	gate     *gate
	desk     *desk.Desk
	chats    chat.House
	running  context.Context //nolint:containedctx // of Run
	trunks   *outbound.Guard
	dialling sync.WaitGroup // telephones that ring or talk
	controls sync.Map       // of the running calls: *pipeline.Control by call.ID
	metrics  *metrics
}

// recogniser is what hears the callers.
type recogniser interface {
	Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error)
}

// Open readies everything and binds the addresses; nothing is answered until Run. The caller must Run or Close it.
func Open(ctx context.Context, env *cli.Env, cfg *config.Config) (*Node, error) {
	n := &Node{env: env, cfg: cfg, queue: work.New(max(1, cfg.ASR.Workers)), fluent: make(chan struct{})}
	n.onClose(func() error { n.queue.Close(); return nil })
	for _, step := range []func(context.Context) error{
		n.openHome, n.tryPorts, n.openHearing, n.openMouth, n.openBrain, n.openLibrary, n.openRecord, n.openAccess, n.openBusiness, n.openTrunks, n.openDesk, n.measure, n.openPhone, n.openWeb,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.bot = &pipeline.Bot{
		Recognizer: n.hearing, Answerer: n.brain.Engine, Speaker: n.mouth, Work: n.queue, Logger: env.Log,
		Desk: counter{n}, Understander: n.brain.Understander,
		Redact: func() pipeline.Redactor { return &redactor{} },
		Turn: turn.Config{
			Speculate: cfg.Turn.Speculate, EndSure: cfg.Turn.EndSure, EndLikely: cfg.Turn.EndLikely,
			EndUnsure: cfg.Turn.EndUnsure, EndMax: cfg.Turn.EndMax, Cancel: cfg.Turn.Cancel,
		},
	}
	return n, nil
}

func (n *Node) onClose(f func() error) { n.close = append(n.close, f) }

// Close frees everything that was opened. After Run it is not needed.
func (n *Node) Close() error {
	var errs []error
	for _, f := range slices.Backward(n.close) {
		errs = append(errs, f())
	}
	n.close = nil
	return errors.Join(errs...)
}

func (n *Node) openHome(context.Context) error {
	err := os.MkdirAll(n.env.Home, 0o700)
	if err == nil {
		err = tryWrite(n.env.Home)
	}
	if err != nil {
		return fmt.Errorf("data folder %s: %w; set PARLEY_HOME to a folder that can be written", n.env.Home, err)
	}
	return nil
}

// tryWrite finds out whether files can be made in dir, which the rights alone do not tell.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (n *Node) openHearing(ctx context.Context) error {
	var err error
	if n.vad, err = ear.OpenVAD(n.env); err != nil {
		return err
	}
	n.onClose(n.vad.Close)
	h, stop, err := openRecogniser(ctx, n.env, n.cfg.ASR)
	if err != nil {
		return err
	}
	n.hearing = h
	n.onClose(stop)
	return nil
}

func (n *Node) openMouth(ctx context.Context) error {
	var err error
	if n.mouth, err = mouth.Open(ctx, n.env, n.cfg.TTS, n.queue); err != nil {
		return err
	}
	n.onClose(n.mouth.Close)
	return nil
}

func (n *Node) openBrain(ctx context.Context) error {
	var err error
	if n.brain, err = brain.Open(ctx, n.env, brain.Options{Bar: n.cfg.Answer.Bar, Intents: n.cfg.Answer.Intents, LLM: brain.LLM(n.cfg.LLM)}); err != nil {
		return err
	}
	n.onClose(n.brain.Close)
	return n.importSamples(ctx)
}

func (n *Node) openRecord(ctx context.Context) error {
	var err error
	if n.store, err = store.Open(ctx, n.env.Home, n.env.Log); err != nil {
		return err
	}
	n.onClose(n.store.Close)
	n.repairRecordings()
	n.bus, err = events.Open(ctx, events.Options{Dir: n.home("events"), URL: n.cfg.Events.URL, MaxAge: n.cfg.Events.Keep, Log: n.env.Log})
	if err != nil {
		return err
	}
	n.onClose(n.bus.Close)
	n.recorder = store.NewRecorder(n.store, n.env.Log)
	return nil
}

func (n *Node) openPhone(context.Context) error {
	c := n.cfg.SIP
	sc := sip.Config{
		UDP: c.UDP, TCP: c.TCP, Advertise: c.Advertise, RTPMin: c.RTPMin, RTPMax: c.RTPMax, Users: c.Users, Realm: c.Realm,
		Codecs: c.Codecs, SessionExpires: c.SessionExpires, RTPTimeout: c.RTPTimeout, Log: n.env.Log,
	}
	for _, a := range c.Allow {
		sc.Allow = append(sc.Allow, netip.MustParsePrefix(a)) // validated with the configuration
	}
	for _, r := range c.Register {
		sc.Registrations = append(sc.Registrations, sip.Registration{Server: r.Server, User: r.User, Password: r.Password, Expires: r.Expires})
	}
	var err error
	if n.sip, err = sip.Listen(sc); err != nil {
		return fmt.Errorf("%w (sip.udp %q, sip.tcp %q)", err, c.UDP, c.TCP)
	}
	n.onClose(n.sip.Close)
	return nil
}

func (n *Node) openWeb(context.Context) error {
	var err error
	if n.web, err = net.Listen("tcp", n.cfg.HTTP.Listen); err != nil {
		return fmt.Errorf("start http: %w; choose another address with http.listen or end the program that has it", err)
	}
	n.onClose(func() error { _ = n.web.Close(); return nil })
	n.metrics = newMetrics(n)
	pages, err := n.openWebCalls()
	if err != nil {
		return err
	}
	n.api, err = httpapi.New(n.signIn(httpapi.Options{
		Chats: typing{n}, Desk: httpapi.DeskOptions{Desk: n.desk, Media: media{n}, Finder: n.brain.Store, WrapUps: secretary{n}},
		Records: n.store, Live: n.bus, Pages: pages, Token: n.cfg.HTTP.Token, Loopback: config.Loopback(n.cfg.HTTP.Listen),
		Checks: []httpapi.Check{
			{Name: "events", Run: n.bus.Check}, {Name: "record", Run: n.store.Check},
		},
		Registry: n.metrics.registry, Log: n.env.Log,
	}))
	return err
}

// SIP is the bound telephone address, host:port; Web that of the HTTP side.
func (n *Node) SIP() string {
	if a := n.sip.UDPAddr(); a != "" {
		return a
	}
	return n.sip.TCPAddr()
}

// Web is the bound address of the HTTP side, host:port.
func (n *Node) Web() string { return n.web.Addr().String() }

// Run answers calls until ctx ends, then ends the running ones, writes what is left to write, and frees everything.
func (n *Node) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	n.running = gctx
	recordCtx, stopRecorder := context.WithCancel(context.WithoutCancel(ctx))
	recorded := make(chan error, 1)
	// Ends after the last call, with stopRecorder, when all events are written.
	go func() { recorded <- n.recorder.Run(recordCtx, n.bus) }()
	g.Go(func() error { return n.sip.Serve(gctx, n) })     // ends with gctx, when all calls have ended
	g.Go(func() error { return n.api.Serve(gctx, n.web) }) // ends with gctx
	g.Go(func() error { return n.desk.Run(gctx) })         // ends with gctx
	g.Go(func() error { return n.chats.Run(gctx) })        // ends with gctx, when all chats have ended
	if n.webcalls != nil {
		g.Go(func() error { return n.webcalls.Serve(gctx, browser{n}) }) // ends with gctx, when all calls have ended
	}
	n.runBusiness(gctx, g)
	n.runLibrary(gctx, g)
	if n.cfg.TTS.Ahead {
		g.Go(func() error { n.renderAhead(gctx); return nil }) // ends with gctx
	} else {
		close(n.fluent)
	}
	err := g.Wait()
	n.dialling.Wait()
	stopRecorder()
	err = errors.Join(err, <-recorded)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, n.Close())
}
