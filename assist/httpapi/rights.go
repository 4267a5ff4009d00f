package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// right says who may use the paths of a pattern (as http.ServeMux reads it; the most specific one decides).
type right struct {
	pattern string
	roles   []access.Role // nil = everybody, also without signing in; an admin has every role
	call    string        // wildcard of the pattern that names a call, which must be in the scope of who asks; "" = none
	what    string        // how the look is named in the audit trail, always when call is set; "" = not a look at a call
	body    int64         // most bytes of a request, 0 = maxBody
	probe   bool          // who asks is not looked up: it is answered also while the database hangs
}

// rights is the one table of who may do what. A path of the API that no pattern covers is for admins.
func rights() []right {
	all := access.Roles()
	desk := []access.Role{access.Agent, access.Supervisor}
	lead := []access.Role{access.Supervisor}
	know := []access.Role{access.Knowledge}
	judge := []access.Role{access.Quality}
	calls := []access.Role{access.Agent, access.Supervisor, access.Quality}
	watch := []access.Role{access.Supervisor, access.Quality}
	admin := []access.Role{access.Admin}
	const big, middle = 64 << 20, 1 << 20
	return []right{
		{pattern: "/"}, // the pages hold no data
		{pattern: "/config.json", roles: all},
		{pattern: "/healthz", probe: true}, {pattern: "/readyz", probe: true},
		{pattern: "/call"}, {pattern: "/call/"}, {pattern: "/whip/"}, {pattern: "/embed.js"},
		{pattern: "/api/chat"}, {pattern: "/api/chat/"},
		{pattern: metricsPattern, roles: admin},
		{pattern: "/openapi.json", roles: all}, {pattern: "/openapi.yaml", roles: all},
		{pattern: "/openapi-3.0.json", roles: all}, {pattern: "/openapi-3.0.yaml", roles: all},

		{pattern: "/api/", roles: admin},
		{pattern: "GET /api/session"}, {pattern: "POST /api/session"}, {pattern: "POST /api/session/first"},
		{pattern: "GET /api/session/oidc"}, {pattern: "GET /api/session/oidc/callback"},
		{pattern: "/api/session", roles: all}, {pattern: "/api/session/", roles: all},
		{pattern: "/api/people", roles: admin}, {pattern: "/api/people/", roles: admin},
		{pattern: "/api/audit", roles: judge},

		{pattern: "/api/calls", roles: calls, what: access.LookedAtCalls},
		{pattern: "/api/calls/{id}", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "/api/calls/{id}/", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "/api/calls/{id}/audio", roles: calls, call: "id", what: access.HeardCall},
		{pattern: "/api/calls/{id}/transcript.json", roles: calls, call: "id", what: access.ReadTranscript},
		{pattern: "/api/calls/{id}/transcript.vtt", roles: calls, call: "id", what: access.ReadTranscript},
		{pattern: "/api/calls/{id}/transcript.txt", roles: calls, call: "id", what: access.ReadTranscript},
		{pattern: "GET /api/calls/{id}/originals", roles: admin, call: "id", what: access.ReadOriginals},
		{pattern: "/api/calls/{id}/events", roles: calls, call: "id", what: access.WatchedCall},
		{pattern: "/api/events", roles: watch, what: access.WatchedCall},

		{pattern: "/api/desk", roles: desk}, {pattern: "/api/desk/", roles: desk},
		{pattern: "/api/nodes", roles: lead}, {pattern: "/api/live", roles: lead}, {pattern: "/api/live/", roles: lead},
		{pattern: "/api/live/calls/{id}/", roles: lead, call: "id", what: access.WatchedCall},

		{pattern: "/api/knowledge/", roles: know, body: middle},
		{pattern: "POST /api/knowledge/import", roles: know, body: big},
		{pattern: "/api/quality/", roles: judge, body: middle},
		{pattern: "/api/quality/calls/{id}", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "/api/quality/calls/{id}/", roles: judge, call: "id", what: access.LookedAtCall},
		{pattern: "GET /api/quality/calls/{id}/peaks", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "POST /api/quality/calls/{id}/acknowledge", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "POST /api/quality/calls/{id}/appeal", roles: calls, call: "id", what: access.LookedAtCall},
		{pattern: "GET /api/quality/own", roles: calls},
		{pattern: "GET /api/quality/coaching", roles: calls}, {pattern: "POST /api/quality/coaching/{id}/done", roles: calls},
		{pattern: "/api/quality/export/{file}", roles: judge}, // looks at the call of the file's name itself
		{pattern: "/api/insights", roles: watch, what: access.LookedAtInsights}, {pattern: "/api/insights/", roles: watch},
		{pattern: "/api/insights.csv", roles: watch, what: access.ExportedInsights}, {pattern: "/api/insights/report", roles: watch, what: access.LookedAtInsights},
		{pattern: "/api/insights/calls", roles: watch, what: access.LookedAtCalls}, {pattern: "/api/insights/topics/{id}", roles: watch, what: access.ChangedTopic},

		{pattern: "/api/rules", roles: watch}, {pattern: "/api/rules/", roles: watch, body: middle},

		{pattern: "/api/customers", roles: desk}, {pattern: "/api/customers/", roles: desk},
		{pattern: "POST /api/customers/import", roles: admin, body: big},
		{pattern: "/api/tickets", roles: desk}, {pattern: "/api/tickets/", roles: desk},
		{pattern: "/api/hooks", roles: admin}, {pattern: "/api/hooks/", roles: admin},
		{pattern: "/api/holds", roles: admin}, {pattern: "/api/holds/", roles: admin},
		{pattern: "/api/erasures", roles: admin}, {pattern: "/api/erasures/", roles: admin},
	}
}

