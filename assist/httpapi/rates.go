package httpapi

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/access"
)

// Rates bound how often one address, and one account from wherever, may ask. What is more is answered with 429 and the time
// to wait. Each number is what may come in a minute in the long run; at once may come a quarter of it, at least five. 0 takes
// the default.
type Rates struct {
	Off      bool
	Loopback bool // this machine is bounded like any other address
	Requests int  // all requests of an address: 3000
	Account  int  // all requests of an account: 3000
	SignIn   int  // tries to sign in, or to use a one-time link: 30
	Streams  int  // event streams opened: 240
	Uploads  int  // imports: 30, and conversations and calls begun: the same number
}

// kinds of requests with a bound of their own.
type kind string

const (
	anyRequest kind = "requests"
	ofAccount  kind = "account"
	signingIn  kind = "sign_in"
	streaming  kind = "streams"
	uploading  kind = "uploads"
	beginning  kind = "begun"
)

const mostBuckets = 20_000

// rater counts. Its memory is bounded: when there are too many addresses the ones that have asked nothing lately are
// forgotten, and new ones share a bucket while there are still too many.
type rater struct {
	o   Rates
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
	swept   time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newRater(o Rates) *rater { return &rater{o: o, now: time.Now, buckets: map[string]bucket{}} }

func (r *rater) perMinute(k kind) float64 {
	switch k {
	case signingIn:
		return float64(cmp.Or(r.o.SignIn, 30))
	case streaming:
		return float64(cmp.Or(r.o.Streams, 240))
	case uploading, beginning:
		return float64(cmp.Or(r.o.Uploads, 30))
	case ofAccount:
		return float64(cmp.Or(r.o.Account, 3000))
	case anyRequest:
	}
	return float64(cmp.Or(r.o.Requests, 3000))
}

// take counts a request of who; when there were too many, it returns how long to wait and does not count it.
func (r *rater) take(k kind, who string) time.Duration {
	if r.o.Off {
		return 0
	}
	rate := r.perMinute(k) / 60
	most := max(5, r.perMinute(k)/4)
	key := string(k) + " " + who
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	b, ok := r.buckets[key]
	if !ok {
		if len(r.buckets) >= mostBuckets {
			r.sweep(now)
		}
		if len(r.buckets) >= mostBuckets {
			key = string(k) + " others"
			b, ok = r.buckets[key]
		}
		if !ok {
			b = bucket{most, now}
		}
	}
	b.tokens = min(most, b.tokens+rate*max(0, now.Sub(b.at).Seconds())) // a clock that jumps back gives nothing
	b.at = now
	var wait time.Duration
	if b.tokens >= 1 {
		b.tokens--
	} else {
		wait = time.Duration((1 - b.tokens) / rate * float64(time.Second))
	}
	r.buckets[key] = b
	return wait
}

// sweep forgets whoever has been silent for long enough to have all tokens back; at most once a second.
func (r *rater) sweep(now time.Time) {
	if now.Sub(r.swept) < time.Second && now.After(r.swept) {
		return
	}
	r.swept = now
	for k, b := range r.buckets {
		name, _, _ := strings.Cut(k, " ")
		if b.tokens+now.Sub(b.at).Seconds()*r.perMinute(kind(name))/60 >= max(5, r.perMinute(kind(name))/4) {
			delete(r.buckets, k)
		}
	}
}

// kindOf is the bound of its own that a request falls under, "" for none.
func kindOf(r *http.Request) kind {
	p := r.URL.Path
	switch {
	case strings.HasPrefix(p, oidcPath), p == "/api/session/first" && unsafe(r.Method), p == "/api/session" && r.Method == http.MethodPost, p == "/api/session/password" && unsafe(r.Method):
		return signingIn
	case strings.HasSuffix(p, "/events") && r.Method == http.MethodGet:
		return streaming
	case strings.HasSuffix(p, "/import") && unsafe(r.Method):
		return uploading
	case p == "/api/chat" && r.Method == http.MethodPost, strings.HasPrefix(p, "/whip/") && r.Method == http.MethodPost:
		return beginning
	}
	return ""
}

// within reports whether the address may ask, and answers when it may not.
func (a *API) within(w http.ResponseWriter, r *http.Request, source string) bool {
	ip, err := netip.ParseAddr(source)
	if err == nil {
		if ip = ip.Unmap().WithZone(""); ip.IsLoopback() && !a.rates.o.Loopback {
			return true
		}
		if ip.Is6() { // a network, not an address, is what somebody has
			if p, err := ip.Prefix(64); err == nil {
				source = p.String()
			}
		}
	}
	wait := a.rates.take(anyRequest, source)
	if k := kindOf(r); wait == 0 && k != "" {
		wait = a.rates.take(k, source)
	}
	return wait == 0 || tooMany(w, wait)
}

// accountWithin reports whether the account may ask, and answers when it may not. Who has not signed in has none.
func (a *API) accountWithin(w http.ResponseWriter, r *http.Request, id access.Identity) bool {
	account := ""
	switch id.Kind {
	case access.Human:
		account = "person " + id.Person.ID
	case access.Program:
		account = "program"
	case access.Nobody, access.Local:
		return true
	}
	wait := a.rates.take(ofAccount, account)
	if k := kindOf(r); wait == 0 && (k == streaming || k == uploading) {
		wait = a.rates.take(k, account)
	}
	return wait == 0 || tooMany(w, wait)
}

// tooMany answers that it was too often; it is false.
func tooMany(w http.ResponseWriter, wait time.Duration) bool {
	w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(max(1, wait.Seconds())))))
	problem(w, http.StatusTooManyRequests, "this was asked too often: wait and try again")
	return false
}

// fromClient makes a request that came through trusted proxies look as if its client were connected here, for all that looks
// at addresses after this. It returns that address.
func (a *API) fromClient(r *http.Request) string {
	source := a.source(r)
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && host != source {
		r.RemoteAddr = net.JoinHostPort(source, "0")
	}
	return source
}

// forwarded reports whether a proxy stands between this machine's connection and somebody else.
func forwarded(r *http.Request) bool {
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-IP") != ""
}
