package sip

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// Defaults of a Config.
const (
	DefaultSessionExpires = 30 * time.Minute
	DefaultMinSE          = 90 * time.Second
	DefaultRTPTimeout     = 15 * time.Second
	DefaultRTPFirst       = 30 * time.Second
	DefaultMaxDialogs     = 1000
	DefaultUserAgent      = "Parley"
)

// DefaultCodecs is the order of preference used when a Config names none: wideband first, the cheap one of them in
// front, then G.711.
func DefaultCodecs() []string { return []string{"G722", "opus", "PCMU", "PCMA"} }

// Security is what sound is protected with: off, optional or required.
type Security = sdp.Security

// Config says where a Server listens and what it accepts. All fields are plain values; the zero value of each is usable.
type Config struct {
	UDP, TCP string // listen addresses such as "127.0.0.1:5060"; port 0 = a free one; "" = off; one of them is needed
	// TLS is the listen address for SIP over TLS, "" = off; TLSConfig is then needed and has the certificate. Calls can be
	// placed over TLS in any case: Roots are the authorities the far side must be known to, nil = those of this machine.
	TLS       string
	TLSConfig *tls.Config
	Roots     *x509.CertPool
	SRTP      sdp.Security // what sound is protected with; "" = off

	Advertise string // IP address told to the far side in Via, Contact and SDP; "" = the bound or route-local one

	RTPMin, RTPMax int // range of UDP ports for media, two for each call; 0, 0 = any

	// Allow are the networks messages are taken from; loopback, registrars and dialled hosts are always allowed. Users
	// maps the names of callers to passwords: if it is not empty, every INVITE from elsewhere than a registrar is
	// challenged. An address other than loopback needs one of them, or DialOnly.
	Allow []netip.Prefix
	Users map[string]string
	Realm string // of the challenge; "" = "parley"
	// DialOnly refuses all inbound calls; only dialled hosts are listened to.
	DialOnly bool

	Guard GuardConfig // what strangers may do
	// Learn follows a sender of sound whose host was not agreed on after a few packets; otherwise it is never heard, unless
	// what was agreed on cannot be reached from here and it is the host that signals.
	Learn bool

	Codecs []string // in order of preference, out of PCMU, PCMA, G722, opus; nil = DefaultCodecs

	SessionExpires time.Duration // RFC 4028 session interval; 0 = 30 min, negative = only what the far side asks for
	MinSE          time.Duration // smallest interval accepted; 0 = 90 s
	RTPTimeout     time.Duration // silence on the wire that ends a call; 0 = 15 s, negative = never
	RTPFirst       time.Duration // the same before the first packet; 0 = 30 s, negative = never

	Registrations []Registration
	Trust         []Trust // whose word about callers is taken; nil: nobody's
	UserAgent     string  // "" = "Parley"
	MaxDialogs    int     // calls at once, beyond it 503; 0 = 1000
	Log           *slog.Logger

	names               names         // finds hosts; nil = as this machine does
	flowCheck, flowPing time.Duration // 0 = the constants
}

// Registration keeps this server known to a PBX or trunk.
type Registration struct {
	Server   string // URI of the registrar, for instance "sip:pbx.example:5060;transport=tcp"
	User     string // address of record and user part of the contact
	AuthUser string // name for digest; "" = User
	Password string
	Expires  time.Duration // 0 = 10 min
}

// Check returns what is wrong with the configuration, as Listen would, without binding anything.
func (c Config) Check() error {
	_, err := c.complete()
	return err
}

// complete returns the configuration with its defaults, or what is wrong with it.
func (c Config) complete() (Config, error) {
	if c.UDP == "" && c.TCP == "" && c.TLS == "" {
		return c, errors.New("start telephone side: neither a UDP nor a TCP nor a TLS address is set; set one, for instance 127.0.0.1:5060")
	}
	if c.TLS != "" && c.TLSConfig == nil {
		return c, errors.New("start telephone side: TLS needs a certificate")
	}
	switch c.SRTP {
	case "":
		c.SRTP = sdp.Off
	case sdp.Off, sdp.Optional, sdp.Required:
	default:
		return c, fmt.Errorf("start telephone side: SRTP %q is none of off, optional, required", c.SRTP)
	}
	c.Guard = c.Guard.complete()
	for _, a := range []string{c.UDP, c.TCP, c.TLS} {
		if err := c.checkBind(a); err != nil {
			return c, err
		}
	}
	if c.Advertise != "" {
		if _, err := netip.ParseAddr(c.Advertise); err != nil {
			return c, fmt.Errorf("start telephone side: advertised address %q is not an IP address", c.Advertise)
		}
	}
	if c.RTPMin < 0 || c.RTPMax > 65535 || c.RTPMax < c.RTPMin || c.RTPMax > 0 && c.RTPMin+c.RTPMin%2+1 > c.RTPMax {
		return c, fmt.Errorf("start telephone side: media port range %d-%d holds no even port and the next one", c.RTPMin, c.RTPMax)
	}
	if len(c.Codecs) == 0 {
		c.Codecs = DefaultCodecs()
	}
	for _, n := range c.Codecs {
		if _, ok := sdp.Offerable(n); !ok {
			return c, fmt.Errorf("start telephone side: codec %q is not known; use PCMU, PCMA, G722 or opus", n)
		}
	}
	c.SessionExpires = orDefault(c.SessionExpires, DefaultSessionExpires)
	c.MinSE = orDefault(c.MinSE, DefaultMinSE)
	if c.SessionExpires > 0 {
		c.SessionExpires = max(c.SessionExpires, c.MinSE)
	}
	c.RTPTimeout = orDefault(c.RTPTimeout, DefaultRTPTimeout)
	c.RTPFirst = orDefault(c.RTPFirst, DefaultRTPFirst)
	if c.MaxDialogs == 0 {
		c.MaxDialogs = DefaultMaxDialogs
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.Realm == "" {
		c.Realm = "parley"
	}
	if c.names == nil {
		c.names = net.DefaultResolver
	}
	c.flowCheck, c.flowPing = orDefault(c.flowCheck, flowCheck), orDefault(c.flowPing, flowPing)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// checkBind refuses an address that would let anyone in.
func (c Config) checkBind(a string) error {
	if a == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf("start telephone side: listen address %q: write it as HOST:PORT: %w", a, err)
	}
	ip, err := netip.ParseAddr(host)
	loopback := host == "localhost" || (err == nil && ip.IsLoopback())
	if !loopback && len(c.Allow) == 0 && len(c.Users) == 0 && !c.DialOnly {
		return fmt.Errorf("start telephone side: %s can be reached from other machines, so say who may call: "+
			"set allowed networks or users with passwords, or listen on 127.0.0.1", a)
	}
	return nil
}
