package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/cmd/parley/internal/certs"
)

// openCerts readies the certificates of the HTTP side and of the telephone side.
func (n *Node) openCerts(context.Context) error {
	h, s := n.cfg.HTTP, n.cfg.SIP
	var err error
	switch {
	case h.Cert != "":
		n.webCerts, err = certs.Files(h.Cert, h.Key, n.env.Log)
	case len(h.ACME.Domains) > 0:
		n.webCerts, err = certs.NewAuthority(certs.ACME{
			Domains: h.ACME.Domains, Email: h.ACME.Email, Directory: h.ACME.Directory, CA: h.ACME.CA, Folder: n.home("acme"), Accepted: h.ACME.AcceptTerms,
		})
	}
	if err != nil || s.TLS == "" {
		return err
	}
	if n.sipCerts = n.webCerts; s.Cert != "" {
		n.sipCerts, err = certs.Files(s.Cert, s.Key, n.env.Log)
	}
	return err
}

// webTLS is how the HTTP side speaks TLS, nil when it does not.
func (n *Node) webTLS() *tls.Config {
	if n.webCerts == nil {
		return nil
	}
	return certs.Config(n.webCerts, "h2", "http/1.1")
}

// sipTLS is how the telephone side answers over TLS, nil when it does not.
func (n *Node) sipTLS() *tls.Config {
	if n.sipCerts == nil {
		return nil
	}
	return certs.Config(n.sipCerts)
}

// roots are the authorities that the far side of a call placed over TLS must be known to; nil for those of this machine.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, fmt.Errorf("sip.ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("sip.ca: %s has no PEM certificate", file)
	}
	return pool, nil
}

// scheme is how the pages are reached.
func (n *Node) scheme() string {
	if n.webCerts != nil {
		return "https"
	}
	return "http"
}

// WebURL is the address of the pages on this machine, without a slash at its end.
func (n *Node) WebURL() string { return n.scheme() + "://" + n.Web() }

// PublicURL is the address people open the pages at, without a slash at its end.
func (n *Node) PublicURL() string { return n.public() }

// names are the host names that the HTTP side answers for over TLS.
func (n *Node) names() []string {
	if n.webCerts == nil {
		return nil
	}
	return n.webCerts.Names()
}

// openRedirect binds the plain port that leads to TLS.
func (n *Node) openRedirect(context.Context) error {
	if n.cfg.HTTP.Redirect == "" {
		return nil
	}
	l, err := net.Listen("tcp", n.cfg.HTTP.Redirect)
	if err != nil {
		return fmt.Errorf("start http: %w; choose another address with http.redirect or end the program that has it", err)
	}
	n.plain = l
	n.onClose(func() error { _ = l.Close(); return nil })
	return nil
}

// runCerts fetches certificates and answers on the plain port, until ctx ends.
func (n *Node) runCerts(ctx context.Context, g *errgroup.Group) {
	if a, ok := n.webCerts.(*certs.Authority); ok {
		g.Go(func() error { // ends with ctx, or when they are there
			if err := a.Fetch(ctx); err != nil {
				n.env.Log.Warn("certificates could not be fetched; it is tried again when somebody comes", "err", err)
			}
			return nil
		})
	}
	if n.plain == nil {
		return
	}
	_, port, _ := net.SplitHostPort(n.Web())
	hosts := slices.Concat(n.names(), []string{"localhost", "127.0.0.1"})
	h := n.webCerts.Challenge(httpapi.Redirect(hosts, port))
	g.Go(func() error { return httpapi.ServeRedirect(ctx, n.plain, h, n.env.Log) }) // ends with ctx
}

// SIPS is the bound address for calls over TLS, "" when there is none.
func (n *Node) SIPS() string { return n.sip.TLSAddr() }
