package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	readLimit     = 10 * time.Second
	answerLimit   = 30 * time.Second // event streams and recordings set their own
	idleLimit     = 2 * time.Minute
	maxHeader     = 16 << 10
	shutdownLimit = 5 * time.Second
)

// Serve answers requests on ln until ctx ends, which also ends the event streams; then it waits at most 5 s for the other
// answers and returns nil. It closes ln. With Options.TLS it speaks TLS on it.
func (a *API) Serve(ctx context.Context, ln net.Listener) error {
	defer a.errands.close()
	ln = newCrowd(ln, mostConns, connsEach)
	if a.o.TLS != nil {
		ln = tls.NewListener(ln, a.o.TLS)
	}
	return serve(ctx, ln, a, a.log)
}

// serve answers on ln with h, within the limits of this package, until ctx ends.
func serve(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: readLimit, ReadTimeout: readLimit, WriteTimeout: answerLimit, IdleTimeout: idleLimit,
		MaxHeaderBytes: maxHeader, BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
		defer cancel()
		err := srv.Shutdown(sctx)
		if err != nil {
			err = errors.Join(err, srv.Close())
		}
		stopped <- err
	})
	err := srv.Serve(ln)
	if stop() { // ctx has not ended: the listener failed
		return errors.Join(fmt.Errorf("serve http: %w", err), srv.Close())
	}
	if err := <-stopped; err != nil {
		log.Warn("http server stopped in the middle of answers", "err", err)
	}
	return nil
}

// metrics are the API's own; those of other parts are in the same registry.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total", Help: "HTTP requests answered, by route and status.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_http_request_duration_seconds", Help: "Time to answer HTTP requests; event streams are left out.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2},
		}, []string{"route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "parley_http_event_streams", Help: "Event streams open now."}),
	}
	reg.MustRegister(m.requests, m.seconds, m.streams)
	return m
}

func (m metrics) observe(r *http.Request, code int, took time.Duration) {
	route := r.Pattern // not the path: that would be a new label for every call
	if route == "" {
		route = "refused"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(code)).Inc()
	if kindOf(r) != streaming {
		m.seconds.WithLabelValues(route).Observe(took.Seconds())
	}
}
