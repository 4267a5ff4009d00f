package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/certs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes a self-signed pair for a name and puts it into two files.
func write(t *testing.T, cert, key, name string, life time.Duration) *x509.Certificate {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// greet speaks TLS with a source over a real socket and returns the certificate it showed.
func greet(t *testing.T, s certs.Source, change func(*tls.Config)) (*x509.Certificate, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	// Ends when the connection is through.
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		srv := tls.Server(c, certs.Config(s, "h2", "http/1.1"))
		_ = srv.Handshake()
		_ = srv.Close()
	}()
	conf := &tls.Config{InsecureSkipVerify: true, ServerName: "one.example"} //nolint:gosec // the test looks at the certificate itself
	if change != nil {
		change(conf)
	}
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", l.Addr().String(), conf)
	defer func() { _ = l.Close(); <-done }()
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return c.ConnectionState().PeerCertificates[0], nil
}

func TestFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	first := write(t, cert, key, "one.example", time.Hour)
	p, err := certs.Files(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	show := func() *x509.Certificate {
		c, err := greet(t, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := show(); !c.Equal(first) {
		t.Errorf("shows %v", c.Subject)
	}
	second := write(t, cert, key, "two.example", 2*time.Hour)
	deadline := time.Now().Add(time.Minute)
	for !show().Equal(second) {
		if time.Now().After(deadline) {
			t.Fatal("the new certificate was never shown")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if n := p.Names(); len(n) != 1 || n[0] != "two.example" {
		t.Errorf("names %v", n)
	}
	// A half-written pair changes nothing, and the next whole one is taken.
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	if c := show(); !c.Equal(second) {
		t.Error("a broken pair was used")
	}
	third := write(t, cert, key, "three.example", time.Hour)
	for !show().Equal(third) {
		if time.Now().After(deadline) {
			t.Fatal("the pair after a broken one was never shown")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	write(t, cert, key, "one.example", time.Hour)
	p, err := certs.Files(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	for version, ok := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		_, err := greet(t, p, func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		if (err == nil) != ok {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestUnusable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	write(t, cert, key, "one.example", time.Hour)
	write(t, filepath.Join(dir, "other.pem"), filepath.Join(dir, "otherkey.pem"), "one.example", time.Hour)
	for _, pair := range [][2]string{{cert, filepath.Join(dir, "otherkey.pem")}, {cert, filepath.Join(dir, "none")}, {key, cert}} {
		if _, err := certs.Files(pair[0], pair[1], nil); err == nil || !strings.Contains(err.Error(), pair[0]) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if _, err := certs.NewAuthority(certs.ACME{Domains: []string{"one.example"}}); !errors.Is(err, certs.ErrTerms) {
		t.Errorf("terms: %v", err)
	}
	for _, d := range []string{"", "localhost", "192.0.2.1", "*.example.com", "a.example:443", "https://a.example"} {
		if _, err := certs.NewAuthority(certs.ACME{Domains: []string{d}, Accepted: true}); err == nil {
			t.Errorf("%q is taken for a domain", d)
		}
	}
}

func TestACME(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"tls-alpn-01", "http-01"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ca := newCA(t, kind)
			dir := t.TempDir()
			root := filepath.Join(dir, "root.pem")
			if err := os.WriteFile(root, ca.pem(), 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := certs.NewAuthority(certs.ACME{Domains: []string{"parley.example"}, Email: "ops@parley.example", Directory: ca.url() + "/dir", CA: root,
				Folder: filepath.Join(dir, "acme"), Accepted: true})
			if err != nil {
				t.Fatal(err)
			}
			// The node as the authority sees it: a TLS port and a plain one.
			front, err := tls.Listen("tcp", "127.0.0.1:0", certs.Config(a, "h2", "http/1.1"))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
			srvs := []*http.Server{{Handler: page, ReadHeaderTimeout: time.Minute}, {Handler: page, ReadHeaderTimeout: time.Minute}}
			if kind == "http-01" {
				srvs[1].Handler = a.Challenge(page)
			}
			ended := make(chan error, 2)
			// Both end with Close below.
			go func() { ended <- srvs[0].Serve(front) }()
			go func() { ended <- srvs[1].Serve(plain) }()
			t.Cleanup(func() {
				for _, s := range srvs {
					_ = s.Close()
					<-ended
				}
			})
			ca.reach(front.Addr().String(), plain.Addr().String())

			if !a.Until().IsZero() {
				t.Errorf("ends %v before there is one", a.Until())
			}
			if err := a.Fetch(t.Context()); err != nil {
				t.Fatal(err)
			}
			visit := func(name string) (*tls.Conn, error) {
				return tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", front.Addr().String(), &tls.Config{RootCAs: ca.roots(), ServerName: name, MinVersion: tls.VersionTLS12})
			}
			c, err := visit("parley.example")
			if err != nil {
				t.Fatal(err)
			}
			if end := c.ConnectionState().PeerCertificates[0].NotAfter; !a.Until().Equal(end) {
				t.Errorf("ends %v, the certificate shown %v", a.Until(), end)
			}
			_ = c.Close()
			if c, err := visit("other.example"); err == nil {
				_ = c.Close()
				t.Error("a certificate for a name that is not configured")
			}
			if n := ca.issued.Load(); n != 1 {
				t.Errorf("%d certificates were issued", n)
			}
			// A second start takes what the folder has.
			b, err := certs.NewAuthority(certs.ACME{Domains: []string{"parley.example"}, Directory: ca.url() + "/dir", CA: root, Folder: filepath.Join(dir, "acme"), Accepted: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Fetch(t.Context()); err != nil || ca.issued.Load() != 1 {
				t.Errorf("%v, %d certificates were issued", err, ca.issued.Load())
			}
			files, err := os.ReadDir(filepath.Join(dir, "acme"))
			if err != nil || len(files) < 2 {
				t.Fatalf("%v %v", files, err)
			}
			for _, f := range files {
				if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
					t.Errorf("%s can be read by others: %v %v", f.Name(), info.Mode(), err)
				}
			}
		})
	}
}
