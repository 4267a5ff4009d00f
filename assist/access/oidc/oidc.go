// Package oidc signs people in through an OpenID Connect provider: authorisation code with PKCE, state and nonce. What
// the provider says comes back as access.Claims.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/parley-voice/parley/assist/access"
)

const timeout = 10 * time.Second // for one exchange with the provider

// Config says which provider is asked and how.
type Config struct {
	Issuer   string // https://...; its discovery document must name itself
	ClientID string
	Secret   string
	Redirect string   // .../api/session/oidc/callback, as registered with the provider
	Scopes   []string // besides openid; nil = profile and email
	Groups   string   // claim with the groups or roles, a string or a list; "" = groups
	Client   *http.Client
}

// Provider signs people in. All methods may be called from any goroutine.
type Provider struct {
	c Config

	mu     sync.Mutex // held while the provider is first asked for its addresses
	flow   *oauth2.Config
	verify *oidc.IDTokenVerifier
}

// New returns a provider. It is first asked when somebody signs in, so Parley starts without it.
func New(c Config) *Provider {
	if c.Scopes == nil {
		c.Scopes = []string{"profile", "email"}
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) {
		c.Scopes = append([]string{oidc.ScopeOpenID}, c.Scopes...)
	}
	if c.Groups == "" {
		c.Groups = "groups"
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: timeout}
	}
	return &Provider{c: c}
}

// Start returns the address to send the browser to, and the secrets of this try, which the browser keeps in a cookie
// until it comes back.
func (p *Provider) Start(ctx context.Context) (url, kept string, err error) {
	flow, _, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	kept = base64.RawURLEncoding.EncodeToString([]byte(state + " " + nonce + " " + verifier))
	return flow.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), kept, nil
}

// ErrRefused means the answer does not belong to the question, or is not the provider's.
var ErrRefused = errors.New("oidc: the sign-on was refused")

// Finish exchanges the code for what the provider says of the person. It is ErrRefused when anything does not fit.
func (p *Provider) Finish(ctx context.Context, kept, state, code string) (access.Claims, error) {
	raw, err := base64.RawURLEncoding.DecodeString(kept)
	parts := strings.Split(string(raw), " ")
	if err != nil || len(parts) != 3 || parts[0] == "" || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(state)) != 1 {
		return access.Claims{}, fmt.Errorf("%w: it was not started in this browser, or too long ago", ErrRefused)
	}
	flow, verify, err := p.discover(ctx)
	if err != nil {
		return access.Claims{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.c.Client), timeout)
	defer cancel()
	tok, err := flow.Exchange(ctx, code, oauth2.VerifierOption(parts[2]))
	if err != nil {
		return access.Claims{}, fmt.Errorf("%w: exchange the code: %w", ErrRefused, err)
	}
	text, _ := tok.Extra("id_token").(string)
	id, err := verify.Verify(ctx, text)
	if err != nil {
		return access.Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(parts[1])) != 1 {
		return access.Claims{}, fmt.Errorf("%w: the nonce is another", ErrRefused)
	}
	return p.claims(id)
}

func (p *Provider) claims(id *oidc.IDToken) (access.Claims, error) {
	var all map[string]json.RawMessage
	if err := id.Claims(&all); err != nil {
		return access.Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	c := access.Claims{Issuer: id.Issuer, Subject: id.Subject}
	text := func(name string) string {
		var s string
		_ = json.Unmarshal(all[name], &s) // a claim of another type counts as missing
		return s
	}
	c.Email, c.Name = text("email"), text("name")
	var yes bool
	_ = json.Unmarshal(all["email_verified"], &yes)
	c.EmailVerified = yes || text("email_verified") == "true" // some providers write it as text
	if one := text(p.c.Groups); one != "" {
		c.Groups = []string{one}
	} else {
		_ = json.Unmarshal(all[p.c.Groups], &c.Groups)
	}
	return c, nil
}

// discover asks the provider for its addresses once it is needed, and again until that works.
func (p *Provider) discover(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flow != nil {
		return p.flow, p.verify, nil
	}
	// The provider keeps this context to fetch keys later, so it must not end with the request.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), p.c.Client)
	found, err := oidc.NewProvider(ctx, p.c.Issuer)
	if err != nil {
		return nil, nil, fmt.Errorf("oidc: reach %s: %w", p.c.Issuer, err)
	}
	p.flow = &oauth2.Config{ClientID: p.c.ClientID, ClientSecret: p.c.Secret, RedirectURL: p.c.Redirect, Endpoint: found.Endpoint(), Scopes: p.c.Scopes}
	p.verify = found.Verifier(&oidc.Config{ClientID: p.c.ClientID})
	return p.flow, p.verify, nil
}
