package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// Limits of registrations.
const (
	defaultExpires = 10 * time.Minute
	firstRetry     = 2 * time.Second
	lastRetry      = 5 * time.Minute
	registerWait   = 10 * time.Second
)

// RegistrationStatus tells how a registration goes.
type RegistrationStatus struct {
	Server     string
	User       string
	Registered bool
	Until      time.Time // when Registered
	Err        string    // why not, "" before the first answer
}

// registrar keeps one registration alive.
type registrar struct {
	s       *Server
	r       Registration
	uri     sip.Uri
	d       *dialog // carries Call-ID and sequence
	expires time.Duration
	leave   func()         // ends the trust in hosts
	last    netip.AddrPort // the host that answered last
	flow    flow           // the way to it

	mu     sync.Mutex
	status RegistrationStatus
	hosts  []netip.AddrPort // what the registrar's name stands for
	domain sip.Uri          // whose users it registers
	routes []string         // by which calls go out to it (RFC 3608)
}

// register starts the registrations of the configuration; they end with ctx and sign off.
func (s *Server) register(ctx context.Context) {
	for _, r := range s.cfg.Registrations {
		g := &registrar{s: s, r: r, leave: func() {}, expires: orDefault(r.Expires, defaultExpires),
			status: RegistrationStatus{Server: r.Server, User: r.User}}
		s.mu.Lock()
		s.registrars = append(s.registrars, g)
		s.mu.Unlock()
		if !s.begin() {
			return
		}
		// Ends when ctx does and the registrar has answered the sign-off.
		go func() {
			defer s.wg.Done()
			s.protect("registration", func() { g.run(ctx) })
		}()
	}
}

// Registrations tells how the registrations of the configuration go.
func (s *Server) Registrations() []RegistrationStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]RegistrationStatus, 0, len(s.registrars))
	for _, g := range s.registrars {
		g.mu.Lock()
		out = append(out, g.status)
		g.mu.Unlock()
	}
	return out
}

func (g *registrar) run(ctx context.Context) {
	retry := firstRetry
	for {
		granted, err := g.once(ctx, g.expires)
		if ctx.Err() != nil {
			break
		}
		pause := refreshAfter(granted)
		if err != nil { // not all who lost a registrar at the same time come back at the same time (RFC 5626, section 4.5)
			pause = max(retry/2+rand.N(retry/2), min(leftAlone(err), lastRetry)) //nolint:gosec // no secret
			retry = min(2*retry, lastRetry)
		} else {
			retry = firstRetry
		}
		g.note(granted, err)
		if !g.rest(ctx, pause, err == nil) {
			break
		}
	}
	g.mu.Lock()
	on := g.status.Registered
	g.mu.Unlock()
	if on {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), byeWait)
		defer cancel()
		_, _ = g.once(bye, 0)
	}
}

// refreshAfter leaves time for a few failures before a registration runs out.
func refreshAfter(granted time.Duration) time.Duration {
	return max(granted/2, min(granted-granted/8, granted-30*time.Second), time.Second)
}

func (g *registrar) note(granted time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.status
	if err != nil {
		g.status.Err = err.Error()
		g.status.Registered = was.Registered && time.Now().Before(was.Until)
		if was.Err != g.status.Err {
			g.s.log.Warn("registration failed; it will be tried again", "server", g.r.Server, "user", g.r.User, "err", err)
		}
		return
	}
	g.status.Registered, g.status.Err, g.status.Until = true, "", time.Now().Add(granted)
	if !was.Registered {
		g.s.log.Info("registered", "server", g.r.Server, "user", g.r.User, "expires", granted)
	}
}

// once registers for a time, or signs off with 0, and returns the time that was granted. It asks the hosts of the registrar one
// after the other until one answers; signing off, only the one that did.
func (g *registrar) once(ctx context.Context, expires time.Duration) (granted time.Duration, err error) {
	if expires == 0 {
		granted, _, err = g.ask(ctx, g.last, 0)
		return granted, err
	}
	if err := g.find(ctx); err != nil {
		return 0, err
	}
	for _, at := range g.s.absent.order(g.d.transport, g.hosts, time.Now()) { // hosts are written by this goroutine alone
		g.s.absent.try(g.d.transport, at, time.Now())
		var answered bool
		if granted, answered, err = g.ask(ctx, at, expires); answered {
			g.s.absent.answered(g.d.transport, at)
			g.last = at
			break
		}
		if ctx.Err() != nil {
			break
		}
		g.s.absent.missed(g.d.transport, at, leftAlone(err), time.Now())
	}
	return granted, err
}

// leftAlone is how long a far side wants to be left alone that refused with an error, 0 when it does not say.
func leftAlone(err error) time.Duration {
	if st := (*StatusError)(nil); errors.As(err, &st) {
		return st.RetryAfter
	}
	return 0
}

// ask is once with one host. That it has no service now is no answer.
func (g *registrar) ask(ctx context.Context, at netip.AddrPort, expires time.Duration) (granted time.Duration, answered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, registerWait)
	defer cancel()
	for range 2 {
		if err := g.s.reach(ctx, &g.uri, g.d.transport, at); err != nil {
			return 0, false, err
		}
		res, err := g.s.do(ctx, g.d, g.request(at, expires))
		if err != nil {
			return 0, errors.Is(err, errNoChallenge), err
		}
		refused := refusalOf(res)
		switch {
		case res.IsSuccess():
			g.serve(res)
			return g.granted(res, expires), true, nil
		case res.StatusCode == 423:
			n, err := strconv.Atoi(strings.TrimSpace(first(res, "Min-Expires")))
			if err != nil || n <= 0 || n > 86400 {
				return 0, true, refused
			}
			expires = time.Duration(n) * time.Second
			g.expires = expires
		case g.s.answers(g.d.login, res):
			return 0, true, errors.New("the registrar keeps asking for credentials; check user and password")
		default:
			return 0, res.StatusCode != 503, refused
		}
	}
	return 0, true, errors.New("the registrar keeps asking for a longer registration")
}

