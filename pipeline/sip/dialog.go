package sip

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// StatusError is a call or a request that ended with a SIP status.
type StatusError struct {
	Code       int
	Reason     string
	RetryAfter time.Duration // after which to try again, as far as a refused call was told
}

// Error names the status.
func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the far side answered %d %s", e.Code, e.Reason))
}

// refusalOf is the error that a response other than success stands for.
func refusalOf(res *sip.Response) *StatusError {
	return &StatusError{Code: res.StatusCode, Reason: res.Reason, RetryAfter: retryAfter(first(res, "Retry-After"))}
}

// retryAfter reads a Retry-After header, of which a comment and parameters may follow the seconds.
func retryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	if end := strings.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		value = value[:end]
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// methods are the ones this side understands, for Allow.
const methods = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REFER, NOTIFY"

// dialog is the state two ends share about one call (RFC 3261, section 12).
type dialog struct {
	callID            string
	localTag, farTag  string
	local, far        sip.Header // From and To of requests of this side, with tags
	contact           sip.ContactHeader
	connected         func(transport, addr string) bool // tells whether there is a connection to an address
	transport, source string                            // how the far side was last heard
	login             login                             // that answers its challenges
	called            *sip.Uri                          // whom this side called
	through           *sip.Uri                          // where the call went first, for the name that a certificate must be for
	domain            sip.Uri                           // where the users of a far side that called are; no host: not known
	proofs            proofs                            // of those it met

	mu     sync.Mutex
	target sip.Uri
	routes []string // Route headers, in order
	seq    uint32   // of the last request sent
	farSeq uint32   // of the last request received
}

func (d *dialog) key() string { return dialogKey(d.callID, d.localTag, d.farTag) }

func dialogKey(callID, localTag, farTag string) string {
	return callID + "\x00" + localTag + "\x00" + farTag
}

// keyOf returns the key of the dialog a received request belongs to, "" when it belongs to none.
func keyOf(req *sip.Request) string {
	if req.To() == nil || req.From() == nil || req.CallID() == nil {
		return ""
	}
	to, ok := req.To().Params.Get("tag")
	if !ok {
		return ""
	}
	return dialogKey(req.CallID().Value(), to, req.From().Params.GetOr("tag", ""))
}

// request builds the next request of the dialog.
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	n := d.next()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.build(method, n)
}

// next is the sequence number of the next request.
func (d *dialog) next() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	return d.seq
}

// ack builds the ACK of a 2xx to the INVITE with a sequence number.
func (d *dialog) ack(seq uint32) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.build(sip.ACK, seq)
}

func (d *dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	target, routes := *d.target.Clone(), d.routes
	target.Headers = nil
	if len(routes) > 0 {
		target, routes = strict(target, routes)
	}
	req := sip.NewRequest(method, target)
	req.SetTransport(d.transport)
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	req.AppendHeader(sip.HeaderClone(d.local))
	req.AppendHeader(sip.HeaderClone(d.far))
	id := sip.CallIDHeader(d.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	max := sip.MaxForwardsHeader(70)
	req.AppendHeader(&max)
	if method != sip.BYE {
		req.AppendHeader(d.contact.Clone())
	}
	if len(routes) == 0 {
		req.SetDestination(d.hop())
	} else {
		req.SetDestination(routeHop(d.routes[0], d.transport))
	}
	return req
}

// strict returns the URI and the routes of a request where the first proxy is one of before RFC 3261, without lr: it wants its own URI
// in the first line, and where the request goes behind the other routes (section 12.2.1.1).
func strict(target sip.Uri, routes []string) (sip.Uri, []string) {
	var uri sip.Uri
	params := sip.NewParams()
	if _, err := sip.ParseAddressValue(routes[0], &uri, &params); err != nil || uri.UriParams.Has("lr") || params.Has("lr") || uri.Host == "" {
		return target, routes
	}
	return uri, append(slices.Clone(routes[1:]), "<"+target.String()+">")
}

// hosts is where requests of this side go to and those of the far side come from, if it is given as an address.
func (d *dialog) hosts() []netip.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := d.target.Host
	if len(d.routes) > 0 {
		name, _, _ = net.SplitHostPort(routeHop(d.routes[0], d.transport))
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	if err != nil {
		return nil
	}
	return []netip.Addr{ip.Unmap()}
}

// hop returns where requests go without a route: to the contact, or, when that cannot be reached from here, to where the
// far side was heard.
func (d *dialog) hop() string {
	if sip.IsReliable(d.transport) && d.source != "" && d.connected(d.transport, d.source) {
		return d.source
	}
	ip, err := netip.ParseAddr(strings.Trim(d.target.Host, "[]"))
	src, serr := netip.ParseAddrPort(d.source)
	if serr == nil && (err != nil && d.target.Host == "" || err == nil && ip.IsUnspecified() ||
		err == nil && unreachable(ip, src.Addr())) {
		return d.source
	}
	return hostPort(d.target.Host, d.target.Port, d.transport)
}

// unreachable tells that a contact lies behind the address translator a message came through.
func unreachable(contact, source netip.Addr) bool {
	return contact != source && (contact.IsPrivate() || contact.IsLoopback()) && !source.IsPrivate() && !source.IsLoopback()
}

// connected tells whether there is a connection of a reliable transport to an address.
func (s *Server) connected(transport, addr string) bool {
	c, err := s.ua.TransportLayer().GetConnection(transport, addr)
	if err != nil {
		return false
	}
	_, _ = c.TryClose() // gives the reference back
	return true
}

func hostPort(host string, port int, transport string) string {
	if port == 0 {
		port = defaultPort(transport)
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), fmt.Sprint(port))
}

