// Package certs gives the node its certificates: from a pair of files, read again when they change, or from a certificate
// authority that speaks ACME (RFC 8555), such as Let's Encrypt or one of the company's own.
package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// Source gives the certificate of a handshake. Its methods may be called from any goroutine.
type Source interface {
	// Certificate is for tls.Config.GetCertificate. One of ACME may block while it is fetched, for minutes the first time.
	Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Challenge wraps what answers on the plain port, so that an authority can look there; otherwise is what it asks for
	// besides.
	Challenge(otherwise http.Handler) http.Handler
	// Protocols are the names for ALPN, apart from those of the application.
	Protocols() []string
	// Names are the host names the certificates are for, nil when it does not matter.
	Names() []string
}

// Config returns how a server speaks TLS: 1.2 or newer, with Go's choice of ciphers, which has none that is broken.
// protocols are those of the application, such as h2.
func Config(s Source, protocols ...string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.Certificate, NextProtos: slices.Concat(protocols, s.Protocols())}
}

// lookAgain is how long a pair of files is used before they are looked at again.
const lookAgain = time.Second

// Pair is a certificate with its key in two PEM files.
type Pair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  [2]stamp  // of the files when they were read last
	looked time.Time // when their times were read last
}

// stamp tells whether a file is another one than before.
type stamp struct {
	at   time.Time
	size int64
}

// Files reads a pair of files. Later handshakes look at most once a second whether they have changed; a pair that does not
// fit together is told to log and the one before stays. A nil log discards.
func Files(cert, key string, log *slog.Logger) (*Pair, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Pair{cert: cert, key: key, log: log}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(); err != nil {
		return nil, err
	}
	return p, nil
}

// Certificate returns the pair as the files are now.
func (p *Pair) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.looked) < lookAgain {
		return p.pair, nil
	}
	p.looked = now
	if p.stamps() == p.stamp {
		return p.pair, nil
	}
	if err := p.load(); err != nil {
		p.log.Warn("the changed certificate is not used; the one before stays", "err", err)
	} else {
		p.log.Info("certificate read again", "until", p.pair.Leaf.NotAfter)
	}
	return p.pair, nil
}

// load reads the files; the lock is held.
func (p *Pair) load() error {
	p.looked = time.Now()
	stamps := p.stamps()
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		p.stamp = stamps // not again until they change
		return fmt.Errorf("read certificate %s with key %s: %w", p.cert, p.key, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return fmt.Errorf("read certificate %s: %w", p.cert, err)
		}
	}
	p.pair, p.stamp = &pair, stamps
	if time.Now().After(pair.Leaf.NotAfter) {
		p.log.Warn("the certificate has expired", "file", p.cert, "since", pair.Leaf.NotAfter)
	}
	return nil
}

func (p *Pair) stamps() (s [2]stamp) {
	for i, name := range []string{p.cert, p.key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// Until is when the certificate in use ends.
func (p *Pair) Until() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pair.Leaf.NotAfter
}

// Challenge returns otherwise: nobody looks.
func (p *Pair) Challenge(otherwise http.Handler) http.Handler { return otherwise }

// Protocols returns none.
func (p *Pair) Protocols() []string { return nil }

// Names returns the DNS names of the certificate without those that stand for many.
func (p *Pair) Names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.pair.Leaf.DNSNames), func(n string) bool { return strings.Contains(n, "*") })
}

// ACME says where certificates come from.
type ACME struct {
	Domains   []string // names that certificates are fetched for; no others are
	Email     string   // where the authority writes to
	Directory string   // of the authority; "" = Let's Encrypt
	CA        string   // PEM file of the authority's own root, for one inside a company; "" = the roots of this machine
	Folder    string   // where account key and certificates are kept, readable for this user only
	Accepted  bool     // the terms of the authority were read and accepted by the operator
}

// Authority fetches and renews certificates by ACME, by challenges on the TLS port (tls-alpn-01) or the plain one (http-01).
type Authority struct {
	domains []string
	manager *autocert.Manager

	mu   sync.Mutex
	ends map[string]time.Time // by domain, of the certificate that was given last
}

// ErrTerms means that nobody has accepted the authority's terms.
var ErrTerms = errors.New("certs: the terms of the certificate authority must be read and accepted: set http.acme.accept_terms")

// NewAuthority returns the source. Nothing is fetched until the first handshake for a domain.
func NewAuthority(a ACME) (*Authority, error) {
	if !a.Accepted {
		return nil, ErrTerms
	}
	if len(a.Domains) == 0 {
		return nil, errors.New("certs: name the domains that certificates are for")
	}
	var domains []string
	for _, d := range a.Domains {
		d = strings.ToLower(strings.TrimSuffix(d, "."))
		if _, err := netip.ParseAddr(d); err == nil || !strings.Contains(d, ".") || strings.ContainsAny(d, "*:/ ") {
			return nil, fmt.Errorf("certs: %q is no domain such as parley.example", d)
		}
		domains = append(domains, d)
	}
	client := &acme.Client{DirectoryURL: a.Directory, UserAgent: "parley"}
	if a.CA != "" {
		pem, err := os.ReadFile(a.CA)
		if err != nil {
			return nil, fmt.Errorf("certs: read root of the authority: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certs: %s has no PEM certificate", a.CA)
		}
		client.HTTPClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		}}
	}
	return &Authority{domains: domains, ends: map[string]time.Time{}, manager: &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.Folder), HostPolicy: autocert.HostWhitelist(domains...), Client: client, Email: a.Email,
	}}, nil
}

// Certificate returns the certificate of the name that is asked for; one that asks for no name gets that of the first domain.
func (a *Authority) Certificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if h.ServerName == "" {
		other := *h
		other.ServerName = a.domains[0]
		h = &other
	}
	c, err := a.manager.GetCertificate(h)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if !slices.Contains(h.SupportedProtos, acme.ALPNProto) { // that is the authority, which gets another one
		a.note(h.ServerName, c)
	}
	return c, nil
}

func (a *Authority) note(domain string, c *tls.Certificate) {
	if c.Leaf == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends[domain] = c.Leaf.NotAfter
}

// Until is when the first of the certificates ends that were given to somebody or fetched; zero as long as there is none.
func (a *Authority) Until() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first time.Time
	for _, end := range a.ends {
		if first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

// Fetch gets the certificates of all domains, so that the first visitor does not wait. It ends with ctx.
func (a *Authority) Fetch(ctx context.Context) error {
	var errs []error
	for _, d := range a.domains {
		if ctx.Err() != nil {
			break
		}
		hello := &tls.ClientHelloInfo{ServerName: d, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			SupportedCurves: []tls.CurveID{tls.CurveP256}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
		got := make(chan error, 1)
		go func() { // ends when the authority has answered or given up, at the latest after five minutes
			c, err := a.manager.GetCertificate(hello)
			if err == nil {
				a.note(d, c)
			}
			got <- err
		}()
		select {
		case err := <-got:
			if err != nil {
				errs = append(errs, fmt.Errorf("fetch certificate of %s: %w", d, err))
			}
		case <-ctx.Done():
		}
	}
	return errors.Join(errs...)
}

// Challenge answers the authority on the plain port.
func (a *Authority) Challenge(otherwise http.Handler) http.Handler {
	return a.manager.HTTPHandler(otherwise)
}

// Protocols is what the authority speaks when it looks at the TLS port.
func (a *Authority) Protocols() []string { return []string{acme.ALPNProto} }

// Names are the domains.
func (a *Authority) Names() []string { return slices.Clone(a.domains) }
