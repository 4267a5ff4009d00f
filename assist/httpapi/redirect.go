package httpapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Redirect sends browsers that come without TLS to the same page over TLS. Hosts are the names it answers for: somebody who
// asks for another one is sent to the first, so that this port never leads to a site of somebody else's choice. port is that
// of TLS, "443" or "" for the usual one.
func Redirect(hosts []string, port string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header(), "/api/", 0) // nothing is shown here
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			problem(w, http.StatusUpgradeRequired, "this port only leads to the one that speaks TLS: use https")
			return
		}
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
		if !slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
			if len(hosts) == 0 {
				problem(w, http.StatusNotFound, "use https")
				return
			}
			host = hosts[0]
		}
		if port != "" && port != "443" {
			host = net.JoinHostPort(host, port)
		} else if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		to := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}

// ServeRedirect answers on ln with h, such as Redirect, within the limits of the API, until ctx ends. It closes ln. A nil
// log discards.
func ServeRedirect(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return serve(ctx, newCrowd(ln, mostConns, connsEach), h, log)
}
