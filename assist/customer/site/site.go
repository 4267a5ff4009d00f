// Package site reads what a web site says of who its visitor is. The site's own server signs a short-lived token (a JSON Web
// Token, HS256) with a key it shares with this program; its page passes the token on with a call or a chat. Nothing that a
// browser says without such a signature makes anybody known.
package site

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ErrToken means that a token vouches for nobody; the text says why, without what is in it.
var ErrToken = errors.New("site: the token is not accepted")

// Bounds of a token.
const (
	MinKey     = 32               // bytes of a key
	LongestFor = 24 * time.Hour   // from now to exp
	leeway     = 30 * time.Second // between two clocks
	mostToken  = 2048
	mostSub    = 100
	audience   = "parley"
)

// Key is what a site signs with.
type Key struct {
	Site string // its name, the token's iss
	Key  string // at least MinKey bytes
}

// Claim is who a site vouches for.
type Claim struct {
	Site     string
	Customer string // the token's sub: the company's own key of the customer, or the account on the site
	Until    time.Time
}

// Sites knows the keys. Its methods may be called from any goroutine.
type Sites struct{ keys map[string][]byte }

// New returns the sites with their keys. The error names a site that cannot be trusted.
func New(keys []Key) (*Sites, error) {
	s := &Sites{map[string][]byte{}}
	for _, k := range keys {
		switch {
		case strings.TrimSpace(k.Site) == "" || s.keys[k.Site] != nil:
			return nil, fmt.Errorf("site: name %q is missing or used twice", k.Site)
		case len(k.Key) < MinKey:
			return nil, fmt.Errorf("site: the key of %s has %d bytes, %d are needed", k.Site, len(k.Key), MinKey)
		}
		s.keys[k.Site] = []byte(k.Key)
	}
	return s, nil
}

// Read says who a token vouches for at a moment. The token has iss (the site's name), aud (parley), sub and exp, at most
// LongestFor ahead; nbf and iat are looked at where they are there. Anything else is ErrToken.
func (s *Sites) Read(token string, now time.Time) (Claim, error) {
	if len(token) > mostToken {
		return Claim{}, fmt.Errorf("%w: it is longer than %d bytes", ErrToken, mostToken)
	}
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256}) // none and keys of others are no choice
	if err != nil {
		return Claim{}, fmt.Errorf("%w: it is no token signed with HS256", ErrToken)
	}
	var c jwt.Claims
	if err := t.UnsafeClaimsWithoutVerification(&c); err != nil { // for the name of the site, nothing else
		return Claim{}, fmt.Errorf("%w: its claims cannot be read", ErrToken)
	}
	key := s.keys[c.Issuer]
	if key == nil {
		return Claim{}, fmt.Errorf("%w: its site is not known here", ErrToken)
	}
	c = jwt.Claims{}
	if err := t.Claims(key, &c); err != nil {
		return Claim{}, fmt.Errorf("%w: its signature is wrong", ErrToken)
	}
	if err := c.ValidateWithLeeway(jwt.Expected{AnyAudience: jwt.Audience{audience}, Time: now}, leeway); err != nil {
		return Claim{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	switch {
	case c.Expiry == nil || c.Expiry.Time().Sub(now) > LongestFor:
		return Claim{}, fmt.Errorf("%w: exp is missing or more than %s ahead", ErrToken, LongestFor)
	case strings.TrimSpace(c.Subject) == "" || len(c.Subject) > mostSub || strings.ContainsFunc(c.Subject, control):
		return Claim{}, fmt.Errorf("%w: sub is missing or no key of a customer", ErrToken)
	}
	return Claim{Site: c.Issuer, Customer: c.Subject, Until: c.Expiry.Time()}, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
