package sip

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

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

// authorize adds the answer to the challenge of a response to a request that will be sent again.
func authorize(req *sip.Request, res *sip.Response, l login) error {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, h := range res.GetHeaders(ask) {
		chal, err := digest.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		chal.Algorithm = strings.ToUpper(chal.Algorithm)
		cred, err := digest.Digest(chal, digest.Options{Method: string(req.Method), URI: req.Recipient.String(),
			Username: l.user, Password: l.password, Count: 1})
		if err != nil {
			continue
		}
		req.RemoveHeader(answer)
		req.AppendHeader(sip.NewHeader(answer, cred.String()))
		return nil
	}
	return errNoChallenge
}
