package sip

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Limits of nonces.
const (
	nonceLife = 5 * time.Minute
	maxNonces = 4096
)

// nonces are the challenges that were given out. It is safe for concurrent use.
type nonces struct {
	mu    sync.Mutex
	given map[string]nonce
}

type nonce struct {
	at    time.Time
	count int // highest nonce count seen
}

func newNonces() *nonces { return &nonces{given: map[string]nonce{}} }

// fresh gives out a new nonce.
func (n *nonces) fresh(now time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	v := hex.EncodeToString(b[:])
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.given) >= maxNonces {
		for k, x := range n.given {
			if now.Sub(x.at) > nonceLife || len(n.given) >= maxNonces {
				delete(n.given, k)
			}
		}
	}
	n.given[v] = nonce{at: now}
	return v
}

// use takes a nonce back; false means that it is unknown, too old, or used with this count before.
func (n *nonces) use(v string, count int, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	x, ok := n.given[v]
	if !ok || now.Sub(x.at) > nonceLife {
		delete(n.given, v)
		return false
	}
	if count <= x.count {
		return false
	}
	x.count = count
	n.given[v] = x
	return true
}

// challenge returns nil when a caller has shown who it is or need not, else the 401.
func (s *Server) challenge(req *sip.Request) *refusal {
	if len(s.cfg.Users) == 0 || s.gate.trusts(sourceIP(req.Source())) {
		return nil
	}
	now := time.Now()
	stale := false
	for _, h := range req.GetHeaders("Authorization") {
		cred, err := digest.ParseCredentials(h.Value())
		if err != nil || cred.Realm != s.cfg.Realm || !s.matches(req, cred) {
			continue
		}
		count := cred.Nc
		if cred.QOP == "" {
			count = 1
		}
		if s.nonces.use(cred.Nonce, count, now) {
			return nil
		}
		stale = true
	}
	chal := digest.Challenge{Realm: s.cfg.Realm, Nonce: s.nonces.fresh(now), Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}
	return &refusal{401, "Unauthorized", []sip.Header{sip.NewHeader("WWW-Authenticate", chal.String())}}
}

// matches tells whether credentials were made with the password of their user.
func (s *Server) matches(req *sip.Request, cred *digest.Credentials) bool {
	password, known := s.accounts()[cred.Username]
	if alg := strings.ToUpper(cred.Algorithm); alg != "" && alg != "MD5" {
		return false
	}
	chal := digest.Challenge{Realm: cred.Realm, Nonce: cred.Nonce, Opaque: cred.Opaque, Algorithm: "MD5"}
	if cred.QOP != "" {
		chal.QOP = []string{cred.QOP}
	}
	want, err := digest.Digest(&chal, digest.Options{Method: string(req.Method), URI: cred.URI, Count: cred.Nc,
		Cnonce: cred.Cnonce, Username: cred.Username, Password: password})
	return err == nil && known && subtle.ConstantTimeCompare([]byte(want.Response), []byte(cred.Response)) == 1
}
