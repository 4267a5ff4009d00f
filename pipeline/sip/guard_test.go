package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"github.com/parley-voice/parley/pipeline/audio"
)

// phoneAt is a phone at an address of its own, so that it can be banned alone.
func phoneAt(t *testing.T, s *Server, ip string) *phone {
	t.Helper()
	dst, err := net.ResolveUDPAddr("udp", s.UDPAddr())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)}, dst)
	if err != nil {
		t.Skipf("this machine has no address %s: %v", ip, err)
	}
	r, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), r.Close() })
	return &phone{t: t, conn: c, rtp: r, to: s.UDPAddr(), id: fmt.Sprintf("call-%d@test", phones.Add(1))}
}

// guarded is a server that takes every address for a stranger and asks for a password.
func guarded(t *testing.T, change func(*GuardConfig)) *Server {
	t.Helper()
	g := GuardConfig{Loopback: true}
	if change != nil {
		change(&g)
	}
	return serve(t, Config{Users: map[string]string{"alice": "secret"}, Guard: g}, answerer{call: echo})
}

// answer makes the Authorization header for a challenge.
func answer(t *testing.T, msg, user, password string, count int) string {
	t.Helper()
	for l := range strings.Lines(msg) {
		if v, ok := strings.CutPrefix(l, "WWW-Authenticate:"); ok {
			chal, err := digest.ParseChallenge(strings.TrimSpace(v))
			if err != nil {
				t.Fatal(err)
			}
			cred, err := digest.Digest(chal, digest.Options{Method: "INVITE", URI: "sip:bank@x", Username: user, Password: password, Count: count, Cnonce: "0123"})
			if err != nil {
				t.Fatal(err)
			}
			return "Authorization: " + cred.String()
		}
	}
	t.Fatalf("no challenge in\n%s", msg)
	return ""
}

// within is how long a busy machine may take for an answer, and silence how long one is waited for that must not come.
const within, silence = 10 * time.Second, 200 * time.Millisecond

// awaitBan returns the bans as soon as there is one.
func awaitBan(s *Server) []Ban {
	for deadline := time.Now().Add(within); len(s.Bans()) == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond) // polling what the reader of the socket does
	}
	return s.Bans()
}

// signIn dials once with a password and returns the status; the header can be used again.
func (p *phone) signIn(user, password string, count int) (status int, header string) {
	p.t.Helper()
	p.send(p.message("INVITE", nil, p.sdp("")))
	status, msg := p.final(within)
	p.ack()
	if status != 401 {
		return status, ""
	}
	header = answer(p.t, msg, user, password, count)
	p.send(p.message("INVITE", []string{header}, p.sdp("")))
	status, msg = p.final(within)
	if status == 200 {
		p.learn(msg)
	}
	p.ack()
	return status, header
}

func TestDigestReplay(t *testing.T) {
	t.Parallel()
	s := guarded(t, nil)
	p := phoneAt(t, s, "127.0.0.1")
	status, header := p.signIn("alice", "secret", 1)
	if status != 200 {
		t.Fatal(status)
	}
	p.bye()
	p.tag, p.id = "", "again@test"
	p.send(p.message("INVITE", []string{header}, p.sdp(""))) // heard on the wire and sent again
	status, msg := p.final(within)
	p.ack()
	if status != 401 || !strings.Contains(msg, "stale=true") {
		t.Errorf("a replay: %d\n%s", status, msg)
	}
	// The same nonce with the next count is good once, as RFC 7616 wants it.
	chal := answer(t, msg, "alice", "secret", 1)
	for i, c := range []struct{ header, what string }{{chal, "200"}, {chal, "401"}} {
		p.tag, p.id = "", fmt.Sprintf("count-%d@test", i)
		p.send(p.message("INVITE", []string{c.header}, p.sdp("")))
		status, msg := p.final(within)
		if fmt.Sprint(status) != c.what {
			t.Errorf("%d: %d, want %s", i, status, c.what)
		}
		p.learn(msg)
		p.ack()
		if status == 200 {
			p.bye()
		}
	}
	// The nonce of one host is not good for another one.
	other := phoneAt(t, s, "127.0.0.9")
	other.send(other.message("INVITE", []string{answer(t, msg, "alice", "secret", 2)}, other.sdp("")))
	if status, msg := other.final(within); status != 401 || !strings.Contains(msg, "stale=true") {
		t.Errorf("the nonce of another host: %d", status)
	}
}

