package webrtc

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	pion "github.com/pion/webrtc/v4"
)

// Defaults of a Config.
const (
	DefaultMaxCalls   = 50
	DefaultPerAddress = 3
	DefaultPerMinute  = 12
	DefaultSetup      = 20 * time.Second
	DefaultLost       = 10 * time.Second
	DefaultRTPTimeout = 15 * time.Second
)

// ICEServer is a STUN or TURN server.
type ICEServer struct {
	URLs                 []string // such as "stun:stun.example:3478" or "turn:turn.example:3478?transport=udp"
	Username, Credential string   // of a TURN server
}

// Config says how browsers reach a Server and how many may. The zero value of each field is usable.
type Config struct {
	ICEServers []ICEServer // used by this side; nil = host candidates only

	// UDPMin and UDPMax are the range of UDP ports for media; 0, 0 = any. UDPMux, such as ":8189", carries all calls over
	// one port instead.
	UDPMin, UDPMax int
	UDPMux         string
	// Advertise are the public IP addresses of a machine behind a one-to-one address translation, at most one of each
	// family. They replace the local ones in the answer.
	Advertise []string
	// Addresses are the local addresses used for media; nil = all but loopback. Listing a loopback address allows it.
	Addresses []netip.Addr

	// Origins are other sites whose pages may call, such as "https://shop.example". The page's own site always may.
	Origins []string

	MaxCalls   int // at once; more get 503; 0 = 50
	PerAddress int // at once from one address (an IPv6 /64 is one), more get 429; 0 = 3
	PerMinute  int // new ones a minute from one address, more get 429; 0 = 12
	// Client tells the address of a request, for servers behind a proxy; nil = the peer of the connection.
	Client func(*http.Request) netip.Addr

	Setup      time.Duration // from the answer to the first connection; 0 = 20 s
	Lost       time.Duration // without a sign of life before a call is over; 0 = 10 s
	RTPTimeout time.Duration // connected but without sound before a call is over; 0 = 15 s, negative = never
	Log        *slog.Logger  // nil = discard
}

// complete returns the configuration with its defaults, or what is wrong with it.
func (c Config) complete() (Config, error) {
	if c.UDPMin < 0 || c.UDPMax > 65535 || c.UDPMax < c.UDPMin || (c.UDPMin == 0) != (c.UDPMax == 0) {
		return c, fmt.Errorf("start web calls: media port range %d-%d: set both ends, between 1 and 65535, or neither", c.UDPMin, c.UDPMax)
	}
	if c.UDPMux != "" {
		if c.UDPMin > 0 {
			return c, errors.New("start web calls: set either a media port range or one media port for all calls")
		}
		if _, err := net.ResolveUDPAddr("udp", c.UDPMux); err != nil {
			return c, fmt.Errorf("start web calls: media address %q: write it as HOST:PORT or :PORT: %w", c.UDPMux, err)
		}
	}
	for _, a := range c.Advertise {
		if _, err := netip.ParseAddr(a); err != nil {
			return c, fmt.Errorf("start web calls: advertised address %q is not an IP address", a)
		}
	}
	for _, o := range c.Origins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Scheme+"://"+u.Host != o {
			return c, fmt.Errorf("start web calls: origin %q: write it as https://HOST without a path", o)
		}
	}
	if err := checkICE(c.ICEServers); err != nil {
		return c, err
	}
	c.MaxCalls = orDefault(c.MaxCalls, DefaultMaxCalls)
	c.PerAddress = orDefault(c.PerAddress, DefaultPerAddress)
	c.PerMinute = orDefault(c.PerMinute, DefaultPerMinute)
	c.Setup = orDefault(c.Setup, DefaultSetup)
	c.Lost = orDefault(c.Lost, DefaultLost)
	c.RTPTimeout = orDefault(c.RTPTimeout, DefaultRTPTimeout)
	if c.Client == nil {
		c.Client = peerOf
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func checkICE(list []ICEServer) error {
	for _, i := range list {
		for _, u := range i.URLs {
			scheme, rest, _ := strings.Cut(u, ":")
			turn := scheme == "turn" || scheme == "turns"
			if rest == "" || (!turn && scheme != "stun" && scheme != "stuns") {
				return fmt.Errorf("start web calls: %q is not the address of a STUN or TURN server such as stun:stun.example:3478", u)
			}
			if turn && (i.Username == "" || i.Credential == "") {
				return fmt.Errorf("start web calls: %s needs a user name and a credential", u)
			}
		}
	}
	return nil
}

func orDefault[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// peerOf returns the address of the other end of the connection.
func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

func (c Config) peerConfig() pion.Configuration {
	out := pion.Configuration{BundlePolicy: pion.BundlePolicyMaxBundle}
	for _, i := range c.ICEServers {
		s := pion.ICEServer{URLs: i.URLs, Username: i.Username}
		if i.Credential != "" {
			s.Credential = i.Credential
		}
		out.ICEServers = append(out.ICEServers, s)
	}
	return out
}
