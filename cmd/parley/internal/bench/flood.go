package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/sip"
)

const (
	floodUser, floodPassword = "caller", "a password of the bench"
	floodCallers             = 8                      // legitimate callers, each with an address of its own
	floodTalk                = 100 * time.Millisecond // how long a call lasts
	floodLoud                = 2 * time.Second        // of flood before calls are measured
)

// flood is what the flood bench is asked to do.
type flood struct {
	calls int // in each phase
	rate  int // calls a second
	storm int // messages a second
	from  int // addresses they come from
}

// runFlood measures how long legitimate calls take to be answered, first in quiet, then while scanners flood the port. The
// answering side is a process of its own on one core; callers have passwords, and every address, this machine's too, is a
// stranger to it.
func runFlood(ctx context.Context, env *cli.Env, f flood) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	desk, to, err := startAnswering(ctx, env)
	if err != nil {
		return err
	}
	quiet, err := setUps(ctx, to, 1, f)
	if err != nil {
		return err
	}
	sent, end := storm(ctx, to, f)
	select {
	case <-time.After(floodLoud):
	case <-ctx.Done():
	}
	began, before := time.Now(), sent.Load()
	loud, err := setUps(ctx, to, 1, f)
	rate := float64(sent.Load()-before) / time.Since(began).Seconds()
	var fresh []time.Duration
	if err == nil {
		fresh, err = setUps(ctx, to, 1+floodCallers, f) // callers that were never heard before
	}
	end()
	if err != nil {
		return err
	}
	report, err := desk.end()
	if err != nil {
		return err
	}
	ratio := func(a, b []time.Duration, p float64) float64 {
		return float64(percentile(a, p)) / float64(max(1, percentile(b, p)))
	}
	o := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{
		"quiet_setup_p50_ms": ms(percentile(quiet, 0.5)), "quiet_setup_p95_ms": ms(percentile(quiet, 0.95)),
		"flood_setup_p50_ms": ms(percentile(loud, 0.5)), "flood_setup_p95_ms": ms(percentile(loud, 0.95)),
		"new_setup_p50_ms": ms(percentile(fresh, 0.5)), "new_setup_p95_ms": ms(percentile(fresh, 0.95)),
		"ratio_p50": ratio(loud, quiet, 0.5), "ratio_p95": ratio(loud, quiet, 0.95), "flood_messages_per_s": rate, "flood_addresses": float64(f.from),
		"calls": float64(f.calls), "answered_quiet": float64(len(quiet)), "answered_flood": float64(len(loud)), "answered_new": float64(len(fresh)),
	}}
	return env.Print(o, func(w io.Writer) {
		fmt.Fprintf(w, "set-up with a password: quiet p50 %.1f ms, p95 %.1f ms (%d of %d calls answered)\n", o.Ours["quiet_setup_p50_ms"], o.Ours["quiet_setup_p95_ms"], len(quiet), f.calls)
		fmt.Fprintf(w, "under %.0f messages a second from %d addresses: p50 %.1f ms, p95 %.1f ms (%d of %d), ratio %.2f and %.2f\n", rate, f.from,
			o.Ours["flood_setup_p50_ms"], o.Ours["flood_setup_p95_ms"], len(loud), f.calls, o.Ours["ratio_p50"], o.Ours["ratio_p95"])
		fmt.Fprintf(w, "callers never heard before, under the flood: p50 %.1f ms, p95 %.1f ms (%d of %d)\nthe answering side, on one core: %s%s\n",
			o.Ours["new_setup_p50_ms"], o.Ours["new_setup_p95_ms"], len(fresh), f.calls, report, o.Machine)
	})
}

// answering is the answering side as the bench sees it.
type answering struct {
	cmd   *exec.Cmd
	in    io.Closer
	lines *bufio.Reader
}

// startAnswering starts the answering side, which ends with ctx, and returns its address.
func startAnswering(ctx context.Context, env *cli.Env) (a *answering, to string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("bench sip: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "bench", "sip", "--answer")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = env.Err
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", fmt.Errorf("bench sip: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", fmt.Errorf("bench sip: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("bench sip: start the answering side: %w", err)
	}
	a = &answering{cmd, in, bufio.NewReader(out)}
	if to, err = a.lines.ReadString('\n'); err != nil {
		return nil, "", errors.Join(fmt.Errorf("bench sip: the answering side said nothing: %w", err), cmd.Wait())
	}
	return a, strings.TrimSpace(to), nil
}

