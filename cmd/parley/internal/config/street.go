package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ACME configures certificates that are fetched.
type ACME struct {
	Domains     []string `yaml:"domains" doc:"Names the certificates are for, such as parley.example; empty: none are fetched. They are kept in the data folder."`
	Email       string   `yaml:"email" doc:"Where the authority writes to when something is wrong."`
	Directory   string   `yaml:"directory" doc:"Address of the authority's directory. Empty: Let's Encrypt."`
	CA          string   `yaml:"ca" doc:"PEM file with the root of an authority inside the company; empty: the roots of this machine."`
	AcceptTerms bool     `yaml:"accept_terms" doc:"The terms of the authority were read and accepted."`
}

// Trust says what of a trunk's word about a call is taken.
type Trust struct {
	Networks  []string `yaml:"networks" doc:"Where its calls come from (CIDR)."`
	Registrar string   `yaml:"registrar" doc:"A server of sip.register, whose hosts it has besides; empty: none."`
	Main      []string `yaml:"main" doc:"Numbers in From that stand for all of the trunk, as they come. With one of these, or a withheld number in From, its P-Asserted-Identity (RFC 3325) or Remote-Party-ID tells who calls."`
	Withheld  bool     `yaml:"withheld" doc:"Know customers by numbers that callers do not want shown (Privacy). They are never shown, kept or called back, and no other system is asked about them."`
	Diverted  bool     `yaml:"diverted" doc:"Let the number called first (Diversion, History-Info) choose the route of a diverted call, where a route has it."`
}

// validate names what is wrong.
func (t Trust) validate(register []Register) (errs []error) {
	for _, a := range t.Networks {
		if _, err := netip.ParsePrefix(a); err != nil {
			errs = append(errs, fmt.Errorf("sip.trust: %q is not a network such as 10.0.0.0/8", a))
		}
	}
	if len(t.Networks) == 0 && t.Registrar == "" {
		errs = append(errs, errors.New("sip.trust: a trunk needs networks or a registrar"))
	}
	if t.Registrar != "" && !slices.ContainsFunc(register, func(r Register) bool { return r.Server == t.Registrar }) {
		errs = append(errs, fmt.Errorf("sip.trust: %q is no server of sip.register", t.Registrar))
	}
	return errs
}

// Guard bounds what strangers may do on the telephone side.
type Guard struct {
	Off       bool          `yaml:"off" doc:"Do without."`
	Rate      int           `yaml:"rate" doc:"Messages a second from one address, in the long run; what is more is dropped in silence. 0: 20."`
	Burst     int           `yaml:"burst" doc:"Messages from one address that may come at once; 0: 60."`
	Newcomers int           `yaml:"newcomers" doc:"Messages a second from all addresses together that have not shown a password lately; 0: 200."`
	Dialogs   int           `yaml:"dialogs" doc:"Calls from one address at once, beyond it 503; 0: 20."`
	Strikes   int           `yaml:"strikes" doc:"Offences (a wrong password is one, an unknown user, a request nobody would send by mistake is more) within the window that ban an address; 0: 10."`
	Window    time.Duration `yaml:"window" doc:"Time in which half of an address's offences are forgotten; 0s: 1m."`
	Ban       time.Duration `yaml:"ban" doc:"First ban; each further one of the same address is twice as long. 0s: 10m."`
	Longest   time.Duration `yaml:"longest" doc:"Longest ban; after as long without an offence all is forgotten. 0s: 24h."`
	Loopback  bool          `yaml:"loopback" doc:"Treat this machine like a stranger too, which is for tests."`
}

// Rates bounds how often somebody may ask over HTTP.
type Rates struct {
	Off      bool `yaml:"off" doc:"Do without."`
	Loopback bool `yaml:"loopback" doc:"Bound this machine too, which is for tests and for proxies on it that are not in access.proxies."`
	Requests int  `yaml:"requests" doc:"Requests of one address (an IPv6 /64 counts as one)."`
	Account  int  `yaml:"account" doc:"Requests of one account, from wherever; http.token is one account."`
	SignIn   int  `yaml:"sign_in" doc:"Tries of one address to sign in or to use a one-time link."`
	Streams  int  `yaml:"streams" doc:"Event streams one address, or one account, opens."`
	Uploads  int  `yaml:"uploads" doc:"Imports, and calls and conversations begun in a browser, of one address."`
}

func guardDefaults() Guard {
	return Guard{Rate: 20, Burst: 60, Newcomers: 200, Dialogs: 20, Strikes: 10, Window: time.Minute, Ban: 10 * time.Minute, Longest: 24 * time.Hour}
}

// TLS reports whether the API and the pages are served over TLS.
func (h HTTP) TLS() bool { return h.Cert != "" || len(h.ACME.Domains) > 0 }

// validateStreet checks what makes an open port safe.
func (c *Config) validateStreet() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	h := c.HTTP
	if (h.Cert == "") != (h.Key == "") {
		bad("http.cert and http.key belong together: set both")
	}
	if h.Cert != "" && len(h.ACME.Domains) > 0 {
		bad("set one of http.cert and http.acme, not both")
	}
	errs = append(errs, h.ACME.validate()...)
	if h.Redirect != "" && !h.TLS() {
		bad("http.redirect leads to TLS: set http.cert and http.key, or http.acme")
	}
	for name, n := range map[string]int{"requests": h.Rates.Requests, "account": h.Rates.Account, "sign_in": h.Rates.SignIn, "streams": h.Rates.Streams, "uploads": h.Rates.Uploads} {
		if n < 1 {
			bad("http.rates.%s: %d is less than 1: set http.rates.off to do without bounds", name, n)
		}
	}
	s := c.SIP
	if (s.Cert == "") != (s.Key == "") {
		bad("sip.cert and sip.key belong together: set both")
	}
	if s.TLS != "" && s.Cert == "" && !h.TLS() {
		bad("sip.tls needs a certificate: set sip.cert and sip.key, or those of http")
	}
	if !slices.Contains([]string{"off", "optional", "required"}, s.SRTP) {
		bad("sip.srtp: %q is none of off, optional, required", s.SRTP)
	}
	if !slices.Contains([]string{"strict", "learn"}, s.RTPSource) {
		bad("sip.rtp_source: %q is none of strict, learn", s.RTPSource)
	}
	if g := s.Guard; g.Longest > 0 && g.Longest < g.Ban {
		bad("sip.guard.longest %s is shorter than sip.guard.ban %s", g.Longest, g.Ban)
	}
	for _, t := range s.Trust {
		errs = append(errs, t.validate(s.Register)...)
	}
	return errs
}

func (a ACME) validate() []error {
	var errs []error
	for _, d := range a.Domains {
		if _, err := netip.ParseAddr(d); err == nil || !strings.Contains(d, ".") || strings.ContainsAny(d, "*:/ ") {
			errs = append(errs, fmt.Errorf("http.acme.domains: %q is no domain such as parley.example", d))
		}
	}
	if len(a.Domains) > 0 && !a.AcceptTerms {
		errs = append(errs, fmt.Errorf("http.acme.accept_terms: read the terms of the authority and set it to true"))
	}
	if u, err := url.Parse(a.Directory); a.Directory != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		errs = append(errs, fmt.Errorf("http.acme.directory: %q is no address such as https://ca.example/directory", a.Directory))
	}
	return errs
}
