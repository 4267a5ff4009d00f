package sip

import (
	"bytes"
	"errors"
	"io"
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
func (s *Server) loginOf(user string, ip netip.Addr) login {
	if g := s.registrarOf(user, ip); g != nil {
		return g.r.login()
	}
	return login{}
}

// registrarOf is the registration that a call came in by, nil when it was none.
func (s *Server) registrarOf(user string, ip netip.Addr) (found *registrar) {
	s.mu.Lock()
	registrars := slices.Clone(s.registrars)
	s.mu.Unlock()
	for _, g := range registrars {
		if g.r.User == user && s.gate.named(ip) {
			return g
		}
		if found == nil && g.at(ip) {
			found = g
		}
	}
	return found
}

// errNoChallenge means that a 401 or 407 cannot be answered.
var errNoChallenge = errors.New("the far side wants a password in a way that is not supported")

// proofs are the challenges that were answered in a dialog, of all who asked: one proxy after the other may, and who is called
// besides (RFC 3261, section 22.3). They are answered at once in later requests, each time with a higher count (RFC 7616, section
// 3.4), until whoever asked asks anew. The zero value is ready.
type proofs struct {
	mu   sync.Mutex
	kept []*proof
}

type proof struct {
	answer string // name of the header
	chal   *digest.Challenge
	count  int    // of the last answer
	at     string // where the request went that was challenged
}

// maxProofs bounds how many are answered in one request.
const maxProofs = 8

// find returns the place of what answers a realm, or -1. The lock is held.
func (p *proofs) find(answer, realm string) int {
	return slices.IndexFunc(p.kept, func(k *proof) bool { return k.answer == answer && k.chal.Realm == realm })
}

// learn takes the challenges of a response to a request. It reports false when one was answered in the request already, so that
// name or password are wrong.
func (p *proofs) learn(req *sip.Request, res *sip.Response) (again bool, err error) {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for _, h := range res.GetHeaders(ask) {
		chal, err := digest.ParseChallenge(h.Value())
		if err != nil || seen[chal.Realm] { // of several ways the first that this side can (RFC 8760, section 2.3)
			continue
		}
		chal.Algorithm = strings.ToUpper(chal.Algorithm)
		if _, err := digest.Digest(chal, digest.Options{Count: 1}); err != nil {
			continue
		}
		seen[chal.Realm] = true
		next := &proof{answer: answer, chal: chal, at: req.Destination()}
		i := p.find(answer, chal.Realm)
		switch {
		case i < 0 && len(p.kept) >= maxProofs:
			continue
		case i < 0:
			p.kept = append(p.kept, next)
		case p.kept[i].count == 1 && p.kept[i].sentIn(req) && !chal.Stale:
			p.kept = slices.Delete(p.kept, i, i+1)
			return false, nil
		default:
			if p.kept[i].chal.Nonce == chal.Nonce {
				next.count = p.kept[i].count
			}
			p.kept[i] = next
		}
		again = true
	}
	if !again {
		return false, errNoChallenge
	}
	return true, nil
}

// sentIn tells whether a request has the answer to a challenge.
func (k *proof) sentIn(req *sip.Request) bool {
	return slices.ContainsFunc(req.GetHeaders(k.answer), func(h sip.Header) bool {
		cred, err := digest.ParseCredentials(h.Value())
		return err == nil && cred.Nonce == k.chal.Nonce
	})
}

// prove adds what answers the challenges met so far to a request of a dialog, where that goes to who asked or is known by name.
func (s *Server) prove(d *dialog, req *sip.Request) {
	d.proofs.mu.Lock()
	defer d.proofs.mu.Unlock()
	for _, answer := range []string{"Authorization", "Proxy-Authorization"} {
		for req.RemoveHeader(answer) { // one at a time
		}
	}
	for _, p := range d.proofs.kept {
		if req.Destination() != p.at && !s.gate.named(sourceIP(req.Destination())) {
			continue
		}
		p.count++
		cred, err := digest.Digest(p.chal, digest.Options{Method: string(req.Method), URI: req.Recipient.String(),
			Username: d.login.user, Password: d.login.password, Count: p.count, GetBody: func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(req.Body())), nil // for auth-int
			}})
		if err == nil {
			req.AppendHeader(sip.NewHeader(p.answer, cred.String()))
		}
	}
}