func TestNonces(t *testing.T) {
	t.Parallel()
	n, ip, now := newNonces(), netip.MustParseAddr("192.0.2.1"), time.Now()
	v := n.fresh(ip, now)
	for i, c := range []struct {
		count int
		at    time.Duration
		ok    bool
	}{{1, 0, true}, {1, 0, false}, {3, time.Second, true}, {2, time.Second, false}, {4, nonceLife + time.Second, false}, {0, 0, false}, {-1, 0, false}} {
		if ok := n.use(v, ip, c.count, now.Add(c.at)); ok != c.ok {
			t.Errorf("%d: %v", i, ok)
		}
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 64), v[:62] + "00", v + "00", "zz" + v[2:]} {
		if n.use(bad, ip, 1, now) {
			t.Errorf("%q is taken", bad)
		}
	}
	for range 100000 { // a flood of challenges takes no memory
		n.fresh(ip, now)
	}
	if len(n.used) != 1 {
		t.Errorf("%d nonces are kept", len(n.used))
	}
}

func TestScannersAreBanned(t *testing.T) {
	t.Parallel()
	for i, headers := range [][]string{
		{"User-Agent: friendly-scanner"}, {"User-Agent: sipcli/v1.8"}, {"From: \"sipvicious\"<sip:100@1.1.1.1>;tag=1"}, {"User-Agent: SIPVicious svwar"},
	} {
		t.Run(headers[0], func(t *testing.T) {
			t.Parallel()
			s := guarded(t, nil)
			p := phoneAt(t, s, fmt.Sprintf("127.0.1.%d", i+1))
			p.send(p.message("OPTIONS", headers, ""))
			bans := awaitBan(s)
			if status, _ := p.final(silence); status != 0 {
				t.Errorf("a scanner was answered: %d", status)
			}
			p.send(p.message("OPTIONS", nil, "")) // whatever it calls itself now
			if status, _ := p.final(silence); status != 0 {
				t.Errorf("after that it was answered: %d", status)
			}
			if len(bans) != 1 || bans[0].Address != fmt.Sprintf("127.0.1.%d", i+1) || bans[0].Why != "is a scanner" {
				t.Fatalf("%+v", bans)
			}
			ok := phoneAt(t, s, "127.0.0.1")
			if status, _ := ok.signIn("alice", "secret", 1); status != 200 {
				t.Errorf("somebody else: %d", status)
			}
			ok.bye()
			if !s.Lift(netip.MustParseAddr(bans[0].Address)) || len(s.Bans()) != 0 {
				t.Error("the ban was not lifted")
			}
			p.send(p.message("OPTIONS", nil, ""))
			if status, _ := p.final(within); status != 200 {
				t.Errorf("after the ban: %d", status)
			}
		})
	}
}

