package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ca is a certificate authority that speaks as much of RFC 8555 as a client needs, and really looks at the domain before it
// signs.
type ca struct {
	t      *testing.T
	kind   string // of challenge
	srv    *httptest.Server
	key    *ecdsa.PrivateKey
	cert   *x509.Certificate
	issued atomic.Int32

	mu     sync.Mutex
	tls    string // address of the domain's TLS port
	plain  string
	print  string // thumbprint of the account's key
	domain string
	valid  bool
	chain  []byte
}

const token = "a-token-of-the-authority"

func newCA(t *testing.T, kind string) *ca {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c := &ca{t: t, kind: kind, key: key}
	if c.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	c.srv = httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	c.srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	c.srv.StartTLS()
	t.Cleanup(c.srv.Close)
	return c
}

func (c *ca) url() string { return c.srv.URL }

func (c *ca) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

func (c *ca) roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.cert)
	return p
}

// reach says where the domain is found.
func (c *ca) reach(tls, plain string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tls, c.plain = tls, plain
}

func (c *ca) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	u := c.srv.URL
	payload := c.read(r)
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	status := func(ok string) string {
		if c.valid {
			return ok
		}
		return "pending"
	}
	switch r.URL.Path {
	case "/dir":
		answer(200, map[string]any{"newNonce": u + "/nonce", "newAccount": u + "/account", "newOrder": u + "/order", "meta": map[string]any{"termsOfService": u + "/terms"}})
	case "/nonce":
	case "/account":
		if !strings.Contains(string(payload), `"termsOfServiceAgreed":true`) {
			answer(403, map[string]any{"type": "urn:ietf:params:acme:error:userActionRequired"})
			return
		}
		w.Header().Set("Location", u+"/account/1")
		answer(201, map[string]any{"status": "valid"})
	case "/order":
		var o struct{ Identifiers []struct{ Value string } }
		_ = json.Unmarshal(payload, &o)
		c.domain = o.Identifiers[0].Value
		w.Header().Set("Location", u+"/order/1")
		answer(201, c.order(status("ready")))
	case "/order/1":
		s := status("ready")
		if c.chain != nil {
			s = "valid"
		}
		w.Header().Set("Location", u+"/order/1")
		answer(200, c.order(s))
	case "/authz":
		answer(200, map[string]any{"status": status("valid"), "identifier": map[string]any{"type": "dns", "value": c.domain},
			"challenges": []any{map[string]any{"type": c.kind, "url": u + "/challenge", "token": token, "status": status("valid")}}})
	case "/challenge":
		if err := c.look(); err != nil {
			c.t.Errorf("the authority looked at %s: %v", c.domain, err)
			answer(403, map[string]any{"type": "urn:ietf:params:acme:error:unauthorized"})
			return
		}
		c.valid = true
		answer(200, map[string]any{"type": c.kind, "url": u + "/challenge", "token": token, "status": "valid"})
	case "/finalize":
		if !c.valid {
			answer(403, map[string]any{"type": "urn:ietf:params:acme:error:unauthorized"})
			return
		}
		var f struct{ CSR string }
		_ = json.Unmarshal(payload, &f)
		c.sign(f.CSR)
		w.Header().Set("Location", u+"/order/1")
		answer(200, c.order("valid"))
	case "/cert":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(c.chain)
	default:
		answer(404, map[string]any{"type": "urn:ietf:params:acme:error:malformed"})
	}
}

func (c *ca) order(status string) map[string]any {
	u := c.srv.URL
	return map[string]any{"status": status, "identifiers": []any{map[string]any{"type": "dns", "value": c.domain}}, "authorizations": []string{u + "/authz"},
		"finalize": u + "/finalize", "certificate": u + "/cert"}
}

// read returns the payload of a signed request and keeps the thumbprint of a new account's key.
func (c *ca) read(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	var jws struct{ Protected, Payload string }
	if json.Unmarshal(body, &jws) != nil {
		return nil
	}
	head, _ := base64.RawURLEncoding.DecodeString(jws.Protected)
	var h struct {
		JWK *struct{ Crv, Kty, X, Y string }
	}
	if json.Unmarshal(head, &h) == nil && h.JWK != nil {
		sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, h.JWK.Crv, h.JWK.Kty, h.JWK.X, h.JWK.Y))
		c.print = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	payload, _ := base64.RawURLEncoding.DecodeString(jws.Payload)
	return payload
}

// look does what an authority does to find out whether the account holds the domain.
func (c *ca) look() error {
	want := token + "." + c.print
	if c.kind == "http-01" {
		req, err := http.NewRequest(http.MethodGet, "http://"+c.plain+"/.well-known/acme-challenge/"+token, nil)
		if err != nil {
			return err
		}
		req.Host = c.domain
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != want {
			return fmt.Errorf("got %q, %w", got, err)
		}
		return nil
	}
	conn, err := tls.Dial("tcp", c.tls, &tls.Config{ServerName: c.domain, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true}) //nolint:gosec // as RFC 8737 says
	if err != nil {
		return err
	}
	defer conn.Close()
	sum := sha256.Sum256([]byte(want))
	value, err := asn1.Marshal(sum[:])
	if err != nil {
		return err
	}
	state := conn.ConnectionState()
	for _, e := range state.PeerCertificates[0].Extensions {
		if e.Id.String() == "1.3.6.1.5.5.7.1.31" && string(e.Value) == string(value) && state.NegotiatedProtocol == "acme-tls/1" {
			return nil
		}
	}
	return fmt.Errorf("the certificate does not prove it")
}

// sign issues a certificate for a request.
func (c *ca) sign(csr string) {
	der, err := base64.RawURLEncoding.DecodeString(csr)
	if err != nil {
		c.t.Error(err)
		return
	}
	req, err := x509.ParseCertificateRequest(der)
	if err != nil || len(req.DNSNames) != 1 || req.DNSNames[0] != c.domain {
		c.t.Errorf("request for %v: %v", req.DNSNames, err)
		return
	}
	n := c.issued.Add(1)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(100 + int64(n)), Subject: pkix.Name{CommonName: c.domain}, DNSNames: req.DNSNames,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(90 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	leaf, err := x509.CreateCertificate(rand.Reader, tmpl, c.cert, req.PublicKey, c.key)
	if err != nil {
		c.t.Error(err)
		return
	}
	c.chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}), c.pem()...)
}
