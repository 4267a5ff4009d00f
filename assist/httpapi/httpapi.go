// Package httpapi is Parley's HTTP side: the calls and one call, its audio and transcripts, the events as they happen
// (server-sent events that resume by number), health, metrics, and the OpenAPI description of all of it at
// /openapi.json. It serves the pages it is given but knows nothing of what is in them.
package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// Records is the record of the calls. Unknown calls are record.ErrUnknown, queries that make no sense record.ErrQuery.
type Records interface {
	List(ctx context.Context, q record.Query) (record.Page, error)
	Get(ctx context.Context, id call.ID) (record.Detail, error)
	// Events returns at most limit events after a number, and whether the call has ended.
	Events(ctx context.Context, id call.ID, after uint64, limit int) ([]call.Event, bool, error)
	// Audio opens the recording, record.ErrNoAudio when there is none. The caller closes it.
	Audio(ctx context.Context, id call.ID) (record.Audio, error)
}

// Live gives events as they happen, until ctx ends or the loop is left. The error is the last thing yielded, io.EOF when
// the bus is closed.
type Live interface {
	// Watch yields the events of a call after a number.
	Watch(ctx context.Context, id call.ID, after uint64) iter.Seq2[call.Event, error]
	// WatchAll yields the events of all calls after a place (call.Event.Pos).
	WatchAll(ctx context.Context, pos uint64) iter.Seq2[call.Event, error]
}

// Check is a part that must work before calls are accepted, or one without which they are served less well.
type Check struct {
	Name     string
	Run      func(ctx context.Context) error // returns when ctx ends
	Optional bool                            // calls are accepted without it
}

// Options configure the API.
type Options struct {
	Records Records
	Live    Live
	Pages   http.Handler // whatever is not the API; nil for nothing
	// Token is asked for in "Authorization: Bearer", or in ?token= by players and event streams, which cannot send a
	// header. "" asks for none, which New allows on loopback only.
	Token string
	// Loopback says that only this machine can connect. Requests must then name it in their Host header, so that a web
	// page somewhere else cannot reach the API by making its own name point here.
	Loopback bool
	// Hosts are further names accepted in the Host header on loopback, such as that of a proxy.
	Hosts    []string
	Desk     DeskOptions
	Chats    Chats // nil: nobody types
	Checks   []Check
	Registry *prometheus.Registry // nil for one of the API's own
	Version  string               // in the OpenAPI description; "" for "dev"
	// Access recognises people and guards everything by their roles; nil leaves only Token and Loopback.
	Access *access.Gate
	OIDC   OIDC // nil = people sign in with passwords only
	// Customers, Tickets and Deliveries add their paths when they are there.
	Customers  *customer.Book
	Tickets    *ticket.Desk
	Deliveries Deliveries
	Quality    QualityOptions
	Insights   InsightsOptions
	Knowledge  KnowledgeOptions
	Retention  RetentionOptions
	Originals  Originals // nil: its path is not there
	Rules      Rulebook
	Nodes      func(context.Context) ([]record.Node, error) // those that share the record; nil = not told
	Calendar   func(queue string) ticket.Calendar           // opening hours and zone of a route; nil = always, UTC
	// Elsewhere returns what has another node answer a request, nil when this one does; it may look that up. The node that
	// answers decides who may ask. nil: this one answers all.
	Elsewhere func(r *http.Request) http.Handler
	// Public is the address people open, such as https://parley.example: in links, and for cookies behind a proxy that
	// speaks TLS. "" = unknown.
	Public    string
	Proxies   []netip.Prefix // whose X-Forwarded-For is believed
	Rates     Rates          // how often somebody may ask
	Strangers Strangers      // whom the telephone side does not hear; nil = its paths are not there
	// TLS makes Serve speak TLS; its NextProtos should have h2, so that one page can hold many event streams. nil = plain.
	TLS *tls.Config
	// HSTS is how long a browser that came over TLS, here or at the proxy, shall use nothing else; 0 = it is not told.
	HSTS    time.Duration
	Streams int           // event streams open at once, more get 503; 0 for 256
	Beat    time.Duration // between signs of life on an event stream, 0 for 15 s
	Log     *slog.Logger  // nil discards
}

// ErrOpen means the API would be open to the network without a token.
var ErrOpen = errors.New("httpapi: a token is needed to listen beyond this machine: set http.token, or bind to 127.0.0.1")

// API answers HTTP requests. It is an http.Handler; Serve runs it.
type API struct {
	o        Options
	log      *slog.Logger
	mux      *http.ServeMux
	metrics  metrics
	streams  chan struct{} // a token for each open event stream
	left     bell          // rings when somebody may not be here any more
	token    [sha256.Size]byte
	guard    *guard // nil without Access
	ready    lookout
	rates    *rater
	errands  errands
	outlines outlines
}

const (
	maxStreams  = 256
	defaultBeat = 15 * time.Second
)