// TestGuessersAreBanned: passwords and users are guessed in a row.
func TestGuessersAreBanned(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]func(p *phone, i int){
		"passwords": func(p *phone, i int) { p.signIn("alice", fmt.Sprint("guess", i), 1) },
		"users":     func(p *phone, i int) { p.signIn(fmt.Sprint("user", i), "1234", 1) },
		"register": func(p *phone, _ int) {
			p.send(p.message("REGISTER", nil, ""))
			p.final(within)
		},
		"extensions": func(p *phone, i int) {
			p.send(strings.Replace(p.message("INVITE", nil, p.sdp("")), "INVITE sip:bank@", fmt.Sprintf("INVITE sip:%d@", 100+i), 1))
			p.final(within)
			p.ack()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := guarded(t, func(g *GuardConfig) { g.Burst = 1000 })
			p := phoneAt(t, s, "127.0.2.1")
			tries := 0
			for tries < 40 && len(s.Bans()) == 0 {
				p.tag, p.id = "", fmt.Sprintf("%s-%d", name, tries)
				try(p, tries)
				tries++
			}
			if len(s.Bans()) != 1 {
				t.Fatalf("not banned after %d tries: %+v", tries, s.Bans())
			}
			p.tag, p.id = "", name
			p.send(p.message("OPTIONS", nil, ""))
			if status, _ := p.final(silence); status != 0 {
				t.Errorf("after the ban it was answered: %d", status)
			}
			t.Logf("banned after %d tries: %+v", tries, s.Bans())
		})
	}
}

// TestWhoIsNoStranger: allowed networks and this machine are not banned whatever they do.
func TestWhoIsNoStranger(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{Users: map[string]string{"alice": "secret"}, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Guard: GuardConfig{Loopback: true}}, answerer{call: echo})
	p := phoneAt(t, s, "127.0.3.1")
	for i := range 30 {
		p.tag, p.id = "", fmt.Sprint("wrong-", i)
		if status, _ := p.signIn("alice", "guess", 1); status != 401 {
			t.Fatalf("%d: %d", i, status)
		}
	}
	p.tag, p.id = "", "right"
	if status, _ := p.signIn("alice", "secret", 1); status != 200 || len(s.Bans()) != 0 {
		t.Errorf("%d %+v", status, s.Bans())
	}
	p.bye()
	g := newGate(Config{Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}})
	if !g.stranger(netip.MustParseAddr("192.0.2.1")) || g.stranger(netip.MustParseAddr("127.0.0.1")) {
		t.Error("a network that is everybody names somebody, or this machine is a stranger")
	}
}

// TestSpoofedBans: who has shown a right password is not silenced by messages that somebody sends in its name.
func TestSpoofedBans(t *testing.T) {
	t.Parallel()
	g, ip, now := newGuard(GuardConfig{}.complete()), netip.MustParseAddr("192.0.2.1"), time.Now()
	g.praise(ip, now)
	for range 100 {
		g.offend(ip, offence{10, "is a scanner", false}, now)
	}
	if g.banned(ip, now) {
		t.Error("banned by what anybody could have sent")
	}
	for range 10 {
		g.offend(ip, offence{1, "wrong password", true}, now)
	}
	if !g.banned(ip, now) {
		t.Error("not banned for what it did itself")
	}
}

func TestBansDecay(t *testing.T) {
	t.Parallel()
	g, ip, now := newGuard(GuardConfig{}.complete()), netip.MustParseAddr("2001:db8::1"), time.Now()
	neighbour := netip.MustParseAddr("2001:db8::ffff") // in the same /64
	wrong := offence{1, "wrong password", true}
	for range 60 { // one a minute is no attack
		now = now.Add(time.Minute)
		g.offend(ip, wrong, now)
	}
	if g.banned(ip, now) {
		t.Fatal("a wrong password now and then bans")
	}
	for want, n := 10*time.Minute, 0; n < 12; n++ {
		for range 11 {
			g.offend(ip, wrong, now)
		}
		if !g.banned(neighbour, now) {
			t.Fatal("not banned")
		}
		b := g.bans(now)[0]
		if got := b.Until.Sub(now); got != want || b.Times != n+1 {
			t.Errorf("ban %d lasts %v, want %v", n+1, got, want)
		}
		now = b.Until.Add(time.Second)
		if g.banned(ip, now) {
			t.Fatal("the ban does not end")
		}
		want = min(2*want, 24*time.Hour)
	}
	now = now.Add(25 * time.Hour)
	for range 11 {
		g.offend(ip, wrong, now)
	}
	if b := g.bans(now)[0]; b.Times != 1 || b.Until.Sub(now) != 10*time.Minute {
		t.Errorf("old bans are not forgotten: %+v", b)
	}
}