func defaultPort(transport string) int {
	if strings.EqualFold(transport, "tls") {
		return 5061
	}
	return 5060
}

// routeHop returns the address of a Route header.
func routeHop(route, transport string) string {
	var uri sip.Uri
	params := sip.NewParams()
	if _, err := sip.ParseAddressValue(route, &uri, &params); err != nil {
		return ""
	}
	return hostPort(uri.Host, uri.Port, transport)
}

// accept checks the sequence number of a received request; false means that it is out of order.
func (d *dialog) accept(req *sip.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := req.CSeq().SeqNo
	if n <= d.farSeq && d.farSeq != 0 {
		return false
	}
	d.farSeq = n
	return true
}

// adopt completes the dialog with what a 2xx says.
func (d *dialog) adopt(res *sip.Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.farTag = res.To().Params.GetOr("tag", "")
	d.far = &sip.ToHeader{DisplayName: res.To().DisplayName, Address: res.To().Address, Params: res.To().Params.Clone()}
	if c := res.Contact(); c != nil && c.Address.Host != "" {
		d.target = *c.Address.Clone()
	}
	d.routes = routeSet(res, true)
	if src := res.Source(); src != "" {
		d.source = src
	}
}

// retarget takes over a new contact of the far side.
func (d *dialog) retarget(c *sip.ContactHeader, source string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c != nil && c.Address.Host != "" {
		d.target = *c.Address.Clone()
	}
	if source != "" {
		d.source = source
	}
}

// from is the address that the far side sent from last, empty when it is not known.
func (d *dialog) from() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source
}

// routeSet returns the values of the Record-Route headers of a message, one route each.
func routeSet(msg sip.Message, reverse bool) []string {
	var out []string
	for _, h := range msg.GetHeaders("Record-Route") {
		out = append(out, h.Value())
	}
	if reverse {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

// prepare completes a request for the wire: Via, local address and the name of this program.
func (s *Server) prepare(req *sip.Request) {
	tp := strings.ToUpper(req.Transport())
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: tp}
	via.Params.Add("branch", sip.GenerateBranchN(16))
	via.Params.Add("rport", "")
	host, _, _ := net.SplitHostPort(req.Destination())
	ip, err := netip.ParseAddr(host)
	if err != nil {
		ip = s.anyIP()
	}
	via.Host = bracket(s.localIP(tp, ip))
	via.Port = s.listenPort(tp)
	if tp == "UDP" && s.udp != nil {
		if a, ok := s.udp.LocalAddr().(*net.UDPAddr); ok {
			req.Laddr = sip.Addr{IP: a.IP, Port: a.Port}
		}
	}
	req.RemoveHeader("Via")
	req.PrependHeader(via)
	if req.GetHeader("User-Agent") == nil {
		req.AppendHeader(sip.NewHeader("User-Agent", s.cfg.UserAgent))
	}
}

func bracket(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// listenPort returns the port of a transport, of the other one when it is off, for Via and Contact.
func (s *Server) listenPort(transport string) int {
	if strings.EqualFold(transport, "tls") && s.tls != nil {
		return s.tls.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	}
	if strings.EqualFold(transport, "tcp") && s.tcp != nil {
		return s.tcp.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	}
	if s.udp != nil {
		return s.udp.LocalAddr().(*net.UDPAddr).Port //nolint:forcetypeassert // a UDP socket
	}
	return 0
}
