package sip

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// trunkHost is a host of a trunk by UDP that treats each INVITE as its script says: statuses one after the other.
type trunkHost struct {
	told chan int // of a provisional status once the caller knows it: the next one must not overtake it

	mu   sync.Mutex
	more string   // headers of its answers
	seen []string // requests without repetitions
}

// trunk makes hosts at one port, from 127.0.0.2 on, and the names they are found by.
func trunk(t *testing.T, scripts ...[]int) (hosts []*trunkHost, uri string, names *book) {
	t.Helper()
	names = &book{hosts: map[string][]string{}}
	port := 0
	for i, script := range scripts {
		ip := net.IPv4(127, 0, 0, byte(2+i))
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: port})
		if err != nil {
			t.Skip("no second address with the same port", err)
		}
		port = c.LocalAddr().(*net.UDPAddr).Port //nolint:forcetypeassert // a UDP socket
		h, done := &trunkHost{told: make(chan int, 8)}, make(chan struct{})
		t.Cleanup(func() { _ = c.Close(); <-done })
		// Ends when the socket is closed.
		go func() { defer close(done); h.serve(c, script) }()
		hosts = append(hosts, h)
		names.hosts["trunk.example"] = append(names.hosts["trunk.example"], ip.String())
	}
	return hosts, fmt.Sprintf("sip:desk@trunk.example:%d", port), names
}

func (h *trunkHost) serve(c *net.UDPConn, script []int) {
	buf, invite := make([]byte, 8192), ""
	for {
		n, from, err := c.ReadFromUDP(buf)
		if err != nil {
			return
		}
		req := string(buf[:n])
		method, _, _ := strings.Cut(req, " ")
		if !h.note(method, req) {
			continue
		}
		reply := func(req string, status int) {
			var b strings.Builder
			fmt.Fprintf(&b, "SIP/2.0 %d Whatever\r\n", status)
			for _, n := range []string{"via", "from", "to", "call-id", "cseq"} {
				v := headerValue([]byte(req), n, "")
				if n == "to" && status > 100 && !strings.Contains(v, "tag=") {
					v += ";tag=far"
				}
				fmt.Fprintf(&b, "%s: %s\r\n", n, v)
			}
			_, _ = c.WriteToUDP([]byte(b.String()+h.says()+"Content-Length: 0\r\n\r\n"), from)
		}
		switch method {
		case "INVITE":
			invite = req
			for i, status := range script {
				if status > 0 { // else it is silent until it is told
					reply(req, status)
				}
				if i+1 == len(script) {
					break
				}
				select {
				case <-h.told:
				case <-time.After(within):
				}
			}
		case "CANCEL":
			reply(req, 200)
			reply(invite, 487)
		}
	}
}

// note keeps a request and reports whether it is new.
func (h *trunkHost) note(method, req string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, old := range h.seen {
		if strings.HasPrefix(old, method+" ") && branchOf(old) == branchOf(req) {
			return false
		}
	}
	h.seen = append(h.seen, req)
	return true
}

// say adds headers to the answers of a host.
func (h *trunkHost) say(headers string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.more = headers
}

func (h *trunkHost) says() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.more
}

func (h *trunkHost) requests() (methods string, first string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, r := range h.seen {
		m, _, _ := strings.Cut(r, " ")
		if m != "ACK" {
			all = append(all, m)
		}
	}
	if len(h.seen) > 0 {
		first = h.seen[0]
	}
	return strings.Join(all, " "), first
}

// TestNextHost dials a trunk of two hosts, of which the first does not take the call.
func TestNextHost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first       []int
		want, other string // what the hosts get
		status      int
	}{
		"no service":            {[]int{503}, "INVITE", "INVITE", 486},
		"no service after 100":  {[]int{100, 503}, "INVITE", "INVITE", 486},
		"silent":                {nil, "INVITE", "INVITE", 486},
		"tries without end":     {[]int{100}, "INVITE CANCEL", "INVITE", 486},
		"rang, then no service": {[]int{180, 503}, "INVITE", "", 503}, // a second ring would be a second call
		"queued, no service":    {[]int{182, 503}, "INVITE", "", 503},
		"went on, no service":   {[]int{183, 503}, "INVITE", "INVITE", 486}, // nobody was told of the call
		"refused":               {[]int{603}, "INVITE", "", 603},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts, uri, names := trunk(t, tt.first, []int{486})
			s := serve(t, Config{names: names}, nil)
			s.silentWait, s.tryingWait = time.Minute, time.Minute
			switch name {
			case "silent":
				s.silentWait = 200 * time.Millisecond
			case "tries without end":
				s.tryingWait = 200 * time.Millisecond
			}
			_, err := s.Dial(ctxFor(t, 30*time.Second), uri, DialOptions{OnProgress: func(status int) { hosts[0].told <- status }})
			if statusOf(err) != tt.status {
				t.Errorf("%v, want %d", err, tt.status)
			}
			got, one := hosts[0].requests()
			other, two := hosts[1].requests()
			if got != tt.want || other != tt.other {
				t.Errorf("the hosts got %q and %q, want %q and %q", got, other, tt.want, tt.other)
			}
			if two == "" {
				return
			}
			for _, h := range []string{"call-id", "from", "via"} { // the tag and the branch are in them
				if a, b := headerValue([]byte(one), h, ""), headerValue([]byte(two), h, ""); a == b || a == "" || b == "" {
					t.Errorf("both hosts got %s %q", h, b)
				}
			}
		})
	}
}

