package sip

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// login is a name with its password, for challenges of a far side; the zero value answers none.
type login struct{ user, password string }

// login is that of a registration.
func (r Registration) login() login {
	if r.AuthUser != "" {
		return login{r.AuthUser, r.Password}
	}
	return login{r.User, r.Password}
}

// answers tells whether a response is a challenge that a login answers. Only a host that is known by name gets to see what
// was made with a password: whoever called may have named any other for its requests.
func (s *Server) answers(l login, res *sip.Response) bool {
	return l.user != "" && (res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired) &&
		s.gate.named(sourceIP(res.Source()))
}

// loginOf is that of the registration a call came in by: for its user, from a host that is known by name, or else from the host
// of the registrar.
func (s *Server) loginOf(user string, ip netip.Addr) (found login) {
	s.mu.Lock()
	registrars := slices.Clone(s.registrars)
	s.mu.Unlock()
	for _, g := range registrars {
		if g.r.User == user && s.gate.named(ip) {
			return g.r.login()
		}
		if found.user == "" && g.at(ip) {
			found = g.r.login()
		}
	}
	return found
}

// staleNonce tells that credentials were right but their nonce is too old.
func staleNonce(res *sip.Response) bool {
	for _, n := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		v := strings.ReplaceAll(strings.ToLower(first(res, n)), "\"", "")
		if strings.Contains(v, "stale=true") {
			return true
		}
	}
	return false
}

// errNoChallenge means that a 401 or 407 cannot be answered.
var errNoChallenge = errors.New("the far side wants a password in a way that is not supported")

// proofs are the challenges that were answered in a dialog. They are answered at once in later requests, each time with a higher
// count (RFC 7616, section 3.4), until the far side asks anew. The zero value is ready.
type proofs struct {
	mu   sync.Mutex
	kept map[string]*proof // by the name of the header that answers
}

type proof struct {
	chal  *digest.Challenge
	count int    // of the last answer
	at    string // where the request went that was challenged
}

// learn takes the challenge of a response to a request. It reports false when that was answered in the request already, so that
// name or password are wrong.
func (p *proofs) learn(req *sip.Request, res *sip.Response) (again bool, err error) {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known, sent := p.kept[answer], ""
	if h := req.GetHeader(answer); h != nil {
		if cred, err := digest.ParseCredentials(h.Value()); err == nil {
			sent = cred.Nonce
		}
	}
	if known != nil && sent == known.chal.Nonce && known.count == 1 && !staleNonce(res) {
		delete(p.kept, answer)
		return false, nil
	}
	for _, h := range res.GetHeaders(ask) {
		chal, err := digest.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		chal.Algorithm = strings.ToUpper(chal.Algorithm)
		if _, err := digest.Digest(chal, digest.Options{Count: 1}); err != nil {
			continue
		}
		next := &proof{chal: chal, at: req.Destination()}
		if known != nil && known.chal.Nonce == chal.Nonce {
			next.count = known.count
		}
		if p.kept == nil {
			p.kept = map[string]*proof{}
		}
		p.kept[answer] = next
		return true, nil
	}
	return false, errNoChallenge
}

// prove adds what answers the challenges met so far to a request of a dialog, where that goes to who asked or is known by name.
func (s *Server) prove(d *dialog, req *sip.Request) {
	d.proofs.mu.Lock()
	defer d.proofs.mu.Unlock()
	for answer, p := range d.proofs.kept {
		req.RemoveHeader(answer)
		if req.Destination() != p.at && !s.gate.named(sourceIP(req.Destination())) {
			continue
		}
		p.count++
		cred, err := digest.Digest(p.chal, digest.Options{Method: string(req.Method), URI: req.Recipient.String(),
			Username: d.login.user, Password: d.login.password, Count: p.count})
		if err == nil {
			req.AppendHeader(sip.NewHeader(answer, cred.String()))
		}
	}
}
