package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const maxBody = 64 << 10 // bytes of a request body

// secure sets the headers every answer carries. Over TLS browsers are told to come back over TLS only (hsts, 0 = not). Data is never run or shown as a page; pages run their own scripts only.
// Their components write style sheets at run time, which can change looks but run nothing.
func secure(h http.Header, path string, hsts time.Duration) {
	policy, microphone := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", "()"
	if !strings.HasPrefix(path, "/api/") {
		policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
			"connect-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		microphone = "(self)" // the desk talks to callers
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer") // an address may carry a token
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone="+microphone)
	h.Set("Cache-Control", "no-store")
	if hsts > 0 {
		h.Set("Strict-Transport-Security", fmt.Sprintf("max-age=%d", int(hsts.Seconds())))
	}
}

// hsts is how long browsers shall come over TLS only; 0 for a request that did not.
func (a *API) hsts(r *http.Request) time.Duration {
	if r.TLS == nil && !strings.HasPrefix(a.o.Public, "https://") {
		return 0
	}
	return a.o.HSTS
}

// admit reports whether the request may go on, and answers it when it may not.
func (a *API) admit(w http.ResponseWriter, r *http.Request) bool {
	if a.o.Loopback && !a.ownHost(r.Host) {
		problem(w, http.StatusForbidden, "this address is only for this machine: use http://127.0.0.1 or http://localhost")
		return false
	}
	if a.guard != nil || a.o.Token == "" || !private(r.URL.Path) || a.authorised(r) {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
	problem(w, http.StatusUnauthorized, "a token is needed: send it as Authorization: Bearer TOKEN")
	return false
}

// private reports whether a path shows anything of the calls or the machine. The pages themselves hold no data.
func private(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/api" || path == "/metrics" || strings.HasPrefix(path, "/openapi")
}

// ownHost reports whether a Host header names this machine.
func (a *API) ownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "localhost" || slices.ContainsFunc(a.o.Hosts, func(h string) bool { return strings.EqualFold(h, name) }) {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// authorised compares hashes, so that the time it takes says nothing about the token.
func (a *API) authorised(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		given = r.URL.Query().Get("token")
	}
	sum := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(sum[:], a.token[:]) == 1
}

// problem answers with an error as RFC 9457 says.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}) // the peer is gone when it fails
}

// notFound answers for paths the API does not have.
func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	if a.guard == nil && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, "only GET is answered here")
		return
	}
	problem(w, http.StatusNotFound, "nothing is here: /openapi.json lists what there is")
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter

	status int
}

// WriteHeader is for http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write is for http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