// find looks up the hosts of the registrar, and trusts them and no others from now on. If it cannot, those it found last count on.
func (g *registrar) find(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registerWait)
	defer cancel()
	transport, err := g.address()
	if err != nil {
		return err
	}
	at, err := g.s.locate(ctx, &g.uri, transport)
	if err != nil {
		if len(g.hosts) > 0 {
			g.s.log.Warn("registrar was not found; it is taken to be where it was", "server", g.r.Server, "err", err)
			return nil
		}
		return err
	}
	if i := slices.Index(at, g.last); i > 0 { // who answered is asked first
		at[0], at[i] = at[i], at[0]
	}
	before := g.leave
	g.leave = g.s.gate.trust(hostsOf(at))
	before()
	g.mu.Lock()
	g.hosts = at
	g.domain = sip.Uri{Scheme: g.uri.Scheme, Host: g.uri.Host, Port: g.uri.Port}
	g.mu.Unlock()
	if g.d == nil {
		g.d = g.dialog(transport)
	}
	g.d.contact = g.s.contact(transport, g.uri.Scheme, at[0].Addr(), g.r.User) // this machine may have moved
	return nil
}

// address reads the URI of the registrar and returns the transport to it.
func (g *registrar) address() (transport string, err error) {
	server := g.r.Server
	if !strings.HasPrefix(server, "sip:") && !strings.HasPrefix(server, "sips:") {
		server = "sip:" + server
	}
	g.uri = sip.Uri{}
	if err := sip.ParseUri(server, &g.uri); err != nil || g.uri.Host == "" {
		return "", fmt.Errorf("%q is not a SIP address such as sip:pbx.example", g.r.Server)
	}
	g.uri.User = ""
	return g.s.transportFor(&g.uri)
}

func (g *registrar) dialog(transport string) *dialog {
	aor := sip.Uri{Scheme: g.uri.Scheme, User: g.r.User, Host: g.uri.Host}
	from := &sip.FromHeader{Address: aor, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(16))
	return &dialog{connected: g.s.connected, callID: uuid.NewString(), local: from, far: &sip.ToHeader{Address: aor, Params: sip.NewParams()},
		transport: transport, target: g.uri, login: g.r.login()}
}

// request goes to one host.
func (g *registrar) request(at netip.AddrPort, expires time.Duration) *sip.Request {
	req := g.d.request(sip.REGISTER)
	req.SetDestination(at.String())
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.AppendHeader(sip.NewHeader("Allow", methods))
	return req
}

// at tells whether a host is the registrar.
func (g *registrar) at(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.hosts, func(h netip.AddrPort) bool { return h.Addr() == ip })
}

// granted reads the time a registrar grants: of our contact, else of the message, else what was asked for.
func (g *registrar) granted(res *sip.Response, asked time.Duration) time.Duration {
	own := g.d.contact.Address
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.User != own.User || c.Address.Host != own.Host || c.Address.Port != own.Port {
			continue
		}
		if n, err := strconv.Atoi(c.Params.GetOr("expires", "")); err == nil && n > 0 {
			return time.Duration(n) * time.Second
		}
	}
	if n, err := strconv.Atoi(strings.TrimSpace(first(res, "Expires"))); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	return asked
}

// home is where the users of the registrar are.
func (g *registrar) home() sip.Uri {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.domain
}

// maxRoutes bounds how many proxies a registrar may name.
const maxRoutes = 8

// serve takes over by which proxies the registrar wants calls (RFC 3608, section 5): what it says last counts, and nothing else.
func (g *registrar) serve(res *sip.Response) {
	var routes []string
	for _, v := range values(res, "Service-Route") {
		if len(routes) == maxRoutes || breaks(v) {
			g.s.log.Warn("the proxies that a registrar names for calls are not used", "server", g.r.Server)
			routes = nil
			break
		}
		routes = append(routes, v)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.routes = routes
}

// served are the proxies by which a call goes to a URI as a user, and the first of them: none, and the URI itself, unless this side
// is registered there and was told of some.
func (s *Server) served(to sip.Uri, user string) (hop sip.Uri, routes []string) {
	s.mu.Lock()
	registrars := slices.Clone(s.registrars)
	s.mu.Unlock()
	for _, g := range registrars {
		g.mu.Lock()
		match := g.status.Registered && strings.EqualFold(g.domain.Host, to.Host) && (user == "" || user == g.r.User || user == g.r.AuthUser)
		r := g.routes
		g.mu.Unlock()
		params := sip.NewParams()
		var first sip.Uri
		if !match || len(r) == 0 {
			continue
		}
		if _, err := sip.ParseAddressValue(r[0], &first, &params); err == nil && first.Host != "" {
			if tp, _ := s.transportFor(&to); tp == "TLS" { // what is to be encrypted is not sent in the clear for a proxy that names no transport
				if strings.EqualFold(to.Scheme, "sips") {
					first.Scheme = to.Scheme
				} else if !first.UriParams.Has("transport") {
					first.UriParams.Add("transport", "tls")
				}
			}
			return first, r
		}
	}
	return to, nil
}