// guard is what stands before everything else when people sign in.
type guard struct {
	a       *API
	table   *http.ServeMux
	origins *http.CrossOriginProtection
	routes  routeCache
}

func newGuard(a *API) (*guard, error) {
	g := &guard{a: a, table: http.NewServeMux(), origins: http.NewCrossOriginProtection()}
	for _, r := range rights() {
		if r.call != "" && r.what == "" {
			return nil, fmt.Errorf("guard %s: a look at a call needs a name in the audit trail", r.pattern)
		}
		g.table.Handle(r.pattern, permit{g, r})
	}
	for _, p := range []string{"/whip/", "/api/chat", "/api/chat/"} { // they have lists of origins of their own
		g.origins.AddInsecureBypassPattern(p)
	}
	if a.o.Public != "" {
		if err := g.origins.AddTrustedOrigin(strings.TrimSuffix(a.o.Public, "/")); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// ServeHTTP decides and, if the request may go on, passes it to the API.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := g.origins.Check(r); err != nil {
		problem(w, http.StatusForbidden, "this came from a page of another site")
		return
	}
	g.table.ServeHTTP(w, r)
}

// permit lets requests through that have a right.
type permit struct {
	g *guard
	r right
}

// ServeHTTP is for http.Handler.
func (p permit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := p.g.a
	id, token, err := p.identify(r)
	if err != nil {
		a.log.Error("nobody can be recognised", "err", err)
		problem(w, http.StatusServiceUnavailable, "signing in is not possible now; the server's log says why")
		return
	}
	if !a.accountWithin(w, r, id) {
		return
	}
	if p.r.roles != nil {
		if status, why := p.refuse(id, token, r); status != 0 {
			if status == http.StatusUnauthorized && a.o.Token != "" {
				w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
			}
			problem(w, status, why)
			return
		}
		if !p.look(w, r, id) {
			return
		}
	}
	most := p.r.body
	if most == 0 {
		most = maxBody
	}
	if r.ContentLength > most {
		problem(w, http.StatusRequestEntityTooLarge, "this is more than is taken here")
		return
	}
	if most > 1<<20 { // a large file takes longer than the server gives other requests
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadLimit)) // without it the server's own limit holds
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	ctx := access.With(r.Context(), id)
	if token != "" {
		ctx = context.WithValue(ctx, sessionKey{}, token)
	}
	*r = *r.WithContext(ctx) // in place, so that the metrics see the pattern that answers
	a.mux.ServeHTTP(w, r)
}

// identify recognises who asks, unless that does not matter.
func (p permit) identify(r *http.Request) (access.Identity, string, error) {
	if p.r.probe {
		return access.Identity{}, "", nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), identifyLimit)
	defer cancel()
	return p.g.a.identify(r.WithContext(ctx))
}

const (
	uploadLimit    = 5 * time.Minute
	identifyLimit  = 3 * time.Second // a database that hangs does not say so
	metricsPattern = "GET /metrics"
)

type sessionKey struct{}

// sessionOf returns the token of the request's session, "" when there is none.
func sessionOf(ctx context.Context) string {
	t, _ := ctx.Value(sessionKey{}).(string)
	return t
}

// refuse returns the status to refuse with, 0 for none.
func (p permit) refuse(id access.Identity, token string, r *http.Request) (int, string) {
	switch {
	case p.r.pattern == metricsPattern && p.g.a.o.Token == "": // this machine only, as without people
		return 0, ""
	case id.Kind == access.Nobody && p.g.a.o.Token != "":
		return http.StatusUnauthorized, "sign in, or send a token as Authorization: Bearer TOKEN"
	case id.Kind == access.Nobody:
		return http.StatusUnauthorized, "sign in"
	case !id.Person.Has(p.r.roles...):
		return http.StatusForbidden, "your roles do not include this"
	case id.Kind == access.Human && unsafe(r.Method) && !access.CheckCSRF(token, r.Header.Get("X-CSRF-Token")):
		return http.StatusForbidden, "the X-CSRF-Token header must have the csrf value of GET /api/session"
	}
	return 0, ""
}