// New returns the API, or ErrOpen.
func New(o Options) (*API, error) {
	if o.Token == "" && !o.Loopback {
		return nil, ErrOpen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Beat == 0 {
		o.Beat = defaultBeat
	}
	if o.Streams == 0 {
		o.Streams = maxStreams
	}
	a := &API{o: o, log: o.Log, mux: http.NewServeMux(), streams: make(chan struct{}, o.Streams), token: sha256.Sum256([]byte(o.Token)), rates: newRater(o.Rates)}
	a.metrics = newMetrics(o.Registry)
	if o.Access != nil {
		var err error
		if a.guard, err = newGuard(a); err != nil {
			return nil, fmt.Errorf("httpapi: public address %q: %w", o.Public, err)
		}
	}
	a.routes()
	return a, nil
}

func (a *API) routes() {
	api := humago.New(a.mux, a.config())
	a.registerCalls(api)
	a.registerOriginals(api)
	a.registerStreams(api)
	a.registerDesk(api)
	a.registerLive(api)
	a.registerChat(api)
	a.registerHealth(api)
	if a.o.Access != nil {
		a.registerSession(api)
		a.registerPeople(api)
	}
	if a.o.Customers != nil {
		a.registerCustomers(api)
	}
	if a.o.Tickets != nil {
		a.registerTickets(api)
	}
	if a.o.Quality.Scores != nil {
		a.registerQuality(api)
	}
	if a.o.Insights.Store != nil {
		a.registerInsights(api)
	}
	if a.o.Knowledge.Store != nil {
		a.registerKnowledge(api)
	}
	if a.o.Deliveries != nil {
		a.registerHooks(api)
	}
	if a.o.Retention.Tray != nil {
		a.registerRetention(api)
	}
	if a.o.Strangers != nil {
		a.registerBans(api)
	}
	if a.o.Rules != nil {
		a.registerRules(api)
	}
	a.mux.Handle("GET /metrics", promhttp.HandlerFor(a.o.Registry, promhttp.HandlerOpts{}))
	a.mux.HandleFunc("/api/", a.notFound)
	if a.o.Pages != nil {
		a.mux.Handle("/", a.o.Pages)
	} else {
		a.mux.HandleFunc("/", a.notFound)
	}
}

// schemaName puts the package before the name of a type, since several packages have a Link or an Item.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := path.Base(t.PkgPath())
	if t.Name() == "" || t.PkgPath() == "" || pkg == "httpapi" || pkg == "huma" || pkg == "v2" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

func (a *API) config() huma.Config {
	c := huma.DefaultConfig("Parley", a.o.Version)
	c.Info.Description = "Calls that Parley answered or is answering: what was said, why it was answered as it was, how long the caller waited."
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[call.Offset](), reflect.TypeFor[float64]())
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer"},
		"query":  {Type: "apiKey", In: "query", Name: "token"},
	}
	if a.o.Token != "" {
		c.Security = []map[string][]string{{"bearer": {}}, {"query": {}}}
	}
	return c
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w}
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "panic", p)
			if rec.status == 0 {
				problem(rec, http.StatusInternalServerError, "this should not have happened; the server's log says more")
			}
		}
		a.metrics.observe(r, rec.code(), time.Since(began))
	}()
	secure(rec.Header(), r.URL.Path, a.hsts(r))
	source := a.fromClient(r)
	if !a.within(rec, r, source) || !a.admit(rec, r) {
		return
	}
	if a.o.Elsewhere != nil {
		if h := a.o.Elsewhere(r); h != nil {
			r.Pattern = "elsewhere" // for the metrics
			h.ServeHTTP(rec, r)
			return
		}
	}
	if a.guard != nil {
		*r = *r.WithContext(context.WithValue(r.Context(), reachedKey{}, reached{source, r.TLS != nil}))
		a.guard.ServeHTTP(rec, r)
		return
	}
	r.Body = http.MaxBytesReader(rec, r.Body, maxBody)
	a.mux.ServeHTTP(rec, r)
}

type health struct {
	Body struct {
		Status string `json:"status" example:"ok"`
	}
}

func (a *API) registerHealth(api huma.API) {
	open := []map[string][]string{}
	huma.Register(api, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Summary: "The process answers", Tags: []string{"health"}, Security: open,
	}, func(context.Context, *struct{}) (*health, error) {
		h := &health{}
		h.Body.Status = "ok"
		return h, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Summary: "Every part works and calls are accepted", Tags: []string{"health"}, Security: open,
	}, func(ctx context.Context, _ *struct{}) (*readiness, error) { return a.ready.look(ctx, a), nil })
}

// fail turns an error of the record into the answer for it; what the caller cannot help goes to the log only.
func (a *API) fail(err error) error {
	switch {
	case errors.Is(err, record.ErrUnknown):
		return huma.Error404NotFound("there is no such call")
	case errors.Is(err, record.ErrNoAudio):
		return huma.Error404NotFound("this call has no recording")
	case errors.Is(err, record.ErrQuery):
		return huma.Error400BadRequest(err.Error())
	case errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		return huma.Error503ServiceUnavailable("the request was given up")
	}
	a.log.Error("request failed", "err", err)
	return huma.Error500InternalServerError("this cannot be done now; the server's log says why")
}

// invalid answers an error that wraps is, and says what is wrong in its own words.
func invalid(err, is error) error {
	return huma.Error422UnprocessableEntity(strings.TrimPrefix(err.Error(), is.Error()+": "))
}

// placeOf is the place of the last item of the page before, as its next gave it; 0 for the first page.
func placeOf(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 1 {
		return 0, huma.Error400BadRequest("cursor must be what a page before gave as next")
	}
	return n, nil
}