// end ends the answering side and returns what it reports.
func (a *answering) end() (string, error) {
	_ = a.in.Close()
	report, _ := a.lines.ReadString('\n')
	if err := a.cmd.Wait(); err != nil {
		return "", fmt.Errorf("bench sip: the answering side: %w", err)
	}
	return report, nil
}

// answerAlone is the answering side: it prints its address, answers until its input ends, and prints what it dropped.
func answerAlone(ctx context.Context, env *cli.Env, in io.Reader) error {
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", Users: map[string]string{floodUser: floodPassword}, Guard: sip.GuardConfig{Loopback: true}})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, hold{func(*sip.Leg) {}}) }() // ends with stop
	fmt.Fprintln(env.Out, server.UDPAddr())
	_, _ = io.Copy(io.Discard, in)
	d := server.Dropped()
	fmt.Fprintf(env.Out, "%d addresses banned; dropped: %d of banned ones, %d over the rate, %d newcomers, %d of scanners\n", len(server.Bans()), d["banned"], d["rate"], d["newcomers"], d["scanner"])
	stop()
	return <-served
}

// setUps places calls from addresses 127.0.7.first and following and returns how long each took from the first INVITE to the
// 200, the challenge included.
func setUps(ctx context.Context, to string, first int, f flood) ([]time.Duration, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var phones []*sip.Server
	var served sync.WaitGroup
	defer served.Wait()
	defer stop()
	for i := range floodCallers {
		p, err := sip.Listen(sip.Config{UDP: fmt.Sprintf("127.0.7.%d:0", first+i), DialOnly: true})
		if err != nil {
			return nil, err
		}
		phones = append(phones, p)
		served.Go(func() { _ = p.Serve(ctx, nil) }) // ends with stop
	}
	var mu sync.Mutex
	var took []time.Duration
	var calls sync.WaitGroup
	defer calls.Wait()
	tick := time.NewTicker(time.Second / time.Duration(f.rate))
	defer tick.Stop()
	for i := range f.calls {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		p := phones[i%len(phones)]
		calls.Go(func() { // ends with the call
			dctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			began := time.Now()
			l, err := p.Dial(dctx, "sip:bench@"+to, sip.DialOptions{User: floodUser, Password: floodPassword, Codecs: []string{"PCMU"}})
			if err != nil {
				return
			}
			d := time.Since(began)
			mu.Lock()
			took = append(took, d)
			mu.Unlock()
			time.Sleep(floodTalk)
			_ = l.Hangup(dctx)
		})
	}
	calls.Wait()
	return took, nil
}

// storm sends what svwar and svcrack send until end is called: enumerations that name their program, some that do not, and
// passwords that are guessed.
func storm(ctx context.Context, to string, f flood) (sent *atomic.Int64, end func()) {
	sent = &atomic.Int64{}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	dst, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		return sent, stop
	}
	each := time.Duration(f.from) * time.Second / time.Duration(f.storm)
	for i := range f.from {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 66, byte(1+i))}, dst)
		if err != nil {
			continue
		}
		wg.Go(func() { // ends with stop
			defer c.Close()
			next := time.Now().Add(rand.N(each))
			for n := 0; ctx.Err() == nil; n++ {
				if wait := time.Until(next); wait > 0 {
					time.Sleep(wait)
				}
				next = next.Add(each)
				if _, err := c.Write(attackMessage(i, n, c.LocalAddr().String(), to)); err == nil {
					sent.Add(1)
				}
			}
		})
	}
	return sent, func() { stop(); wg.Wait() }
}

// attackMessage is the n-th message of an attacker.
func attackMessage(who, n int, from, to string) []byte {
	method, agent, extra := []string{"REGISTER", "OPTIONS", "INVITE"}[n%3], "friendly-scanner", ""
	if who%2 == 1 { // does not say what it is
		method, agent = "INVITE", "Linphone/3.12"
		extra = fmt.Sprintf("Authorization: Digest username=\"%d\", realm=\"parley\", nonce=\"%032x\", uri=\"sip:%d@%s\", response=\"%032x\", algorithm=MD5\r\n", 100+n, n, 100+n, to, n)
	}
	return fmt.Appendf(nil, "%s sip:%d@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%d-%d;rport\r\nFrom: \"x\" <sip:%d@%s>;tag=%d\r\nTo: <sip:%d@%s>\r\nCall-ID: %d-%d\r\n"+
		"CSeq: 1 %s\r\nMax-Forwards: 70\r\nContact: <sip:x@%s>\r\nUser-Agent: %s\r\n%sContent-Length: 0\r\n\r\n",
		method, 100+n, to, from, who, n, 100+n, to, n, 100+n, to, who, n, method, from, agent, extra)
}
