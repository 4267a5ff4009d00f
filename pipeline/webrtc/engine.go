package webrtc

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	pion "github.com/pion/webrtc/v4"
)

// Payload types of answers to offers that leave the choice open.
const (
	opusPT  = 111
	eventPT = 110 // telephone-event at 48 kHz
	narrow  = 126 // telephone-event at 8 kHz
	event   = "audio/telephone-event"
)

// Limits of what a browser may send.
const (
	stunWait    = 2 * time.Second
	maxDatagram = 16 << 10 // bytes of one message on a data channel
)

// engine makes peer connections, and owns the shared media port when there is one.
type engine struct {
	api *pion.API
	mux io.Closer
}

func newEngine(c Config) (*engine, error) {
	media := &pion.MediaEngine{}
	for _, p := range []pion.RTPCodecParameters{
		{PayloadType: opusPT, RTPCodecCapability: pion.RTPCodecCapability{MimeType: pion.MimeTypeOpus, ClockRate: opusClock, Channels: 2,
			SDPFmtpLine: "minptime=10;useinbandfec=1"}},
		{PayloadType: eventPT, RTPCodecCapability: pion.RTPCodecCapability{MimeType: event, ClockRate: opusClock}},
		{PayloadType: narrow, RTPCodecCapability: pion.RTPCodecCapability{MimeType: event, ClockRate: 8000}},
	} {
		if err := media.RegisterCodec(p, pion.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("start web calls: %w", err)
		}
	}
	reports := &interceptor.Registry{}
	if err := pion.ConfigureRTCPReports(reports); err != nil {
		return nil, fmt.Errorf("start web calls: %w", err)
	}
	e := &engine{}
	set, err := e.settings(c)
	if err != nil {
		return nil, err
	}
	e.api = pion.NewAPI(pion.WithMediaEngine(media), pion.WithInterceptorRegistry(reports), pion.WithSettingEngine(set))
	return e, nil
}

// settings turns a configuration into that of the library.
func (e *engine) settings(c Config) (pion.SettingEngine, error) {
	set := pion.SettingEngine{LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}}
	set.SetICETimeouts(max(c.Lost/3, time.Second), max(c.Lost-c.Lost/3, time.Second), 2*time.Second)
	set.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // a browser's hidden addresses are found by its own checks
	set.SetNetworkTypes([]pion.NetworkType{pion.NetworkTypeUDP4, pion.NetworkTypeUDP6})
	set.DisableActiveTCP(true)
	set.SetSTUNGatherTimeout(stunWait)
	set.SetSCTPMaxMessageSize(maxDatagram)
	set.SetIncludeLoopbackCandidate(c.loopback())
	set.SetIPFilter(c.uses)
	if len(c.Advertise) > 0 {
		rule := pion.ICEAddressRewriteRule{External: c.Advertise, AsCandidateType: pion.ICECandidateTypeHost, Mode: pion.ICEAddressRewriteReplace}
		if err := set.SetICEAddressRewriteRules(rule); err != nil {
			return set, fmt.Errorf("start web calls: advertise %v: %w", c.Advertise, err)
		}
	}
	if c.UDPMin > 0 {
		if err := set.SetEphemeralUDPPortRange(uint16(c.UDPMin), uint16(c.UDPMax)); err != nil { //nolint:gosec // checked
			return set, fmt.Errorf("start web calls: media port range %d-%d: %w", c.UDPMin, c.UDPMax, err)
		}
	}
	if c.UDPMux != "" {
		mux, err := c.openMux()
		if err != nil {
			return set, fmt.Errorf("start web calls: listen on UDP %s: %w; choose another port or end the program that has it", c.UDPMux, err)
		}
		e.mux = mux
		set.SetICEUDPMux(mux)
	}
	return set, nil
}

// openMux binds the one media port: on the named host, or on every address in use when none is named.
func (c Config) openMux() (ice.UDPMux, error) {
	addr, err := net.ResolveUDPAddr("udp", c.UDPMux)
	if err != nil {
		return nil, err
	}
	if len(addr.IP) == 0 || addr.IP.IsUnspecified() {
		opts := []ice.UDPMuxFromPortOption{ice.UDPMuxFromPortWithIPFilter(c.uses)}
		if c.loopback() {
			opts = append(opts, ice.UDPMuxFromPortWithLoopback())
		}
		return ice.NewMultiUDPMuxFromPort(addr.Port, opts...)
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, err
	}
	return ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn}), nil
}

// loopback tells whether a loopback address may carry media.
func (c Config) loopback() bool {
	return slices.ContainsFunc(c.Addresses, func(a netip.Addr) bool { return a.Unmap().IsLoopback() })
}

// uses tells whether a local address may carry media.
func (c Config) uses(ip net.IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	if a = a.Unmap(); !ok {
		return false
	}
	if len(c.Addresses) == 0 {
		return !a.IsLoopback()
	}
	return slices.ContainsFunc(c.Addresses, func(b netip.Addr) bool { return b.Unmap().WithZone("") == a })
}

func (e *engine) close() {
	if e.mux != nil {
		_ = e.mux.Close()
	}
}
