package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Limits of nonces.
const (
	nonceLife = 5 * time.Minute
	maxNonces = 16384 // in use at once; each stands for somebody with a right password
)

// nonces makes and checks challenges. A nonce carries its time and is signed for the host it was made for, so nothing is
// remembered until somebody has used it with a right password: no flood of requests can push out those of others. It is safe
// for concurrent use.
type nonces struct {
	key [32]byte

	mu   sync.Mutex
	used map[string]nonce
}

type nonce struct {
	at    time.Time // made
	count int       // highest nonce count seen
}

func newNonces() *nonces {
	n := &nonces{used: map[string]nonce{}}
	_, _ = rand.Read(n.key[:]) // never fails
	return n
}

// The parts of a nonce, in bytes: when it was made, chance, signature.
const (
	nonceTime   = 8
	nonceChance = 8
	nonceSign   = 16
)

// fresh makes a nonce for a host.
func (n *nonces) fresh(ip netip.Addr, now time.Time) string {
	b := make([]byte, nonceTime+nonceChance, nonceTime+nonceChance+nonceSign)
	binary.BigEndian.PutUint64(b, uint64(now.UnixNano())) //nolint:gosec // after 1970
	_, _ = rand.Read(b[nonceTime:])                       // never fails
	return hex.EncodeToString(append(b, n.sign(b, ip)...))
}

func (n *nonces) sign(b []byte, ip netip.Addr) []byte {
	m := hmac.New(sha256.New, n.key[:])
	m.Write(b)
	m.Write(ip.AsSlice())
	return m.Sum(nil)[:nonceSign]
}

// made tells when a nonce was made for a host; false for one that is not of this side or was made for another host.
func (n *nonces) made(v string, ip netip.Addr) (time.Time, bool) {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) != nonceTime+nonceChance+nonceSign {
		return time.Time{}, false
	}
	body, sign := b[:nonceTime+nonceChance], b[nonceTime+nonceChance:]
	if !hmac.Equal(sign, n.sign(body, ip)) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(body))), true //nolint:gosec // made by fresh
}

// use takes a nonce with its count; false means that it is not of this side, too old, or was used with this count or a
// higher one before.
func (n *nonces) use(v string, ip netip.Addr, count int, now time.Time) bool {
	at, ok := n.made(v, ip)
	if !ok || now.Sub(at) > nonceLife || count < 1 {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	x, known := n.used[v]
	if !known && len(n.used) >= maxNonces {
		for k, x := range n.used {
			if now.Sub(x.at) > nonceLife {
				delete(n.used, k)
			}
		}
		if len(n.used) >= maxNonces {
			return false // rather ask again than forget what was used
		}
	}
	if count <= x.count {
		return false
	}
	n.used[v] = nonce{at, count}
	return true
}

// challenge returns nil when a caller has shown who it is or need not, else the 401.
func (s *Server) challenge(req *sip.Request) *refusal {
	ip := sourceIP(req.Source())
	if len(s.cfg.Users) == 0 || s.gate.trusts(ip) {
		return nil
	}
	now := time.Now()
	stale, tried := false, false
	for _, h := range req.GetHeaders("Authorization") {
		cred, err := digest.ParseCredentials(h.Value())
		if err != nil || cred.Realm != s.cfg.Realm {
			continue
		}
		tried = true
		if !s.matches(req, cred) {
			s.wrong(req, cred, ip)
			continue
		}
		count := cred.Nc
		if cred.QOP == "" {
			count = 1
		}
		if s.nonces.use(cred.Nonce, ip, count, now) {
			if s.gate.stranger(ip) {
				s.gate.guard.praise(ip, now)
			}
			return nil
		}
		stale = true
	}
	if !tried && s.gate.stranger(ip) {
		s.gate.guard.asks(ip, req.Recipient.User, reliable(req.Transport()), now)
	}
	chal := digest.Challenge{Realm: s.cfg.Realm, Nonce: s.nonces.fresh(ip, now), Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}
	return &refusal{401, "Unauthorized", []sip.Header{sip.NewHeader("WWW-Authenticate", chal.String())}}
}

// wrong notes a password that does not fit. Who answers a nonce that was sent to it is where it says it is.
func (s *Server) wrong(req *sip.Request, cred *digest.Credentials, ip netip.Addr) {
	_, proven := s.nonces.made(cred.Nonce, ip)
	o := offence{points: 1, why: "wrong password", proven: proven}
	if _, known := s.cfg.Users[cred.Username]; !known {
		o.points, o.why = 2, "password of a user that is not there"
	}
	s.offend(req, o)
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