// TestSilentHostIsLeftAlone calls a trunk again whose first host was silent: the call does not wait for that host, which is
// cancelled if it wakes up after all.
func TestSilentHostIsLeftAlone(t *testing.T) {
	t.Parallel()
	hosts, uri, names := trunk(t, []int{0, 100}, []int{486})
	s := serve(t, Config{names: names}, nil)
	s.silentWait = 200 * time.Millisecond
	began := time.Now()
	if _, err := s.Dial(ctxFor(t, 30*time.Second), uri, DialOptions{}); statusOf(err) != 486 {
		t.Fatal(err)
	}
	if took := time.Since(began); took >= cancelWait {
		t.Errorf("the next host waited %v", took)
	}
	hosts[0].told <- 0 // it wakes up
	for until := time.Now().Add(within); ; time.Sleep(5 * time.Millisecond) {
		if got, _ := hosts[0].requests(); got == "INVITE CANCEL" {
			break
		} else if time.Now().After(until) {
			t.Fatalf("the host that woke up got %q", got)
		}
	}
	if _, err := s.Dial(ctxFor(t, 30*time.Second), uri, DialOptions{}); statusOf(err) != 486 {
		t.Fatal(err)
	}
	first, _ := hosts[0].requests()
	second, _ := hosts[1].requests()
	if first != "INVITE CANCEL" || second != "INVITE INVITE" {
		t.Errorf("the hosts got %q and %q", first, second)
	}
}

// TestHostWithoutServiceIsLeftAlone calls a trunk again whose first host has said how long it has no service.
func TestHostWithoutServiceIsLeftAlone(t *testing.T) {
	t.Parallel()
	hosts, uri, names := trunk(t, []int{503}, []int{486})
	hosts[0].say("Retry-After: 120 (maintenance);duration=60\r\n")
	s := serve(t, Config{names: names}, nil)
	for range 2 {
		if _, err := s.Dial(ctxFor(t, 30*time.Second), uri, DialOptions{}); statusOf(err) != 486 {
			t.Fatal(err)
		}
	}
	if got, _ := hosts[0].requests(); got != "INVITE" {
		t.Errorf("the host without service got %q", got)
	}
}

// TestLastHostMayTakeItsTime gives a telephone of only one host all the time that the caller has.
func TestLastHostMayTakeItsTime(t *testing.T) {
	t.Parallel()
	hosts, uri, names := trunk(t, []int{100})
	s := serve(t, Config{names: names}, nil)
	s.silentWait, s.tryingWait = time.Millisecond, time.Millisecond
	ctx := ctxFor(t, 500*time.Millisecond)
	if _, err := s.Dial(ctx, uri, DialOptions{}); err == nil || ctx.Err() == nil {
		t.Errorf("given up early: %v", err)
	}
	if got, _ := hosts[0].requests(); got != "INVITE CANCEL" {
		t.Errorf("the host got %q", got)
	}
}

// TestNextHostOfConnections dials names whose first host refuses connections; over TLS the certificate is for the name.
func TestNextHostOfConnections(t *testing.T) {
	t.Parallel()
	conf, pool := certificate(t)
	s := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", TLS: "127.0.0.1:0", TLSConfig: conf}, answerer{call: echo})
	phone := serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true, Roots: pool, names: &book{hosts: map[string][]string{
		"localhost": {"127.0.0.9", "127.0.0.1"}, "other.example": {"127.0.0.1"}}}}, nil)
	for _, uri := range []string{"sip:bank@localhost" + portOf(s.TCPAddr()) + ";transport=tcp", "sips:bank@localhost" + portOf(s.TLSAddr())} {
		l, err := phone.Dial(ctxFor(t, 20*time.Second), uri, DialOptions{})
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		echoes(t, l, 450, 0.95)
		if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
			t.Error(err)
		}
	}
	fresh := serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true, Roots: pool, names: phone.cfg.names}, nil)
	if _, err := fresh.Dial(ctxFor(t, 20*time.Second), "sips:bank@other.example"+portOf(s.TLSAddr()), DialOptions{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate for another name: %v", err)
	}
}