func TestGuardIsBounded(t *testing.T) {
	t.Parallel()
	g, now := newGuard(GuardConfig{}.complete()), time.Now()
	heard := 0
	for i := range 100_000 { // each message from another address
		ip := netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 7})
		now = now.Add(500 * time.Microsecond) // 2,000 a second
		if g.hears(ip, false, now) {
			heard++
		}
		g.offend(ip, offence{10, "is a scanner", false}, now)
	}
	if len(g.by) > maxStrangers {
		t.Errorf("%d addresses are remembered", len(g.by))
	}
	if most := 50*200 + 400; heard > most+1 {
		t.Errorf("%d messages of newcomers in 50 s were read, more than %d", heard, most)
	}
}

func TestRatesAndDialogs(t *testing.T) {
	t.Parallel()
	s := guarded(t, func(g *GuardConfig) { g.Dialogs, g.Rate, g.Burst = 2, 5, 40 })
	calls := []*phone{}
	for i := range 3 {
		p := phoneAt(t, s, "127.0.4.1")
		status, _ := p.signIn("alice", "secret", 1)
		if want := []int{200, 200, 503}[i]; status != want {
			t.Fatalf("call %d: %d, want %d", i, status, want)
		}
		if status == 200 {
			calls = append(calls, p)
		}
	}
	calls[0].bye()
	deadline := time.Now().Add(10 * time.Second)
	for s.Calls() > 1 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	p := phoneAt(t, s, "127.0.4.1")
	if status, _ := p.signIn("alice", "secret", 1); status != 200 {
		t.Errorf("a call after one has ended: %d", status)
	}
	flood := phoneAt(t, s, "127.0.4.2")
	msg := flood.message("OPTIONS", nil, "")
	began := time.Now()
	for i := range 500 {
		flood.send(strings.Replace(msg, "branch=z9hG4bK", fmt.Sprintf("branch=z9hG4bK%d", i), 1))
	}
	got := 0
	for flood.read(300*time.Millisecond) != "" {
		got++
	}
	if most := 60 + 5*int(time.Since(began).Seconds()); got > most { // a burst, and the rate since
		t.Errorf("%d of 500 messages were answered, want at most %d", got, most)
	}
	if d := s.Dropped(); d["rate"]+d["banned"] == 0 {
		t.Errorf("%v", d)
	}
}

// TestSoundOfOthers sends sound into a call from a host that nobody agreed on, before and after the caller does.
func TestSoundOfOthers(t *testing.T) {
	t.Parallel()
	for _, learn := range []bool{false, true} {
		t.Run(fmt.Sprint("learn ", learn), func(t *testing.T) {
			t.Parallel()
			h := newHearer()
			s := serve(t, Config{Learn: learn}, h)
			p := newPhone(t, s)
			port := p.invite("")
			leg := <-h.legs
			other, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 5, 1)})
			if err != nil {
				t.Skipf("this machine has no address 127.0.5.1: %v", err)
			}
			defer func() { _ = other.Close() }()
			to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
			enc, err := audio.NewEncoder("PCMU")
			if err != nil {
				t.Fatal(err)
			}
			payload, err := enc.Encode(nil, make([]int16, 160))
			if err != nil {
				t.Fatal(err)
			}
			for i := range 50 {
				raw := append([]byte{0x80, 0, 0, byte(i), 0, 0, byte(i * 160 >> 8), byte(i * 160), 0, 0, 0, 9}, payload...)
				_, _ = other.WriteToUDP(raw, to)
				time.Sleep(time.Millisecond)
			}
			if st := counted(leg.leg, func(st Stats) bool { return st.Packets+st.Invalid >= 50 }); (st.Packets > 0) != learn {
				t.Errorf("%+v", st)
			}
			p.bye()
			<-leg.pcm
		})
	}
}
