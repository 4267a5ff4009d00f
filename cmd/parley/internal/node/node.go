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
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/certs"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/tracing"
	"github.com/parley-voice/parley/knowledge/watch"
	"github.com/parley-voice/parley/nlu/redact"
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
	cfg   *config.Config // as it was at the start; see conf
	id    string         // among the nodes of one database, "" without
	began time.Time
	queue *work.Queue
	close []func() error // in the order in which things were opened

	fluent chan struct{} // see Fluent
	left   atomic.Int64  // see Unrendered

	vad      *vad.Model
	hearing  recogniser
	mouth    *mouth.Mouth
	brain    *brain.Brain
	sense    *redact.Sense // nil: masked by the rules alone
	watch    *watch.Watcher
	bus      *events.Bus
	store    *store.Store
	keys     atomic.Pointer[seal.Ring] // nil: recordings are not sealed
	keysAt   atomic.Int64              // when the file of the keys was changed last
	others   *store.Nodes              // nil without others
	recorder *store.Recorder
	access   *access.Gate
	business *Business
	sip      *sip.Server
	web      net.Listener
	plain    net.Listener // leads to TLS; nil = none
	webCerts certs.Source // nil = plain HTTP
	sipCerts certs.Source // nil = no SIP over TLS
	api      *httpapi.API
	webcalls *webrtc.Server // nil when off
	bot      *pipeline.Bot
	gate     *gate
	desk     *desk.Desk // of several nodes, at work only where it leads
	front    front      // the desk for the calls of this node
	one      *oneDesk   // nil without other nodes

	scoring   sync.Once
	scores    *scoring.Keeper // see keeper
	callbacks *callback.Keeper
	rules     *rules.Live
	meaning   *concern.Judge
	chats     chat.House
	running   context.Context //nolint:containedctx // of Run
	trunks    *outbound.Guard
	owing     chan struct{}  // see died
	dialling  sync.WaitGroup // telephones that ring or talk
	controls  sync.Map       // of the running calls: *pipeline.Control by call.ID
	vaults    sync.Map       // of the running calls: *vault by call.ID
	shown     sync.Map       // of those from a page: what shows it something, by call.ID
	pageCalls pageCalls
	metrics   *metrics

	live     atomic.Pointer[config.Config] // see conf
	engine   *engine
	tracer   *tracing.Tracer // nil: nothing is traced
	draining atomic.Bool
	cut      func() // ends the running calls at once; set by Run
}

// recogniser is what hears the callers.
type recogniser interface {
	Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error)
}