func unsafe(method string) bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// look checks that the call of the path may be seen and writes the look into the audit trail. It answers when not.
func (p permit) look(w http.ResponseWriter, r *http.Request, id access.Identity) bool {
	if p.r.what == "" {
		return true
	}
	a := p.g.a
	e := a.entry(r, id, p.r.what)
	if p.r.call != "" {
		e.Call = call.ID(r.PathValue(p.r.call))
		ok, err := p.g.maySee(r.Context(), access.ScopeOf(id.Person), e.Call)
		if err != nil {
			a.log.Error("the rights to a call cannot be read", "err", err)
			problem(w, http.StatusServiceUnavailable, "the rights to this call cannot be read now")
			return false
		}
		if !ok {
			e.What = access.RefusedCall
		}
		if e.What == access.ReadOriginals {
			e.Detail = clip(r.URL.Query().Get("reason"), 300)
		}
	} else {
		switch p.r.what {
		case access.LookedAtCalls, access.LookedAtInsights, access.ExportedInsights:
			e.Detail = clip(withoutToken(r.URL.Query()).Encode(), 300)
		case access.ChangedTopic:
			e.Detail = clip(r.PathValue("id"), 64)
		}
	}
	if err := a.o.Access.Note(r.Context(), e); err != nil {
		a.log.Error("a look is not shown since it cannot be noted", "err", err)
		problem(w, http.StatusServiceUnavailable, "the audit trail cannot be written, so nothing is shown")
		return false
	}
	if e.What == access.RefusedCall {
		problem(w, http.StatusNotFound, "there is no such call") // the same as for one that does not exist
		return false
	}
	return true
}

// entry is a line of the audit trail about a request, without a token that stands in its address.
func (a *API) entry(r *http.Request, id access.Identity, what string) access.Entry {
	return access.Entry{Who: id.Person.ID, Name: id.Person.Name, What: what, From: a.source(r)}
}

// withoutToken leaves out what opens the API, which no trail may hold.
func withoutToken(q url.Values) url.Values {
	q.Del("token")
	return q
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// identify recognises who makes a request; token is that of the session.
func (a *API) identify(r *http.Request) (id access.Identity, token string, err error) {
	if a.o.Token != "" && a.authorised(r) {
		return access.ProgramIdentity(), "", nil
	}
	if c, err := r.Cookie(cookieName); err == nil {
		p, err := a.o.Access.Session(r.Context(), c.Value)
		if err == nil {
			return access.Identity{Kind: access.Human, Person: p}, c.Value, nil
		}
		if !errors.Is(err, access.ErrUnknown) {
			return access.Identity{}, "", err
		}
	}
	if a.o.Loopback && a.o.Token == "" && !forwarded(r) { // behind a proxy everybody seems to be this machine
		some, err := a.o.Access.Anybody(r.Context())
		if err != nil {
			return access.Identity{}, "", err
		}
		if !some {
			return access.LocalIdentity(), "", nil
		}
	}
	return access.Identity{}, "", nil
}

// source is the address a request comes from: the peer, or what the trusted proxies before it say.
func (a *API) source(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		ip, err := netip.ParseAddr(host)
		trusted := err == nil && slices.ContainsFunc(a.o.Proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if !trusted || err != nil {
			break
		}
		host = next.String()
	}
	return host
}

// routeCache remembers the route of calls, which never changes.
type routeCache struct {
	mu sync.Mutex
	of map[call.ID]string
}

const mostRoutes = 4096

// maySee reports whether a call is in the scope. An unknown call is left to who answers the request.
func (g *guard) maySee(ctx context.Context, s access.Scope, id call.ID) (bool, error) {
	if s.All {
		return true, nil
	}
	g.routes.mu.Lock()
	route, ok := g.routes.of[id]
	g.routes.mu.Unlock()
	if !ok {
		d, err := g.a.o.Records.Get(ctx, id)
		if errors.Is(err, record.ErrUnknown) {
			return g.a.o.Access.MaySee(ctx, s, id, "")
		}
		if err != nil {
			return false, err
		}
		route = d.Route
		g.remember(id, route)
	}
	return g.a.o.Access.MaySee(ctx, s, id, route)
}

func (g *guard) remember(id call.ID, route string) {
	g.routes.mu.Lock()
	defer g.routes.mu.Unlock()
	if g.routes.of == nil || len(g.routes.of) >= mostRoutes {
		g.routes.of = map[call.ID]string{}
	}
	g.routes.of[id] = route
}

// scope is the part of the calls a list may show; nil for all.
func (a *API) scope(ctx context.Context) *record.Scope {
	if a.guard == nil {
		return nil
	}
	s := access.ScopeOf(access.From(ctx).Person)
	if s.All {
		return nil
	}
	return &record.Scope{Routes: s.Routes, Person: s.Person}
}

// maySee reports whether who makes the request may look at a call. Handlers whose path does not name the call ask it.
func (a *API) maySee(ctx context.Context, id call.ID) (bool, error) {
	if a.guard == nil {
		return true, nil
	}
	return a.guard.maySee(ctx, access.ScopeOf(access.From(ctx).Person), id)
}
