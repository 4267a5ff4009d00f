package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
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

	mu     sync.Mutex
	status RegistrationStatus
	host   netip.Addr
}

// register starts the registrations of the configuration; they end with ctx and sign off.
func (s *Server) register(ctx context.Context) {
	for _, r := range s.cfg.Registrations {
		g := &registrar{s: s, r: r, expires: orDefault(r.Expires, defaultExpires),
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
		if err != nil {
			pause = retry
			retry = min(2*retry, lastRetry)
		} else {
			retry = firstRetry
		}
		g.note(granted, err)
		t := time.NewTimer(pause)
		select {
		case <-t.C:
			continue
		case <-ctx.Done():
		}
		t.Stop()
		break
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

// once registers for a time, or signs off with 0, and returns the time that was granted.
func (g *registrar) once(ctx context.Context, expires time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, registerWait)
	defer cancel()
	if g.d == nil {
		if err := g.prepare(ctx); err != nil {
			return 0, err
		}
	}
	for range 2 {
		res, err := g.s.do(ctx, g.d, g.request(expires))
		if err != nil {
			return 0, err
		}
		switch {
		case res.IsSuccess():
			return g.granted(res, expires), nil
		case res.StatusCode == 423:
			n, err := strconv.Atoi(strings.TrimSpace(first(res, "Min-Expires")))
			if err != nil || n <= 0 || n > 86400 {
				return 0, &StatusError{Code: 423, Reason: res.Reason}
			}
			expires = time.Duration(n) * time.Second
			g.expires = expires
		case g.s.answers(g.d.login, res):
			return 0, errors.New("the registrar keeps asking for credentials; check user and password")
		default:
			return 0, &StatusError{Code: res.StatusCode, Reason: res.Reason}
		}
	}
	return 0, errors.New("the registrar keeps asking for a longer registration")
}

// prepare finds the registrar.
func (g *registrar) prepare(ctx context.Context) error {
	server := g.r.Server
	if !strings.HasPrefix(server, "sip:") && !strings.HasPrefix(server, "sips:") {
		server = "sip:" + strings.TrimPrefix(server, "sip:")
	}
	if err := sip.ParseUri(server, &g.uri); err != nil || g.uri.Host == "" {
		return fmt.Errorf("%q is not a SIP address such as sip:pbx.example", g.r.Server)
	}
	transport, err := g.s.transportFor(&g.uri)
	if err != nil {
		return err
	}
	ip, err := resolve(ctx, g.uri.Host)
	if err != nil {
		return err
	}
	g.s.gate.trust(ip)
	g.mu.Lock()
	g.host = ip
	g.mu.Unlock()
	aor := sip.Uri{Scheme: g.uri.Scheme, User: g.r.User, Host: g.uri.Host}
	from := &sip.FromHeader{Address: aor, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(16))
	g.uri.User = ""
	g.d = &dialog{connected: g.s.connected, callID: uuid.NewString(), local: from, far: &sip.ToHeader{Address: aor, Params: sip.NewParams()},
		transport: transport, target: g.uri, login: g.r.login(), contact: g.s.contact(transport, g.uri.Scheme, ip, g.r.User)}
	if sip.IsReliable(transport) {
		g.d.source = netip.AddrPortFrom(ip, portOr(g.uri.Port, defaultPort(transport))).String()
	}
	return nil
}

func portOr(p, def int) uint16 {
	if p <= 0 || p > 65535 {
		p = def
	}
	return uint16(p) //nolint:gosec // checked above
}

func (g *registrar) request(expires time.Duration) *sip.Request {
	req := g.d.request(sip.REGISTER)
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.AppendHeader(sip.NewHeader("Allow", methods))
	return req
}

// at tells whether a host is the registrar.
func (g *registrar) at(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.host == ip
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