// Open readies everything and binds the addresses; nothing is answered until Run. The caller must Run or Close it.
func Open(ctx context.Context, env *cli.Env, cfg *config.Config) (*Node, error) {
	place := *env
	place.Database = cfg.Database.URL
	n := &Node{env: &place, cfg: cfg, began: time.Now().UTC(), queue: work.New(max(1, cfg.ASR.Workers)), fluent: make(chan struct{}), owing: make(chan struct{}, 1)}
	n.live.Store(cfg)
	n.onClose(func() error { n.queue.Close(); return nil })
	for _, step := range []func(context.Context) error{
		n.openHome, n.tryPorts, n.openCerts, n.tryPhone, n.openHearing, n.openMouth, n.openBrain, n.openSense, n.openLibrary, n.openRecord, n.openAccess, n.openTraces, n.openBusiness, n.openTrunks, n.openDesk, n.openCallbacks, n.measure,
		n.openPhone, n.openWeb, n.openRedirect, n.openCluster,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.bot = &pipeline.Bot{
		Recognizer: n.hearing, Answerer: n.engine, Speaker: n.mouth, Work: n.queue, Logger: env.Log,
		Desk: counter{n}, Understander: n.brain.Understander,
		Redact: n.redactorOf,
		Turn: turn.Config{
			Speculate: cfg.Turn.Speculate, EndSure: cfg.Turn.EndSure, EndLikely: cfg.Turn.EndLikely,
			EndUnsure: cfg.Turn.EndUnsure, EndOpen: cfg.Turn.EndOpen, EndMax: cfg.Turn.EndMax, Cancel: cfg.Turn.Cancel,
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
	if backup.Interrupted(n.env.Home) {
		return fmt.Errorf("data folder %s: a restore was interrupted: run parley restore --force again", n.env.Home)
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
	n.engine = &engine{}
	n.engine.now.Store(n.brain.Engine)
	return n.importSamples(ctx)
}

func (n *Node) openRecord(ctx context.Context) error {
	place, err := member.Place(n.env, n.cfg.Events.URL)
	if err != nil {
		return err
	}
	n.id = place.Node
	if n.store, err = store.OpenAt(ctx, place); err != nil {
		return err
	}
	n.onClose(n.store.Close)
	keys, err := seal.Load(ctx, n.cfg.Security.KeyFile, n.cfg.Security.KeyCommand)
	if err != nil {
		return err
	}
	n.keys.Store(keys)
	n.store.UseKeys(keys)
	if err := n.store.SealRecord(ctx, keys, n.cfg.Security.SealRecords); err != nil {
		return fmt.Errorf("open the sealed record: %w", err)
	}
	n.repairRecordings()
	n.bus, err = events.Open(ctx, events.Options{Dir: n.home("events"), URL: n.cfg.Events.URL, MaxAge: n.cfg.EventsKept(), Seal: n.eventSealer(), Log: n.env.Log})
	if err != nil {
		return err
	}
	n.onClose(n.bus.Close)
	if err := n.purgeClear(ctx); err != nil {
		return err
	}
	n.recorder = store.NewRecorder(n.store, n.env.Log)
	return nil
}

// tryPhone finds out in a moment whether the telephone side can be as configured, before the weights are loaded.
func (n *Node) tryPhone(context.Context) error {
	sc, err := n.phoneConfig()
	if err == nil {
		err = sc.Check()
	}
	return n.phoneError(err)
}

// phoneError says where in the configuration to look.
func (n *Node) phoneError(err error) error {
	if err == nil {
		return nil
	}
	c := n.cfg.SIP
	return fmt.Errorf("%w (sip.udp %q, sip.tcp %q, sip.tls %q)", err, c.UDP, c.TCP, c.TLS)
}

// phoneConfig turns configuration into what the telephone side needs.
func (n *Node) phoneConfig() (sip.Config, error) {
	c := n.cfg.SIP
	sc := sip.Config{
		UDP: c.UDP, TCP: c.TCP, Advertise: c.Advertise, RTPMin: c.RTPMin, RTPMax: c.RTPMax, Users: c.Users, Realm: c.Realm,
		Codecs: c.Codecs, SessionExpires: c.SessionExpires, RTPTimeout: c.RTPTimeout, Log: n.env.Log,
		TLS: c.TLS, TLSConfig: n.sipTLS(), SRTP: sip.Security(c.SRTP), Learn: c.RTPSource == "learn", Guard: sip.GuardConfig(c.Guard),
	}
	var err error
	if sc.Roots, err = roots(c.CA); err != nil {
		return sc, err
	}
	for _, a := range c.Allow {
		sc.Allow = append(sc.Allow, netip.MustParsePrefix(a)) // validated with the configuration
	}
	for _, r := range c.Register {
		sc.Registrations = append(sc.Registrations, sip.Registration{Server: r.Server, User: r.User, AuthUser: r.AuthUser, Password: r.Password, Expires: r.Expires})
	}
	for _, t := range c.Trust {
		trust := sip.Trust{Registrar: t.Registrar, Main: t.Main, Withheld: t.Withheld, Diverted: t.Diverted}
		for _, a := range t.Networks {
			trust.Networks = append(trust.Networks, netip.MustParsePrefix(a)) // validated with the configuration
		}
		sc.Trust = append(sc.Trust, trust)
	}
	return sc, nil
}

func (n *Node) openPhone(context.Context) error {
	sc, err := n.phoneConfig()
	if err == nil {
		n.sip, err = sip.Listen(sc)
	}
	if err != nil {
		return n.phoneError(err)
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
		Chats: typing{n}, Desk: httpapi.DeskOptions{Desk: n.desk, Callbacks: n.callbacks, Compensations: n.compensations(), Media: media{n}, Finder: n.brain.Store, WrapUps: secretary{n}, Writings: n.store.Wrapups()},
		Records: n.store, Originals: n.store, Live: n.bus, Pages: pages, Token: n.cfg.HTTP.Token, Loopback: config.Loopback(n.cfg.HTTP.Listen),
		Checks: n.checks(),
		Nodes:  n.nodes, Elsewhere: n.elsewhere(), Streams: n.streams(),
		Registry: n.metrics.registry, Log: n.env.Log, TLS: n.webTLS(), HSTS: n.cfg.HTTP.HSTS, Hosts: n.names(), Strangers: strangers{n.sip},
		Rates: httpapi.Rates(n.cfg.HTTP.Rates),
	}))
	return err
}

// SIP is the bound telephone address, host:port; Web that of the HTTP side.
func (n *Node) SIP() string {
	for _, a := range []string{n.sip.UDPAddr(), n.sip.TCPAddr()} {
		if a != "" {
			return a
		}
	}
	return n.sip.TLSAddr()
}

// Web is the bound address of the HTTP side, host:port.
func (n *Node) Web() string { return n.web.Addr().String() }

// Run answers calls until ctx ends, then lets the running ones come to their end for as long as the configuration allows
// (limits.drain; Cut ends that), writes what is left to write, and frees everything.
func (n *Node) Run(ctx context.Context) error {
	stopped := ctx
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	n.cut = stop
	// Ends when the node has drained after the end of stopped, or with ctx.
	go func() { n.drain(stopped, ctx); stop() }()
	g, gctx := errgroup.WithContext(ctx)
	n.running = gctx
	recordCtx, stopRecorder := context.WithCancel(context.WithoutCancel(ctx))
	recorded := make(chan error, 1)
	// Ends after the last call, with stopRecorder, when all events are written.
	go func() { recorded <- n.recorder.Run(recordCtx, n.bus) }()
	liveCtx, stopLiving := context.WithCancel(context.WithoutCancel(ctx))
	lively := make(chan struct{})
	// Ends with stopLiving, when all is recorded.
	go func() { defer close(lively); n.beat(liveCtx) }()
	g.Go(func() error { return n.sip.Serve(gctx, n) })     // ends with gctx, when all calls have ended
	g.Go(func() error { return n.api.Serve(gctx, n.web) }) // ends with gctx
	g.Go(func() error { return n.desk.Run(gctx) })         // ends with gctx
	g.Go(func() error { return n.chats.Run(gctx) })        // ends with gctx, when all chats have ended
	if n.webcalls != nil {
		g.Go(func() error { return n.webcalls.Serve(gctx, browser{n}) }) // ends with gctx, when all calls have ended
	}
	if n.one != nil {
		n.one.run(gctx, stopped, g)
	}
	n.runBusiness(gctx, g)
	n.runKeeping(gctx, g)
	n.runCerts(gctx, g)
	n.runRules(gctx, g)
	g.Go(func() error { return n.settle(gctx) })        // ends with gctx
	g.Go(func() error { return n.callbacks.Run(gctx) }) // ends with gctx, when the calls it placed have ended
	n.runLibrary(gctx, g)
	g.Go(func() error { n.makeReady(gctx); return nil }) // ends with gctx
	err := g.Wait()
	n.dialling.Wait()
	stopRecorder()
	err = errors.Join(err, <-recorded)
	stopLiving()
	<-lively
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, n.Close())
}
